/*
 * The trace's query language: one small language over what happened, shared by `expect`, labs and
 * the panel's filter.
 *
 *   count(exit where reason=CR_ACCESS and outcome=ADVANCE) == 14
 *   never(denied)
 *   each(exit where reason=HLT) followed by inject where vector=32 within 100000 cycles
 *
 *   exit where reason=IO_INSTRUCTION and (port=0x3f8 or not write=1)
 *
 * Kinds are those of `info events` (exit silent inject fill ptwrite ring hypercall denied mark
 * switch idle), or any; fields those of hv/field.def and kind vm cycle exit. Comparisons: = != < <=
 * > >=, with and, or, not, ( ). A comparison with a field that an event does not have is false.
 * `each ... followed by` looks for a later event of the same VM.
 */
#ifndef HV_QUERY_H
#define HV_QUERY_H

#include "hv/trace.h"
#include "sim/status.h"

struct query; /* compiled, with its state */

enum sim_status query_compile(struct query **out, const char *text, struct sim_error *err);
void query_destroy(struct query *q);
/* One event, in order of time. */
void query_feed(struct query *q, const struct trace_event *e);
/* True if it holds for what was fed; text says in a sentence what was found (a count, the first
 * violation). */
bool query_holds(const struct query *q, char *text, size_t n);
/* A bare filter ("exit where reason=HLT"): does this event match? */
bool query_matches(const struct query *q, const struct trace_event *e);

#endif
