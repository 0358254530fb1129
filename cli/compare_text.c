/*
 * The comparison as a page: the experiment, cycles by bucket, exits by reason, the three
 * properties, words.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "kernel_lines.h"
#include "number.h"
#include "paint.h"

#define PAGE_LINES 40u
#define CELL       26 /* columns of one mode; three fit beside a label of 22 */

static void put_head(FILE *to, const struct comparison *c, const char *label, bool color)
{
    (void)fprintf(to, "%s%-22s", paint_bold(color), label);
    for (unsigned i = 0; i < c->runs; i++)
        (void)fprintf(to, "%-*s", i + 1 < c->runs ? CELL : 0, hv_modes[c->report[i].mode]->name);
    (void)fprintf(to, "%s\n", paint_off(color));
}

static void put_texts(FILE *to, const struct comparison *c, const char *label,
                      const char *(*cell)(const struct report *r, char text[64]))
{
    char text[64];
    (void)fprintf(to, "%-22s", label);
    for (unsigned i = 0; i < c->runs; i++)
        (void)fprintf(to, "%-*.*s", i + 1 < c->runs ? CELL : 0, i + 1 < c->runs ? CELL - 1 : CELL,
                      cell(&c->report[i], text));
    (void)putc('\n', to);
}

/* File, and how much of the kernel's source had to be written anew for the mode. */
static const char *cell_kernel(const struct report *r, char text[64])
{
    bool bantam = strcmp(r->guest, "bantam.elf") == 0 || strcmp(r->guest, "bantam-pv.elf") == 0;
    if (!bantam)
        (void)snprintf(text, 64, "%.25s", r->guest);
    else if (r->mode == MODE_pv)
        (void)snprintf(text, 64, "%.40s, %.0f%% new", r->guest,
                       100.0 * KERNEL_LINES_PV / (KERNEL_LINES_COMMON + KERNEL_LINES_PV));
    else
        (void)snprintf(text, 64, "%.40s, unchanged", r->guest);
    return text;
}

static const char *cell_ring(const struct report *r, char text[64])
{
    (void)text;
    return hv_modes[r->mode]->guest_kernel_ring;
}

static const char *cell_cpu(const struct report *r, char text[64])
{
    bool dream = strncmp(r->cpu, "virtualizable", 13) == 0;
    (void)snprintf(text, 64, "%.40s%s", r->cpu, dream ? ", never sold" : "");
    return text;
}

static const char *cell_tables(const struct report *r, char text[64])
{
    (void)text;
    return hv_modes[r->mode]->tables_walked;
}

static void put_experiment(FILE *to, const struct comparison *c, bool color)
{
    const struct report *r = &c->report[0];
    const char *what = r->script[0] ? r->script : r->guest;
    (void)fprintf(to, "%.42s%s: profile %.20s%s at %.2f GHz; modelled cycles, not measured.\n",
                  what, strlen(what) > 42 ? "..." : "", r->profile,
                  r->costs_changed ? " (changed)" : "", (double)r->clock_hz / 1e9);
    put_head(to, c, "", color);
    put_texts(to, c, "kernel", cell_kernel);
    put_texts(to, c, "kernel runs in ring", cell_ring);
    put_texts(to, c, "CPU model", cell_cpu);
    put_texts(to, c, "page tables walked", cell_tables);
}

/* "   12,345,678  x12.34": the ratio only where the yardstick has any. */
static void put_cycles(FILE *to, const struct comparison *c, unsigned i, uint64_t value,
                       uint64_t yardstick)
{
    char a[NUMBER_TEXT], x[24] = "";
    if (i > 0 && yardstick)
        (void)snprintf(x, sizeof x, "x%.*f", (double)value / (double)yardstick < 100 ? 2 : 0,
                       (double)value / (double)yardstick);
    if (i + 1 < c->runs)
        (void)fprintf(to, "%15s %-*s", number_grouped(a, value), CELL - 16, x);
    else
        (void)fprintf(to, "%15s %s", number_grouped(a, value), x);
}

static void put_buckets(FILE *to, const struct comparison *c, bool color)
{
    put_head(to, c, "cycles", color);
    for (unsigned b = 0; b < SIM_BUCKETS; b++) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < c->runs; i++)
            sum += c->report[i].bucket[b];
        if (b == BUCKET_idle || !sum)
            continue;
        (void)fprintf(to, "  %-17s", sim_bucket_names[b]);
        for (unsigned i = 0; i < c->runs; i++)
            put_cycles(to, c, i, c->report[i].bucket[b], c->report[0].bucket[b]);
        (void)putc('\n', to);
    }
    (void)fprintf(to, "%s  %-17s", paint_bold(color), "all but idle");
    for (unsigned i = 0; i < c->runs; i++)
        put_cycles(to, c, i, report_busy(&c->report[i]), report_busy(&c->report[0]));
    (void)fprintf(to, "%s\n", paint_off(color));
}

/* A reason and outcome that some run met. */
struct kind {
    unsigned reason, outcome;
    uint64_t cycles; /* of the run where it is dearest */
};

static int dearer_first(const void *a, const void *b)
{
    const struct kind *x = a, *y = b;
    if (x->cycles != y->cycles)
        return x->cycles < y->cycles ? 1 : -1;
    return (int)(x->reason * EXIT_OUTCOMES + x->outcome) -
           (int)(y->reason * EXIT_OUTCOMES + y->outcome);
}

static unsigned find_kinds(const struct comparison *c,
                           struct kind kinds[EXIT_REASONS * EXIT_OUTCOMES])
{
    unsigned n = 0;
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            uint64_t most = 0, count = 0;
            for (unsigned i = 0; i < c->runs; i++) {
                const struct exit_counter *e = &c->report[i].total.exit[r][o];
                most = e->cycles > most ? e->cycles : most;
                count += e->count;
            }
            if (count)
                kinds[n++] = (struct kind){r, o, most};
        }
    qsort(kinds, n, sizeof *kinds, dearer_first);
    return n;
}

/* Columns of a mode beside a label of 27: two of these fit, with --long and without. */
#define EACH       9
#define EACH_LONG  7
#define RANGE_LONG 16

static void put_exit_head(FILE *to, const char *mode, bool long_form)
{
    (void)fprintf(to, "%11s %*s ", mode, long_form ? EACH_LONG : EACH, "each");
    (void)fprintf(to, "%-*s", long_form ? RANGE_LONG : 2, long_form ? "(min to max)" : "");
}

/* range: of the cheapest to the dearest, if it is known. */
static void put_exit_cell(FILE *to, uint64_t count, uint64_t cycles,
                          const struct exit_counter *range, bool long_form)
{
    char a[NUMBER_TEXT], each[NUMBER_TEXT] = "", text[2 * NUMBER_TEXT] = "";
    if (count)
        (void)snprintf(each, sizeof each, "%.0f", (double)cycles / (double)count);
    (void)fprintf(to, "%11s %*s ", count ? number_grouped(a, count) : "-",
                  long_form ? EACH_LONG : EACH, each);
    if (count && range && long_form) {
        char b[NUMBER_TEXT];
        (void)snprintf(text, sizeof text, "(%s to %s)", number_short(a, range->min),
                       number_short(b, range->max));
    }
    (void)fprintf(to, "%-*s", long_form ? RANGE_LONG : 2, text);
}

/* Sum over kinds[from..to) of one run. */
static void put_sum(FILE *to, const struct comparison *c, const char *label,
                    const struct kind *kinds, unsigned from, unsigned until)
{
    (void)fprintf(to, "  %-25s", label);
    for (unsigned i = 0; i < c->runs; i++) {
        uint64_t count = 0, cycles = 0;
        for (unsigned k = from; k < until; k++) {
            count += c->report[i].total.exit[kinds[k].reason][kinds[k].outcome].count;
            cycles += c->report[i].total.exit[kinds[k].reason][kinds[k].outcome].cycles;
        }
        if (hv_modes[c->report[i].mode]->has_hypervisor)
            put_exit_cell(to, count, cycles, NULL, c->options->long_form);
    }
    (void)putc('\n', to);
}

static void put_exits(FILE *to, const struct comparison *c, unsigned rows, bool color)
{
    struct kind kinds[EXIT_REASONS * EXIT_OUTCOMES];
    unsigned n = find_kinds(c, kinds), shown = n;
    if (!n)
        return;
    if (!c->options->long_form && n > rows)
        shown = rows > 1 ? rows - 1 : 0; /* one row for the others */
    (void)fprintf(to, "%s%-27s", paint_bold(color), "exits, cycles each");
    for (unsigned i = 0; i < c->runs; i++)
        if (hv_modes[c->report[i].mode]->has_hypervisor)
            put_exit_head(to, hv_modes[c->report[i].mode]->name, c->options->long_form);
    (void)fprintf(to, "%s\n", paint_off(color));
    for (unsigned k = 0; k < shown; k++) {
        (void)fprintf(to, "  %-17s %-7s", exit_reason_names[kinds[k].reason],
                      exit_outcome_names[kinds[k].outcome]);
        for (unsigned i = 0; i < c->runs; i++) {
            const struct exit_counter *e =
                &c->report[i].total.exit[kinds[k].reason][kinds[k].outcome];
            if (hv_modes[c->report[i].mode]->has_hypervisor)
                put_exit_cell(to, e->count, e->cycles, e, c->options->long_form);
        }
        (void)putc('\n', to);
    }
    if (shown < n) {
        char label[32];
        (void)snprintf(label, sizeof label, "%u more (--long)", n - shown);
        put_sum(to, c, label, kinds, shown, n);
    }
    put_sum(to, c, "all", kinds, 0, n);
}

static const char *cell_equivalence(const struct report *r, char text[64])
{
    (void)text;
    if (r->equivalence < 0)
        return "the yardstick";
    if (!r->equivalence)
        return "DIFFERS, see below";
    return r->mode == MODE_pv ? "same, for programs" : "same console and disk";
}

static const char *cell_efficiency(const struct report *r, char text[64])
{
    (void)snprintf(text, 64, "%.3f%% ran directly", 100 * vm_stats_direct_fraction(&r->total));
    return text;
}

static const char *cell_control(const struct report *r, char text[64])
{
    if (!hv_modes[r->mode]->has_hypervisor)
        (void)snprintf(text, 64, "nobody to control it");
    else
        (void)snprintf(text, 64, "%llu foreign of %llu", (unsigned long long)report_foreign(r),
                       (unsigned long long)r->audit.entries);
    return text;
}

static void put_properties(FILE *to, const struct comparison *c)
{
    put_texts(to, c, "equivalence", cell_equivalence);
    put_texts(to, c, "efficiency", cell_efficiency);
    put_texts(to, c, "control (audit)", cell_control);
    for (unsigned i = 0; i < c->runs; i++)
        if (c->difference[i][0])
            (void)fprintf(to, "%s differs: %.80s\n", hv_modes[c->report[i].mode]->name,
                          c->difference[i]);
        else if (c->report[i].status != CLI_OK)
            (void)fprintf(to, "%s ended with status %d: %.70s\n", hv_modes[c->report[i].mode]->name,
                          (int)c->report[i].status, c->report[i].reason);
}

static unsigned count_lines(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* --long: what an average exit of each mode spends in each phase. */
static void put_phases(FILE *to, const struct comparison *c, bool color)
{
    put_head(to, c, "cycles an exit", color);
    for (unsigned b = BUCKET_transition_in; b <= BUCKET_transition_out; b++) {
        (void)fprintf(to, "  %-20s", sim_bucket_names[b]);
        for (unsigned i = 0; i < c->runs; i++) {
            const struct report *r = &c->report[i];
            double each = r->total.exits ? (double)r->bucket[b] / (double)r->total.exits : 0;
            (void)fprintf(to, "%-*.1f", i + 1 < c->runs ? CELL : 0, each);
        }
        (void)putc('\n', to);
    }
}

/* Lines end without blanks, whatever the cells were padded with. */
static void put_trimmed(FILE *to, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n"), used = n;
        while (used && text[used - 1] == ' ')
            used--;
        (void)fprintf(to, "%.*s\n", (int)used, text);
        text += n + (text[n] == '\n');
    }
}

void comparison_text(FILE *to, const struct comparison *c, bool color)
{
    char *before = NULL, *after = NULL, *exits = NULL;
    size_t size;
    FILE *f = open_memstream(&before, &size);
    if (!f)
        return;
    put_experiment(f, c, color);
    put_buckets(f, c, color);
    (void)fclose(f);
    f = open_memstream(&after, &size);
    if (f) {
        if (c->options->long_form)
            put_phases(f, c, color);
        put_properties(f, c);
        (void)comparison_words(f, c);
        (void)fclose(f);
    }
    f = open_memstream(&exits, &size);
    if (f) {
        unsigned used =
            count_lines(before) + (after ? count_lines(after) : 0) + 2; /* head and "all" */
        put_exits(f, c, used < PAGE_LINES ? PAGE_LINES - used : 0, color);
        (void)fclose(f);
    }
    put_trimmed(to, before);
    put_trimmed(to, exits ? exits : "");
    put_trimmed(to, after ? after : "");
    free(before);
    free(after);
    free(exits);
}
