/*
 * Trace files come from anywhere: any bytes must be refused in words or give a table that adds up.
 * What begins as a database is one in memory, so that its journal and locks are left out.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "trace_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Accepted: then each counter is what so many exits can have given, and they can be printed. */
static void check(const struct trace_table *t, FILE *to)
{
    uint64_t exits = 0;
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            const struct exit_counter *c = &t->exit[r][o];
            exits += c->count;
            if (c->count ? c->min > c->max : c->cycles || c->max)
                abort();
        }
    if (exits != t->exits || t->run.mode >= HV_MODES || t->run.idle > t->run.cycles)
        abort();
    if (t->run.ended && t->run.exits != t->exits + t->run.dropped)
        abort();
    report_exit_table(to, t->run.mode, t->exit, t->run.cycles - t->run.idle, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trace_file f;
    struct complaint why = {CLI_OK, "", ""};
    FILE *to = fopen("/dev/null", "w");
    if (!to)
        return 0;
    uint8_t *exact = malloc(size ? size : 1); /* the sanitizer sees what is read behind its end */
    if (exact && size)
        memcpy(exact, data, size);
    if (exact && trace_file_parse(&f, "fuzz", exact, size, &why)) {
        if (!f.runs || f.runs > TRACE_MAX_RUNS)
            abort();
        for (unsigned i = 0; i < f.runs; i++)
            check(&f.table[i], to);
        trace_file_free(&f);
    } else if (exact && (!why.what[0] || why.status == CLI_OK || f.table)) {
        abort(); /* refused without a word, or something was left */
    }
    free(exact);
    (void)fclose(to);
    return 0;
}
