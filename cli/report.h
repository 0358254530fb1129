/*
 * What a run gave: figures only, so that text, JSON and CSV say the same.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "complaint.h"
#include "hv/hv.h"

#define REPORT_MAX_BENCH 64

/* One line of a microbenchmark, as the guest printed it. */
struct bench_row {
    char name[24];
    uint64_t iterations;
    double cycles; /* per iteration */
    char checksum[24];
};

/* One guest's part. */
struct vm_report {
    enum cli_status status;
    char reason[224];
    struct vm_stats stats;
    uint64_t guest_hash;
    uint64_t disk_hash[2]; /* 0: no such disk */
    const char *console;   /* borrowed from the runner */
    bool console_truncated;
    unsigned silent_kept;
    struct silent_event first_silent, biting; /* number 0: none */
};

/* Plain data but for the borrowed console texts: valid as long as its runner. */
struct report {
    char guest[64];  /* file name */
    char script[64]; /* name of what --run said, "" if interactive */
    enum hv_mode_id mode;
    const char *io; /* static */
    char cpu[96];
    char profile[48];
    unsigned costs_changed;
    uint64_t clock_hz;
    uint64_t seed;
    unsigned vms;
    uint32_t guest_kib, machine_kib; /* RAM of one guest, and of the machine */
    uint32_t reserve_kib;            /* of the machine's, the hypervisor's */
    enum cli_status status;          /* the worst of the guests', or the budget's */
    char reason[240];
    uint64_t cycles, icount;
    uint64_t insns_user, insns_kernel;
    uint64_t bucket[SIM_BUCKETS]; /* of the whole machine; they sum to cycles */
    uint64_t shared[SIM_BUCKETS]; /* of it, what belongs to no guest */
    struct vm_stats total;        /* sum over the guests */
    struct vm_report vm[HV_MAX_VMS];
    struct hv_audit audit;
    int equivalence; /* -1: nothing to compare with; else 0 or 1 */
    uint64_t hash;
    uint64_t events[COST_KEYS]; /* how often each key was charged; not counted: base costs of
                                   instructions */
    uint64_t insn_cycles;       /* cycles of those */
    uint64_t
        transfer_cycles; /* physical transfers of back ends: the same bytes cost native as much */
    uint64_t assumed_cycles; /* cycles that rest on keys nobody published; at most this many */
    struct bench_row bench[REPORT_MAX_BENCH];
    unsigned benches;
    double host_seconds;
};

/* Sum of the buckets without idle. */
uint64_t report_busy(const struct report *r);

/* Foreign frames, gates and ports reached, by the audit. */
uint64_t report_foreign(const struct report *r);

/* Microbenchmark lines in a console's text: "name iterations cycles=N checksum". Returns how many
 * were kept. */
unsigned report_find_bench(const char *console, struct bench_row *rows, unsigned max);

/* The report as JSON (schema ringside.report/1) and as CSV, to an open stream. */
struct json;
void report_json(struct json *j, const struct report *r);
void report_write_json(FILE *to, const struct report *r);
void report_write_csv(FILE *to, const struct report *r);
void report_csv_rows(FILE *to, const struct report *r); /* without the head line */

/* The summary for people: a dozen lines. color: with terminal colors. */
void report_summary(FILE *to, const struct report *r, bool color);

/* What silent events did, if there were any: always shown. */
void report_silent(FILE *to, const struct report *r);

/* Table of exits by reason and outcome; the same for counters from elsewhere. busy: cycles of the
 * run without idle; 0: not known, the run was cut off. */
void report_exits(FILE *to, const struct report *r, bool long_form);
void report_exit_table(FILE *to, enum hv_mode_id mode,
                       const struct exit_counter exit[EXIT_REASONS][EXIT_OUTCOMES], uint64_t busy,
                       bool long_form);

#endif
