/*
 * What a saved state must obey before anything is derived from it: every number that is an index, a
 * count or an enumeration stays inside its table, and what must agree does.
 *
 * Nothing here asks whether the state is a likely one; a guest may be in any state its hardware
 * allows. The modes check their own part (hv_mode.restored).
 */
#include "core/saved.h"

#include "sim/alloc.h"

#include <string.h>

/* A check's answer: null, or what cannot be. */
typedef const char *verdict;

static bool is_flag(unsigned n)
{
    return n <= 1;
}

/* ---------------------------------------- processors */

static bool tlb_is_sane(const struct tlb_entry *e, unsigned n)
{
    uint32_t low = 0;
    for (unsigned i = 0; i < n; i++)
        low |= e[i].frame;
    return !(low & ~PAGE_MASK);
}

static verdict check_cpu(const struct cpu_state *s)
{
    if (s->cpl > 3 || s->shadow > (SHADOW_STI | SHADOW_SS) || s->gpr[GPR_ZERO])
        return "no such ring, or register 8 is not 0";
    if (!is_flag(s->halted) || !is_flag(s->shutdown) || !is_flag(s->intr) ||
        !is_flag(s->nmi_pending) || !is_flag(s->nmi_blocked) || !is_flag(s->code_page_valid))
        return "a flag that is neither 0 nor 1";
    if (!tlb_is_sane(s->dtlb, TLB_DATA_ENTRIES) || !tlb_is_sane(s->itlb, TLB_CODE_ENTRIES) ||
        (s->code_frame & ~PAGE_MASK))
        return "a translation to the middle of a page";
    return NULL;
}

/* The real CPU holds the guest whose tables are loaded: nothing of it is the guest's choice. */
static verdict check_resumed(const struct hv *hv, const struct saved_hv *h)
{
    const struct cpu_state *s = &hv->machine->cpu.s;
    const uint32_t on = CR0_PE | CR0_PG | CR0_WP;
    if (!h->current || h->open || h->suspended)
        return "a guest on the CPU, and an exit in hand";
    const struct vcpu_state *v = &hv->vm[h->current - 1]->cpu.s;
    unsigned n = h->current - 1;
    if (v->run != VCPU_READY || !s->cpl || (s->cr0 & on) != on || s->cr3 != v->real_cr3)
        return "a guest on the CPU that cannot be there";
    if (s->gdtr_base != area_vm_address(n, HV_AREA_GDT) || s->gdtr_limit > 0xffff ||
        s->idtr_base != area_vm_address(n, HV_AREA_IDT) || s->idtr_limit > 0x7ff)
        return "a guest on the CPU with descriptor tables of its own";
    return NULL;
}

/* ---------------------------------------- the hypervisor */

static verdict check_record(const struct hv *hv, const struct vm_exit *x)
{
    if (x->vm >= hv->vms || x->reason >= EXIT_REASONS || x->outcome >= EXIT_OUTCOMES ||
        (x->row != EXIT_NO_ROW && x->row >= insn_row_count) || x->byte_count > sizeof(x->bytes) ||
        x->actions > EXIT_MAX_ACTIONS)
        return "an exit's record with a number outside its table";
    for (unsigned i = 0; i < x->actions; i++)
        if (x->action[i].kind >= EXIT_ACTION_KINDS)
            return "an exit's record with an unknown action";
    return NULL;
}

static verdict check_ring(const struct hv *hv)
{
    verdict bad = NULL;
    for (unsigned i = 0; i < HV_EXIT_RING && !bad; i++)
        bad = check_record(hv, &hv->ring[i]);
    return bad;
}

static verdict check_hv(const struct hv *hv, const struct saved_hv *h)
{
    bool guests = hv->mode->has_hypervisor;
    if (h->deal_count > hv->frame_count || h->next_vm >= hv->vms || h->current > hv->vms ||
        h->phase >= HV_PHASES)
        return "a number outside its table";
    if (!is_flag(h->open) || !is_flag(h->phase_open) || !is_flag(h->poke) ||
        !is_flag(h->resume_ready) || !is_flag(h->suspended))
        return "a flag that is neither 0 nor 1";
    if (!guests && (h->exits || h->current || h->open || h->resume_ready || h->suspended))
        return "exits without a hypervisor";
    if (h->open != h->phase_open || (h->open && !h->exits) || (h->suspended && !h->current))
        return "an open exit that never began";
    if (guests && h->exits && hv->ring[h->exits % HV_EXIT_RING].number != h->exits)
        return "the last exit is not in the ring";
    return h->resume_ready ? check_resumed(hv, h) : NULL;
}

/* ---------------------------------------- frames */

static bool is_owner(const struct hv *hv, unsigned owner)
{
    return owner <= hv->vms || owner == FRAME_FOREIGN || owner == FRAME_HYPERVISOR;
}

static verdict check_frames(const struct hv *hv, uint32_t *unused)
{
    *unused = 0;
    for (uint32_t mfn = 0; mfn < hv->frame_count; mfn++) {
        const struct frame *f = frame_look(hv, mfn);
        if (!f || !is_owner(hv, f->owner) || f->type >= FRAME_TYPES || !is_flag(f->pinned) ||
            !is_flag(f->validated) || !is_flag(f->given_back) || f->refs < f->type_refs)
            return "a frame's record with a number outside its table";
        *unused += f->owner == FRAME_FREE;
    }
    const struct frame *first = frame_look(hv, 0);
    return first && first->owner == FRAME_FREE ? "frame 0 is to be dealt" : NULL;
}

static bool is_owned(const struct hv *hv, uint32_t mfn, unsigned owner)
{
    const struct frame *f = frame_look(hv, mfn);
    return f && f->owner == owner;
}

static bool is_hypervisors(const struct hv *hv, const uint32_t *mfn, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!is_owned(hv, mfn[i], FRAME_HYPERVISOR))
            return false;
    return true;
}

static verdict check_own(const struct hv *hv)
{
    const uint32_t fixed[] = {hv->own.stub_mfn,     hv->own.tss_mfn,     hv->own.stack_mfn[0],
                              hv->own.stack_mfn[1], hv->own.area_pt_mfn, hv->own.idle_pd_mfn};
    bool ok = is_hypervisors(hv, fixed, sizeof(fixed) / sizeof(fixed[0])) &&
              (!hv->own.m2p_pt_mfn || is_hypervisors(hv, &hv->own.m2p_pt_mfn, 1));
    for (unsigned n = 0; n < hv->vms; n++)
        ok = ok && is_hypervisors(hv, hv->own.gdt_mfn[n], 16) &&
             is_hypervisors(hv, hv->own.ldt_mfn[n], 16) &&
             is_hypervisors(hv, &hv->own.idt_mfn[n], 1);
    return ok ? NULL : "a frame of the hypervisor's own that is somebody else's";
}

/* What is left to deal is each unused frame once. */
static enum sim_status check_deal(const struct hv *hv, uint32_t count, uint32_t unused,
                                  verdict *bad)
{
    uint8_t *seen = sim_alloc(hv->frame_count, 1);
    if (!seen)
        return SIM_NO_MEMORY;
    if (count != unused)
        *bad = "frames to deal: as many as are unused";
    for (uint32_t i = 0; i < count && !*bad; i++) {
        uint32_t mfn = hv->deal[i];
        if (!is_owned(hv, mfn, FRAME_FREE) || seen[mfn]++)
            *bad = "a frame to deal that is in use, or there twice";
    }
    sim_free(seen);
    return SIM_OK;
}

/* ---------------------------------------- VMs */

static verdict check_p2m(const struct vm *vm)
{
    const struct hv *hv = vm->hv;
    for (uint32_t gfn = 0; gfn < vm->pages; gfn++) {
        const struct p2m_entry *e = &vm->p2m[gfn];
        const struct frame *f = frame_look(hv, e->mfn);
        bool ram = e->type == P2M_RAM && f && f->owner == vm->number + 1 && f->gfn == gfn;
        if ((!ram && (e->type != P2M_NONE || e->mfn)) ||
            e->trace > (P2M_TRACE_SHADOW | P2M_TRACE_GDT | P2M_TRACE_LDT))
            return "p2m: a page that is not the guest's";
    }
    return NULL;
}

static verdict check_silent(const struct silent_event *e, unsigned n)
{
    for (; n; n--, e++)
        if (e->trap >= INSN_TRAPS || e->byte_count > sizeof(e->bytes) || e->what >= SILENT_WHATS ||
            e->row >= insn_row_count)
            return "a silent event with a number outside its table";
    return NULL;
}

static bool repeats_sanely(const struct vm *vm, const struct saved_hv *h,
                           const struct saved_vcpu *s)
{
    struct insn in;
    if (!s->insn_mode)
        return !s->repeats;
    if (insn_decode(s->insn_bytes, INSN_MAX_LENGTH, s->insn_mode - 1u, &in) != DECODE_OK)
        return false;
    return !s->repeats ||
           (insn_repeats(&in) && s->repeats < HV_REP_BATCH && h->current == vm->number + 1 &&
            vm->cpu.s.run == VCPU_READY && !h->resume_ready && (h->open || h->suspended));
}

static verdict check_in_hand(const struct vm *vm, const struct saved_hv *h,
                             const struct saved_vcpu *s)
{
    if (s->stop > CPU_STOP_PROBE || s->fault_vector >= 32 || s->inject_kind > EVENT_ICEBP ||
        s->seg_dirty >= 1u << X86_SEGS || s->unsupported[sizeof(s->unsupported) - 1] ||
        s->insn_mode > (DECODE_CODE32 | DECODE_STACK32) + 1u)
        return "a number outside its table";
    if (!is_flag(s->fault_has_error) || !is_flag(s->fault_trap) || !is_flag(s->fault_pending) ||
        !is_flag(s->mmu_dirty) || !is_flag(s->emulated) || !is_flag(s->inject_queued))
        return "a flag that is neither 0 nor 1";
    return repeats_sanely(vm, h, s) ? NULL : "an instruction in hand that cannot be";
}

static verdict check_vm(const struct vm *vm)
{
    if (vm->s.id != vm->number || vm->s.ram_bytes != vm->hv->config.ram_bytes ||
        vm->s.end >= VM_ENDS || vm->cpu.s.run > VCPU_DEAD || vm->cpu.s.guest_ring > 3 ||
        !is_flag(vm->cpu.s.gdt_raised) || vm->silent_kept > VM_SILENT_KEPT ||
        vm->end_text[sizeof(vm->end_text) - 1])
        return "a number outside its table";
    if (vm->s.end != VM_RUNNING && vm->cpu.s.run != VCPU_DEAD)
        return "it has ended, and runs";
    return NULL;
}

static verdict check_guest(const struct vm *vm, const struct saved *saved)
{
    verdict bad = check_cpu(&vm->cpu.virt.s);
    if (!bad)
        bad = check_in_hand(vm, &saved->hv, &saved->vcpu[vm->number]);
    if (!bad)
        bad = check_p2m(vm);
    if (!bad)
        bad = check_silent(vm->silent, VM_SILENT_KEPT);
    if (!bad)
        bad = check_silent(&vm->silent_last, 1);
    return bad ? bad : check_silent(&vm->silent_bites, 1);
}

/* ---------------------------------------- all */

static enum sim_status refuse(const char *what, struct sim_error *err)
{
    return sim_fail(err, SIM_BAD_INPUT, "saved state: %s", what);
}

static enum sim_status check_memory(const struct hv *hv, const struct saved *saved,
                                    struct sim_error *err)
{
    uint32_t unused;
    verdict bad = check_frames(hv, &unused);
    if (!bad)
        bad = check_own(hv);
    if (!bad && check_deal(hv, saved->hv.deal_count, unused, &bad) != SIM_OK)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory to check a saved state");
    return bad ? refuse(bad, err) : SIM_OK;
}

enum sim_status saved_check(struct hv *hv, const struct saved *saved, struct sim_error *err)
{
    bool guests = hv->mode->has_hypervisor;
    verdict bad = check_cpu(&hv->machine->cpu.s);
    if (!bad && !is_flag(hv->machine->exited))
        bad = "a flag that is neither 0 nor 1";
    if (!bad && guests)
        bad = check_ring(hv);
    if (!bad)
        bad = check_hv(hv, &saved->hv);
    if (bad)
        return refuse(bad, err);
    enum sim_status status = guests ? check_memory(hv, saved, err) : SIM_OK;
    if (status != SIM_OK)
        return status;
    for (unsigned n = 0; n < hv->vms; n++) {
        bad = check_vm(hv->vm[n]);
        if (!bad && guests)
            bad = check_guest(hv->vm[n], saved);
        if (bad)
            return sim_fail(err, SIM_BAD_INPUT, "saved state of VM %u: %s", n, bad);
    }
    return SIM_OK;
}
