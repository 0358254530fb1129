/*
 * Traces read back: the table of exits that the live run printed, from the file alone.
 *
 * A file may come from anywhere: whatever stands in it is counted or refused with its line, never
 * trusted. One that was cut off, because its run was killed, is read up to its last whole record.
 */
#ifndef CLI_TRACE_READ_H
#define CLI_TRACE_READ_H

#include "trace.h"

#define TRACE_MAX_RUNS 16

/* What a file says of one run. */
struct trace_table {
    struct trace_run run;
    struct exit_counter exit[EXIT_REASONS][EXIT_OUTCOMES];
    uint64_t exits; /* read; run.exits is what the file says at its end */
};

struct trace_file {
    struct trace_table *table; /* owned: TRACE_MAX_RUNS of them */
    unsigned runs;
};

/* Reads path, whose form is told by what is in it. False with a complaint: nothing is left.
 * trace_file_free accepts a zeroed one. */
bool trace_file_read(struct trace_file *f, const char *path, struct complaint *why);

/* The same of a file that is in memory; name is for complaints. */
bool trace_file_parse(struct trace_file *f, const char *name, const void *bytes, size_t size,
                      struct complaint *why);
void trace_file_free(struct trace_file *f);

/* ---- for the readers, one a form ---- */

/* An exit as far as the table needs it. */
struct trace_exit {
    unsigned reason, outcome;
    uint64_t cycles;
    uint64_t phase[HV_PHASES];
};

/* A text being read: the lines of path. */
struct trace_text {
    const char *path;
    const char *at, *end;
    unsigned long line; /* number of the current one */
    const char *text;   /* the current one, without its end of line */
    size_t length;
    bool whole; /* it had an end of line */
};

/* Goes to the next line; false at the end. */
bool trace_next_line(struct trace_text *in);

/* Complains about the current line. Always false. */
bool trace_bad_line(const struct trace_text *in, struct complaint *why, const char *what);

/* A run begins: the new table, or null with a complaint. */
struct trace_table *trace_table_begin(struct trace_file *f, const char *path,
                                      const struct trace_run *run, struct complaint *why);

void trace_table_count(struct trace_table *t, const struct trace_exit *x);

/* Index of the name text[0..n) among names, or -1. */
int trace_name(const char *text, size_t n, const char *const *names, unsigned count);
int trace_mode(const char *text, size_t n);

/* The number text[0..n), nothing before or after it. */
bool trace_number(const char *text, size_t n, uint64_t *value);

/* A reader of one form. */
bool trace_perfetto_read(struct trace_file *f, struct trace_text *in, struct complaint *why);
bool trace_csv_read(struct trace_file *f, struct trace_text *in, struct complaint *why);
bool trace_kvm_read(struct trace_file *f, struct trace_text *in, struct complaint *why);

/* bytes: the database itself; null: it is opened by its path, and what a killed run left half done
 * there is put right. */
bool trace_sqlite_read(struct trace_file *f, const char *path, const void *bytes, size_t size,
                       struct complaint *why);

/* ---- what csv and kvm share: lines that say what a run was ----
 *   # ringside.run mode=trap clock_hz=3800000000 vms=1
 *   # ringside.end cycles=... idle=... exits=... dropped=...
 */
void trace_put_run(struct text_out *o, const struct trace_run *run);
void trace_put_end(struct text_out *o, const struct trace_run *run);

/* Takes the current line if it is a comment. *ours: it was one. False with a complaint. */
bool trace_take_comment(struct trace_file *f, struct trace_text *in, bool *ours,
                        struct complaint *why);

#endif
