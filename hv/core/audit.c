/*
 * The audit: after a run, does anything that hardware consults reach what is not the guest's?
 * Control, Popek and Goldberg's third property, as a figure.
 *
 * The modes walk their own tables; what they share is here: segments and gates against the hole,
 * the TSS's bitmap.
 */
#include "core/internal.h"

#include <stdio.h>

void audit_note(struct hv_audit *a, uint64_t *counter, const char *what, uint32_t where,
                uint32_t value)
{
    (*counter)++;
    if (!a->first[0])
        (void)snprintf(a->first, sizeof(a->first), "%s at %#x: %#x", what, (unsigned)where,
                       (unsigned)value);
}

static uint32_t real_read(const struct hv *hv, uint32_t mfn, uint32_t offset)
{
    return ram_read32(&hv->machine->ram, (mfn << PAGE_SHIFT) + offset);
}

static bool is_own_gate(uint32_t lo, uint32_t hi, uint32_t vector)
{
    uint32_t stub = HV_AREA + vector * CPU_ENTRY_STRIDE;
    return (lo >> 16) == HV_SEL_CS && ((hi & 0xffff0000u) | (lo & 0xffffu)) == stub;
}

/* Every gate enters the hypervisor at its stub; only software vectors may be used from ring 3 by
 * INT n. */
static void audit_idt(struct vm *vm, struct hv_audit *a)
{
    const struct hv *hv = vm->hv;
    for (uint32_t v = 0; v < 256; v++) {
        uint32_t lo = real_read(hv, hv->own.idt_mfn[vm->number], v * 8);
        uint32_t hi = real_read(hv, hv->own.idt_mfn[vm->number], v * 8 + 4);
        bool open = ((hi >> 13) & 3u) != 0;
        bool reserved = (v < 32 && v != VEC_BP && v != VEC_OF) || v == HV_TIMER_VECTOR ||
                        v == HV_SPURIOUS_VECTOR;
        bool own = is_own_gate(lo, hi, v);
        if (!own && !(vm->hv->mode->direct_gates && (lo >> 16 & SEL_RPL)))
            audit_note(a, &a->gates, "gate that leads elsewhere", v, hi);
        if (own && open && reserved)
            audit_note(a, &a->gates, "gate of the hypervisor open to guests", v, hi);
    }
}

/* The TSS that hardware reads: ring 0's stack is ours, and no I/O bitmap lies within the limit. */
static void audit_tss(struct hv *hv, struct hv_audit *a)
{
    const struct segment *tr = &hv->machine->cpu.s.seg[SEG_TR];
    uint32_t map = real_read(hv, hv->own.tss_mfn, 0x64) >> 16;
    if (real_read(hv, hv->own.tss_mfn, 4) != hv->own.stack_top)
        audit_note(a, &a->gates, "ring 0 stack", 4, real_read(hv, hv->own.tss_mfn, 4));
    if (hv->current && map < tr->limit)
        audit_note(a, &a->ports, "I/O bitmap within the TSS", map, tr->limit);
}

void audit_descriptor(struct hv_audit *a, uint32_t index, uint32_t lo, uint32_t hi, uint32_t end)
{
    const uint32_t desc[2] = {lo, hi};
    uint32_t type = (hi >> 8) & 0x1fu, dpl = (hi >> 13) & 3u;
    if (!(hi & (AR_P << 8)))
        return;
    if (!(type & AR_S)) {
        audit_note(a, &a->gates, "system descriptor", index, hi);
        return;
    }
    if (!dpl && (type & (AR_CODE | AR_CONFORMING)) ==
                    AR_CODE) /* conforming code runs in its caller's ring */
        audit_note(a, &a->gates, "code segment of ring 0", index, hi);
    if (segment_reaches(desc, end))
        audit_note(a, &a->gates, "segment that reaches the hole", index, hi);
}

void hv_audit(struct hv *hv, struct hv_audit *a)
{
    *a = (struct hv_audit){0};
    if (!hv->mode->has_hypervisor)
        return;
    audit_tss(hv, a);
    for (unsigned n = 0; n < hv->vms; n++) {
        audit_idt(hv->vm[n], a);
        hv->mode->audit(hv->vm[n], a);
    }
}
