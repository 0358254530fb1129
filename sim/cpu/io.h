/*
 * Permission to touch a port.
 */
#ifndef SIM_CPU_IO_H
#define SIM_CPU_IO_H

#include "sim/cpu.h"

/* IOPL, else the TSS's I/O permission bitmap (SDM v1, I/O Protection). False: #GP(0), or #PF on the
 * TSS, is raised. */
bool io_permission(struct cpu *c, uint16_t port, unsigned size);

#endif
