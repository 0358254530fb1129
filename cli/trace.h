/*
 * The trace of a run, written while it runs, in one of the forms of trace_formats.def.
 *
 * A form is a writer: a few functions that are told of the run, of each exit and of what else
 * happens. This file and trace.c know nothing of how a form looks; a writer knows nothing of verbs
 * and options. Text goes through text_out, one write(2) a batch: a run that is killed leaves every
 * batch it wrote. What cannot be written is counted.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "file.h"
#include "hv/hv.h"
#include "text_out.h"

enum trace_format {
#define TRACE_FORMAT(id, name, suffix, what) TRACE_FORMAT_##id,
#include "trace_formats.def"
#undef TRACE_FORMAT
    TRACE_FORMATS
};

/* One row of trace_formats.def. */
struct trace_format_row {
    const char *name;   /* for --trace-format */
    const char *suffix; /* of a file's name */
    const char *what;
};
extern const struct trace_format_row trace_format_rows[TRACE_FORMATS];

/* The form a path's suffix says, TRACE_FORMATS if it says none. */
enum trace_format trace_format_of(const char *path);

/* One run of the file: what a reader must know besides the exits. */
struct trace_run {
    enum hv_mode_id mode;
    uint64_t clock_hz;
    unsigned vms;
    bool ended;            /* the rest is known */
    uint64_t cycles, idle; /* machine clock; cycles of it in which nothing ran */
    uint64_t exits;        /* as many were told */
    uint64_t dropped;      /* of them, as many are not in the file */
};

struct trace;

/* One form. Functions marked so may be null. */
struct trace_writer {
    /* Begins the file. False with a complaint: nothing is left. */
    bool (*begin)(struct trace *t, struct complaint *why);
    void (*run_begin)(struct trace *t); /* t->run, t->runs */
    void (*exit)(struct trace *t, const struct vm_exit *x);
    void (*event)(struct trace *t, const struct trace_event *e); /* null: ignored */
    void (*sample)(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS]); /* null */
    void (*run_end)(struct trace *t); /* t->run is complete */
    void (*flush)(struct trace *t);   /* null: only t->out */
    void (*end)(struct trace *t);     /* ends the file and frees what begin made */
};

/* An open trace: trace_begin prepares it, trace_end or trace_abandon ends it. Large. */
struct trace {
    const struct trace_writer *writer; /* null: not begun */
    struct output *output;             /* borrowed */
    struct text_out out;               /* of the textual forms */
    struct trace_run run;
    unsigned runs;     /* begun so far, this one included */
    uint64_t exits;    /* told, of all runs */
    uint64_t lost;     /* of them, not written: counted by writers without text */
    char problem[160]; /* why; empty: nothing was lost */
    double flushed;    /* host time */
    void *own;         /* the writer's, from begin to end */
};

/* Begins a trace in that form on an output that is open. False with a complaint: nothing was begun.
 */
bool trace_begin(struct trace *t, enum trace_format format, struct output *to,
                 struct complaint *why);

/* One run of it begins, and ends at the machine's last cycle. */
void trace_run_begin(struct trace *t, const struct hv_mode *mode, uint64_t clock_hz, unsigned vms);
void trace_run_end(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS]);

/* Ends the file. False with a complaint if something is not in it. */
bool trace_end(struct trace *t, struct complaint *why);

/* Ends it without a word, if it was begun and not ended. The file is its output's owner's. */
void trace_abandon(struct trace *t);

/* The sink for hv_set_sink. */
struct trace_sink trace_sink_of(struct trace *t);

/*
 * Called between slices of a run: hands over what was collected if that was long ago (now: seconds
 * of a clock that only goes forward), so that a killed run has lost a moment and not a batch.
 */
#define TRACE_FLUSH_SECONDS 0.1
void trace_tick(struct trace *t, double now);

/*
 * Without a hypervisor there are no exits to draw. Called every TRACE_SAMPLE_US of simulated time,
 * so that something can be shown all the same.
 */
#define TRACE_SAMPLE_US 100
void trace_sample(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS]);

#endif
