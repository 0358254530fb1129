/*
 * The small calls: what a guest may ask of the hypervisor and of its own CPU, with pointers and
 * numbers that lie.
 */
#include "guest.h"

static const char *task_switched_flag(void)
{
    uint32_t status;
    for (unsigned i = 0; i < 2; i++) {
        EXPECT(CALL(fpu_taskswitch, 1, 0, 0, 0) == 0);
        __asm__ volatile("smsw %0" : "=r"(status));
        EXPECT(status & 8);
        TRY("fninit", "i"(0));
        EXPECT(caught_vector == 7); /* #NM */
        EXPECT(CALL(fpu_taskswitch, 0, 0, 0, 0) == 0);
        __asm__ volatile("smsw %0" : "=r"(status));
        EXPECT(!(status & 8));
        TRY("fninit", "i"(0));
        EXPECT(caught_vector == -1);
    }
    return 0;
}

static const char *versions(void)
{
    struct pv_platform_parameters p = {0};
    struct pv_feature_info f = {0, 0xffffffffu};
    EXPECT(CALL(xen_version, PV_XENVER_VERSION, 0, 0, 0) == 3 << 16);
    EXPECT(CALL(xen_version, PV_XENVER_PAGESIZE, 0, 0, 0) == (int32_t)PAGE);
    EXPECT(CALL(xen_version, PV_XENVER_PLATFORM_PARAMETERS, addr(&p), 0, 0) == 0);
    EXPECT(p.virt_start == PV_HOLE);
    EXPECT(CALL(xen_version, PV_XENVER_GET_FEATURES, addr(&f), 0, 0) == 0 && f.submap == 0);
    f.submap_idx = 1;
    EXPECT(CALL(xen_version, PV_XENVER_GET_FEATURES, addr(&f), 0, 0) == -PV_EINVAL);
    EXPECT(CALL(xen_version, 99, 0, 0, 0) == -PV_ENOSYS);
    static const uint32_t answers[] = {PV_XENVER_EXTRAVERSION, PV_XENVER_CAPABILITIES,
                                       PV_XENVER_PLATFORM_PARAMETERS, PV_XENVER_GET_FEATURES};
    for (unsigned i = 0; i < sizeof answers / sizeof *answers; i++) {
        EXPECT(CALL(xen_version, answers[i], PV_HOLE, 0, 0) == -PV_EFAULT);
        EXPECT(CALL(xen_version, answers[i], PV_HOLE - 2, 0, 0) == -PV_EFAULT);
    }
    return 0;
}

static const char *reservations_of_whom(void)
{
    uint16_t domain = PV_DOMID_SELF;
    int32_t pages_now = CALL(memory_op, PV_XENMEM_CURRENT_RESERVATION, addr(&domain), 0, 0);
    EXPECT(pages_now > 0 && (uint32_t)pages_now <= info->nr_pages);
    EXPECT(CALL(memory_op, PV_XENMEM_MAXIMUM_RESERVATION, addr(&domain), 0, 0) >= pages_now);
    domain = 1;
    EXPECT(CALL(memory_op, PV_XENMEM_CURRENT_RESERVATION, addr(&domain), 0, 0) == -PV_EPERM);
    domain = 0x7ff1;
    EXPECT(CALL(memory_op, PV_XENMEM_MAXIMUM_RESERVATION, addr(&domain), 0, 0) == -PV_ESRCH);
    EXPECT(CALL(memory_op, PV_XENMEM_CURRENT_RESERVATION, PV_HOLE, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(memory_op, PV_XENMEM_DECREASE_RESERVATION, PV_HOLE, 0, 0) == -PV_EFAULT);
    EXPECT(CALL(memory_op, 99, 0, 0, 0) == -PV_ENOSYS);
    return 0;
}

static const char *flushes_as_asked(void)
{
    volatile uint32_t *seen = (volatile uint32_t *)(uintptr_t)pages[2];
    *(volatile uint32_t *)(uintptr_t)pages[0] = 0x1111;
    *(volatile uint32_t *)(uintptr_t)pages[1] = 0x2222;
    uint32_t entry[2] = {mfn_of(pages[0]) * PAGE | P | W, mfn_of(pages[1]) * PAGE | P | W};
    for (unsigned i = 0; i < 6; i++) {
        uint32_t how = i % 2 ? PV_UVMF_TLB_FLUSH : PV_UVMF_INVLPG;
        EXPECT(CALL(update_va_mapping, addr(pages[2]), entry[i % 2], 0, how) == 0);
        EXPECT(*seen == (i % 2 ? 0x2222u : 0x1111u));
    }
    return 0;
}

static int32_t bind_vcpu(uint32_t port, uint32_t vcpu)
{
    struct pv_evtchn_bind_vcpu b = {port, vcpu};
    return CALL(event_channel_op, PV_EVTCHNOP_BIND_VCPU, addr(&b), 0, 0);
}

static const char *channels_of_other_vcpus(void)
{
    struct pv_evtchn_bind_ipi ipi = {0, 0};
    EXPECT(CALL(event_channel_op, PV_EVTCHNOP_BIND_IPI, addr(&ipi), 0, 0) == 0);
    EXPECT(bind_vcpu(ipi.port, 0) == 0);
    EXPECT(bind_vcpu(ipi.port, 1) == -PV_ENOENT);
    EXPECT(bind_vcpu(0xffffffffu, 0) == -PV_EINVAL);
    static const uint32_t commands[] = {PV_EVTCHNOP_BIND_INTERDOMAIN,
                                        PV_EVTCHNOP_BIND_VIRQ,
                                        PV_EVTCHNOP_CLOSE,
                                        PV_EVTCHNOP_SEND,
                                        PV_EVTCHNOP_STATUS,
                                        PV_EVTCHNOP_ALLOC_UNBOUND,
                                        PV_EVTCHNOP_BIND_IPI,
                                        PV_EVTCHNOP_BIND_VCPU,
                                        PV_EVTCHNOP_UNMASK};
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        EXPECT(CALL(event_channel_op, commands[i], PV_HOLE, 0, 0) == -PV_EFAULT);
    return 0;
}

const struct attack attacks_asking[] = {
    {"task_switched_flag", task_switched_flag},           {"versions", versions},
    {"reservations_of_whom", reservations_of_whom},       {"flushes_as_asked", flushes_as_asked},
    {"channels_of_other_vcpus", channels_of_other_vcpus}, {0, 0},
};
