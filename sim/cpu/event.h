/*
 * Event delivery with everything spelled out; cpu_deliver_event and cpu_deliver_exception fill this
 * in.
 */
#ifndef SIM_CPU_EVENT_H
#define SIM_CPU_EVENT_H

#include "sim/cpu.h"

struct event {
    unsigned vector;
    enum event_kind kind;
    bool has_error;
    uint32_t error;
    uint32_t eflags; /* the image to push */
};

/* As cpu_deliver_event. */
bool event_deliver(struct cpu *c, const struct event *e);

#endif
