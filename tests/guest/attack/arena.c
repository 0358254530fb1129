/*
 * Judging attacks: see arena.h.
 */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"

#define TRAP_ATTACKER "tests/attack.elf"
#define TRAP_INNOCENT "tests/innocent.elf"
#define PV_ATTACKER   "tests/pv-attacks.elf"
#define PV_INNOCENT   "tests/pv-innocent.elf"
#define SLICE         20000u
#define CYCLES        60000000u /* at 10 MHz: six seconds */
#define PATTERN       0xf0e1u
#define SEED          4711u

const struct attack attacks[] = {
#define ATTACK(name, end, like, mutant, text) {#name, end, like, MODE_trap, #mutant},
#include "attacks.def"
#undef ATTACK
#define PV_ATTACK(name, end, mutant) {#name, end, ALONE, MODE_pv, #mutant},
#include "pv_attacks.def"
#undef PV_ATTACK
};
const unsigned attack_count = sizeof attacks / sizeof *attacks;

/* What the neighbour does when nobody disturbs it. */
static struct {
    bool known;
    uint64_t hash;
    char console[4096];
} alone[HV_MODES];

static bool wrong(struct verdict *v, const char *what, const char *detail)
{
    (void)snprintf(v->text, sizeof v->text, "%s: %.300s", what, detail);
    return false;
}

static const char *innocent_image(int mode)
{
    return mode == MODE_pv ? PV_INNOCENT : TRAP_INNOCENT;
}

static const char *attacker_image(int mode)
{
    return mode == MODE_pv ? PV_ATTACKER : TRAP_ATTACKER;
}

/*
 * A trapped neighbour runs alone on its machine. A paravirtual one has machine frames in its
 * memory, so its reference is a machine with the same VMs, on which all are innocent.
 */
void arena_prepare(int mode)
{
    struct rig r;
    char end[256];
    const struct rig_guest innocent = {.image = innocent_image(mode), .cmdline = "innocent"};
    const unsigned last = mode == MODE_pv ? 1 : 0;
    const struct rig_plan plan = {.mode = (enum hv_mode_id)mode,
                                  .vms = last + 1,
                                  .guest = {innocent, innocent},
                                  .slice_cycles = SLICE,
                                  .shadow_pages = 64,
                                  .seed = SEED};
    if (alone[mode].known)
        return;
    rig_start(&r, &plan);
    rig_run(&r, CYCLES);
    if (strcmp(rig_end(&r, last, end, sizeof end), "exited 0") != 0 || !r.console[last].size ||
        r.console[last].size >= sizeof alone[mode].console) {
        (void)fprintf(stderr, "the neighbour alone: %s\n%s", end, r.console[last].text);
        abort();
    }
    alone[mode].hash = hv_guest_hash(r.hv, last);
    memcpy(alone[mode].console, r.console[last].text, r.console[last].size + 1);
    alone[mode].known = true;
    rig_stop(&r);
}

/* ---------------------------------------- what must be left alone */

/* Words that tell frames of nobody's, so that a store to one is seen. */
static void mark_frames(struct hv *hv)
{
    for (uint32_t mfn = 1; mfn < hv->frame_count; mfn++)
        if (hv->frames[mfn].owner == FRAME_FOREIGN)
            for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
                ram_write32(&hv->machine->ram, mfn << PAGE_SHIFT | at, mfn * PATTERN + at);
}

static bool frames_untouched(struct hv *hv, struct verdict *v)
{
    char text[64];
    for (uint32_t mfn = 1; mfn < hv->frame_count; mfn++)
        if (hv->frames[mfn].owner == FRAME_FOREIGN)
            for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
                if (ram_read32(&hv->machine->ram, mfn << PAGE_SHIFT | at) != mfn * PATTERN + at) {
                    (void)snprintf(text, sizeof text, "frame %#x, byte %#x", (unsigned)mfn,
                                   (unsigned)at);
                    return wrong(v, "a foreign frame was written", text);
                }
    for (uint32_t at = 0; at < 256 * CPU_ENTRY_STRIDE; at += 4)
        if (ram_read32(&hv->machine->ram, (hv->own.stub_mfn << PAGE_SHIFT) + at) != 0xf4f4f4f4u)
            return wrong(v, "the hypervisor's code was written", "entry stub");
    return true;
}

static bool audit_clean(struct hv *hv, struct verdict *v)
{
    struct hv_audit a;
    hv_audit(hv, &a);
    if (a.foreign + a.gates + a.ports + a.inconsistent)
        return wrong(v, "the audit found", a.first);
    return true;
}

/* Every cycle is in one bucket of somebody's, and every byte of the console was paid for. */
static bool account_right(struct hv *hv, struct verdict *v)
{
    uint64_t shared[SIM_BUCKETS], sum = 0;
    hv_shared_buckets(hv, shared);
    for (unsigned n = 0; n < hv->vms; n++) {
        const struct vm_stats *s = hv_stats(hv, n);
        for (unsigned b = 0; b < SIM_BUCKETS; b++)
            sum += s->bucket[b];
        if (s->bytes_out && hv->events[HV_COST_backend_byte] < s->bytes_out)
            return wrong(v, "console bytes went out unpaid", hv->vm[n]->end_text);
    }
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        sum += shared[b];
    return sum == hv_cycle(hv) || wrong(v, "the buckets do not sum to the clock", "account");
}

static bool neighbour_unharmed(struct rig *r, int mode, struct verdict *v)
{
    char end[256];
    if (strcmp(rig_end(r, 1, end, sizeof end), "exited 0") != 0)
        return wrong(v, "the neighbour ended", end);
    if (strcmp(r->console[1].text, alone[mode].console) != 0)
        return wrong(v, "the neighbour said", r->console[1].text);
    if (hv_guest_hash(r->hv, 1) != alone[mode].hash)
        return wrong(v, "the neighbour", "its memory or registers are not what they are alone");
    return true;
}

/* ---------------------------------------- the same on bare hardware */

static bool like_native(const struct attack *a, struct rig *trap, struct verdict *v)
{
    struct rig r;
    char text[256];
    const struct rig_plan plan = {
        .mode = MODE_native, .vms = 1, .guest = {{.image = TRAP_ATTACKER, .cmdline = a->name}}};
    rig_start(&r, &plan);
    rig_run(&r, CYCLES);
    bool ok = r.hv->vm[0]->s.end == trap->hv->vm[0]->s.end &&
              r.hv->vm[0]->s.exit_value == trap->hv->vm[0]->s.exit_value;
    if (!ok)
        wrong(v, "bare hardware ended", rig_end(&r, 0, text, sizeof text));
    if (ok && (ok = !strcmp(r.console[0].text, trap->console[0].text)) == false)
        wrong(v, "bare hardware said otherwise",
              rig_difference(r.console[0].text, trap->console[0].text, text, sizeof text));
    rig_stop(&r);
    return ok;
}

bool arena(const struct attack *a, struct verdict *v)
{
    struct rig r;
    char end[256];
    const struct rig_plan plan = {
        .mode = (enum hv_mode_id)a->mode,
        .vms = 2,
        .guest = {{.image = attacker_image(a->mode), .cmdline = a->name, .blank_sectors = 64},
                  {.image = innocent_image(a->mode), .cmdline = "innocent"}},
        .slice_cycles = SLICE,
        .shadow_pages = 64,
        .seed = SEED};
    v->text[0] = 0;
    rig_start(&r, &plan);
    mark_frames(r.hv);
    rig_run(&r, CYCLES);
    rig_end(&r, 0, end, sizeof end);
    bool ok = strncmp(end, a->end, strlen(a->end)) == 0;
    if (!ok)
        (void)snprintf(v->text, sizeof v->text, "the attacker ended: %s; it said: %.200s", end,
                       r.console[0].text);
    ok = ok && neighbour_unharmed(&r, a->mode, v) && frames_untouched(r.hv, v) &&
         audit_clean(r.hv, v) && account_right(r.hv, v) &&
         (a->like == ALONE || like_native(a, &r, v));
    rig_stop(&r);
    return ok;
}
