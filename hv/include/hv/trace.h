/*
 * The trace: what a front end may watch, as it happens.
 *
 * A sink is a function of the host. It is called inside the run, must not call back into the
 * hypervisor, and costs the guest nothing. Records are borrowed for the call. Without a sink
 * nothing is built.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include <stdint.h>

#include "hv/exit.h"

enum trace_kind {
    TRACE_EXIT,      /* exit: complete, at its end */
    TRACE_SILENT,    /* silent: an instruction whose effect differed from what the guest was due */
    TRACE_INJECT,    /* an event was delivered to the guest: vector, error */
    TRACE_FILL,      /* a shadow entry: gva, entry */
    TRACE_PTWRITE,   /* a guest table entry changed: gpa, new value */
    TRACE_RING,      /* a shared ring request: device, sector or bytes */
    TRACE_HYPERCALL, /* number, result; arguments in the exit */
    TRACE_DENIED,    /* a request was refused: what, value */
    TRACE_MARK,      /* the guest or the host set a mark */
    TRACE_SWITCH, /* another VM runs: from, to (0xff: nobody), and for how many cycles that one was
                   * ready and waited */
    TRACE_IDLE,   /* nothing ran: from `cycle` for `value` cycles (native: the guest's HLT) */
    TRACE_KINDS
};

extern const char *const trace_kind_names[TRACE_KINDS];

struct silent_event;

struct trace_event {
    enum trace_kind kind;
    uint8_t vm;
    uint64_t cycle; /* machine clock */
    uint32_t a, b;  /* as named above */
    uint64_t value;
    const struct vm_exit *exit;        /* TRACE_EXIT: the record; else the open exit or null */
    const struct silent_event *silent; /* TRACE_SILENT */
    const char *text; /* TRACE_DENIED, TRACE_MARK: what, a string constant; else null */
};

struct trace_sink {
    void (*event)(void *opaque, const struct trace_event *event); /* null: no trace */
    void *opaque;
};

#endif
