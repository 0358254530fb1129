/*
 * Setting control registers, with the checks of MOV CRn (SDM v2, MOV - Move to/from Control
 * Registers; v3, Control Registers). Also what LMSW and CLTS, and a hypervisor that emulates them,
 * go through.
 */
#include "sim/cpu.h"

/* CR0 bits that can be written; ET is hard-wired, writes to the rest are ignored. */
#define CR0_WRITABLE                                                                               \
    (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)

/* CR4 bits that exist, one for each feature CPUID lists (TSC, DE, PSE, PGE). */
#define CR4_SUPPORTED (CR4_TSD | CR4_DE | CR4_PSE | CR4_PGE)

static bool set_cr0(struct cpu *c, uint32_t value)
{
    uint32_t old = c->s.cr0;
    bool paging_without_protection = (value & CR0_PG) && !(value & CR0_PE);
    bool write_through_without_disable = (value & CR0_NW) && !(value & CR0_CD);
    if (paging_without_protection || write_through_without_disable)
        return cpu_raise_error(c, VEC_GP, 0);
    if (!(value & CR0_PE))
        return cpu_unsupported(
            c, "real mode: clearing CR0.PE (SDM v3, Switching Back to Real-Address Mode)");
    c->s.cr0 = (value & CR0_WRITABLE) | CR0_ET;
    c->ops->cr_written(c, 0, old);
    return true;
}

static bool set_cr4(struct cpu *c, uint32_t value)
{
    uint32_t old = c->s.cr4;
    if (value & ~CR4_SUPPORTED)
        return cpu_raise_error(c, VEC_GP, 0);
    c->s.cr4 = value;
    c->ops->cr_written(c, 4, old);
    return true;
}

bool cpu_set_cr(struct cpu *c, unsigned n, uint32_t value)
{
    uint32_t old;
    switch (n) {
    case 0:
        return set_cr0(c, value);
    case 2:
        old = c->s.cr2;
        c->s.cr2 = value;
        break;
    case 3:
        old = c->s.cr3;
        c->s.cr3 = value;
        break;
    case 4:
        return set_cr4(c, value);
    default:
        return cpu_raise(c, VEC_UD);
    }
    c->ops->cr_written(c, n, old);
    return true;
}
