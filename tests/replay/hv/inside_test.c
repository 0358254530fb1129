/*
 * Stops between any two instructions, those included that the hypervisor carries out: a run in
 * single instructions ends exactly like a run in one go, its exits and their records too, and each
 * position is the same however it was reached. What a guest believes at a position is what it
 * believes natively there.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/saved.h"
#include "snap.h"

#define WORK "hz=1000 run=\"forkwait 1; sieve 20; disk 2; halt\""

static struct way ways[] = {
    {MODE_trap, 1, 0, "", false, 0},
    {MODE_trap, 2, 9000, "", true, 24},
    {MODE_pv, 1, 0, "", false, 0},
    {MODE_pv, 2, 9000, "", false, 0},
};
#define WAYS (sizeof ways / sizeof *ways)

static void run_to(struct rig *r, uint64_t icount, uint64_t cycle)
{
    const struct hv_limits l = {.icount = icount, .cycle = cycle};
    cr_assert_eq(hv_run(r->hv, &l), HV_STOP_LIMIT);
    if (icount)
        cr_assert_eq(hv_icount(r->hv), icount);
}

/* Packs and puts back what is there: nothing may change. */
static void save_and_restore(struct rig *r)
{
    struct sim_error err = {SIM_OK, ""};
    size_t n = hv_saved_size(r->hv);
    uint8_t *p = malloc(n);
    cr_assert(p);
    hv_saved_pack(r->hv, p);
    cr_assert_eq(hv_saved_unpack(r->hv, p, n, &err), SIM_OK, "%s", err.text);
    free(p);
}

/* From where the rig stands, `length` instructions on. */
static void look_into(struct rig *r, const struct way *w, unsigned length)
{
    struct snap base = snap_take(r);
    uint64_t from = hv_icount(r->hv), at = hv_cycle(r->hv), seed = at;
    uint64_t some[8], hash[8];
    for (unsigned i = 0; i < 8; i++)
        some[i] = from + 1 + snap_random(&seed) % length;
    run_to(r, from + length, 0);
    struct snap far = snap_take(r);
    snap_put(r, &base);
    for (uint64_t n = from + 1; n <= from + length; n++) {
        run_to(r, n, 0);
        for (unsigned i = 0; i < 8; i++)
            if (some[i] == n)
                hash[i] = hv_hash(r->hv);
        if (n % 3 == 0)
            save_and_restore(r);
    }
    snap_expect(r, &far, way_name(w), at);
    for (unsigned i = 0; i < 8; i++) {
        snap_put(r, &base);
        run_to(r, some[i], 0);
        cr_assert_eq(hv_hash(r->hv), hash[i], "%s: instruction %llu of %llu", way_name(w),
                     (unsigned long long)(some[i] - from), (unsigned long long)from);
    }
    snap_put(r, &base); /* and by cycles; some iterations take none */
    for (uint64_t now = at; hv_icount(r->hv) < from + length; now = hv_cycle(r->hv)) {
        const struct hv_limits l = {.cycle = now + 1, .icount = from + length};
        cr_assert_eq(hv_run(r->hv, &l), HV_STOP_LIMIT);
    }
    snap_expect(r, &far, way_name(w), at);
    snap_free(&base);
    snap_free(&far);
}

ParameterizedTestParameters(inside, a_run_in_single_instructions_is_the_same)
{
    return cr_make_param_array(struct way, ways, WAYS);
}

ParameterizedTest(struct way *w, inside, a_run_in_single_instructions_is_the_same)
{
    struct rig r;
    uint64_t seed = 3;
    way_start(&r, w, WORK);
    for (unsigned i = 0; i < 6; i++) {
        run_to(&r, 0, hv_cycle(r.hv) + snap_random(&seed) % 400000);
        look_into(&r, w, 400);
    }
    rig_stop(&r);
}

/* ---------------------------------------- repeated instructions that the hypervisor carries out */

struct finder {
    struct {
        uint64_t number, icount;
    } found[8]; /* a disk's sectors first, then page tables being cleared */
    unsigned sectors, tables;
};

static void find_repeated(void *opaque, const struct trace_event *e)
{
    struct finder *f = opaque;
    const struct vm_exit *x = e->exit;
    if (e->kind != TRACE_EXIT)
        return;
    unsigned to = 8;
    if (x->reason == EXIT_IO_INSTRUCTION && x->q.io.count > 100 && f->sectors < 4)
        to = f->sectors++;
    if (x->reason == EXIT_ptwr_emulation && x->q.mem.count > 100 && f->tables < 4)
        to = 4 + f->tables++;
    if (to == 8)
        return;
    f->found[to].number = x->number;
    f->found[to].icount = x->icount;
}

static struct finder repeated(const struct way *w)
{
    struct finder f = {.sectors = 0};
    struct rig r;
    way_start(&r, w, WORK);
    hv_set_sink(r.hv, (struct trace_sink){find_repeated, &f});
    rig_run(&r, 30000000);
    rig_stop(&r);
    return f;
}

Test(inside, a_repeated_instruction_is_cut_anywhere_and_stays_one_exit)
{
    const struct way w = {MODE_trap, 1, 0, "", false, 0};
    struct finder f = repeated(&w);
    cr_assert_eq(f.sectors, 4, "the guest reads its disk");
    cr_assert_gt(f.tables, 0, "the guest clears a page that was a page table");
    for (unsigned i = 0; i < 4 + f.tables; i++) {
        struct rig r;
        const struct hv_limits l = {.icount = f.found[i].icount - 50};
        way_start(&r, &w, WORK);
        cr_assert_eq(hv_run(r.hv, &l), HV_STOP_LIMIT);
        look_into(&r, &w, 1300);
        const struct vm_exit *x = hv_exit(r.hv, f.found[i].number);
        cr_assert(x && (i < 4 ? x->q.io.count : x->q.mem.count) > 100);
        rig_stop(&r);
    }
}

/* ---------------------------------------- the guest's own view */

/* Guests whose way does not depend on time. */
static char guests[][24] = {"trap_gates", "trap_segments",     "trap_paging",
                            "trap_rings", "trap_double_fault", "trap_io"};
#define GUESTS (sizeof guests / sizeof *guests)

static void start_guest(struct rig *r, int mode, const char *guest)
{
    char image[64];
    (void)snprintf(image, sizeof image, "tests/%s.elf", guest);
    const struct rig_plan plan = {.mode = (enum hv_mode_id)mode, .guest = {{.image = image}}};
    rig_start(r, &plan);
}

static void expect_view(const struct cpu_state *a, const struct cpu_state *b, const char *guest,
                        uint64_t n)
{
    unsigned long long at = (unsigned long long)n;
    for (unsigned i = 0; i < X86_GPRS; i++)
        cr_assert_eq(a->gpr[i], b->gpr[i], "%s at %llu: register %u is %x and %x", guest, at, i,
                     a->gpr[i], b->gpr[i]);
    cr_assert_eq(a->eip, b->eip, "%s at %llu: EIP %x and %x", guest, at, a->eip, b->eip);
    cr_assert_eq(a->eflags, b->eflags, "%s at %llu, EIP %x: EFLAGS %x and %x", guest, at, a->eip,
                 a->eflags, b->eflags);
    cr_assert_eq(a->cpl, b->cpl, "%s at %llu", guest, at);
    cr_assert_eq(a->cr0, b->cr0, "%s at %llu", guest, at);
    cr_assert_eq(a->cr2, b->cr2, "%s at %llu", guest, at);
    cr_assert_eq(a->cr3, b->cr3, "%s at %llu", guest, at);
    for (unsigned i = 0; i < X86_SEGS; i++) {
        cr_assert_eq(a->seg[i].sel, b->seg[i].sel, "%s at %llu: segment %u", guest, at, i);
        cr_assert_eq(a->seg[i].base, b->seg[i].base, "%s at %llu: segment %u", guest, at, i);
    }
}

ParameterizedTestParameters(inside, a_guest_believes_what_it_believes_natively)
{
    return cr_make_param_array(char[24], guests, GUESTS);
}

ParameterizedTest(char (*guest)[24], inside, a_guest_believes_what_it_believes_natively)
{
    struct rig native, trap;
    struct cpu_state a, b;
    enum hv_stop stop = HV_STOP_LIMIT;
    start_guest(&native, MODE_native, *guest);
    start_guest(&trap, MODE_trap, *guest);
    for (uint64_t n = 1; stop == HV_STOP_LIMIT && n < 20000000;
         n += n < 3000 ? 1 : 1 + n % 97 + n / 500) {
        const struct hv_limits l = {.icount = n};
        stop = hv_run(native.hv, &l);
        cr_assert_eq(hv_run(trap.hv, &l), stop, "%s at %llu", *guest, (unsigned long long)n);
        cr_assert(hv_guest_view(native.hv, 0, &a) && hv_guest_view(trap.hv, 0, &b));
        cr_assert_eq(hv_icount(native.hv), hv_icount(trap.hv), "%s: %llu and %llu", *guest,
                     (unsigned long long)hv_icount(native.hv),
                     (unsigned long long)hv_icount(trap.hv));
        if (stop == HV_STOP_LIMIT)
            expect_view(&a, &b, *guest, n);
    }
    cr_expect_eq(stop, HV_STOP_ENDED, "%s", *guest);
    rig_stop(&native);
    rig_stop(&trap);
}
