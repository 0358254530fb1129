/*
 * The pieces that a mode's struct cpu_ops for its virtual CPU is composed of (see struct cpu_ops
 * for what each does).
 */
#ifndef HV_CORE_VIRT_OPS_H
#define HV_CORE_VIRT_OPS_H

#include "core/internal.h"

bool virt_translate(struct cpu *c, uint32_t linear, enum cpu_access access, bool user,
                    uint32_t *pa);
bool virt_read_phys(struct cpu *c, uint32_t gpa, unsigned size, uint32_t *value);
bool virt_write_phys(struct cpu *c, uint32_t gpa, unsigned size, uint32_t value);
bool virt_port_read(struct cpu *c, uint16_t port, unsigned size, uint32_t *value);
bool virt_port_write(struct cpu *c, uint16_t port, unsigned size, uint32_t value);
void virt_cr_written(struct cpu *c, unsigned n, uint32_t old);
void virt_invlpg(struct cpu *c, uint32_t linear);
uint64_t virt_rdtsc(struct cpu *c);
bool virt_msr_read(struct cpu *c, uint32_t msr, uint64_t *value);
bool virt_msr_write(struct cpu *c, uint32_t msr, uint64_t value);
void virt_cpuid(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
int virt_intr_ack(struct cpu *c);
void virt_charge(struct cpu *c, enum sim_cost key);

#endif
