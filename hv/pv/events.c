/*
 * Event channels: one bit each in shared_info instead of an interrupt line each, and one call into
 * the guest for all.
 *
 * The guest masks everything by a byte in memory (evtchn_upcall_mask), which costs no trap; the
 * hypervisor looks at it before it goes back to the guest. What shared_info says is the guest's to
 * write, so nothing of it is relied on: who is bound to what is kept here.
 */
#include "pv/pv.h"

#define VCPU_PENDING_SEL    ((uint32_t)offsetof(struct pv_vcpu_info, evtchn_pending_sel))
#define VCPU_UPCALL_PENDING ((uint32_t)offsetof(struct pv_vcpu_info, evtchn_upcall_pending))
#define VCPU_UPCALL_MASK    ((uint32_t)offsetof(struct pv_vcpu_info, evtchn_upcall_mask))

static uint32_t shared_read(const struct pv *pv, uint32_t offset, unsigned size)
{
    return pv_frame_read(pv->vm, pv->s.shared_mfn, offset, size);
}

static void shared_write(const struct pv *pv, uint32_t offset, unsigned size, uint32_t value)
{
    pv_frame_write(pv->vm, pv->s.shared_mfn, offset, size, value);
}

bool pv_upcall_pending(const struct pv *pv)
{
    return shared_read(pv, VCPU_UPCALL_PENDING, 1) != 0;
}

bool pv_upcall_masked(const struct pv *pv)
{
    return shared_read(pv, VCPU_UPCALL_MASK, 1) != 0;
}

void pv_set_upcall_mask(struct pv *pv, bool masked)
{
    shared_write(pv, VCPU_UPCALL_MASK, 1, masked);
}

/* Tells the virtual CPU about a pending, unmasked channel. */
static void tell(struct pv *pv, uint32_t port)
{
    uint32_t sel = shared_read(pv, VCPU_PENDING_SEL, 4);
    shared_write(pv, VCPU_PENDING_SEL, 4, sel | 1u << port / 32);
    shared_write(pv, VCPU_UPCALL_PENDING, 1, 1);
}

void pv_event_send(struct pv *pv, uint32_t port)
{
    uint32_t word = PV_OFFSET_PENDING + port / 32 * 4, bit = 1u << port % 32;
    uint32_t pending = shared_read(pv, word, 4);
    if (pv->vm->hv->open) /* host input takes no simulated time */
        hv_charge(pv->vm->hv, HV_COST_event_send);
    hv_note(pv->vm->hv, ACTION_EVENT, port, 0);
    if (pending & bit)
        return;
    shared_write(pv, word, 4, pending | bit);
    if (!(shared_read(pv, PV_OFFSET_MASK + port / 32 * 4, 4) & bit))
        tell(pv, port);
    pv->s.woken |= pv->s.polling;
    pv->s.polling = 0;
}

bool pv_event_would_wake(const struct pv *pv, uint32_t port)
{
    uint32_t word = port / 32 * 4, bit = 1u << port % 32;
    if (shared_read(pv, PV_OFFSET_PENDING + word, 4) & bit)
        return false; /* told before */
    if (pv->s.polling)
        return true;
    return pv->s.event.eip && !pv_upcall_masked(pv) &&
           !(shared_read(pv, PV_OFFSET_MASK + word, 4) & bit);
}

void pv_virq(struct pv *pv, uint32_t virq)
{
    if (pv->s.virq_port[virq])
        pv_event_send(pv, pv->s.virq_port[virq]);
}

/* ------------------------------------------------------------------------------ binding */

uint32_t pv_channel_alloc(struct pv *pv, enum pv_source source, uint8_t state, uint32_t detail)
{
    for (uint32_t port = 1; port < PV_EVENT_CHANNELS; port++) {
        struct pv_channel *c = &pv->s.channel[port];
        if (c->state == PV_EVTCHNSTAT_CLOSED) {
            *c = (struct pv_channel){.state = state, .source = (uint8_t)source, .detail = detail};
            return port;
        }
    }
    return 0;
}

static struct pv_channel *channel(struct pv *pv, uint32_t port)
{
    if (port == 0 || port >= PV_EVENT_CHANNELS || pv->s.channel[port].state == PV_EVTCHNSTAT_CLOSED)
        return NULL;
    return &pv->s.channel[port];
}

static int32_t bind_virq(struct vcpu *v, uint32_t at)
{
    struct pv *pv = pv_of(v);
    struct pv_evtchn_bind_virq b;
    if (pv_copy_in(v, &b, at, sizeof b))
        return -PV_EFAULT;
    if (b.virq >= PV_NR_VIRQS)
        return -PV_EINVAL;
    if (b.vcpu)
        return -PV_ENOENT;
    if (pv->s.virq_port[b.virq])
        return -PV_EEXIST;
    b.port = pv_channel_alloc(pv, PV_SOURCE_VIRQ, PV_EVTCHNSTAT_VIRQ, b.virq);
    if (!b.port)
        return -PV_ENOSPC;
    pv->s.virq_port[b.virq] = b.port;
    return pv_copy_out(v, at, &b, sizeof b);
}

static int32_t bind_ipi(struct vcpu *v, uint32_t at)
{
    struct pv_evtchn_bind_ipi b;
    if (pv_copy_in(v, &b, at, sizeof b))
        return -PV_EFAULT;
    if (b.vcpu)
        return -PV_ENOENT;
    b.port = pv_channel_alloc(pv_of(v), PV_SOURCE_GUEST, PV_EVTCHNSTAT_IPI, 0);
    return b.port ? pv_copy_out(v, at, &b, sizeof b) : -PV_ENOSPC;
}

/* A channel that another domain could bind: only the guest itself can, there being no way to meet
 * another. */
static int32_t alloc_unbound(struct vcpu *v, uint32_t at)
{
    struct pv_evtchn_alloc_unbound b;
    if (pv_copy_in(v, &b, at, sizeof b))
        return -PV_EFAULT;
    if (b.dom != PV_DOMID_SELF)
        return b.dom < PV_DOMID_SELF ? -PV_EPERM : -PV_ESRCH;
    if (b.remote_dom != PV_DOMID_SELF)
        return -PV_ESRCH;
    b.port = pv_channel_alloc(pv_of(v), PV_SOURCE_GUEST, PV_EVTCHNSTAT_UNBOUND, 0);
    return b.port ? pv_copy_out(v, at, &b, sizeof b) : -PV_ENOSPC;
}

static int32_t bind_interdomain(struct vcpu *v, uint32_t at)
{
    struct pv *pv = pv_of(v);
    struct pv_evtchn_bind_interdomain b;
    if (pv_copy_in(v, &b, at, sizeof b))
        return -PV_EFAULT;
    if (b.remote_dom != PV_DOMID_SELF)
        return -PV_ESRCH;
    struct pv_channel *other = channel(pv, b.remote_port);
    if (!other || other->state != PV_EVTCHNSTAT_UNBOUND)
        return -PV_EINVAL;
    b.local_port = pv_channel_alloc(pv, PV_SOURCE_GUEST, PV_EVTCHNSTAT_INTERDOMAIN, b.remote_port);
    if (!b.local_port)
        return -PV_ENOSPC;
    other->state = PV_EVTCHNSTAT_INTERDOMAIN;
    other->detail = b.local_port;
    return pv_copy_out(v, at, &b, sizeof b);
}

static int32_t close_port(struct pv *pv, uint32_t port)
{
    struct pv_channel *c = channel(pv, port);
    if (!c || c->source > PV_SOURCE_VIRQ)
        return -PV_EINVAL; /* the hypervisor's own ends are not the guest's to close */
    if (c->state == PV_EVTCHNSTAT_VIRQ)
        pv->s.virq_port[c->detail] = 0;
    if (c->state == PV_EVTCHNSTAT_INTERDOMAIN)
        pv->s.channel[c->detail] = (struct pv_channel){.state = PV_EVTCHNSTAT_UNBOUND};
    *c = (struct pv_channel){0};
    return 0;
}

static int32_t reset(struct pv *pv)
{
    for (uint32_t port = 1; port < PV_EVENT_CHANNELS; port++)
        close_port(pv, port);
    return 0;
}

/* ------------------------------------------------------------------------------ using */

static int32_t send(struct pv *pv, uint32_t port)
{
    struct pv_channel *c = channel(pv, port);
    if (!c)
        return -PV_EINVAL;
    switch (c->source) {
    case PV_SOURCE_CONSOLE:
        pv_console_notified(pv);
        return 0;
    case PV_SOURCE_BLOCK0:
    case PV_SOURCE_BLOCK1:
        pv_block_notified(pv, c->source - PV_SOURCE_BLOCK0);
        return 0;
    default:
        if (c->state == PV_EVTCHNSTAT_VIRQ)
            return -PV_EINVAL;
        if (c->state == PV_EVTCHNSTAT_INTERDOMAIN)
            pv_event_send(pv, c->detail);
        else if (c->state == PV_EVTCHNSTAT_IPI)
            pv_event_send(pv, port);
        return 0;
    }
}

static int32_t unmask(struct pv *pv, uint32_t port)
{
    uint32_t word = PV_OFFSET_MASK + port / 32 * 4, bit = 1u << port % 32;
    if (!channel(pv, port))
        return -PV_EINVAL;
    shared_write(pv, word, 4, shared_read(pv, word, 4) & ~bit);
    if (shared_read(pv, PV_OFFSET_PENDING + port / 32 * 4, 4) & bit)
        tell(pv, port);
    return 0;
}

static int32_t status(struct vcpu *v, uint32_t at)
{
    struct pv *pv = pv_of(v);
    struct pv_evtchn_status s;
    if (pv_copy_in(v, &s, at, sizeof s))
        return -PV_EFAULT;
    if (s.dom != PV_DOMID_SELF)
        return -PV_ESRCH;
    if (s.port >= PV_EVENT_CHANNELS)
        return -PV_EINVAL;
    s.status = pv->s.channel[s.port].state;
    s.vcpu = 0;
    s.detail = pv->s.channel[s.port].detail;
    return pv_copy_out(v, at, &s, sizeof s);
}

int32_t pv_do_event_channel_op(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    uint32_t first[2] = {0, 0};
    switch (arg[0]) {
    case PV_EVTCHNOP_BIND_VIRQ:
        return bind_virq(v, arg[1]);
    case PV_EVTCHNOP_BIND_IPI:
        return bind_ipi(v, arg[1]);
    case PV_EVTCHNOP_ALLOC_UNBOUND:
        return alloc_unbound(v, arg[1]);
    case PV_EVTCHNOP_BIND_INTERDOMAIN:
        return bind_interdomain(v, arg[1]);
    case PV_EVTCHNOP_BIND_PIRQ:
        return -PV_EPERM; /* no physical interrupt is a guest's */
    case PV_EVTCHNOP_STATUS:
        return status(v, arg[1]);
    case PV_EVTCHNOP_RESET:
        return reset(pv);
    case PV_EVTCHNOP_CLOSE:
    case PV_EVTCHNOP_SEND:
    case PV_EVTCHNOP_UNMASK:
        if (pv_copy_in(v, first, arg[1], 4))
            return -PV_EFAULT;
        return arg[0] == PV_EVTCHNOP_CLOSE  ? close_port(pv, first[0])
               : arg[0] == PV_EVTCHNOP_SEND ? send(pv, first[0])
                                            : unmask(pv, first[0]);
    case PV_EVTCHNOP_BIND_VCPU:
        if (pv_copy_in(v, first, arg[1], 8))
            return -PV_EFAULT;
        return first[1] ? -PV_ENOENT : channel(pv, first[0]) ? 0 : -PV_EINVAL;
    default:
        return -PV_ENOSYS;
    }
}
