/*
 * One run: a machine in one mode with its guests, consoles and disks, driven to its end, and what
 * it gave.
 */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include "console.h"
#include "inputs.h"
#include "report.h"
#include "trace.h"

/* Why the run loop came back. */
enum run_end {
    RUN_ENDED,   /* all guests ended */
    RUN_INSNS,   /* --max-insns */
    RUN_CYCLES,  /* --max-cycles */
    RUN_TIMEOUT, /* --timeout */
    RUN_SIGNAL,  /* Ctrl-C, or a signal */
    RUN_LEFT,    /* Ctrl-A x */
    RUN_STUCK,   /* waits for input that will never come */
    RUN_BROKEN,  /* the host takes no more console output */
    RUN_EXIT,    /* the exit that was asked for is complete */
};

struct runner {
    const struct options *options; /* borrowed */
    const struct inputs *inputs;   /* borrowed */
    enum hv_mode_id mode;
    struct cpu_model cpu;
    struct hv *hv; /* owned */
    struct console console[HV_MAX_VMS];
    struct disk_overlay overlay[HV_MAX_VMS][2];
    struct guest_port {
        struct runner *runner;
        unsigned vm;
    } port[HV_MAX_VMS];
    struct trace *trace; /* borrowed; null: none */
    bool feeds_stdin;
    bool shows_progress;
    bool shows_screen; /* live, on a terminal that is its alone */
    enum run_end end;
    double host_seconds;
};

/* How a run is started: what differs between a verb's runs of the same options. */
struct run_plan {
    enum hv_mode_id mode;
    const struct cpu_model *cpu; /* null: as the options say */
    FILE *console;               /* null: not shown */
    bool feeds_stdin;
    struct trace *trace; /* null: none */
};

/* Builds and loads everything. On failure nothing is left. runner_fini accepts a zeroed runner. */
bool runner_init(struct runner *r, const struct options *o, const struct inputs *in,
                 const struct run_plan *plan, struct complaint *why);
void runner_fini(struct runner *r);

/* The same, with the trace that was asked for, if any: `trace` (zeroed) is opened and made the
 * plan's. */
bool runner_init_traced(struct runner *r, const struct options *o, struct inputs *in,
                        struct run_plan *plan, struct trace *trace, struct complaint *why);

/* Runs to the end, or until exit number stop_exit is complete (0: no such stop). */
void runner_run(struct runner *r, uint64_t stop_exit);

/* Collects the figures. Texts are borrowed from the runner. */
void runner_report(struct runner *r, struct report *out);

/* Writes what the run leaves: disks that were opened with ,rw, then the report's files and the
 * trace. */
bool runner_write(struct runner *r, struct inputs *in, const struct report *report,
                  struct complaint *why);

/* Seconds of a clock that only goes forward. */
double host_now(void);

#endif
