/*
 * The trace as Chrome's JSON event format, which ui.perfetto.dev and chrome://tracing open: one
 * process per mode, and for each guest one thread each for user code, kernel code, hypervisor and
 * devices; times in microseconds.
 *
 * Only complete slices ("X") and instants ("i") are written, so nothing can be left open. A slice's
 * end is computed from the same rounded clock as the next one's beginning: slices of a thread are
 * disjoint or nested.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hv/hv.h"
#include "text_out.h"

enum trace_thread { THREAD_USER, THREAD_KERNEL, THREAD_HYPERVISOR, THREAD_DEVICES, TRACE_THREADS };

/* A writer over an open stream, prepared by trace_begin. Everything is in the stream after
 * trace_end. */
struct trace {
    struct text_out out;
    bool any;
    unsigned pid; /* mode + 1 */
    uint64_t hz;
    uint64_t since;               /* cycle from which on nothing has been drawn */
    uint8_t vm;                   /* that runs since then; 0xff: nobody */
    uint8_t ring;                 /* it runs in */
    uint64_t bucket[SIM_BUCKETS]; /* native: at the last sample */
};

/* Begins the file; one process of it; ends that at the machine's last cycle; ends the file. */
void trace_begin(struct trace *t, FILE *to);
void trace_mode(struct trace *t, const struct hv_mode *mode, uint64_t clock_hz, unsigned vms);
void trace_mode_end(struct trace *t, uint64_t cycle);
void trace_end(struct trace *t);

/* The sink for hv_set_sink. */
struct trace_sink trace_sink_of(struct trace *t);

/*
 * Without a hypervisor there are no exits to draw. What ran since the last sample is drawn instead
 * as one slice of user and one of kernel code, with the exact cycles of each but not their order.
 * Called every TRACE_SAMPLE_US.
 */
#define TRACE_SAMPLE_US 100
void trace_sample(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS]);

#endif
