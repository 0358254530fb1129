/*
 * Attacks through the other hypercalls: wild arguments, nesting, exhaustion, event channels,
 * timers.
 */
#include "guest.h"

#define EINVAL (-PV_EINVAL)

static const char *unknown_hypercalls(void)
{
    static const uint8_t known[] = {0,  1,  2,  3,  4,  5,  10, 12, 13,
                                    14, 15, 17, 18, 23, 24, 26, 29, 32};
    unsigned k = 0;
    for (uint32_t n = 0; n < 70; n++) {
        if (k < sizeof known && known[k] == n)
            k++;
        else
            EXPECT(hypercall(n, 0, 0, 0, 0) == -PV_ENOSYS);
    }
    EXPECT(hypercall(0xffffffffu, 0, 0, 0, 0) == -PV_ENOSYS);
    EXPECT(hypercall(0x80000001u, 0, 0, 0, 0) == -PV_ENOSYS);
    return 0;
}

static const char *registers_are_kept(void)
{
    uint32_t b = 0x11111111, c = 0x22222222, d = 0x33333333, s = 0x44444444, di = 0x55555555;
    __asm__ volatile("int $0x82"
                     : "+b"(b), "+c"(c), "+d"(d), "+S"(s), "+D"(di)
                     : "a"(63)
                     : "memory");
    EXPECT(b == 0x11111111 && c == 0x22222222 && d == 0x33333333 && s == 0x44444444 &&
           di == 0x55555555);
    return 0;
}

static const char *other_domains(void)
{
    struct pv_mmu_update u = {mfn_of(pages[0]) * PAGE, 0, 0, 0};
    EXPECT(CALL(mmu_update, addr(&u), 1, 0, 0) == -PV_EPERM);
    EXPECT(CALL(mmu_update, addr(&u), 1, 0, 1) == -PV_EPERM);
    EXPECT(CALL(mmuext_op, addr(&u), 1, 0, 0x7ff1) == -PV_ESRCH);
    struct pv_memory_reservation r = {0, 0, 0, 0, 1, 0};
    EXPECT(CALL(memory_op, PV_XENMEM_DECREASE_RESERVATION, addr(&r), 0, 0) == -PV_EPERM);
    return 0;
}

static const char *nested_multicalls(void)
{
    struct pv_multicall_entry e[3] = {{.op = PV_HYPERCALL_multicall, .args = {addr(e), 3}},
                                      {.op = PV_HYPERCALL_iret},
                                      {.op = 0xffffffffu}};
    EXPECT(CALL(multicall, addr(e), 3, 0, 0) == 0);
    EXPECT((int32_t)e[0].result == EINVAL && (int32_t)e[1].result == EINVAL);
    EXPECT((int32_t)e[2].result == -PV_ENOSYS);
    return 0;
}

static const char *wild_multicalls(void)
{
    EXPECT(CALL(multicall, 0, 1, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(multicall, addr(pages[0]), 0xffffffffu, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(multicall, addr(pages[0]), 0x08000001u, 0, 0) == -PV_EFAULT); /* times 32 wraps */
    EXPECT(CALL(multicall, 0xfbffffffu, 1, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(multicall, info->pt_base, 1, 0, 0) ==
           -PV_EFAULT); /* its result cannot be written */
    EXPECT(CALL(multicall, 0xffffffffu, 0, 0, 0) == -PV_EFAULT || CALL(multicall, 0, 0, 0, 0) == 0);
    return 0;
}

static const char *multicall_that_rewrites_itself(void)
{
    struct pv_multicall_entry *e = (struct pv_multicall_entry *)(uintptr_t)pages[0];
    /* The first call stores over the second's arguments; each entry is read once, when its turn
     * comes. */
    struct pv_mmu_update u = {mfn_of(pages[0]) * PAGE + 32 + 8, 0, 0x7fffffff, 0};
    e[0] = (struct pv_multicall_entry){.op = PV_HYPERCALL_mmu_update,
                                       .args = {addr(&u), 1, 0, PV_DOMID_SELF}};
    e[1] = (struct pv_multicall_entry){.op = PV_HYPERCALL_update_va_mapping, .args = {0, 0, 0, 0}};
    EXPECT(CALL(multicall, addr(e), 2, 0, 0) == 0);
    EXPECT(e[0].result == 0 && (int32_t)e[1].result == EINVAL);
    return 0;
}

static const char *endless_work(void)
{
    /* 128 calls of 65,536 stores each: the entry into the hypervisor ends before. */
    struct pv_multicall_entry *e = (struct pv_multicall_entry *)(uintptr_t)pages[0];
    uint32_t at = BASE + 0x200000;
    for (unsigned i = 0; i < 128; i++)
        e[i] = (struct pv_multicall_entry){.op = PV_HYPERCALL_mmu_update,
                                           .args = {at, 65536, 0, PV_DOMID_SELF}};
    for (uint32_t i = 0; i < 0x100000 / 16; i++)
        ((volatile struct pv_mmu_update *)(uintptr_t)at)[i].ptr_lo = mfn_of(pages[1]) * PAGE;
    EXPECT(CALL(multicall, addr(e), 128, 0, 0) == -PV_E2BIG);
    EXPECT(e[0].result == 0);
    return 0;
}

static const char *pointers_across_the_hole(void)
{
    EXPECT(CALL(xen_version, PV_XENVER_CAPABILITIES, 0xfbffff00u, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(xen_version, PV_XENVER_EXTRAVERSION, 0xfffffff8u, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(xen_version, PV_XENVER_GET_FEATURES, 0, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(xen_version, 99, 0, 0, 0) == -PV_ENOSYS);
    EXPECT(CALL(console_io, PV_CONSOLEIO_WRITE, 8, 0xfbfffffcu, 0) == -PV_EFAULT);
    EXPECT(CALL(console_io, PV_CONSOLEIO_WRITE, 0xffffffffu, addr(pages[0]), 0) == -PV_E2BIG);
    EXPECT(CALL(console_io, 7, 0, 0, 0) == -PV_ENOSYS);
    EXPECT(CALL(sched_op, PV_SCHEDOP_SHUTDOWN, 0xfffffffeu, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(memory_op, PV_XENMEM_CURRENT_RESERVATION, 0xffffffffu, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(memory_op, 77, 0, 0, 0) == -PV_ENOSYS);
    return 0;
}

static const char *half_a_pointer(void)
{
    /* A structure whose second half is not mapped: nothing of it counts. */
    map(pages[1], 0, 0);
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(pages[1]) - 4, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(multicall, addr(pages[1]) - 16, 1, 0, 0) == -PV_EFAULT);
    return 0;
}

static uint32_t alloc_port(void)
{
    struct pv_evtchn_alloc_unbound a = {PV_DOMID_SELF, PV_DOMID_SELF, 0};
    int32_t error = CALL(event_channel_op, PV_EVTCHNOP_ALLOC_UNBOUND, addr(&a), 0, 0);
    return error == -PV_ENOSPC ? 0 : a.port;
}

static int32_t port_op(uint32_t op, uint32_t port)
{
    struct pv_evtchn_port p = {port};
    return CALL(event_channel_op, op, addr(&p), 0, 0);
}

static const char *event_channels_exhausted(void)
{
    uint32_t n = 0, last = 0;
    for (uint32_t port; n <= PV_EVENT_CHANNELS && (port = alloc_port()) != 0; n++)
        last = port;
    EXPECT(n > 1000 && n < PV_EVENT_CHANNELS);
    EXPECT(last == PV_EVENT_CHANNELS - 1);
    EXPECT(port_op(PV_EVTCHNOP_CLOSE, last) == 0);
    EXPECT(alloc_port() == last);
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_RESET, 0, 0, 0) == 0);
    EXPECT(alloc_port() != 0);
    return 0;
}

static const char *wild_event_ports(void)
{
    static const uint32_t ports[] = {0, 900, PV_EVENT_CHANNELS, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i < 5; i++) {
        EXPECT(port_op(PV_EVTCHNOP_CLOSE, ports[i]) == EINVAL);
        EXPECT(port_op(PV_EVTCHNOP_SEND, ports[i]) == EINVAL);
        EXPECT(port_op(PV_EVTCHNOP_UNMASK, ports[i]) == EINVAL);
    }
    EXPECT(port_op(PV_EVTCHNOP_CLOSE, info->console_evtchn) == EINVAL); /* not ours */
    struct pv_evtchn_status s = {PV_DOMID_SELF, 0, 0xffffffffu, 0, 0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_STATUS, addr(&s), 0, 0) == EINVAL);
    s.port = info->console_evtchn;
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_STATUS, addr(&s), 0, 0) == 0);
    EXPECT(s.status == PV_EVTCHNSTAT_INTERDOMAIN);
    return 0;
}

static const char *virtual_interrupts(void)
{
    struct pv_evtchn_bind_virq b = {PV_NR_VIRQS, 0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == EINVAL);
    b = (struct pv_evtchn_bind_virq){0xffffffffu, 0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == EINVAL);
    b = (struct pv_evtchn_bind_virq){PV_VIRQ_TIMER, 1, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == -PV_ENOENT);
    b.vcpu = 0;
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == 0);
    EXPECT(port_op(PV_EVTCHNOP_SEND, b.port) == EINVAL);
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == -PV_EEXIST);
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_PIRQ, addr(&b), 0, 0) == -PV_EPERM);
    EXPECT(CALL(event_channel_op, 99, addr(&b), 0, 0) == -PV_ENOSYS);
    return 0;
}

static const char *event_to_itself(void)
{
    struct pv_evtchn_bind_ipi ipi = {0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_IPI, addr(&ipi), 0, 0) == 0);
    EXPECT(port_op(PV_EVTCHNOP_SEND, ipi.port) == 0);
    EXPECT(event_calls == 0); /* masked */
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    CALL(xen_version, 0, 0, 0, 0);
    EXPECT(event_calls == 1);
    EXPECT(shared_info.evtchn_pending[0] & 1u << ipi.port);
    EXPECT(port_op(PV_EVTCHNOP_SEND, ipi.port) == 0); /* pending already: no second call */
    EXPECT(event_calls == 1);
    return 0;
}

static const char *masked_channel(void)
{
    struct pv_evtchn_bind_ipi ipi = {0, 0};
    CALL(event_channel_op, PV_EVTCHNOP_BIND_IPI, addr(&ipi), 0, 0);
    shared_info.evtchn_mask[0] = 1u << ipi.port;
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    EXPECT(port_op(PV_EVTCHNOP_SEND, ipi.port) == 0);
    EXPECT(event_calls == 0);
    EXPECT(port_op(PV_EVTCHNOP_UNMASK, ipi.port) == 0);
    EXPECT(event_calls == 1);
    return 0;
}

static const char *own_pair_of_channels(void)
{
    struct pv_evtchn_bind_interdomain b = {PV_DOMID_SELF, 0, alloc_port(), 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_INTERDOMAIN, addr(&b), 0, 0) == 0);
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_INTERDOMAIN, addr(&b), 0, 0) ==
           EINVAL); /* bound already */
    EXPECT(port_op(PV_EVTCHNOP_SEND, b.local_port) == 0);
    EXPECT(shared_info.evtchn_pending[0] & 1u << b.remote_port);
    EXPECT(port_op(PV_EVTCHNOP_CLOSE, b.local_port) == 0);
    EXPECT(port_op(PV_EVTCHNOP_SEND, b.remote_port) == 0); /* into nowhere */
    b.remote_dom = 1;
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_INTERDOMAIN, addr(&b), 0, 0) == -PV_ESRCH);
    return 0;
}

static const char *timer_of_one_nanosecond(void)
{
    struct pv_evtchn_bind_virq b = {PV_VIRQ_TIMER, 0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == 0);
    for (unsigned i = 0; i < 200; i++) {
        CALL(set_timer_op, 1, 0, 0, 0);
        shared_info.evtchn_pending[0] = 0;
        shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
        CALL(sched_op, PV_SCHEDOP_BLOCK, 0, 0, 0);
    }
    EXPECT(event_calls >= 190);
    EXPECT(CALL(set_timer_op, 0xffffffffu, 0xffffffffu, 0, 0) == 0);
    return 0;
}

static const char *time_goes_on(void)
{
    volatile struct pv_vcpu_info *t = &shared_info.vcpu_info[0];
    EXPECT((t->time_version & 1) == 0 && t->tsc_to_system_mul != 0);
    uint32_t before = t->system_time[0];
    struct pv_sched_poll poll = {0, 0, {before + 3000000u, 0}};
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&poll), 0, 0) == 0); /* three ms of doing nothing */
    struct pv_vcpu_runstate r;
    EXPECT(CALL(vcpu_op, PV_VCPUOP_GET_RUNSTATE_INFO, 0, addr(&r), 0) == 0);
    uint32_t all = r.time[0][0] + r.time[1][0] + r.time[2][0];
    EXPECT(all >= before + 3000000u && all < before + 4000000u);
    EXPECT(r.state == 0 && r.time[2][0] >= 2900000u && r.time[2][0] < 3000000u); /* asleep */
    EXPECT(r.time[0][0] > 0 && r.time[0][0] < before + 1000000u && !r.time[3][0]);
    EXPECT(r.state_entry_time[0] <= all && r.state_entry_time[0] >= before + 3000000u);
    return 0;
}

static const char *wild_polls(void)
{
    struct pv_sched_poll p = {0xfffffffcu, 2, {0, 0}};
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == EINVAL);
    p = (struct pv_sched_poll){addr(pages[0]), 0xffffffffu, {0, 0}};
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == EINVAL);
    *(volatile uint32_t *)(uintptr_t)pages[0] = 0xffffffffu;
    p.nr_ports = 1;
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == EINVAL);
    EXPECT(CALL(sched_op, 99, 0, 0, 0) == -PV_ENOSYS);
    return 0;
}

static const char *other_vcpus(void)
{
    EXPECT(CALL(vcpu_op, PV_VCPUOP_IS_UP, 0, 0, 0) == 1);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_IS_UP, 1, 0, 0) == -PV_ENOENT);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_UP, 0xffffffffu, 0, 0) == -PV_ENOENT);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_INITIALISE, 0, 0, 0) == -PV_EEXIST);
    EXPECT(CALL(vcpu_op, 99, 0, 0, 0) == -PV_ENOSYS);
    struct pv_set_singleshot_timer t = {{0, 0}, 1};
    EXPECT(CALL(vcpu_op, PV_VCPUOP_SET_SINGLESHOT_TIMER, 0, addr(&t), 0) == EINVAL);
    return 0;
}

static const char *console_flood(void)
{
    for (unsigned i = 0; i < PAGE; i++)
        pages[0][i] = '.';
    for (unsigned i = 0; i < 64; i++)
        EXPECT(CALL(console_io, PV_CONSOLEIO_WRITE, PAGE, addr(pages[0]), 0) == 0);
    return 0;
}

static const char *nothing_wakes_it(void)
{
    CALL(sched_op, PV_SCHEDOP_BLOCK, 0, 0, 0);
    return "woke up";
}

static const char *reports_a_crash(void)
{
    struct pv_sched_shutdown s = {PV_SHUTDOWN_SUSPEND};
    EXPECT(CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0) == EINVAL);
    s.reason = 0xfffffff0u;
    EXPECT(CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0) == EINVAL);
    s.reason = PV_SHUTDOWN_CRASH;
    CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0);
    return "came back";
}

const struct attack attacks_calls[] = {
    {"unknown_hypercalls", unknown_hypercalls},
    {"registers_are_kept", registers_are_kept},
    {"other_domains", other_domains},
    {"nested_multicalls", nested_multicalls},
    {"wild_multicalls", wild_multicalls},
    {"multicall_that_rewrites_itself", multicall_that_rewrites_itself},
    {"endless_work", endless_work},
    {"pointers_across_the_hole", pointers_across_the_hole},
    {"half_a_pointer", half_a_pointer},
    {"event_channels_exhausted", event_channels_exhausted},
    {"wild_event_ports", wild_event_ports},
    {"virtual_interrupts", virtual_interrupts},
    {"event_to_itself", event_to_itself},
    {"masked_channel", masked_channel},
    {"own_pair_of_channels", own_pair_of_channels},
    {"timer_of_one_nanosecond", timer_of_one_nanosecond},
    {"time_goes_on", time_goes_on},
    {"wild_polls", wild_polls},
    {"other_vcpus", other_vcpus},
    {"console_flood", console_flood},
    {"nothing_wakes_it", nothing_wakes_it},
    {"reports_a_crash", reports_a_crash},
    {0, 0},
};
