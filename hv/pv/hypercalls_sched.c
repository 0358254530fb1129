/*
 * Hypercalls about running: give the CPU up, wait, end, return to user mode, timers.
 */
#include "pv/pv.h"

#include <string.h>

void pv_exit(struct pv *pv, uint32_t value)
{
    struct vm *vm = pv->vm;
    vm_end(vm, VM_EXITED, "halted with %u", (unsigned)value);
    vm->s.exit_value = value;
    if (vm->host.exited)
        vm->host.exited(vm->host.opaque, value);
}

static int32_t shutdown(struct vcpu *v, uint32_t argument)
{
    struct pv_sched_shutdown s;
    if (pv_copy_in(v, &s, argument, sizeof s))
        return -PV_EFAULT;
    if (s.reason >= PV_SHUTDOWN_EXIT && s.reason <= (PV_SHUTDOWN_EXIT | 0xffffu)) {
        pv_exit(pv_of(v), s.reason & 0xffffu);
        return 0;
    }
    switch (s.reason) {
    case PV_SHUTDOWN_POWEROFF:
        pv_exit(pv_of(v), 0);
        return 0;
    case PV_SHUTDOWN_REBOOT:
        vm_end(v->vm, VM_RESET, "the guest asked for a reboot (sched_op shutdown)");
        return 0;
    case PV_SHUTDOWN_CRASH:
        hv_kill(v->vm, "the guest reported that it crashed");
        return 0;
    default:
        return -PV_EINVAL; /* suspend needs somebody who resumes */
    }
}

static void block(struct vcpu *v)
{
    pv_of(v)->s.woken = 0;
    v->virt.s.halted = 1; /* the run loop finds it so and lets others run */
}

/* Waits until one of some channels is pending, masked or not, or until a time. */
static int32_t poll(struct vcpu *v, uint32_t argument)
{
    struct pv *pv = pv_of(v);
    struct pv_sched_poll p;
    if (pv_copy_in(v, &p, argument, sizeof p))
        return -PV_EFAULT;
    if (p.nr_ports > 128 || !pv_range_ok(p.ports, p.nr_ports, 4))
        return -PV_EINVAL;
    for (uint32_t i = 0; i < p.nr_ports; i++) {
        uint32_t port;
        if (pv_copy_in(v, &port, p.ports + i * 4, 4))
            return -PV_EFAULT;
        if (port >= PV_EVENT_CHANNELS)
            return -PV_EINVAL;
        if (pv_frame_read(v->vm, pv->s.shared_mfn, PV_OFFSET_PENDING + port / 32 * 4, 4) >>
                port % 32 &
            1u)
            return 0;
    }
    pv->s.polling = 1;
    pv_timer_set(pv, pv->poll_timer, p.timeout[0] | (uint64_t)p.timeout[1] << 32);
    block(v);
    return 0;
}

int32_t pv_do_sched_op(struct vcpu *v, const uint32_t arg[6])
{
    switch (arg[0]) {
    case PV_SCHEDOP_YIELD:
        v->s.slice_end = 0;
        return 0;
    case PV_SCHEDOP_BLOCK:
        pv_set_upcall_mask(pv_of(v),
                           false); /* together with the test below: no event is slept through */
        if (!pv_upcall_pending(pv_of(v)))
            block(v);
        return 0;
    case PV_SCHEDOP_SHUTDOWN:
        return shutdown(v, arg[1]);
    case PV_SCHEDOP_POLL:
        return poll(v, arg[1]);
    default:
        return -PV_ENOSYS;
    }
}

int32_t pv_do_set_timer_op(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    hv_charge(v->hv, HV_COST_timer_program);
    pv_timer_set(pv, pv->timer, arg[0] | (uint64_t)arg[1] << 32);
    return 0;
}

/* The four times together are the system time of the call. Who asks is running. */
static int32_t runstate(struct vcpu *v, uint32_t to)
{
    const struct pv_state *s = &pv_of(v)->s;
    struct pv_vcpu_runstate r = {.state = s->runs_as};
    uint64_t time[4];
    memcpy(time, s->runs_time, sizeof time);
    time[s->runs_as] += pv_system_time(pv_of(v)) - s->runs_since;
    memcpy(r.state_entry_time, &s->runs_since, sizeof r.state_entry_time);
    memcpy(r.time, time, sizeof r.time);
    return pv_copy_out(v, to, &r, sizeof r);
}

static int32_t singleshot(struct vcpu *v, uint32_t argument)
{
    struct pv *pv = pv_of(v);
    struct pv_set_singleshot_timer t;
    if (pv_copy_in(v, &t, argument, sizeof t))
        return -PV_EFAULT;
    if (t.flags)
        return -PV_EINVAL;
    pv_timer_set(pv, pv->timer, t.timeout[0] | (uint64_t)t.timeout[1] << 32);
    return 0;
}

int32_t pv_do_vcpu_op(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    if (arg[1] != 0)
        return -PV_ENOENT; /* there is one virtual CPU */
    switch (arg[0]) {
    case PV_VCPUOP_INITIALISE:
        return -PV_EEXIST;
    case PV_VCPUOP_UP:
        return 0;
    case PV_VCPUOP_DOWN:
        pv_set_upcall_mask(pv, true);
        block(v);
        return 0;
    case PV_VCPUOP_IS_UP:
        return 1;
    case PV_VCPUOP_GET_RUNSTATE_INFO:
        return runstate(v, arg[2]);
    case PV_VCPUOP_STOP_PERIODIC_TIMER:
        return 0; /* it never runs */
    case PV_VCPUOP_SET_SINGLESHOT_TIMER:
        return singleshot(v, arg[2]);
    case PV_VCPUOP_STOP_SINGLESHOT_TIMER:
        pv_timer_set(pv, pv->timer, 0);
        return 0;
    default:
        return -PV_ENOSYS;
    }
}

/*
 * Returns to where the frame at ESP says: EAX, EIP, CS, EFLAGS, and for an outer ring ESP and SS.
 * EFLAGS.IF becomes the event mask. The CPU itself checks the rest when the hypervisor's IRET loads
 * it.
 */
int32_t pv_do_iret(struct vcpu *v, const uint32_t arg[6])
{
    struct cpu *c = &v->virt;
    uint32_t frame[6];
    (void)arg;
    hv_charge(v->hv, HV_COST_emulate_iret);
    if (!pv_load_code_segments(v)) {
        hv_kill(v->vm, "hypercall iret: the stack segment %04x no longer loads",
                c->s.seg[SEG_SS].sel);
        return -PV_EFAULT;
    }
    for (unsigned i = 0; i < 6; i++) {
        if (i == 4 && (frame[2] & SEL_RPL) != 3)
            break;
        if (!cpu_read(c, SEG_SS, c->s.gpr[R_ESP] + i * 4, 4, &frame[i])) {
            hv_kill(v->vm, "hypercall iret: the stack at 0x%08x cannot be read", c->s.gpr[R_ESP]);
            return -PV_EFAULT;
        }
    }
    hv_charge_n(v->hv, HV_COST_guest_read, (frame[2] & SEL_RPL) == 3 ? 6 : 4);
    return pv_iret_to(v, frame);
}
