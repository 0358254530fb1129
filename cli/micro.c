/*
 * --suite micro: single operations in every mode.
 */
#include <string.h>

#include "compare.h"
#include "number.h"
#include "paint.h"

static const struct micro {
    const char *name, *text, *kind;
} micros[] = {
#define MICRO(name, count, text, kind) {#name, text, kind},
#include "micro.def"
#undef MICRO
};

const char micro_script[] =
#define MICRO(name, count, text, kind) #name " " #count "; "
#include "micro.def"
#undef MICRO
    "halt";

static const struct bench_row *find(const struct report *r, const char *name)
{
    for (unsigned i = 0; i < r->benches; i++)
        if (strcmp(r->bench[i].name, name) == 0)
            return &r->bench[i];
    return NULL;
}

/* Are there figures among the first run's that its profile was fitted to? */
static bool is_fitted(const struct report *r)
{
    return strcmp(r->profile, "p4-2005") == 0 && !r->costs_changed && r->mode == MODE_native;
}

static void put_row(FILE *to, const struct comparison *c, const struct micro *m)
{
    char a[NUMBER_TEXT];
    const struct bench_row *y = find(&c->report[0], m->name);
    (void)fprintf(to, "%-13s %-26s", m->name, m->text);
    for (unsigned i = 0; i < c->runs; i++) {
        const struct bench_row *b = find(&c->report[i], m->name);
        if (!b) {
            (void)fprintf(to, "%11s%8s", "-", "");
            continue;
        }
        (void)fprintf(to, "%11s", number_grouped(a, (uint64_t)(b->cycles + 0.5)));
        if (i && y && y->cycles > 0)
            (void)fprintf(to, " x%-6.*f", b->cycles / y->cycles < 100 ? 2 : 0,
                          b->cycles / y->cycles);
        else if (i)
            (void)fprintf(to, "%8s", "");
    }
    (void)fprintf(to, " %s\n", is_fitted(&c->report[0]) ? m->kind : "result");
}

void micro_text(FILE *to, const struct comparison *c, bool color)
{
    (void)fprintf(to, "Cycles per operation, profile %s%s; modelled, not measured.\n",
                  c->report[0].profile, c->report[0].costs_changed ? " (changed)" : "");
    (void)fprintf(to, "%s%-40s", paint_bold(color), "operation");
    for (unsigned i = 0; i < c->runs; i++)
        (void)fprintf(to, i ? "%11s%8s" : "%11s", hv_modes[c->report[i].mode]->name, "");
    (void)fprintf(to, " %s is%s\n", hv_modes[c->report[0].mode]->name, paint_off(color));
    for (unsigned i = 0; i < sizeof micros / sizeof *micros; i++)
        put_row(to, c, &micros[i]);
    if (is_fitted(&c->report[0]))
        (void)fprintf(to,
                      "input: a published total of native hardware that the profile was fitted to; "
                      "result: it came out by\n"
                      "composition. Some assumed prices were tuned in view of trap's and pv's "
                      "figures: docs/fidelity.md.\n");
    else
        (void)fprintf(to, "result: it came out by composition from the profile's single prices.\n");
    for (unsigned i = 0; i < c->runs; i++)
        if (c->report[i].status != CLI_OK)
            (void)fprintf(to, "%s ended with status %d: %s\n", hv_modes[c->report[i].mode]->name,
                          (int)c->report[i].status, c->report[i].reason);
}
