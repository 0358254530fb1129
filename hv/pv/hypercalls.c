/*
 * Hypercalls: the table, the dispatch, multicall, and the ones that only register something.
 *
 * A hypercall reads its arguments from registers once, structures from guest memory once, and
 * answers with 0 or more, or with the negative of an error. Nothing a guest says is believed:
 * pointers go through pv_copy_in, counts are bounded before they are multiplied.
 */
#include "pv/pv.h"

#include <string.h>

typedef int32_t (*hypercall)(struct vcpu *v, const uint32_t arg[6]);

static const hypercall table[64] = {
#define HYPERCALL(number, name, arguments, text) [number] = pv_do_##name,
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
};

const char *const pv_hypercall_names[64] = {
#define HYPERCALL(number, name, arguments, text) [number] = #name,
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
};

int32_t pv_hypercall(struct vcpu *v, uint32_t number, const uint32_t arg[6])
{
    struct vm_stats *stats = &v->vm->stats;
    int32_t result = -PV_ENOSYS;
    if (number < 64 && table[number]) {
        stats->hypercalls[number]++;
        result = table[number](v, arg);
    }
    stats->hypercalls_refused += result < 0;
    return result;
}

/* ------------------------------------------------------------------------------ multicall */

/* What makes no sense inside: itself, and leaving the kernel. */
static bool may_be_batched(uint32_t op)
{
    return op != PV_HYPERCALL_multicall && op != PV_HYPERCALL_iret;
}

int32_t pv_do_multicall(struct vcpu *v, const uint32_t arg[6])
{
    uint32_t list = arg[0], count = arg[1];
    if (!v->hv->config.pv_batch)
        return -PV_ENOSYS;
    if (!pv_range_ok(list, count, sizeof(struct pv_multicall_entry)))
        return -PV_EFAULT;
    for (uint32_t i = 0; i < count && v->vm->s.end == VM_RUNNING; i++) {
        struct pv_multicall_entry e;
        uint32_t at = list + i * (uint32_t)sizeof e;
        if (i >= PV_MAX_BATCH || !pv_work(pv_of(v)))
            return -PV_E2BIG;
        hv_charge(v->hv, HV_COST_multicall_entry);
        if (pv_copy_in(v, &e, at, sizeof e))
            return -PV_EFAULT;
        uint32_t result =
            (uint32_t)(may_be_batched(e.op) ? pv_hypercall(v, e.op, e.args) : -PV_EINVAL);
        if (pv_copy_out(v, at + 4, &result, sizeof result))
            return -PV_EFAULT;
    }
    return 0;
}

/* ------------------------------------------------------------------------------ registering */

static struct pv_callback callback_from(const struct pv_trap_info *info)
{
    return (struct pv_callback){.eip = info->address,
                                .cs = pv_fix_cs(info->cs),
                                .dpl = info->flags & PV_TRAP_DPL,
                                .mask_events = (info->flags & PV_TRAP_MASK_EVENTS) != 0};
}

int32_t pv_do_set_trap_table(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    uint32_t at = arg[0];
    if (!at) { /* all handlers are withdrawn */
        memset(pv->s.trap, 0, sizeof pv->s.trap);
        pv_direct_gate_update(pv);
        return 0;
    }
    for (unsigned i = 0; i < 257; i++, at += (uint32_t)sizeof(struct pv_trap_info)) {
        struct pv_trap_info info;
        if (pv_copy_in(v, &info, at, sizeof info))
            return -PV_EFAULT;
        if (!info.address) {
            pv_direct_gate_update(pv);
            return 0;
        }
        if (!pv_range_ok(info.address, 1, 1))
            return -PV_EINVAL;
        if (!pv_selector_ok(info.cs))
            return -PV_EPERM;
        pv->s.trap[info.vector] = callback_from(&info);
    }
    return -PV_EINVAL; /* more entries than vectors, and no end */
}

int32_t pv_do_set_callbacks(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    if (!pv_range_ok(arg[1], 1, 1) || !pv_range_ok(arg[3], 1, 1))
        return -PV_EINVAL;
    if (!pv_selector_ok(arg[0] & 0xffffu) || !pv_selector_ok(arg[2] & 0xffffu))
        return -PV_EPERM;
    pv->s.event = (struct pv_callback){.eip = arg[1], .cs = pv_fix_cs(arg[0]), .mask_events = 1};
    pv->s.failsafe = (struct pv_callback){.eip = arg[3], .cs = pv_fix_cs(arg[2])};
    return 0;
}

int32_t pv_do_stack_switch(struct vcpu *v, const uint32_t arg[6])
{
    struct pv *pv = pv_of(v);
    if (!(arg[0] & (SEL_INDEX | SEL_TI)) || (arg[0] >> 16))
        return -PV_EINVAL;
    pv->s.kernel_ss =
        (arg[0] & ~SEL_RPL) | 1u; /* the CPU wants the inner stack's RPL to be the ring */
    pv->s.kernel_esp = arg[1];
    hv_charge(v->hv, HV_COST_emulate_table);
    pv_kernel_stack_update(pv);
    return 0;
}

int32_t pv_do_fpu_taskswitch(struct vcpu *v, const uint32_t arg[6])
{
    struct cpu *real = &v->hv->machine->cpu;
    hv_charge(v->hv, HV_COST_emulate_cr);
    v->virt.s.cr0 = arg[0] ? v->virt.s.cr0 | CR0_TS : v->virt.s.cr0 & ~CR0_TS;
    real->s.cr0 = (real->s.cr0 & ~CR0_TS) | (v->virt.s.cr0 & CR0_TS);
    return 0;
}

/* ------------------------------------------------------------------------------ asking */

/* Text answers have the sizes of Xen's public structures. */
static int32_t version_text(struct vcpu *v, uint32_t to, const char *text, uint32_t size)
{
    char out[1024] = {0};
    memcpy(out, text, strlen(text));
    return pv_copy_out(v, to, out, size);
}

int32_t pv_do_xen_version(struct vcpu *v, const uint32_t arg[6])
{
    switch (arg[0]) {
    case PV_XENVER_VERSION:
        return 3 << 16; /* major << 16 | minor: the generation whose interface this is */
    case PV_XENVER_EXTRAVERSION:
        return version_text(v, arg[1], "-ringside", 16);
    case PV_XENVER_CAPABILITIES:
        return version_text(v, arg[1], PV_MAGIC, 1024);
    case PV_XENVER_PLATFORM_PARAMETERS: {
        const struct pv_platform_parameters p = {PV_HOLE};
        return pv_copy_out(v, arg[1], &p, sizeof p);
    }
    case PV_XENVER_GET_FEATURES: {
        struct pv_feature_info info;
        if (pv_copy_in(v, &info, arg[1], sizeof info))
            return -PV_EFAULT;
        if (info.submap_idx)
            return -PV_EINVAL;
        info.submap =
            0; /* no writable tables or descriptors, no auto-translation, no ring 0 kernel */
        return pv_copy_out(v, arg[1], &info, sizeof info);
    }
    case PV_XENVER_PAGESIZE:
        return PAGE_SIZE;
    default:
        return -PV_ENOSYS;
    }
}

/* Straight to the host's console, without a ring: for a guest's first words and its last. */
int32_t pv_do_console_io(struct vcpu *v, const uint32_t arg[6])
{
    uint32_t left = arg[1], at = arg[2];
    if (arg[0] == PV_CONSOLEIO_READ)
        return 0; /* input goes to the ring */
    if (arg[0] != PV_CONSOLEIO_WRITE)
        return -PV_ENOSYS;
    if (left > PAGE_SIZE)
        return -PV_E2BIG;
    while (left) {
        uint8_t part[128];
        uint32_t n = left < sizeof part ? left : (uint32_t)sizeof part;
        if (pv_copy_in(v, part, at, n))
            return -PV_EFAULT;
        for (uint32_t i = 0; i < n; i++)
            pv_console_byte(pv_of(v), part[i]);
        at += n;
        left -= n;
    }
    return 0;
}
