/*
 * The report's figures as CSV, one figure a line: mode,figure,name,outcome,value.
 */
#include "report.h"

static void put(FILE *to, const struct report *r, const char *figure, const char *name,
                const char *outcome, uint64_t value)
{
    (void)fprintf(to, "%s,%s,%s,%s,%llu\n", hv_modes[r->mode]->name, figure, name, outcome,
                  (unsigned long long)value);
}

void report_csv_rows(FILE *to, const struct report *r)
{
    put(to, r, "exit", "status", "", (uint64_t)r->status);
    put(to, r, "clock", "cycles", "", r->cycles);
    put(to, r, "clock", "hz", "", r->clock_hz);
    put(to, r, "instructions", "user", "", r->insns_user);
    put(to, r, "instructions", "kernel", "", r->insns_kernel);
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        put(to, r, "cycles", sim_bucket_names[b], "", r->bucket[b]);
    for (unsigned i = 0; i < EXIT_REASONS; i++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            const struct exit_counter *c = &r->total.exit[i][o];
            if (!c->count)
                continue;
            put(to, r, "exits", exit_reason_names[i], exit_outcome_names[o], c->count);
            put(to, r, "exit_cycles", exit_reason_names[i], exit_outcome_names[o], c->cycles);
        }
    for (unsigned i = 0; i < r->benches; i++)
        (void)fprintf(to, "%s,bench,%s,cycles_per_iteration,%.9g\n", hv_modes[r->mode]->name,
                      r->bench[i].name, r->bench[i].cycles);
    put(to, r, "silent", "total", "", r->total.silent_total);
    put(to, r, "control", "foreign_reached", "", report_foreign(r));
}

void report_write_csv(FILE *to, const struct report *r)
{
    (void)fputs("mode,figure,name,outcome,value\n", to);
    report_csv_rows(to, r);
}
