/*
 * The report as JSON, schema ringside.report/1 (docs/report.md, docs/schema/report.json).
 */
#include <string.h>

#include "json.h"
#include "report.h"

static const char *const status_names[] = {"halted", "halted", "usage",
                                           "died",   "budget", "failure"};

static void write_buckets(struct json *j, const char *key, const uint64_t bucket[SIM_BUCKETS])
{
    json_open(j, key, '{');
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        json_count(j, sim_bucket_names[b], bucket[b]);
    json_close(j, '}');
}

static void write_exits(struct json *j, const struct vm_stats *s)
{
    json_open(j, "exits", '{');
    json_count(j, "total", s->exits);
    json_open(j, "by_reason", '[');
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            const struct exit_counter *c = &s->exit[r][o];
            if (!c->count)
                continue;
            json_open_flat(j, NULL, '{');
            json_text(j, "name", exit_reason_names[r]);
            json_text(j, "outcome", exit_outcome_names[o]);
            json_count(j, "count", c->count);
            json_count(j, "cycles", c->cycles);
            json_count(j, "min", c->min);
            json_count(j, "max", c->max);
            json_real(j, "avg", (double)c->cycles / (double)c->count);
            json_close(j, '}');
        }
    json_close(j, ']');
    json_close(j, '}');
}

static void write_silent(struct json *j, const struct vm_stats *s)
{
    json_open(j, "silent", '{');
    json_count(j, "total", s->silent_total);
    json_open_flat(j, "by_insn", '{');
    for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++)
        if (s->silent[t])
            json_count(j, insn_sensitive[t].name, s->silent[t]);
    json_close(j, '}');
    json_close(j, '}');
}

static void write_insns(struct json *j, uint64_t user, uint64_t kernel)
{
    json_open_flat(j, "instructions", '{');
    json_count(j, "user", user);
    json_count(j, "kernel", kernel);
    json_close(j, '}');
}

static void write_exit(struct json *j, enum cli_status status, const char *reason)
{
    json_open_flat(j, "exit", '{');
    json_count(j, "status", (uint64_t)status);
    json_text(j, "kind", status_names[status]);
    json_text(j, "reason", reason);
    json_close(j, '}');
}

static void write_bench(struct json *j, const struct bench_row *bench, unsigned n)
{
    json_open(j, "bench", '[');
    for (unsigned i = 0; i < n; i++) {
        json_open_flat(j, NULL, '{');
        json_text(j, "name", bench[i].name);
        json_count(j, "iterations", bench[i].iterations);
        json_real(j, "cycles_per_iteration", bench[i].cycles);
        json_text(j, "checksum", bench[i].checksum);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_vm(struct json *j, const struct vm_report *v)
{
    struct bench_row bench[REPORT_MAX_BENCH];
    json_open(j, NULL, '{');
    write_exit(j, v->status, v->reason);
    write_insns(j, v->stats.insns_user, v->stats.insns_kernel);
    write_buckets(j, "cycles", v->stats.bucket);
    write_exits(j, &v->stats);
    write_silent(j, &v->stats);
    json_count(j, "steal_cycles", v->stats.steal_cycles);
    json_count(j, "ticks_collapsed", v->stats.ticks_collapsed);
    json_real(j, "direct_fraction", vm_stats_direct_fraction(&v->stats));
    write_bench(j, bench, report_find_bench(v->console, bench, REPORT_MAX_BENCH));
    json_text(j, "console", v->console);
    json_bool(j, "console_truncated", v->console_truncated);
    json_hex(j, "guest_hash", v->guest_hash);
    json_close(j, '}');
}

static void write_head(struct json *j, const struct report *r)
{
    json_text(j, "schema", "ringside.report/1");
    json_text(j, "guest", r->guest);
    json_text(j, "mode", hv_modes[r->mode]->name);
    json_text(j, "io", r->io);
    json_text(j, "cpu", r->cpu);
    json_text(j, "profile", r->profile);
    json_count(j, "costs_changed", r->costs_changed);
    json_count(j, "assumed_cycles", r->assumed_cycles);
    write_exit(j, r->status, r->reason);
    json_open_flat(j, "clock", '{');
    json_count(j, "cycles", r->cycles);
    json_real(j, "seconds", (double)r->cycles / (double)r->clock_hz);
    json_close(j, '}');
    write_insns(j, r->insns_user, r->insns_kernel);
    write_buckets(j, "cycles", r->bucket);
}

/* Counts of atomic events, for the fit: what was charged how often. */
static void write_events(struct json *j, const struct report *r)
{
    json_open(j, "events", '{');
    for (unsigned key = 0; key < COST_KEYS; key++)
        if (r->events[key])
            json_count(j, cost_name(key), r->events[key]);
    json_close(j, '}');
    json_count(j, "instruction_cycles", r->insn_cycles);
}

void report_json(struct json *j, const struct report *r)
{
    json_open(j, NULL, '{');
    write_head(j, r);
    write_exits(j, &r->total);
    write_silent(j, &r->total);
    json_open_flat(j, "popek_goldberg", '{');
    if (r->equivalence < 0)
        json_null(j, "equivalence");
    else
        json_bool(j, "equivalence", r->equivalence != 0);
    json_real(j, "direct_fraction", vm_stats_direct_fraction(&r->total));
    json_count(j, "foreign_reached", report_foreign(r));
    json_close(j, '}');
    write_events(j, r);
    write_bench(j, r->bench, r->benches);
    json_text(j, "console", r->vm[0].console);
    json_hex(j, "hash", r->hash);
    json_hex(j, "guest_hash", r->vm[0].guest_hash);
    json_open(j, "vms", '[');
    for (unsigned i = 0; i < r->vms; i++)
        write_vm(j, &r->vm[i]);
    json_close(j, ']');
    write_buckets(j, "shared_cycles", r->shared);
    json_close(j, '}');
}

void report_write_json(FILE *to, const struct report *r)
{
    struct json j = {.to = to};
    report_json(&j, r);
}
