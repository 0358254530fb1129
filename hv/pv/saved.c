/*
 * The saved state of a paravirtual guest, and whether its counts are true.
 *
 * The validator trusts its counts: an entry whose reference was never counted would be given back
 * once too often. So they are counted again from the tables in RAM and from who else holds frames,
 * and must come out the same.
 */
#include "core/saved.h"
#include "pv/pv.h"

#include "sim/alloc.h"

static const struct state_field validator_fields[] = {STATE_FIELD(pv, mmu.refused)};
static STATE_DESC(validator_desc, pv, 1, validator_fields);

void pv_saved(struct vm *vm, struct saved *saved)
{
    struct pv *pv = vm->pv;
    pv->s.root = pv->mmu.root;
    pv->s.flushes = pv->mmu.flushes;
    saved_add(saved, "pv", (int)vm->number, &pv_state_desc, &pv->s, 1);
    saved_add(saved, "validator", (int)vm->number, &validator_desc, pv, 1);
}

/* ------------------------------------------------------------------------------ numbers */

static bool channel_is_sane(const struct pv_channel *c)
{
    switch (c->state) {
    case PV_EVTCHNSTAT_CLOSED:
    case PV_EVTCHNSTAT_UNBOUND:
    case PV_EVTCHNSTAT_IPI:
        break;
    case PV_EVTCHNSTAT_INTERDOMAIN:
        if (c->detail >= PV_EVENT_CHANNELS)
            return false;
        break;
    case PV_EVTCHNSTAT_VIRQ:
        if (c->detail >= PV_NR_VIRQS)
            return false;
        break;
    default:
        return false;
    }
    return c->source <= PV_SOURCE_BLOCK1;
}

static const char *check_numbers(const struct vm *vm)
{
    const struct pv_state *s = &vm->pv->s;
    if (s->gdt_entries > PV_GDT_GUEST_ENTRIES || s->ldt_entries > 8192 ||
        s->frames_held > vm->pages || s->console_port >= PV_EVENT_CHANNELS)
        return "a count outside its table";
    if (s->runs_as > VCPU_WAITING || s->runs_since > pv_system_time(vm->pv))
        return "a state of running that cannot be";
    for (unsigned i = 0; i < PV_BLOCK_DEVICES; i++)
        if (s->block_port[i] >= PV_EVENT_CHANNELS)
            return "a disk's event channel that does not exist";
    for (unsigned i = 0; i < PV_NR_VIRQS; i++)
        if (s->virq_port[i] >= PV_EVENT_CHANNELS)
            return "a virtual interrupt's event channel that does not exist";
    for (unsigned i = 0; i < PV_EVENT_CHANNELS; i++)
        if (!channel_is_sane(&s->channel[i]))
            return "an event channel that cannot be";
    return NULL;
}

/* ------------------------------------------------------------------------------ counts */

struct count {
    uint32_t refs, type_refs;
};

struct census {
    struct pv *pv;
    struct count *count; /* by frame */
    bool ok;
};

/* One reference to a frame, as a type or (FRAME_NONE) plain. */
static void claim(struct census *c, uint32_t mfn, enum frame_type type)
{
    const struct frame *f = pv_frame_own(&c->pv->mmu, mfn);
    if (!f || (type != FRAME_NONE && f->type != (uint8_t)type)) {
        c->ok = false;
        return;
    }
    c->count[mfn].refs++;
    c->count[mfn].type_refs += type != FRAME_NONE;
}

static void claim_any(struct census *c, uint32_t mfn, enum frame_type type)
{
    if (mfn)
        claim(c, mfn, type);
}

/* What a checked table's entries claim: as entry_claim of the validator. */
static void claim_entries(struct census *c, uint32_t table, enum frame_type level)
{
    const struct pv_mmu *m = &c->pv->mmu;
    unsigned slots = level == FRAME_PD ? m->guest_slots : m->slots;
    for (unsigned slot = 0; slot < slots && c->ok; slot++) {
        uint32_t entry = m->ops->read(m->opaque, table, slot), mfn = entry >> PAGE_SHIFT;
        if (!(entry & PTE_P))
            continue;
        if (level == FRAME_PD)
            claim(c, mfn, mfn == table ? FRAME_NONE : FRAME_PT);
        else
            claim(c, mfn, (entry & PTE_W) ? FRAME_WRITABLE : FRAME_NONE);
    }
}

static void claim_frame(struct census *c, uint32_t mfn, const struct frame *f)
{
    enum frame_type type = (enum frame_type)f->type;
    c->count[mfn].refs += f->refs && !f->given_back; /* the guest's own; none before it is loaded */
    if (f->pinned)
        claim(c, mfn, type);
    if (type == FRAME_PD || type == FRAME_PT)
        claim_entries(c, mfn, type);
    if ((f->type_refs != 0) != f->validated || (type == FRAME_NONE) != !f->validated ||
        type > FRAME_SEGDESC)
        c->ok = false;
}

static void claim_all(struct census *c)
{
    const struct pv_state *s = &c->pv->s;
    const struct pv_mmu *m = &c->pv->mmu;
    for (uint32_t mfn = 1; mfn < m->frame_count && c->ok; mfn++) {
        const struct frame *f = pv_frame_own(m, mfn);
        if (f)
            claim_frame(c, mfn, f);
    }
    claim_any(c, s->root, FRAME_PD);
    for (unsigned i = 0; i < PV_GDT_GUEST_FRAMES; i++)
        claim_any(c, s->gdt_mfn[i], FRAME_SEGDESC);
    for (unsigned i = 0; i < PV_LDT_FRAMES; i++)
        claim_any(c, s->ldt_mfn[i], FRAME_SEGDESC);
    claim_any(c, s->shared_mfn, FRAME_WRITABLE);
    claim_any(c, s->console_mfn, FRAME_WRITABLE);
    for (unsigned i = 0; i < PV_BLOCK_DEVICES; i++)
        claim_any(c, s->block_mfn[i], FRAME_WRITABLE);
}

static bool counts_are_true(const struct census *c)
{
    const struct pv_mmu *m = &c->pv->mmu;
    uint32_t held = 0;
    for (uint32_t mfn = 1; mfn < m->frame_count; mfn++) {
        const struct frame *f = pv_frame_own(m, mfn);
        if (f && (f->refs != c->count[mfn].refs || f->type_refs != c->count[mfn].type_refs))
            return false;
        held += f && mfn != c->pv->s.shared_mfn; /* which is beyond its reservation */
    }
    return held == c->pv->s.frames_held;
}

enum sim_status pv_restored(struct vm *vm, bool foreign, struct sim_error *err)
{
    struct pv *pv = vm->pv;
    const char *bad = foreign ? check_numbers(vm) : NULL;
    if (bad)
        return sim_fail(err, SIM_BAD_INPUT, "saved state of VM %u: %s", vm->number, bad);
    pv->mmu.root = pv->s.root;
    pv->mmu.flushes = pv->s.flushes;
    if (!foreign)
        return SIM_OK;
    struct census c = {pv, sim_alloc(pv->mmu.frame_count, sizeof(*c.count)), true};
    if (!c.count)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory to check a saved state");
    claim_all(&c);
    bool ok = c.ok && counts_are_true(&c);
    sim_free(c.count);
    if (!ok)
        return sim_fail(err, SIM_BAD_INPUT,
                        "saved state of VM %u: references to frames that nobody holds, or too few",
                        vm->number);
    return SIM_OK;
}
