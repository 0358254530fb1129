/*
 * The world around a virtual CPU: memory through the guest's tables and the p2m, ports on the VM's
 * bus, time and identification of the VM. With these operations the shared semantics of sim/cpu
 * carry out a guest's instructions, deliver its exceptions and return from them.
 */
#include "core/virt_ops.h"

/* ---------------------------------------- memory */

bool virt_read_phys(struct cpu *c, uint32_t gpa, unsigned size, uint32_t *value)
{
    struct vcpu *v = vcpu_of(c);
    if (!v->fetching)
        hv_charge(v->hv, HV_COST_guest_read);
    *value = gpa_read(v->vm, gpa, size);
    return true;
}

bool virt_write_phys(struct cpu *c, uint32_t gpa, unsigned size, uint32_t value)
{
    struct vcpu *v = vcpu_of(c);
    hv_charge(v->hv, HV_COST_guest_write);
    gpa_write(v->vm, gpa, size, value);
    if (p2m_trace(v->vm, gpa))
        vcpu_memo_drop(v); /* it may have been a page table */
    return true;
}

/* ---------------------------------------- ports */

bool virt_port_read(struct cpu *c, uint16_t port, unsigned size, uint32_t *value)
{
    struct vcpu *v = vcpu_of(c);
    enum hv_phase before = hv_phase_set(v->hv, PHASE_DEVICE);
    hv_charge(v->hv, HV_COST_device_model);
    vm_port_now(v->vm, port, size);
    *value = bus_port_read(&v->vm->ports, port, size);
    v->vm->stats.port_reads++;
    exit_note_access(v->hv, port, 0, size, false, *value);
    hv_phase_set(v->hv, before);
    return true;
}

bool virt_port_write(struct cpu *c, uint16_t port, unsigned size, uint32_t value)
{
    struct vcpu *v = vcpu_of(c);
    enum hv_phase before = hv_phase_set(v->hv, PHASE_DEVICE);
    hv_charge(v->hv, HV_COST_device_model);
    vm_port_now(v->vm, port, size);
    bus_port_write(&v->vm->ports, port, size, value);
    v->vm->stats.port_writes++;
    exit_note_access(v->hv, port, 0, size, true, value);
    hv_phase_set(v->hv, before);
    return true;
}

/* ---------------------------------------- control */

void virt_cr_written(struct cpu *c, unsigned n, uint32_t old)
{
    struct vcpu *v = vcpu_of(c);
    uint32_t changed;
    switch (n) {
    case 0:
        changed = old ^ c->s.cr0;
        if (changed & (CR0_PG | CR0_WP))
            v->mmu_dirty = true;
        break;
    case 3:
        v->mmu_dirty = true;
        break;
    case 4:
        if (((old ^ c->s.cr4) & CR4_PSE) && v->vm->handlers.mmu_flush)
            v->vm->handlers.mmu_flush(v, 0, true);
        break;
    default:
        return;
    }
    vcpu_memo_drop(v);
}

void virt_invlpg(struct cpu *c, uint32_t linear)
{
    struct vcpu *v = vcpu_of(c);
    vcpu_memo_drop(v);
    if (v->vm->handlers.mmu_flush)
        v->vm->handlers.mmu_flush(v, linear, false);
}

/* ---------------------------------------- processor */

uint64_t virt_rdtsc(struct cpu *c)
{
    struct vcpu *v = vcpu_of(c);
    struct cpu *real = &v->hv->machine->cpu;
    if (v->hv->config.tsc_emulate)
        return clock_now(&v->vm->clock) + c->s.tsc_offset;
    return real->ops->rdtsc(real);
}

bool virt_msr_read(struct cpu *c, uint32_t msr, uint64_t *value)
{
    struct vcpu *v = vcpu_of(c);
    if (msr == MSR_APIC_BASE)
        *value = pc_apic_base(v->vm->pc);
    else if (msr == MSR_TSC)
        *value = virt_rdtsc(c);
    else
        return false;
    return true;
}

/* DEVIATION: with --tsc direct a guest cannot set its TSC, which is the machine's; the write is
 * ignored. */
bool virt_msr_write(struct cpu *c, uint32_t msr, uint64_t value)
{
    struct vcpu *v = vcpu_of(c);
    if (msr == MSR_APIC_BASE)
        return pc_set_apic_base(v->vm->pc, value);
    if (msr != MSR_TSC)
        return false;
    c->s.tsc_offset = value - clock_now(&v->vm->clock);
    return true;
}

#define CPUID_1_EDX_APIC (1u << 9)
#define APIC_BASE_ENABLE 0x800u

void virt_cpuid(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    struct vcpu *v = vcpu_of(c);
    struct cpu *real = &v->hv->machine->cpu;
    real->ops->cpuid(real, leaf, subleaf, out);
    if (leaf != 1)
        return;
    out[3] &= ~CPUID_1_EDX_APIC;
    if (pc_apic_base(v->vm->pc) & APIC_BASE_ENABLE)
        out[3] |= CPUID_1_EDX_APIC;
}

int virt_intr_ack(struct cpu *c)
{
    return pc_intr_ack(vcpu_of(c)->vm->pc);
}

/* ---------------------------------------- account */

#define NOT_CHARGED HV_COSTS /* part of `emulate` or of another key */

/* What a hardware event costs when the hypervisor carries it out on virtual state. */
static const uint8_t virtual_cost[SIM_COSTS] = {
    [COST_insn_plain] = NOT_CHARGED,
    [COST_insn_branch] = NOT_CHARGED,
    [COST_insn_call] = NOT_CHARGED,
    [COST_insn_ret] = NOT_CHARGED,
    [COST_insn_mul] = NOT_CHARGED,
    [COST_insn_div] = NOT_CHARGED,
    [COST_insn_rep] = NOT_CHARGED,
    [COST_insn_locked] = NOT_CHARGED,
    [COST_insn_system] = NOT_CHARGED,
    [COST_cli_sti] = NOT_CHARGED,
    [COST_seg_load] = HV_COST_emulate_segment,
    [COST_far_transfer] = HV_COST_emulate_segment,
    [COST_int_deliver] = NOT_CHARGED,
    [COST_int_deliver_same] = NOT_CHARGED,
    [COST_fault_deliver] = NOT_CHARGED,
    [COST_irq_deliver] = NOT_CHARGED,
    [COST_iret_outer] = HV_COST_emulate_iret,
    [COST_iret_same] = HV_COST_emulate_iret,
    [COST_cr_read] = NOT_CHARGED,
    [COST_cr_write] = HV_COST_emulate_cr,
    [COST_cr3_load] = HV_COST_emulate_cr,
    [COST_invlpg] = NOT_CHARGED,
    [COST_table_load] = HV_COST_emulate_table,
    [COST_rdtsc] = NOT_CHARGED,
    [COST_cpuid] = NOT_CHARGED,
    [COST_msr_read] = NOT_CHARGED,
    [COST_msr_write] = NOT_CHARGED,
    [COST_hlt] = NOT_CHARGED,
    [COST_walk_ref] = NOT_CHARGED,
    [COST_io_legacy_read] = NOT_CHARGED,
    [COST_io_legacy_write] = NOT_CHARGED,
    [COST_io_ide_data_read] = NOT_CHARGED,
    [COST_io_ide_data_write] = NOT_CHARGED,
    [COST_apic_mmio_read] = NOT_CHARGED,
    [COST_apic_mmio_write] = NOT_CHARGED,
};

void virt_charge(struct cpu *c, enum sim_cost key)
{
    if (virtual_cost[key] != NOT_CHARGED)
        hv_charge(vcpu_of(c)->hv, (enum hv_cost)virtual_cost[key]);
}
