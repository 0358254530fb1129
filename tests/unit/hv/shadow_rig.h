/*
 * A guest's page tables by hand: a directory and some tables at fixed places, entries at will, and
 * the two walks of any access, the guest's and the hardware's.
 */
#ifndef TESTS_HV_SHADOW_RIG_H
#define TESTS_HV_SHADOW_RIG_H

#include "rig.h"
#include "sim/walk.h"

#define PD    0x10000u
#define PT(n) (0x20000u + (n)*0x1000u)

/* A VM whose virtual CPU has paging on with the directory PD, on the CPU. */
void shadow_rig(struct rig *r, uint32_t cr0, uint32_t cr4);

/* The guest's store to its directory or a table, as an emulated instruction does it. */
void guest_pde(struct rig *r, unsigned slot, uint32_t entry);
void guest_pte(struct rig *r, unsigned table, unsigned slot, uint32_t entry);

/* What the hardware would do: 0 or the page-fault error code; *pa is the machine address. */
bool hardware(struct rig *r, uint32_t gva, enum cpu_access access, bool user, uint32_t *pa);

/* One access as trap mode has it: the guest's walk, then a fill if the hardware does not know it.
 * True: done. */
bool touch(struct rig *r, uint32_t gva, enum cpu_access access, bool user);

uint32_t machine_address(struct rig *r, uint32_t gpa);

#endif
