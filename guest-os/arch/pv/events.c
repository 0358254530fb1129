/*
 * Event channels: what interrupt lines are elsewhere, and a byte in memory where elsewhere the
 * interrupt flag is.
 *
 * Setting evtchn_upcall_mask costs a store. Clearing it does, too, unless something is pending:
 * then one hypercall makes the hypervisor look, and it calls entry_event before it returns. (Xen's
 * public event_channel.h and xen.h.)
 */
#include "arch/pv/pv.h"
#include "kernel/print.h"

#define PORTS 32 /* the first word of the bit maps is enough */

static void (*handlers[PORTS])(void);

void event_bind(uint32_t port, void (*handler)(void))
{
    ASSERT(port < PORTS);
    handlers[port] = handler;
}

void event_notify(uint32_t port)
{
    struct pv_evtchn_port send = {port};
    hypercall(PV_HYPERCALL_event_channel_op, PV_EVTCHNOP_SEND, address_of(&send), 0, 0);
}

void event_raise(uint32_t port)
{
    __atomic_fetch_or(&shared_info.evtchn_pending[0], 1u << port, __ATOMIC_SEQ_CST);
    this_vcpu()->evtchn_pending_sel = 1;
    this_vcpu()->evtchn_upcall_pending = 1;
}

void event_bind_virq(uint32_t virq, void (*handler)(void))
{
    struct pv_evtchn_bind_virq bind = {.virq = virq};
    int32_t error =
        hypercall(PV_HYPERCALL_event_channel_op, PV_EVTCHNOP_BIND_VIRQ, address_of(&bind), 0, 0);
    if (error != 0)
        panic("no event channel for virtual interrupt %u: error %d", virq, -error);
    event_bind(bind.port, handler);
}

void events_init(void)
{
    for (unsigned word = 1; word < 32; word++)
        shared_info.evtchn_mask[word] = UINT32_MAX;
}

/* With events masked. Bits are cleared by single instructions, between which the hypervisor may set
 * others. */
void event_dispatch(struct trap_frame *frame)
{
    volatile struct pv_vcpu_info *vcpu = this_vcpu();
    (void)frame;
    while (vcpu->evtchn_upcall_pending) {
        vcpu->evtchn_upcall_pending = 0;
        __atomic_exchange_n(&vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
        uint32_t ports = shared_info.evtchn_pending[0] & ~shared_info.evtchn_mask[0];
        __atomic_fetch_and(&shared_info.evtchn_pending[0], ~ports, __ATOMIC_SEQ_CST);
        for (uint32_t port = 0; port < PORTS; port++)
            if (ports & 1u << port && handlers[port] != NULL)
                handlers[port]();
    }
}

void arch_irq_disable(void)
{
    this_vcpu()->evtchn_upcall_mask = 1;
    barrier();
}

void arch_irq_enable(void)
{
    barrier();
    this_vcpu()->evtchn_upcall_mask = 0;
    barrier();
    if (this_vcpu()->evtchn_upcall_pending)
        hypercall(PV_HYPERCALL_xen_version, PV_XENVER_VERSION, 0, 0, 0);
}

uint32_t arch_irq_save(void)
{
    uint32_t masked = this_vcpu()->evtchn_upcall_mask;
    arch_irq_disable();
    return masked;
}

void arch_irq_restore(uint32_t saved)
{
    if (!saved)
        arch_irq_enable();
}

/* Unmasks and waits in one hypercall, so that no event is slept through. */
void arch_idle(void)
{
    hypercall(PV_HYPERCALL_sched_op, PV_SCHEDOP_BLOCK, 0, 0, 0);
    arch_irq_disable();
}
