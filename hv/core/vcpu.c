/*
 * Services on a virtual CPU: the physical frame, decoding, carrying out one instruction, raising
 * its own fault.
 */
#include "core/virt_ops.h"

#include <string.h>

static const struct state_field vcpu_fields[] = {
    STATE_FIELD(vcpu_state, run),          STATE_FIELD(vcpu_state, real_cr3),
    STATE_FIELD(vcpu_state, guest_ring),   STATE_FIELD(vcpu_state, gdt_raised),
    STATE_FIELD(vcpu_state, ready_since),  STATE_FIELD(vcpu_state, slice_end),
    STATE_FIELD(vcpu_state, masked_ticks), STATE_BYTES(vcpu_state, real_seg),
};
STATE_DESC(vcpu_state_desc, vcpu_state, 2, vcpu_fields);
_Static_assert(sizeof(struct segment) == 16, "no padding");

/* ---------------------------------------- the frame */

uint32_t vcpu_frame(const struct vcpu *v, unsigned word)
{
    return ram_read32(&v->hv->machine->ram, v->frame_pa + word * 4u);
}

void vcpu_set_frame(struct vcpu *v, unsigned word, uint32_t value)
{
    ram_write32(&v->hv->machine->ram, v->frame_pa + word * 4u, value);
}

void vcpu_frame_get(const struct vcpu *v, uint32_t words[FRAME_WORDS])
{
    (void)ram_get(&v->hv->machine->ram, v->frame_pa, words, FRAME_WORDS * 4u);
}

void vcpu_frame_put(struct vcpu *v, const uint32_t words[FRAME_WORDS])
{
    (void)ram_put(&v->hv->machine->ram, v->frame_pa, words, FRAME_WORDS * 4u);
}

/* ---------------------------------------- memo */

void vcpu_memo_drop(struct vcpu *v)
{
    memset(v->memo, 0, sizeof(v->memo));
}

bool virt_translate(struct cpu *c, uint32_t linear, enum cpu_access access, bool user, uint32_t *pa)
{
    struct vcpu *v = vcpu_of(c);
    uint32_t key =
        (linear & PAGE_MASK) | 1u | (access == ACCESS_WRITE ? 2u : 0u) | (user ? 4u : 0u);
    unsigned slot = ((linear >> PAGE_SHIFT) ^ (access == ACCESS_WRITE ? 4u : 0u)) % VCPU_MEMO;
    struct guest_walk w;
    if (v->memo[slot].key == key) {
        *pa = v->memo[slot].frame | (linear & ~PAGE_MASK);
        return true;
    }
    if (!guest_walk(v, linear, access, user, true, &w))
        return cpu_raise_pf(c, linear, w.error);
    v->memo[slot].key = key;
    v->memo[slot].frame = w.gpa & PAGE_MASK;
    *pa = w.gpa;
    return true;
}

/* ---------------------------------------- instructions */

/*
 * The bytes of the instruction that the exit is about, from where the hardware fetched them: the
 * real CPU's code page is still that one, so the guest's tables need no walk. False: not that
 * instruction, not fetched (its own page faulted), or too near the page's or the segment's end.
 */
static bool fetch_executed(struct vcpu *v, uint8_t bytes[INSN_MAX_LENGTH])
{
    const struct cpu *c = &v->hv->machine->cpu;
    const struct vm_exit *x = v->hv->open;
    const struct segment *cs = &v->virt.s.seg[SEG_CS];
    uint32_t eip = v->virt.s.eip, linear = cs->base + eip;
    if (!x || x->idle || x->vm != v->vm->number || x->eip != eip || v->emulated ||
        (linear & PAGE_MASK) != c->s.code_page ||
        (x->vector == VEC_PF && ((x->cr2 ^ linear) & PAGE_MASK) == 0) ||
        (linear & ~PAGE_MASK) > PAGE_SIZE - INSN_MAX_LENGTH || cs->limit < INSN_MAX_LENGTH ||
        eip > cs->limit - INSN_MAX_LENGTH)
        return false;
    return ram_get(&v->hv->machine->ram, c->s.code_frame | (linear & ~PAGE_MASK), bytes,
                   INSN_MAX_LENGTH);
}

/* The CPU's fetch, when 15 bytes lie within the code segment and one page of RAM. */
static bool fetch_within_page(struct vcpu *v, uint8_t bytes[INSN_MAX_LENGTH])
{
    struct cpu *c = &v->virt;
    const struct segment *cs = &c->s.seg[SEG_CS];
    uint32_t linear = cs->base + c->s.eip, gpa, pa;
    if (cs->limit < INSN_MAX_LENGTH || c->s.eip > cs->limit - INSN_MAX_LENGTH ||
        (linear & ~PAGE_MASK) > PAGE_SIZE - INSN_MAX_LENGTH)
        return false;
    return virt_translate(c, linear, ACCESS_EXEC, c->s.cpl == 3, &gpa) &&
           p2m_lookup(v->vm, gpa, &pa) == P2M_RAM &&
           ram_copy_out(&v->hv->machine->ram, pa, bytes, INSN_MAX_LENGTH);
}

/* The same few instructions of a kernel exit again and again: equal bytes in equal modes decode
 * equally. */
static bool decode_bytes(struct vcpu *v, const uint8_t bytes[INSN_MAX_LENGTH])
{
    const struct cpu_state *s = &v->virt.s;
    unsigned mode = ((s->seg[SEG_CS].ar & AR_DB) ? DECODE_CODE32 : 0u) |
                    ((s->seg[SEG_SS].ar & AR_DB) ? DECODE_STACK32 : 0u);
    struct vcpu_decoded *d = &v->decoded[s->eip % VCPU_DECODED];
    if (d->mode != mode + 1 || memcmp(d->bytes, bytes, INSN_MAX_LENGTH) != 0) {
        d->mode = 0;
        if (insn_decode(bytes, INSN_MAX_LENGTH, mode, &d->insn) != DECODE_OK)
            return false;
        memcpy(d->bytes, bytes, INSN_MAX_LENGTH);
        d->mode = mode + 1;
    }
    v->insn = d->insn;
    return true;
}

/* From what v->insn can be decoded again. */
static void keep_bytes(struct vcpu *v, const uint8_t bytes[INSN_MAX_LENGTH])
{
    const struct cpu_state *s = &v->virt.s;
    v->insn_mode = (uint8_t)(1u + ((s->seg[SEG_CS].ar & AR_DB) ? DECODE_CODE32 : 0u) +
                             ((s->seg[SEG_SS].ar & AR_DB) ? DECODE_STACK32 : 0u));
    memcpy(v->insn_bytes, bytes, INSN_MAX_LENGTH);
}

bool hv_decode(struct vcpu *v)
{
    struct vm_exit *x = v->hv->open;
    uint8_t bytes[INSN_MAX_LENGTH] = {0};
    enum hv_phase before = hv_phase_set(v->hv, PHASE_DECODE);
    charge_now(v->hv, HV_COST_decode);
    v->fetching = true;
    v->virt.fault_pending = false;
    bool ok = (fetch_executed(v, bytes) || fetch_within_page(v, bytes)) && decode_bytes(v, bytes);
    if (!ok) /* the careful way, which also knows which fault it is */
        ok = cpu_fetch_decode(&v->virt, &v->insn, bytes);
    v->fetching = false;
    if (ok)
        keep_bytes(v, bytes);
    if (x && ok && x->row == EXIT_NO_ROW) {
        x->row = v->insn.row;
        x->byte_count = v->insn.len;
        memcpy(x->bytes, bytes, sizeof(x->bytes));
    }
    hv_phase_set(v->hv, before);
    return ok;
}

/* What the hardware looks at between two instructions: RF ends, and traps come due. */
static void after_instruction(struct vcpu *v, bool stepping, bool resume)
{
    struct cpu *c = &v->virt;
    if (resume && insn_row_of(&v->insn)->trap != TRAP_IRET && !insn_repeats(&v->insn))
        c->s.eflags &= ~FLAG_RF;
    if (stepping && !(c->s.shadow & SHADOW_SS))
        c->s.pending_db |= DR6_BS;
}

bool hv_emulate(struct vcpu *v)
{
    struct cpu *c = &v->virt;
    const struct insn *in = &v->insn;
    bool repeats = insn_repeats(in);
    bool stepping = c->s.eflags & FLAG_TF, resume = c->s.eflags & FLAG_RF;
    uint32_t start = c->s.eip;
    enum hv_phase before = hv_phase_set(v->hv, PHASE_EMULATE);
    if (!v->repeats) /* else it goes on */
        charge_now(v->hv, HV_COST_emulate);
    v->emulated = true;
    c->s.shadow = 0;
    bool ok, more;
    do {
        ok = cpu_execute(c, in);
        account_instructions(v->hv, ok);
        more = ok && repeats && c->s.eip == start && !stepping && v->vm->s.end == VM_RUNNING &&
               ++v->repeats < HV_REP_BATCH;
    } while (more && !hv_limit_reached(v->hv));
    v->repeats = more ? v->repeats : 0;
    if (more) {
        /* A limit: the run loop goes on with it, in this exit. */
    } else if (ok) {
        v->vm->stats.insns_emulated++;
        after_instruction(v, stepping, resume);
    } else if (c->stop == CPU_STOP_UNSUPPORTED) {
        vm_end(v->vm, VM_UNSUPPORTED, "%s", c->unsupported);
    }
    hv_phase_set(v->hv, before);
    return ok;
}

void hv_own_fault(struct vcpu *v, const struct vm_exit *x)
{
    v->virt.fault = (struct cpu_fault){
        .vector = x->vector, .has_error = x->has_error, .error = x->error, .cr2 = x->cr2};
    v->virt.fault_pending = true;
}

void hv_inject_later(struct vcpu *v, unsigned vector, enum event_kind kind)
{
    v->inject_queued = true;
    v->inject_vector = (uint8_t)vector;
    v->inject_kind = (uint8_t)kind;
}

/* ---------------------------------------- guest memory */

bool hv_guest_read32(struct vcpu *v, uint32_t gva, uint32_t *value)
{
    return cpu_read_linear(&v->virt, gva, 4, false, value);
}

bool hv_guest_write32(struct vcpu *v, uint32_t gva, uint32_t value)
{
    return cpu_write_linear(&v->virt, gva, 4, false, value);
}
