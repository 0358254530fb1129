/*
 * The report for people: the summary after a run, and the table of exits.
 */
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "paint.h"
#include "report.h"

/* One cell of reason x outcome that was met. */
struct row {
    unsigned reason, outcome;
    const struct exit_counter *c;
};

static int dearer_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->c->cycles != y->c->cycles)
        return x->c->cycles < y->c->cycles ? 1 : -1;
    return (int)(x->reason * EXIT_OUTCOMES + x->outcome) -
           (int)(y->reason * EXIT_OUTCOMES + y->outcome);
}

static unsigned collect(const struct exit_counter exit[EXIT_REASONS][EXIT_OUTCOMES],
                        struct row rows[EXIT_REASONS * EXIT_OUTCOMES])
{
    unsigned n = 0;
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++)
            if (exit[r][o].count)
                rows[n++] = (struct row){r, o, &exit[r][o]};
    qsort(rows, n, sizeof *rows, dearer_first);
    return n;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void put_phase_columns(FILE *to, const struct exit_counter *c)
{
    for (unsigned p = 0; p < HV_PHASES; p++)
        (void)fprintf(to, " %6.0f", (double)c->phase[p] / (double)c->count);
}

static void put_row(FILE *to, const struct row *row, uint64_t exits, uint64_t cycles,
                    bool long_form)
{
    char a[NUMBER_TEXT];
    const struct exit_counter *c = row->c;
    (void)fprintf(to, "%-18s %-8s %10s %6.2f%% %6.2f%% %9llu %9llu %11.1f",
                  exit_reason_names[row->reason], exit_outcome_names[row->outcome],
                  number_grouped(a, c->count), percent(c->count, exits), percent(c->cycles, cycles),
                  (unsigned long long)c->min, (unsigned long long)c->max,
                  (double)c->cycles / (double)c->count);
    if (long_form)
        put_phase_columns(to, c);
    (void)putc('\n', to);
}

/* The columns are those of `perf kvm stat`, and the outcome. Time is modelled cycles inside the
 * hypervisor. */
void report_exit_table(FILE *to, enum hv_mode_id mode,
                       const struct exit_counter exit[EXIT_REASONS][EXIT_OUTCOMES], uint64_t busy,
                       bool long_form)
{
    struct row rows[EXIT_REASONS * EXIT_OUTCOMES];
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    char share[48] = "of a run that was cut off";
    unsigned n = collect(exit, rows);
    uint64_t cycles = 0, exits = 0;
    if (!n) {
        (void)fprintf(to, "no exits: in mode %s %s\n", hv_modes[mode]->name,
                      hv_modes[mode]->has_hypervisor ? "the guest never entered the hypervisor"
                                                     : "there is no hypervisor to enter");
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        cycles += rows[i].c->cycles;
        exits += rows[i].c->count;
    }
    (void)fprintf(to, "%-18s %-8s %10s %7s %7s %9s %9s %11s%s\n", "VM-EXIT", "Outcome", "Samples",
                  "Samples%", "Time%", "Min", "Max", "Avg cycles",
                  long_form ? "     in decode emulat memory device inject schedu    out" : "");
    for (unsigned i = 0; i < n; i++)
        put_row(to, &rows[i], exits, cycles, long_form);
    if (busy)
        (void)snprintf(share, sizeof share, "%.1f%% of all but idle", percent(cycles, busy));
    (void)fprintf(to, "Total samples: %s, total cycles: %s, %s; modelled, not measured.\n",
                  number_grouped(a, exits), number_grouped(b, cycles), share);
}

void report_exits(FILE *to, const struct report *r, bool long_form)
{
    report_exit_table(to, r->mode, r->total.exit, report_busy(r), long_form);
}

/* The buckets that matter, in lines of at most 100 columns. */
static void put_where(FILE *to, const struct report *r)
{
    uint64_t busy = report_busy(r);
    int column = fprintf(to, "  cycles      ");
    const char *comma = "";
    for (unsigned b = 0; b < SIM_BUCKETS; b++) {
        double share = percent(r->bucket[b], busy);
        if (b == BUCKET_idle || share < 0.5)
            continue;
        column += fprintf(to, "%s%s %.0f%%", comma, sim_bucket_names[b], share);
        comma = ", ";
        if (column > 80) {
            column = fprintf(to, ",\n              ") - 2;
            comma = "";
        }
    }
    (void)fprintf(to, "%sidle %.0f%% of all\n", *comma ? "; " : "",
                  percent(r->bucket[BUCKET_idle], r->cycles));
}

static void put_exits(FILE *to, const struct report *r)
{
    struct row rows[EXIT_REASONS * EXIT_OUTCOMES];
    char a[NUMBER_TEXT];
    unsigned n = collect(r->total.exit, rows);
    uint64_t cycles = 0;
    for (unsigned i = 0; i < n; i++)
        cycles += rows[i].c->cycles;
    if (!n)
        return;
    (void)fprintf(to, "  exits       %s at %.0f cycles each; dearest reasons:\n             ",
                  number_grouped(a, r->total.exits), (double)cycles / (double)r->total.exits);
    for (unsigned i = 0; i < n && i < 3; i++)
        (void)fprintf(
            to, "%s %s %s%s%s", i ? "," : "", exit_reason_names[rows[i].reason],
            number_grouped(a, rows[i].c->count),
            rows[i].reason == EXIT_EXTERNAL_INTERRUPT ? " " : "",
            rows[i].reason == EXIT_EXTERNAL_INTERRUPT ? exit_outcome_names[rows[i].outcome] : "");
    (void)putc('\n', to);
}

static uint64_t exits_of(const struct report *r, enum exit_reason reason)
{
    uint64_t n = 0;
    for (unsigned o = 0; o < EXIT_OUTCOMES; o++)
        n += r->total.exit[reason][o].count;
    return n;
}

static void put_memory(FILE *to, const struct report *r)
{
    const struct mmu_counters *m = &r->total.mmu;
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    uint64_t fills = exits_of(r, EXIT_shadow_fill), stores = exits_of(r, EXIT_ptwr_emulation);
    if (r->mode == MODE_trap && fills + stores)
        (void)fprintf(
            to, "  page faults the guest saw %s of %s (hidden fills %s, traced stores the rest)\n",
            number_grouped(a, m->true_faults), number_grouped(b, fills + stores + m->true_faults),
            number_grouped(c, fills));
    if (r->mode == MODE_pv && m->pte_updates)
        (void)fprintf(to, "  page tables %s entries validated, %s refused\n",
                      number_grouped(a, m->pte_updates), number_grouped(b, m->pte_refused));
}

/* What the machine has beside the guests': the hypervisor's reserve, and frames that are nobody's,
 * so that a wrong frame number leads to one. */
static void put_frames(FILE *to, const struct report *r)
{
    uint32_t nobodys = r->machine_kib - r->vms * r->guest_kib - r->reserve_kib;
    if (hv_modes[r->mode]->has_hypervisor)
        (void)fprintf(to,
                      "  memory      machine of %.1f MiB: guest %.0f MiB%s, hypervisor's reserve "
                      "%.1f, nobody's %.1f\n",
                      r->machine_kib / 1024.0, r->guest_kib / 1024.0, r->vms > 1 ? " each" : "",
                      r->reserve_kib / 1024.0, nobodys / 1024.0);
}

static void put_vms(FILE *to, const struct report *r)
{
    char a[NUMBER_TEXT];
    for (unsigned i = 0; r->vms > 1 && i < r->vms; i++)
        (void)fprintf(to, "  vm%u         %s; waited for the CPU %s cycles\n", i, r->vm[i].reason,
                      number_grouped(a, r->vm[i].stats.steal_cycles));
}

void report_summary(FILE *to, const struct report *r, bool color)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    const struct hv_mode *mode = hv_modes[r->mode];
    (void)fprintf(to, "%s%s: %s%s\n", paint_bold(color), mode->name, r->reason, paint_off(color));
    (void)fprintf(to, "  clock       %s cycles = %.6f s at %.2f GHz (modelled; profile %s%s)\n",
                  number_grouped(a, r->cycles), (double)r->cycles / (double)r->clock_hz,
                  (double)r->clock_hz / 1e9, r->profile, r->costs_changed ? ", costs changed" : "");
    (void)fprintf(to, "  executed    %s user, %s kernel; %.3f%% directly (%.40s%s)\n",
                  number_grouped(a, r->insns_user), number_grouped(b, r->insns_kernel),
                  100 * vm_stats_direct_fraction(&r->total), r->cpu,
                  strncmp(r->cpu, "virtualizable", 13) == 0 ? ", a CPU never sold" : "");
    put_where(to, r);
    put_exits(to, r);
    put_frames(to, r);
    put_memory(to, r);
    put_vms(to, r);
    if (mode->has_hypervisor)
        (void)fprintf(to,
                      "  control     %llu of %s audited entries reach what is not the guest's\n",
                      (unsigned long long)report_foreign(r), number_grouped(a, r->audit.entries));
    if (r->cycles)
        (void)fprintf(
            to, "  assumed     at most %.0f%% of the cycles rest on costs that nobody published\n",
            percent(r->assumed_cycles, r->cycles - r->bucket[BUCKET_idle]));
}
