/*
 * Loading a paravirtual guest: what a module gets, what does not fit is said in words, and what the
 * host hears of the guest afterwards.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "pv/pv.h"

static struct pv_machine m;
static uint8_t *image;
static size_t image_size;

static void setup(void)
{
    pv_machine_start(&m, &(struct pv_start){.image = "tests/pv-attacks.elf",
                                            .cmdline = "powers_off",
                                            .mode = MODE_pv,
                                            .vms = 2,
                                            .loaded = 1});
    image = pv_read_file("tests/pv-attacks.elf", &image_size);
}

static void teardown(void)
{
    free(image);
    pv_machine_stop(&m);
}

TestSuite(pv_load, .init = setup, .fini = teardown);

/* Into VM 1. */
static enum sim_status load(const char *cmdline, const void *module, uint32_t bytes)
{
    const struct loader_module modules[1] = {{.bytes = module, .size = bytes}};
    const struct loader_input in = {.image = image,
                                    .image_size = image_size,
                                    .image_name = "attacks",
                                    .cmdline = cmdline,
                                    .modules = modules,
                                    .module_count = module ? 1 : 0};
    memset(&m.error, 0, sizeof m.error);
    return hv_load(m.hv, 1, &in, &m.error);
}

static void expect_words(const char *words)
{
    cr_expect(strstr(m.error.text, words), "\"%s\" does not say \"%s\"", m.error.text, words);
}

Test(pv_load, a_module_lies_where_start_info_says)
{
    static uint8_t module[10000];
    struct pv_start_info info;
    for (unsigned i = 0; i < sizeof module; i++)
        module[i] = (uint8_t)(i * 13 + 1);
    cr_assert_eq(load(NULL, module, sizeof module), SIM_OK, "%s", m.error.text);
    cr_assert(hv_guest_linear(m.hv, 1, hv_guest_cpu(m.hv, 1)->gpr[R_ESI], &info, sizeof info));
    cr_expect_eq(info.mod_len, sizeof module);
    cr_expect_str_eq((const char *)info.cmd_line, "");
    uint8_t seen[sizeof module];
    cr_assert(hv_guest_linear(m.hv, 1, info.mod_start, seen, sizeof seen));
    cr_expect_arr_eq(seen, module, sizeof module);
    struct hv_audit audit;
    hv_audit(m.hv, &audit);
    cr_expect_eq(audit.foreign + audit.gates + audit.inconsistent, 0, "%s", audit.first);
}

Test(pv_load, what_does_not_fit_is_refused_in_words)
{
    static uint8_t module[16u << 20];
    static char cmdline[PV_CMDLINE_SIZE + 1];
    memset(cmdline, 'x', PV_CMDLINE_SIZE);
    cr_expect_eq(load(cmdline, NULL, 0), SIM_BAD_INPUT);
    expect_words("the command line has 1024 characters; mode pv takes 1023");
    cr_expect_eq(load("", module, sizeof module), SIM_BAD_INPUT); /* larger than the guest */
    expect_words("needs more than the guest's 0x800000 bytes");
    cmdline[PV_CMDLINE_SIZE - 1] = 0;
    uint32_t bytes = 8u << 20; /* less and less, until there is room for what is behind it */
    while (load(cmdline, module, bytes) == SIM_BAD_INPUT && bytes) {
        expect_words("needs more than the guest's 0x800000 bytes");
        bytes -= PAGE_SIZE;
    }
    cr_expect_eq(m.error.text[0], 0, "%s", m.error.text);
    cr_expect_gt(bytes, 7u << 20);
}

static void use_up_frames(unsigned but)
{
    while (m.hv->deal_count > but)
        cr_assert(frame_alloc(m.hv, FRAME_HYPERVISOR, FRAME_NONE));
}

Test(pv_load, a_machine_without_frames_says_so)
{
    use_up_frames(0);
    cr_expect_eq(load("", NULL, 0), SIM_NO_MEMORY);
    expect_words("no frame left for shared_info");
}

Test(pv_load, a_table_of_all_frames_needs_frames)
{
    for (unsigned left = 0; left < 2; left++) { /* none at all; none behind the first */
        uint32_t was = m.hv->own.m2p_pt_mfn;
        use_up_frames(left);
        m.hv->own.m2p_pt_mfn = 0;
        cr_expect_eq(pv_m2p_create(m.hv, &m.error), SIM_NO_MEMORY);
        expect_words("machine-to-physical");
        m.hv->own.m2p_pt_mfn = was;
        if (!left)
            frame_free(m.hv, m.hv->own.stub_mfn); /* one is there again */
    }
}

static bool no_entries(struct vm *vm, uint32_t mfn, unsigned slot, uint32_t entry)
{
    (void)vm;
    (void)mfn;
    (void)slot;
    (void)entry;
    return false;
}

Test(pv_load, a_validator_that_refuses_all_refuses_the_first_tables)
{
    m.hv->vm[1]->handlers.mmu_validate = no_entries;
    cr_expect_eq(load("", NULL, 0), SIM_BAD_INPUT);
    expect_words("the first page tables were refused");
}

/* ---------------------------------------- what the host hears */

struct heard {
    unsigned exits, read, written, bytes;
    uint32_t value;
};

static void on_exit_value(void *opaque, uint32_t value)
{
    struct heard *h = opaque;
    h->exits++;
    h->value = value;
}

static void on_sector(void *opaque, unsigned drive, bool write)
{
    struct heard *h = opaque;
    h->read += !write && drive == 0;
    h->written += write && drive == 0;
}

static struct heard listen_to(const char *attack)
{
    struct heard heard = {.exits = 0};
    cr_assert_eq(load(attack, NULL, 0), SIM_OK);
    m.hv->vm[1]->host = (struct pc_host){
        .opaque = &heard, .exited = on_exit_value, .sector_moved = on_sector}; /* no console */
    pv_machine_run(&m, 100000000);
    cr_assert_eq(m.hv->vm[1]->s.end, VM_EXITED, "%s", m.hv->vm[1]->end_text);
    cr_assert_eq(m.hv->vm[1]->s.exit_value, 0);
    return heard;
}

Test(pv_load, the_host_hears_of_the_end_and_of_sectors)
{
    const struct heard heard = listen_to("block_works");
    cr_expect_eq(heard.exits, 1);
    cr_expect_eq(heard.value, 0);
    cr_expect_eq(heard.read, 1);
    cr_expect_eq(heard.written, 1);
}

static bool bad_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    (void)opaque;
    (void)sector;
    return lba != 3;
}

/* A disk that cannot be written, and one with a bad sector, answer with an error. */
Test(pv_load, a_disk_that_fails_is_an_answer)
{
    m.hv->config.vm[1].disk[0] =
        (struct disk_backend){.sectors = PV_DISK_SECTORS, .read = bad_read};
    const struct heard heard = listen_to("block_fails");
    cr_expect_eq(heard.written, 0);
    cr_expect_eq(heard.read, 1 + 4, "sector 0, and sectors 0 to 3");
}

static void on_event(void *opaque, const struct trace_event *e)
{
    unsigned *denied = opaque;
    if (e->kind == TRACE_DENIED && e->text && strstr(e->text, "ring"))
        ++*denied;
}

Test(pv_load, rings_that_lie_are_told_to_who_watches)
{
    unsigned denied = 0;
    hv_set_sink(m.hv, (struct trace_sink){on_event, &denied});
    (void)listen_to("console_indices_lie");
    cr_expect_eq(denied, 4);
    hv_set_sink(m.hv, (struct trace_sink){NULL, NULL});
}

/* ---------------------------------------- what no guest can do, but a state from a file */

Test(pv_load, an_interrupt_without_a_handler_ends_the_guest)
{
    struct vcpu *v = &m.hv->vm[0]->cpu;
    cr_expect_not(pv_soft_interrupt(v, 77));
    cr_expect_eq(v->vm->s.end, VM_KILLED);
    cr_expect(strstr(v->vm->end_text, "no handler"), "%s", v->vm->end_text);
}

Test(pv_load, an_iret_from_a_stack_that_is_none_ends_the_guest)
{
    static const uint32_t none[6];
    struct vcpu *v = &m.hv->vm[0]->cpu;
    v->virt.s.seg[SEG_SS].sel = 0;
    cr_expect_eq(pv_do_iret(v, none), -PV_EFAULT);
    cr_expect_eq(v->vm->s.end, VM_KILLED);
    cr_expect(strstr(v->vm->end_text, "no longer loads"), "%s", v->vm->end_text);
}
