/*
 * What this processor says of itself.
 */
#ifndef SIM_CPU_CPUID_H
#define SIM_CPU_CPUID_H

#include "sim/cpu.h"

/* CPUID leaf 1 EDX bits that are set. */
#define CPUID_DE   (1u << 2)
#define CPUID_PSE  (1u << 3)
#define CPUID_TSC  (1u << 4)
#define CPUID_MSR  (1u << 5)
#define CPUID_CX8  (1u << 8)
#define CPUID_APIC (1u << 9)
#define CPUID_PGE  (1u << 13)
#define CPUID_CMOV (1u << 15)

/* EAX, EBX, ECX, EDX of a leaf; apic: a local APIC is there and enabled. What ops->cpuid answers on
 * the machine. */
void cpuid_answer(bool apic, uint32_t leaf, uint32_t out[4]);

/* The processor's own MSRs (TSC, APIC base). False: no such MSR, or a reserved bit; the caller
 * raises #GP(0). */
bool msr_read(const struct cpu *c, uint32_t msr, uint64_t *value);
bool msr_write(struct cpu *c, uint32_t msr, uint64_t value);

#endif
