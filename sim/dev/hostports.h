/*
 * Two ports that no PC has and every emulator does: E9h, where a written byte appears on the host's
 * console (and which reads E9h, so that software can find it; Bochs began this), and F4h, where a
 * written value ends the machine (as QEMU's isa-debug-exit, but the value is the status itself).
 * Neither has state.
 */
#ifndef SIM_DEV_HOSTPORTS_H
#define SIM_DEV_HOSTPORTS_H

#include <stdint.h>

#include "sim/bus.h"

struct hostports {
    void (*debug_out)(void *host, uint8_t byte); /* wires, may be null */
    void (*exited)(void *host, uint32_t value);
    void *host;
};

extern const struct io_ops debugport_ops; /* device: struct hostports */
extern const struct io_ops exitport_ops;

#endif
