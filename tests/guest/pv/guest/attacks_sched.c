/*
 * What a guest may say about its own running: giving way, waiting, timers taken back, going down,
 * and the ends that are no crash.
 */
#include "guest.h"

static uint32_t now(void)
{
    struct pv_vcpu_runstate r;
    CALL(vcpu_op, PV_VCPUOP_GET_RUNSTATE_INFO, 0, addr(&r), 0);
    return r.time[0][0] + r.time[1][0] + r.time[2][0];
}

#define MS 1000000u

static int32_t wait_until(uint32_t time)
{
    struct pv_sched_poll p = {0, 0, {time, 0}};
    return CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0);
}

static const char *gives_way(void)
{
    uint32_t before = now();
    for (unsigned i = 0; i < 100; i++)
        EXPECT(CALL(sched_op, PV_SCHEDOP_YIELD, 0, 0, 0) == 0);
    EXPECT(now() - before < 10 * MS); /* nobody else runs */
    EXPECT(CALL(vcpu_op, PV_VCPUOP_UP, 0, 0, 0) == 0);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_STOP_PERIODIC_TIMER, 0, 0, 0) == 0);
    return 0;
}

static const char *pending_event_ends_a_poll(void)
{
    struct pv_evtchn_bind_ipi ipi = {0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_IPI, addr(&ipi), 0, 0) == 0);
    uint32_t before = now(), port = ipi.port;
    struct pv_sched_poll p = {addr(&port), 1, {before + 5 * MS, 0}};
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == 0);
    EXPECT(now() - before >= 5 * MS); /* it did not come */
    struct pv_evtchn_port send = {port};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_SEND, addr(&send), 0, 0) == 0);
    before = now();
    p.timeout[0] = before + 5 * MS;
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == 0);
    EXPECT(now() - before < MS); /* there already */
    return 0;
}

static const char *timers_are_taken_back(void)
{
    struct pv_evtchn_bind_virq b = {PV_VIRQ_TIMER, 0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_VIRQ, addr(&b), 0, 0) == 0);
    struct pv_set_singleshot_timer t = {{now() + MS, 0}, 0};
    EXPECT(CALL(vcpu_op, PV_VCPUOP_SET_SINGLESHOT_TIMER, 0, addr(&t), 0) == 0);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_STOP_SINGLESHOT_TIMER, 0, 0, 0) == 0);
    EXPECT(wait_until(now() + 3 * MS) == 0);
    EXPECT(!(shared_info.evtchn_pending[0] & 1u << b.port));
    t.timeout[0] = now() + MS;
    EXPECT(CALL(vcpu_op, PV_VCPUOP_SET_SINGLESHOT_TIMER, 0, addr(&t), 0) == 0);
    EXPECT(wait_until(now() + 3 * MS) == 0);
    EXPECT(shared_info.evtchn_pending[0] & 1u << b.port);
    t.timeout[0] = 1; /* long ago: at once */
    shared_info.evtchn_pending[0] = 0;
    EXPECT(CALL(vcpu_op, PV_VCPUOP_SET_SINGLESHOT_TIMER, 0, addr(&t), 0) == 0);
    EXPECT(wait_until(now() + MS) == 0);
    EXPECT(shared_info.evtchn_pending[0] & 1u << b.port);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_SET_SINGLESHOT_TIMER, 0, PV_HOLE, 0) == -PV_EFAULT);
    EXPECT(CALL(vcpu_op, PV_VCPUOP_GET_RUNSTATE_INFO, 0, PV_HOLE, 0) == -PV_EFAULT);
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, PV_HOLE, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(sched_op, PV_SCHEDOP_SHUTDOWN, PV_HOLE, 0, 0) == -PV_EFAULT);
    return 0;
}

static const char *goes_down(void)
{
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    CALL(vcpu_op, PV_VCPUOP_DOWN, 0, 0, 0);
    return "came up again";
}

static const char *shut_down(uint32_t reason)
{
    struct pv_sched_shutdown s = {reason};
    CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0);
    return "came back";
}

static const char *powers_off(void)
{
    print("fended off\n");
    return shut_down(PV_SHUTDOWN_POWEROFF);
}

static const char *reboots(void)
{
    return shut_down(PV_SHUTDOWN_REBOOT);
}

const struct attack attacks_sched[] = {
    {"gives_way", gives_way},
    {"pending_event_ends_a_poll", pending_event_ends_a_poll},
    {"timers_are_taken_back", timers_are_taken_back},
    {"goes_down", goes_down},
    {"powers_off", powers_off},
    {"reboots", reboots},
    {0, 0},
};
