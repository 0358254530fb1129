/*
 * Bantam as a paravirtual guest: it says what the native one says, and runs the same however it is
 * sliced.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "pv/pv.h"

#define CYCLES 3000000000ull
#define SCRIPT                                                                                     \
    "run=\"echo one; ls /bin | wc; forkwait 5; cat /text/rings | wc; fault nullptr; fault "        \
    "ioport; halt 3\""

/* Blanks out what follows "cycles=". */
static void mask_cycles(char *text)
{
    for (char *p = text; (p = strstr(p, "cycles=")) != NULL;)
        for (p += 7; *p >= '0' && *p <= '9';)
            memmove(p, p + 1, strlen(p));
}

static void run_bantam(struct pv_machine *m, enum hv_mode_id mode, const char *cmdline,
                       unsigned vms)
{
    pv_machine_start(m,
                     &(struct pv_start){.image = mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf",
                                        .disk = "disk.img",
                                        .cmdline = cmdline,
                                        .mode = mode,
                                        .vms = vms,
                                        .loaded = vms,
                                        .ram_bytes = 16u << 20});
}

Test(pv_bantam, says_and_stores_what_the_native_one_does)
{
    struct pv_machine native, pv;
    run_bantam(&native, MODE_native, SCRIPT, 1);
    run_bantam(&pv, MODE_pv, SCRIPT, 1);
    cr_assert_eq(pv_machine_run(&native, CYCLES), HV_STOP_ENDED);
    cr_assert_eq(pv_machine_run(&pv, CYCLES), HV_STOP_ENDED, "%s", pv.hv->vm[0]->end_text);
    cr_expect_eq(pv.hv->vm[0]->s.exit_value, 3);
    mask_cycles(native.console);
    mask_cycles(pv.console);
    cr_expect_str_eq(pv.console, native.console);
    cr_expect_eq(memcmp(pv.disk, native.disk, pv.disk_sectors * DISK_SECTOR), 0,
                 "the disks differ");
    pv_machine_stop(&native);
    pv_machine_stop(&pv);
}

Test(pv_bantam, leaves_nothing_for_the_audit_to_find)
{
    struct pv_machine m;
    struct hv_audit audit;
    run_bantam(&m, MODE_pv, SCRIPT, 1);
    for (unsigned i = 0; i < 40; i++) {
        pv_machine_run(&m, 200000);
        hv_audit(m.hv, &audit);
        cr_assert_eq(audit.foreign + audit.gates + audit.ports + audit.inconsistent, 0, "%s",
                     audit.first);
    }
    cr_expect_gt(audit.entries, 4000);
    pv_machine_stop(&m);
}

Test(pv_bantam, is_the_same_however_the_run_is_sliced)
{
    struct pv_machine whole, sliced;
    run_bantam(&whole, MODE_pv, SCRIPT, 1);
    run_bantam(&sliced, MODE_pv, SCRIPT, 1);
    const struct hv_limits end = {.cycle = 8000000};
    hv_run(whole.hv, &end);
    for (uint64_t at = 0; hv_cycle(sliced.hv) < end.cycle;) {
        const struct hv_limits slice = {.cycle = (at += 7919) < end.cycle ? at : end.cycle};
        if (hv_run(sliced.hv, &slice) != HV_STOP_LIMIT)
            break;
    }
    cr_expect_eq(hv_cycle(whole.hv), hv_cycle(sliced.hv));
    cr_expect_eq(hv_hash(whole.hv), hv_hash(sliced.hv));
    pv_machine_stop(&whole);
    pv_machine_stop(&sliced);
}

Test(pv_bantam, three_guests_share_a_machine_and_each_finishes)
{
    struct pv_machine m;
    run_bantam(&m, MODE_pv, "run=\"forkwait 3; sieve 3 | sieve 3; halt\"", 3);
    cr_assert_eq(pv_machine_run(&m, CYCLES), HV_STOP_ENDED);
    for (unsigned n = 0; n < 3; n++) {
        cr_expect_eq(m.hv->vm[n]->s.end, VM_EXITED, "vm%u: %s", n, m.hv->vm[n]->end_text);
        cr_expect_gt(hv_stats(m.hv, n)->switches_in, 0);
    }
    pv_machine_stop(&m);
}

static uint64_t cycles_of(const char *cmdline, uint64_t *hypercalls)
{
    struct pv_machine m;
    run_bantam(&m, MODE_pv, cmdline, 1);
    cr_assert_eq(pv_machine_run(&m, CYCLES), HV_STOP_ENDED);
    const struct exit_counter *calls = &hv_stats(m.hv, 0)->exit[EXIT_hypercall][OUTCOME_ADVANCE];
    uint64_t cycles = hv_cycle(m.hv);
    *hypercalls = calls->count;
    pv_machine_stop(&m);
    return cycles;
}

Test(pv_bantam, without_batches_it_needs_more_hypercalls_and_more_time)
{
    uint64_t with = 0, without = 0;
    uint64_t fast = cycles_of("run=\"forkwait 30; halt\"", &with);
    uint64_t slow = cycles_of("batch=off run=\"forkwait 30; halt\"", &without);
    cr_expect_gt(without, with * 3 / 2, "%lu hypercalls batched, %lu not", (unsigned long)with,
                 (unsigned long)without);
    cr_expect_gt(slow, fast);
}

Test(pv_bantam, system_calls_do_not_enter_the_hypervisor)
{
    uint64_t few = 0, many = 0;
    cycles_of("run=\"null_syscall 10; halt\"", &few);
    cycles_of("run=\"null_syscall 5000; halt\"", &many);
    cr_expect_leq(many, few + 10, "%lu hypercalls for 10 system calls, %lu for 5000",
                  (unsigned long)few, (unsigned long)many);
}

Test(pv_bantam, input_reaches_the_shell)
{
    struct pv_machine m;
    run_bantam(&m, MODE_pv, "", 1);
    static const char typed[] = "echo typed | wc\nhalt 5\n";
    for (unsigned i = 0; i < sizeof typed - 1;) {
        if (hv_console_in(m.hv, 0, (uint8_t)typed[i]))
            i++;
        else
            cr_assert_eq(pv_machine_run(&m, 1000000), HV_STOP_LIMIT);
    }
    cr_assert_eq(pv_machine_run(&m, CYCLES), HV_STOP_ENDED);
    cr_expect_eq(m.hv->vm[0]->s.exit_value, 5);
    cr_expect(strstr(m.console, "1       1       6\n"), "%s", m.console);
    pv_machine_stop(&m);
}

Test(pv_bantam, another_image_is_refused_in_words)
{
    static const char *const images[] = {"bantam.elf", "disk.img"};
    static const char *const words[] = {"no paravirtual guest", "not an ELF file"};
    for (unsigned i = 0; i < 2; i++) {
        struct pv_machine m;
        size_t size = 0;
        pv_machine_start(&m, &(struct pv_start){
                                 .image = "bantam-pv.elf", .mode = MODE_pv, .vms = 1, .loaded = 0});
        uint8_t *image = pv_read_file(images[i], &size);
        const struct loader_input in = {
            .image = image, .image_size = size, .image_name = images[i]};
        cr_expect_eq(hv_load(m.hv, 0, &in, &m.error), SIM_BAD_INPUT);
        cr_expect(strstr(m.error.text, words[i]), "%s", m.error.text);
        free(image);
        pv_machine_stop(&m);
    }
}

Test(pv_bantam, needs_room_and_says_so)
{
    struct pv_machine m;
    size_t size = 0;
    pv_machine_start(&m, &(struct pv_start){.image = "bantam-pv.elf",
                                            .mode = MODE_pv,
                                            .vms = 1,
                                            .loaded = 0,
                                            .ram_bytes = 1u << 20});
    uint8_t *image = pv_read_file("bantam-pv.elf", &size);
    const struct loader_input in = {
        .image = image, .image_size = size, .image_name = "bantam-pv.elf"};
    cr_expect_eq(hv_load(m.hv, 0, &in, &m.error), SIM_BAD_INPUT);
    cr_expect(strstr(m.error.text, "--mem"), "%s", m.error.text);
    free(image);
    pv_machine_stop(&m);
}
