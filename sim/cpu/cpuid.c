/*
 * CPUID and the processor's own model-specific registers (SDM v2, CPUID; v4, Model-Specific
 * Registers).
 *
 * A P6-family processor (family 6, model 1, stepping 9) that lists exactly what is built: no FPU,
 * no SYSENTER, no machine check, no VME. The board decides who else answers MSRs.
 */
#include "cpu/cpuid.h"

#define SIGNATURE 0x00000619u
#define MAX_LEAF  1u

void cpuid_answer(bool apic, uint32_t leaf, uint32_t out[4])
{
    if (leaf == 0) {
        out[0] = MAX_LEAF;
        out[1] = 0x756e6547u; /* "Genu" */
        out[3] = 0x49656e69u; /* "ineI" */
        out[2] = 0x6c65746eu; /* "ntel" */
        return;
    }
    /* Any other leaf, extended ones too, answers as the highest basic one (Intel's rule). */
    out[0] = SIGNATURE;
    out[1] = 0; /* no brand index, no CLFLUSH, APIC ID 0 */
    out[2] = 0;
    out[3] = CPUID_DE | CPUID_PSE | CPUID_TSC | CPUID_MSR | CPUID_CX8 | CPUID_PGE | CPUID_CMOV |
             (apic ? CPUID_APIC : 0u);
}

/* MSR 1Bh: BSP (bit 8), enable (bit 11), base (bits 35:12, 32 of them here). */
#define APIC_BASE_WRITABLE 0xfffff900ull
#define APIC_BASE_BSP      0x100ull

bool msr_read(const struct cpu *c, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_TSC:
        *value = c->s.cycle + c->s.tsc_offset;
        return true;
    case MSR_APIC_BASE:
        *value = c->s.apic_base;
        return true;
    default:
        return false;
    }
}

bool msr_write(struct cpu *c, uint32_t msr, uint64_t value)
{
    switch (msr) {
    case MSR_TSC:
        c->s.tsc_offset = value - c->s.cycle;
        return true;
    case MSR_APIC_BASE:
        if (value & ~APIC_BASE_WRITABLE)
            return false;
        c->s.apic_base = (value & ~APIC_BASE_BSP) | (c->s.apic_base & APIC_BASE_BSP);
        return true;
    default:
        return false;
    }
}
