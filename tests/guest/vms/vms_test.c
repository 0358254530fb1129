/*
 * Several guests on one machine: each as if alone but for time, and time shared fairly.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../rig/rig.h"
#include "pv/pv.h"

static const enum hv_mode_id modes[] = {MODE_trap, MODE_pv};
#define MODES (sizeof modes / sizeof *modes)

static const char *const work[] = {
    "run=\"echo first; ls /text; forkwait 5; fault nullptr; echo a > /a; halt 1\"",
    "run=\"sieve 40; cat /etc/motd | wc; mkdir /two; fault divzero; halt 2\"",
    "run=\"cat /bin/sh > /copy; wc /copy; crc 20; ps; halt 3\"",
    "run=\"sleep 30; pipe 20; qsort 3; hexdump /text/numbers; halt 4\"",
};

static struct rig_guest bantam(enum hv_mode_id mode, const char *cmdline)
{
    return (struct rig_guest){.image = mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf",
                              .cmdline = cmdline,
                              .disk = "disk.img"};
}

static void start(struct rig *r, enum hv_mode_id mode, unsigned vms, const char *const cmdline[])
{
    struct rig_plan plan = {.mode = mode, .vms = vms, .seed = 3};
    for (unsigned n = 0; n < vms; n++)
        plan.guest[n] = bantam(mode, cmdline[n]);
    rig_start(r, &plan);
}

static void expect_like_alone(struct rig *together, enum hv_mode_id mode, unsigned n)
{
    struct rig alone;
    char a[256], b[256], where[256];
    start(&alone, mode, 1, &work[n]);
    rig_run(&alone, 0);
    rig_mask_cycles(alone.console[0].text);
    rig_mask_cycles(together->console[n].text);
    cr_expect_str_eq(rig_end(together, n, a, sizeof a), rig_end(&alone, 0, b, sizeof b));
    cr_expect_eq(
        strcmp(together->console[n].text, alone.console[0].text), 0, "%s, VM %u: %s",
        hv_modes[mode]->name, n,
        rig_difference(together->console[n].text, alone.console[0].text, where, sizeof where));
    cr_expect_eq(rig_disk_hash(together, n), rig_disk_hash(&alone, 0), "VM %u: its disk", n);
    rig_stop(&alone);
}

Test(vms, two_to_four_guests_each_do_what_they_do_alone)
{
    for (unsigned m = 0; m < MODES; m++)
        for (unsigned vms = 2; vms <= 4; vms++) {
            struct rig r;
            struct hv_audit a;
            start(&r, modes[m], vms, work);
            cr_assert_eq(rig_run(&r, 0), HV_STOP_ENDED);
            for (unsigned n = 0; n < vms; n++)
                expect_like_alone(&r, modes[m], n);
            hv_audit(r.hv, &a);
            cr_expect_eq(a.foreign + a.gates + a.ports + a.inconsistent, 0, "%s", a.first);
            rig_stop(&r);
        }
}

/* Cycles that were spent on a VM: all its buckets. */
static uint64_t spent(struct rig *r, unsigned n)
{
    uint64_t sum = 0;
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        sum += hv_stats(r->hv, n)->bucket[b];
    return sum;
}

Test(vms, those_that_want_the_cpu_get_equal_shares_and_know_what_was_stolen)
{
    static const char *const busy[] = {"run=\"sieve 100000\"", "run=\"sieve 100000\"",
                                       "run=\"qsort 100000\""};
    for (unsigned m = 0; m < MODES; m++) {
        struct rig r;
        start(&r, modes[m], 3, busy);
        rig_run(&r, 60000000);
        uint64_t all = hv_cycle(r.hv);
        for (unsigned n = 0; n < 3; n++) {
            uint64_t own = spent(&r, n), stolen = hv_stats(r.hv, n)->steal_cycles;
            cr_expect(own > all * 30 / 100 && own < all * 37 / 100, "VM %u got %llu of %llu", n,
                      (unsigned long long)own, (unsigned long long)all);
            cr_expect(stolen > all * 60 / 100 && stolen < all * 70 / 100,
                      "VM %u: %llu of %llu stolen", n, (unsigned long long)stolen,
                      (unsigned long long)all);
        }
        rig_stop(&r);
    }
}

/* What a paravirtual guest is told of its own running: stolen time is what the scheduler stole. */
Test(vms, a_paravirtual_guests_states_of_running_are_the_schedulers)
{
    static const char *const mixed[] = {"run=\"sieve 100000\"", "run=\"sleep 5000; sieve 1000\"",
                                        "run=\"qsort 100000\""};
    struct rig r;
    start(&r, MODE_pv, 3, mixed);
    rig_run(&r, 90000000);
    for (unsigned n = 0; n < 3; n++) {
        const struct pv *pv = r.hv->vm[n]->pv;
        uint64_t hz = r.hv->vm[n]->clock.hz, in[3], all = 0;
        for (unsigned i = 0; i < 3; i++) {
            in[i] = pv->s.runs_time[i] +
                    (pv->s.runs_as == i ? pv_system_time(pv) - pv->s.runs_since : 0);
            all += in[i];
        }
        uint64_t waited =
            pv->s.runs_as == VCPU_RUNNABLE ? pv_system_time(pv) - pv->s.runs_since : 0;
        uint64_t stolen = (uint64_t)((double)hv_stats(r.hv, n)->steal_cycles * 1e9 / (double)hz);
        cr_expect_eq(all, pv_system_time(pv), "VM %u: nothing is lost", n);
        cr_expect(in[1] - waited + 2000 > stolen && in[1] - waited < stolen + 2000,
                  "VM %u: %llu of %llu ns", n, (unsigned long long)in[1],
                  (unsigned long long)stolen);
        cr_expect(in[0] > 0 && in[1] > 0);
        cr_expect_eq(in[2] > all / 3, n == 1, "VM %u slept %llu of %llu ns", n,
                     (unsigned long long)in[2], (unsigned long long)all);
    }
    rig_stop(&r);
}

static uint64_t end_of_second(enum hv_mode_id mode, const char *first)
{
    const char *const cmdline[] = {first, "run=\"sieve 600; halt\""};
    struct rig r;
    start(&r, mode, 2, cmdline);
    while (r.hv->vm[1]->s.end == VM_RUNNING)
        rig_run(&r, hv_cycle(r.hv) + 20000);
    uint64_t at = hv_cycle(r.hv);
    rig_stop(&r);
    return at;
}

Test(vms, a_sleeping_guest_gives_its_time_away)
{
    for (unsigned m = 0; m < MODES; m++) {
        uint64_t beside_sleeper = end_of_second(modes[m], "run=\"sleep 100000\"");
        uint64_t beside_worker = end_of_second(modes[m], "run=\"sieve 100000\"");
        cr_expect(
            beside_worker > beside_sleeper * 17 / 10 && beside_worker < beside_sleeper * 23 / 10,
            "%s: %llu cycles beside a worker, %llu beside a sleeper", hv_modes[modes[m]]->name,
            (unsigned long long)beside_worker, (unsigned long long)beside_sleeper);
    }
}

Test(vms, one_that_has_ended_takes_no_time)
{
    for (unsigned m = 0; m < MODES; m++) {
        const char *const cmdline[] = {"run=\"halt\"", "run=\"sieve 600; halt\""};
        struct rig r;
        start(&r, modes[m], 2, cmdline);
        while (r.hv->vm[0]->s.end == VM_RUNNING)
            rig_run(&r, hv_cycle(r.hv) + 20000);
        uint64_t before = spent(&r, 0);
        cr_expect_eq(rig_run(&r, 0), HV_STOP_ENDED);
        cr_expect_leq(spent(&r, 0), before + before / 100);
        rig_stop(&r);
    }
}

/* A frame that changes hands holds nothing of its last owner's. */
Test(vms, frames_are_empty_when_they_are_given)
{
    struct rig r;
    start(&r, MODE_trap, 2, work);
    rig_run(&r, 0);
    uint32_t mfn = r.hv->vm[0]->p2m[0x130].mfn, word = 0;
    for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
        word |= ram_read32(&r.hv->machine->ram, mfn << PAGE_SHIFT | at);
    cr_assert_neq(word, 0, "the kernel's first page holds nothing");
    r.hv->vm[0]->p2m[0x130].type = P2M_NONE;
    frame_free(r.hv, mfn);
    uint32_t given = frame_alloc(r.hv, 2, FRAME_NONE);
    cr_assert_eq(given, mfn);
    for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
        cr_assert_eq(ram_read32(&r.hv->machine->ram, given << PAGE_SHIFT | at), 0);
    rig_stop(&r);
}

Test(vms, guest_physical_pages_are_nowhere_where_they_seem_to_be)
{
    struct rig r;
    unsigned same = 0, mixed = 0;
    start(&r, MODE_trap, 2, work);
    for (uint32_t gfn = 1; gfn < r.hv->vm[0]->pages; gfn++) {
        uint32_t mfn = r.hv->vm[0]->p2m[gfn].mfn;
        same += mfn == gfn;
        mixed += r.hv->frames[mfn ^ 1].owner != r.hv->frames[mfn].owner;
    }
    cr_expect_lt(same, 20, "%u pages are where their number says", same);
    cr_expect_gt(mixed, r.hv->vm[0]->pages / 4, "frames of the VMs lie apart");
    rig_stop(&r);
}
