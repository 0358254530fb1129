/*
 * What happened so far, event by event: for `info events` and for queries of `expect`. It is a list
 * that follows time: going back hides what lies ahead, and another future replaces it.
 */
#ifndef CLI_DEBUG_LOG_H
#define CLI_DEBUG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/session.h"
#include "hv/stats.h"
#include "hv/trace.h"

#define LOG_MOST ((size_t)400000) /* events kept: about 120 MB */

/* One event with what it points to. */
struct logged {
    uint64_t number; /* among the events that are no exits and no idling */
    struct trace_event event;
    struct vm_exit exit; /* valid if event.exit */
    struct silent_event silent;
};

struct log_block;

struct event_log {
    struct log_block **block; /* owned */
    size_t count, blocks;
    size_t most; /* events kept; 0: LOG_MOST */
    bool lost;   /* there were more: the first are gone, or memory was */
};

/* Adds one, where `now` has just happened. */
void log_add(struct event_log *l, const struct trace_event *e, const struct session_happened *now);
/* Forgets what has not happened: the guest's future is another one now. */
void log_cut(struct event_log *l, const struct session_happened *now);
void log_clear(struct event_log *l);

/* How many have happened. */
size_t log_until(const struct event_log *l, const struct session_happened *now);
/* Event number n from 0; null: there is none. Its pointers are valid until the log changes. */
const struct trace_event *log_at(const struct event_log *l, size_t n);

#endif
