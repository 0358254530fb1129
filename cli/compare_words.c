/*
 * The comparison in words: sentences whose every figure and every adjective is computed.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "number.h"

#define COLUMNS 100

/* Writes text in lines of at most 100 columns, further lines indented by two; returns how many. */
static unsigned put_wrapped(FILE *to, const char *text)
{
    unsigned column = 0, lines = 1;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column && column + 1 + n > COLUMNS) {
            (void)fputs("\n ", to);
            column = 1;
            lines++;
        }
        if (column)
            column += (unsigned)fprintf(to, " ");
        column += (unsigned)fprintf(to, "%.*s", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
    (void)putc('\n', to);
    return lines;
}

static unsigned say(FILE *to, const char *fmt, ...) SIM_PRINTF(2, 3);
static unsigned say(FILE *to, const char *fmt, ...)
{
    char text[600];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return put_wrapped(to, text);
}

/* The reason that cost a run most work of the hypervisor itself (devices apart, which native has
 * too), or -1. */
static int dearest_reason(const struct report *r, uint64_t *cycles)
{
    int best = -1;
    *cycles = 0;
    for (unsigned i = 0; i < EXIT_REASONS; i++) {
        uint64_t sum = 0;
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++)
            sum += r->total.exit[i][o].cycles - r->total.exit[i][o].phase[PHASE_DEVICE];
        if (sum > *cycles) {
            *cycles = sum;
            best = (int)i;
        }
    }
    return best;
}

/* Both came to the same end: else their figures are those of different runs. */
static bool came_as_far(const struct report *r, const struct report *y)
{
    return r->status == y->status;
}

static unsigned say_overhead(FILE *to, const struct comparison *c, unsigned i)
{
    char exits[NUMBER_TEXT];
    const struct report *r = &c->report[i], *y = &c->report[0];
    const struct cost_parts p = cost_parts_of(r);
    uint64_t busy = report_busy(r), dearest;
    double ratio = report_busy(y) ? (double)busy / (double)report_busy(y) : 0;
    int reason = dearest_reason(r, &dearest);
    const char *name = hv_modes[r->mode]->name, *yardstick = hv_modes[y->mode]->name;
    if (!came_as_far(r, y))
        return say(to,
                   "%s did not come as far as %s (%.150s): its figures are those of another run.",
                   name, yardstick, r->reason);
    if (reason < 0)
        return say(to, "%s needs %.2f times the cycles of %s, without a single exit.", name, ratio,
                   yardstick);
    if (ratio < 1.10 && ratio > 0.90)
        return say(to,
                   "%s stays within %.1f%% of %s: %.3f%% of its instructions ran directly, and its "
                   "%s exits are %.1f%% "
                   "of its cycles.",
                   name, 100 * (ratio > 1 ? ratio - 1 : 1 - ratio), yardstick,
                   100 * vm_stats_direct_fraction(&r->total), number_grouped(exits, p.exits),
                   100 * (double)p.hypervisor / (double)busy);
    return say(to,
               "%s needs %.2f times the cycles of %s: its %s exits, disk and "
               "console transfers apart, are %.0f%% of all it spends; the dearest reason, devices "
               "apart, is "
               "%s (%s): %.0f%%.",
               name, ratio, yardstick, number_grouped(exits, p.exits),
               100 * (double)p.hypervisor / (double)busy, exit_reason_names[reason],
               exit_reason_texts[reason], 100 * (double)dearest / (double)busy);
}

static uint64_t magnitude(double cycles)
{
    return (uint64_t)(cycles < 0 ? -cycles : cycles);
}

/* How the better of two hypervisors got there. */
static unsigned say_split(FILE *to, const struct comparison *c)
{
    const struct report *a = &c->report[c->split_from], *b = &c->report[c->split_to];
    const struct cost_parts pa = cost_parts_of(a), pb = cost_parts_of(b);
    const char *from = hv_modes[a->mode]->name, *name = hv_modes[b->mode]->name;
    double saved = (double)report_busy(a) - (double)report_busy(b);
    double price_a = pa.exits ? (double)pa.hypervisor / (double)pa.exits : 0;
    double price_b = pb.exits ? (double)pb.hypervisor / (double)pb.exits : 0;
    double price = price_a > 0 ? price_b / price_a : 0;
    bool by_number = c->split.fewer_exits > 4 * c->split.price_per_exit;
    const char *verdict = price > 1.34   ? "each dearer: fewer exits, not cheaper ones"
                          : price > 0.75 ? "each about as dear: fewer exits, not cheaper ones"
                          : by_number    ? "each cheaper, but what saves is that there are fewer"
                                         : "each cheaper too";
    if (saved <= 0 || !pb.exits)
        return say(
            to, "%s saves nothing against %s here: %llu exits at %.0f cycles against %llu at %.0f.",
            name, from, (unsigned long long)pb.exits, price_b, (unsigned long long)pa.exits,
            price_a);
    char fewer[NUMBER_TEXT], cost[NUMBER_TEXT], code[NUMBER_TEXT], all[NUMBER_TEXT];
    return say(to,
               "%s needs %.2f times %s's cycles: it enters the hypervisor %.1f times less often "
               "than %s, for %.0f cycles "
               "instead of %.0f, %s. Of the %s cycles between them, exits not taken save %s, the "
               "price of the others %s "
               "%s, guest code and transfers %s %s.",
               name,
               (double)report_busy(b) /
                   (double)(report_busy(&c->report[0]) ? report_busy(&c->report[0]) : 1),
               hv_modes[c->report[0].mode]->name, (double)pa.exits / (double)pb.exits, from,
               price_b, price_a, verdict, number_short(all, (uint64_t)saved),
               number_short(fewer, magnitude(c->split.fewer_exits)),
               c->split.price_per_exit < 0 ? "costs" : "saves",
               number_short(cost, magnitude(c->split.price_per_exit)),
               c->split.guest_code < 0 ? "cost" : "save",
               number_short(code, magnitude(c->split.guest_code)));
}

/* The number of a recorded exit of that reason, 0 if none is kept. */
static uint64_t sample_exit(const struct comparison *c, unsigned i, int reason)
{
    const struct hv *hv = c->runner[i] ? c->runner[i]->hv : NULL;
    for (uint64_t n = hv ? hv->exits : 0; n; n--) {
        const struct vm_exit *x = hv_exit(hv, n);
        if (!x)
            return 0;
        if (x->reason == reason && !x->idle)
            return n;
    }
    return 0;
}

/* Exits are numbered alike only in runs with the same options. */
static bool other_options(const struct options *o)
{
    static const char *const names[] = {"io",     "cpu",  "profile",   "cost",       "guest",
                                        "module", "disk", "cmdline",   "mem",        "vms",
                                        "tsc",    "seed", "max-insns", "max-cycles", "timeout"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (options_given(o, names[i]))
            return true;
    return false;
}

static unsigned say_next(FILE *to, const struct comparison *c)
{
    const char *script = c->options->script.text ? c->report[0].script : "";
    bool tour = !options_given(c->options, "run");
    for (unsigned i = c->runs; i-- > 1;) {
        uint64_t cycles;
        const struct report *r = &c->report[i];
        if (r->mode == MODE_pv && c->split_from >= 0)
            continue; /* trap's dearest exit teaches more */
        int reason = dearest_reason(r, &cycles);
        uint64_t number = reason >= 0 ? sample_exit(c, i, reason) : 0;
        if (number)
            return say(to,
                       "Next: ringside exits%s%s%s --story %llu%s tells one %s; ringside compare "
                       "--suite micro",
                       r->mode == MODE_trap ? "" : " --mode pv", tour ? "" : " --run ",
                       tour ? "" : script, (unsigned long long)number,
                       other_options(c->options) ? " and the same options" : "",
                       exit_reason_names[reason]);
    }
    return say(
        to,
        "Next: ringside compare --suite micro   compares single operations; ringside explain trap");
}

unsigned comparison_words(FILE *to, const struct comparison *c)
{
    unsigned lines = 0;
    for (unsigned i = 1; i < c->runs; i++)
        lines += (int)i == c->split_to && c->split_from > 0 &&
                         came_as_far(&c->report[c->split_from], &c->report[i])
                     ? say_split(to, c)
                     : say_overhead(to, c, i);
    return lines + say_next(to, c);
}
