/*
 * What a callback may do: change the probe, and stop the CPU behind the present instruction.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "probe_log.h"
#include "rig_words.h"

static struct rig *r;
static struct probe_log *told;

static void setup(void)
{
    r = rig_create_writable();
    told = calloc(1, sizeof *told);
    cr_assert(r && told);
    log_attach(told, r);
}

static void teardown(void)
{
    rig_destroy(r);
    free(told);
}

TestSuite(probe_callback, .init = setup, .fini = teardown);

/* mov eax, 1; inc eax; inc eax; jmp $ */
#define COUNT_UP 0xb8, 1, 0, 0, 0, 0x40, 0x40, 0xeb, 0xfe

/* ------------------------------------------------------------------------------------------ from within callbacks */

Test(probe_callback, a_mark_set_inside_code_counts_from_the_instruction_behind)
{
    PUT(r, RIG_CODE, COUNT_UP);
    rig_go(r, 3);
    rig_reset(r, 3);
    log_mark(told, RIG_CODE + 5);
    told->mark_on_code = RIG_CODE + 6;
    rig_go(r, 10);
    cr_expect_eq(told->n, 2);
    cr_expect_eq(told->entry[1].linear, RIG_CODE + 6);
}

Test(probe_callback, a_mark_set_inside_data_counts_from_the_instruction_behind)
{
    PUT(r, RIG_CODE, 0x89, 0x03, 0x40, 0x40, 0xeb, 0xfe); /* mov [ebx], eax; inc eax; inc eax */
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    log_watch(told, RIG_DATA);
    rig_go(r, 10);
    rig_reset(r, 3);
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    told->n = 0;
    told->mark_on_data = RIG_CODE + 2;
    told->stop = true;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + 2);
    cr_expect_eq(told->n, 2);
}

Test(probe_callback, a_page_watched_inside_code_is_watched_from_that_instruction_on)
{
    PUT(r, RIG_CODE, 0x89, 0x03, 0x89, 0x03, 0xeb, 0xfe); /* mov [ebx], eax, twice */
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    rig_go(r, 10);
    rig_reset(r, 3);
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    log_mark(told, RIG_CODE + 2);
    told->watch_on_code = RIG_DATA;
    rig_go(r, 10);
    cr_expect_eq(log_count(told, LOG_WRITE), 1);
}

/* ------------------------------------------------------------------------------------------ stopping from callbacks */

Test(probe_callback, a_stop_asked_for_in_data_comes_behind_that_instruction)
{
    PUT(r, RIG_CODE, 0x40, 0x89, 0x03, 0x40, 0x40, 0xeb, 0xf9); /* inc; mov [ebx], eax; inc; inc */
    CPU(r)->s.gpr[R_EBX] = RIG_DATA;
    log_watch(told, RIG_DATA);
    told->stop_on_data = true;
    for (uint32_t turn = 0; turn < 4; turn++) {
        uint64_t icount = CPU(r)->s.icount;
        cr_assert_eq(rig_go(r, 100), CPU_STOP_PROBE);
        cr_expect_eq(EIP(r), RIG_CODE + 3);
        cr_expect_eq(rig_get(r, RIG_DATA, 4), 3 * turn + 1, "the store is done");
        cr_expect_eq(EAX(r), 3 * turn + 1, "and nothing behind it");
        cr_expect_eq(CPU(r)->s.icount - icount, turn ? 5 : 2);
        cr_expect_eq(told->entry[turn].icount, CPU(r)->s.icount);
    }
}

Test(probe_callback, a_stop_asked_for_in_an_event_comes_before_its_handler)
{
    PUT(r, RIG_CODE, 0xcc);
    told->stop_on_event = true;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_STUBS + 8 * VEC_BP);
    told->stop_on_event = false;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_BUDGET, "said once");
}

Test(probe_callback, a_stop_inside_a_repeated_instruction_comes_behind_the_iteration)
{
    PUT(r, RIG_CODE, 0xf3, 0xaa, 0xeb, 0xfe);
    log_watch(told, RIG_DATA);
    told->stop_on_data = true;
    ECX(r) = 5;
    CPU(r)->s.gpr[R_EDI] = RIG_DATA;
    for (uint32_t left = 5; left-- > 0;) {
        cr_expect_eq(rig_go(r, 100), CPU_STOP_PROBE);
        cr_expect_eq(ECX(r), left);
        cr_expect_eq(EIP(r), left ? RIG_CODE : RIG_CODE + 2);
    }
}

Test(probe_callback, a_stop_that_had_to_wait_for_an_entry_comes_at_the_next_run)
{
    CPU(r)->entry_base = RIG_STUBS;
    CPU(r)->entry_enabled = true;
    for (unsigned v = 0; v < 256; v++)
        ram_write32(&r->m->ram, RIG_IDT + 8 * v, (RIG_CODE0 << 16) | (RIG_STUBS + 4 * v));
    PUT(r, RIG_CODE, 0x0f, 0x0b);
    told->stop_on_event = true;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_ENTRY);
    cr_expect_eq(rig_go(r, 100), CPU_STOP_PROBE);
    told->stop_on_event = false;
    cr_expect_eq(rig_go(r, 100), CPU_STOP_BUDGET);
}

Test(probe_callback, taking_the_probe_off_takes_its_stop_along)
{
    PUT(r, RIG_CODE, COUNT_UP);
    log_mark_all(told);
    told->stop = true;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cpu_probe_stop(CPU(r));
    log_detach(told);
    cr_expect_eq(rig_go(r, 10), CPU_STOP_BUDGET);
    cr_expect_eq(EAX(r), 3);
}

/* ------------------------------------------------------------------------------------------ where time stands still */

static struct {
    bool stop;
    uint32_t mark;
} at_port;

static void on_port(void *context, uint16_t port, unsigned size, bool write, uint32_t value)
{
    (void)context, (void)port, (void)size, (void)write, (void)value;
    if (at_port.stop)
        cpu_probe_stop(CPU(r));
    if (at_port.mark)
        log_mark(told, at_port.mark);
}

/* out 80, al; inc eax; inc eax; jmp $, with instructions that cost nothing: a kick that lets time
 * run out is not enough to end the block. */
static void prepare_timeless(void)
{
    memset(&r->costs, 0, sizeof r->costs);
    r->m->ports.watch = on_port;
    PUT(r, RIG_CODE, 0xe6, 0x80, 0x40, 0x40, 0xeb, 0xfe);
    rig_reset(r, 0);
    CPU(r)->s.cycle = CPU(r)->s.settled_cycle = 0;
    EAX(r) = 0;
}

Test(probe_callback, a_stop_asked_for_at_a_port_comes_behind_that_instruction)
{
    prepare_timeless();
    at_port.stop = true;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + 2);
    cr_expect_eq(EAX(r), 0);
}

Test(probe_callback, a_mark_set_at_a_port_counts_from_the_instruction_behind)
{
    prepare_timeless();
    at_port.mark = RIG_CODE + 3;
    told->stop = true;
    cr_expect_eq(rig_go(r, 10), CPU_STOP_PROBE);
    cr_expect_eq(EIP(r), RIG_CODE + 3);
    cr_expect_eq(EAX(r), 1);
}
