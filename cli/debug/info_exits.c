/*
 * info about exits: the table, one as a story, what happened, hypercalls, costs.
 */
#include <string.h>

#include "debug/internal.h"
#include "number.h"
#include "report.h"
#include "story.h"

/* As much of a report as the tables need. */
static struct report *collect(struct debugger *d)
{
    static struct report r;
    struct hv *hv = debug_hv(d);
    memset(&r, 0, sizeof r);
    r.mode = hv->config.mode;
    r.vms = hv->vms;
    for (unsigned i = 0; i < hv->vms; i++)
        vm_stats_add(&r.total, hv_stats(hv, i));
    memcpy(r.bucket, hv->machine->cpu.s.bucket, sizeof r.bucket);
    return &r;
}

static void put_exits_plainly(struct debugger *d, const struct vm_stats *s)
{
    for (unsigned reason = 0; reason < EXIT_REASONS; reason++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            const struct exit_counter *c = &s->exit[reason][o];
            if (!c->count)
                continue;
            (void)fprintf(d->out,
                          "%s %s\n  samples %" PRIu64 "\n  cycles %" PRIu64 "\n  least %" PRIu64
                          "\n  most %" PRIu64 "\n  average %.1f\n",
                          exit_reason_names[reason], exit_outcome_names[o], c->count, c->cycles,
                          c->min, c->max, (double)c->cycles / (double)c->count);
        }
    (void)fprintf(d->out, "exits together %" PRIu64 "\n", s->exits);
}

int info_exits(struct debugger *d, const char *rest)
{
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    const struct report *r = collect(d);
    if (d->plain)
        put_exits_plainly(d, &r->total);
    else
        report_exits(d->out, r, false);
    return CLI_OK;
}

/* The open exit: as far as it is; if its work is done, as it will end. */
static int open_exit(struct debugger *d, struct story_view *view)
{
    struct hv *hv = debug_hv(d);
    struct cpu_state cpu;
    struct vm_exit whole;
    bool done = session_position(d->session)->phase == SESSION_OUTSIDE &&
                exit_completed(d, hv->open->number, &whole);
    view->guest = debug_cpu(d, &cpu);
    view->fresh = !done && !exit_is_classified(d);
    story_tell(d->out, view, done ? &whole : hv->open);
    return CLI_OK;
}

int info_exit(struct debugger *d, const char *rest)
{
    struct hv *hv = debug_hv(d);
    uint64_t number = hv->exits;
    struct story_view view = {.hv = hv, .symbols = d->kernel, .plain = d->plain};

    if (!hv->mode->has_hypervisor)
        return refuse(d, CLI_USAGE, "info exit: mode %s has no exits", hv->mode->name);
    if (*rest && !evaluate(d, rest, &number))
        return CLI_USAGE;
    if (hv->open && (!*rest || number == hv->open->number))
        return open_exit(d, &view);
    if (!number && !*rest)
        return refuse(d, CLI_GUEST_FAILED,
                      "info exit: there was none yet; step exit goes to the "
                      "first");
    const struct vm_exit *x = hv_exit(hv, number);
    if (!x)
        return refuse(d, CLI_USAGE,
                      !number              ? "info exit %" PRIu64 ": the first exit is number 1"
                      : number > hv->exits ? "info exit %" PRIu64 ": has not happened yet"
                                           : "info exit %" PRIu64
                                             ": is no longer kept; goto exit goes there",
                      number);
    story_tell(d->out, &view, x);
    return CLI_OK;
}

int info_hypercalls(struct debugger *d, const char *rest)
{
    static const char *const names[64] = {
#define HYPERCALL(number, name, arguments, text) [number] = #name,
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
    };
    static const struct table_column columns[] = {{"Number", 6}, {"Calls", 10}, {"Name", 0}};
    struct table t;
    unsigned shown = 0;
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    const struct vm_stats *s = hv_stats(debug_hv(d), session_vm(d->session));
    for (unsigned i = 0; i < 64; i++) {
        if (!s->hypercalls[i])
            continue;
        if (!shown++)
            table_begin(&t, d->out, d->plain, columns, 3);
        table_put(&t, "%u", i);
        table_put(&t, "%" PRIu64, s->hypercalls[i]);
        table_put(&t, "%s", names[i] ? names[i] : "no such call");
    }
    if (!shown)
        (void)fprintf(d->out, "No hypercalls so far.\n");
    else
        (void)fprintf(d->out, "Refused: %" PRIu64 "\n", s->hypercalls_refused);
    return CLI_OK;
}

int info_costs(struct debugger *d, const char *rest)
{
    static const struct table_column columns[] = {
        {"Key", -22}, {"Times", 12}, {"Cycles each", 11}, {"Together", 14}, {"Kind", 0}};
    struct table t;
    const struct hv *hv = debug_hv(d);
    const struct cost_profile *p = hv->config.profile;
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    table_begin(&t, d->out, d->plain, columns, 5);
    for (unsigned key = 0; key < COST_KEYS; key++) {
        uint64_t times =
            key < SIM_COSTS ? hv->machine->cpu.events[key] : hv->events[key - SIM_COSTS];
        if (!times)
            continue;
        table_put(&t, "%s", cost_name(key));
        table_put(&t, "%" PRIu64, times);
        table_put(&t, "%u", cost_value(p, key));
        table_put(&t, "%" PRIu64, times * cost_value(p, key));
        table_put(&t, "%s", cost_kind_names[cost_kind_of(p, key)]);
    }
    (void)fprintf(d->out, "The base costs of instructions are not counted one by one.\n");
    return CLI_OK;
}

/* The summary of the run, and what going back rests on. */
int command_stat(struct debugger *d, const char *rest)
{
    struct session_history h;
    struct facts f;
    char a[NUMBER_TEXT], text[160];
    if (!at_end(d, "stat", rest))
        return CLI_USAGE;
    const struct report *r = collect(d);
    const struct hv *hv = debug_hv(d);
    (void)fprintf(d->out, "Position: %s\n",
                  position_text(d, session_position(d->session), text, sizeof text));
    facts_begin(&f, d->out, d->plain, 32);
    facts_put(&f, "user instructions", "%s", number_grouped(a, hv->machine->cpu.s.insns_user));
    facts_put(&f, "kernel instructions", "%s", number_grouped(a, hv->machine->cpu.s.insns_kernel));
    facts_put(&f, "carried out", "%s", number_grouped(a, r->total.insns_emulated));
    facts_put(&f, "exits", "%s", number_grouped(a, r->total.exits));
    facts_put(&f, "silent", "%s", number_grouped(a, r->total.silent_total));
    facts_put(&f, "interrupts delivered", "%s", number_grouped(a, r->total.interrupts_delivered));
    facts_end(&f);
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        if (r->bucket[b])
            facts_put(&f, sim_bucket_names[b], "%s", number_grouped(a, r->bucket[b]));
    facts_end(&f);
    session_history(d->session, &h);
    facts_put(&f, "snapshots", "%" PRIu64, h.snapshots);
    facts_put(&f, "thinned", "%" PRIu64, h.thinned);
    facts_put(&f, "history bytes", "%s", number_grouped(a, h.bytes));
    facts_end(&f);
    return CLI_OK;
}

int info_snapshots(struct debugger *d, const char *rest)
{
    static const struct table_column columns[] = {
        {"Number", 6}, {"Instruction", 14}, {"Cycle", 16}, {"Exit", 10}, {"Pages", 0}};
    struct session_history h;
    struct session_snapshot s;
    struct table t;
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    session_history(d->session, &h);
    table_begin(&t, d->out, d->plain, columns, 5);
    for (size_t n = 0; session_snapshot(d->session, n, &s); n++) {
        table_put(&t, "%zu", n);
        table_put(&t, "%" PRIu64, s.at.insn);
        table_put(&t, "%" PRIu64, s.at.cycle);
        table_put(&t, "%" PRIu64, s.at.exit);
        table_put(&t, "%u", s.pages);
    }
    (void)fprintf(d->out,
                  "%s of %s bytes used; %" PRIu64 " dropped; one every %" PRIu64 " instructions.\n",
                  number_grouped(a, h.bytes), number_grouped(b, h.limit), h.thinned, h.every);
    return CLI_OK;
}
