/*
 * A probe that writes down what it is told, and answers from a short list.
 *
 * What it sees of the machine is taken at that moment: the byte that a store is about to replace,
 * the counter.
 */
#ifndef TESTS_INSN_PROBE_LOG_H
#define TESTS_INSN_PROBE_LOG_H

#include "rig.h"
#include "sim/probe.h"

enum { LOG_CODE, LOG_READ, LOG_WRITE, LOG_EVENT, LOG_RING, LOG_RAM, LOG_MOST = 4096 };

struct log_entry {
    unsigned what;
    uint32_t linear, pa;
    uint32_t size;   /* LOG_EVENT: kind; LOG_RING: from */
    uint32_t value;  /* LOG_EVENT: error; LOG_RING: to; LOG_RAM: the first new byte */
    uint32_t before; /* the byte at pa then */
    uint64_t icount;
};

struct probe_log {
    struct cpu_probe probe;
    struct rig *rig;
    uint32_t pages[4]; /* linear pages that are watched */
    uint32_t frames;   /* or physical page, 0: none */
    unsigned page_count;
    bool all;                            /* every page is watched */
    bool stop;                           /* `code` answers this */
    uint64_t pass;                       /* but not at this counter, plus 1; 0: at any */
    bool stop_on_data;                   /* cpu_probe_stop from `data` */
    bool stop_on_event;                  /* from `event` */
    uint32_t mark_on_data, mark_on_code; /* offset to be marked in that callback, 0: none */
    uint32_t watch_on_code;              /* page to be watched then, 0: none */
    struct log_entry entry[LOG_MOST];
    unsigned n;
};

/* Puts an empty log with a probe on the rig's CPU: all callbacks are set, nothing is marked. */
void log_attach(struct probe_log *log, struct rig *r);
void log_detach(struct probe_log *log);

/* Marks an address's page offset, or all; watches a page. Tells the CPU. */
void log_mark(struct probe_log *log, uint32_t at);
void log_mark_all(struct probe_log *log);
void log_watch(struct probe_log *log, uint32_t page);

/* Entries of one kind. */
unsigned log_count(const struct probe_log *log, unsigned what);
/* The i-th entry of a kind; asserts that it is there. */
const struct log_entry *log_entry(const struct probe_log *log, unsigned what, unsigned i);

/* Asserts that entry i is this access. */
void log_expect(const struct probe_log *log, unsigned i, unsigned what, uint32_t linear,
                uint32_t size, uint32_t value);

#endif
