/*
 * Figures derived from a report, and microbenchmark lines found in a console.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

uint64_t report_busy(const struct report *r)
{
    uint64_t sum = 0;
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        if (b != BUCKET_idle)
            sum += r->bucket[b];
    return sum;
}

uint64_t report_foreign(const struct report *r)
{
    return r->audit.foreign + r->audit.gates + r->audit.ports;
}

/* One line, without its end; true if it is a microbenchmark's. */
static bool parse_bench(const char *line, size_t n, struct bench_row *row)
{
    char copy[128];
    int used = 0;
    char digits[sizeof copy];
    if (n >= sizeof copy)
        return false;
    memcpy(copy, line, n);
    copy[n] = 0;
    memset(row, 0, sizeof *row);
    if (sscanf(copy, "%23[a-z0-9_] %127[0-9] cycles=%n", row->name, digits, &used) != 2 || !used)
        return false;
    char *end;
    row->iterations = strtoull(digits, NULL, 10);
    row->cycles = strtod(copy + used, &end);
    if (end == copy + used || *end != ' ')
        return false;
    (void)snprintf(row->checksum, sizeof row->checksum, "%.23s", end + 1 + strspn(end + 1, " "));
    row->checksum[strcspn(row->checksum, " ")] = 0;
    return row->checksum[0] != 0;
}

unsigned report_find_bench(const char *console, struct bench_row *rows, unsigned max)
{
    unsigned n = 0;
    while (*console && n < max) {
        size_t length = strcspn(console, "\n");
        n += parse_bench(console, length, &rows[n]);
        console += length;
        console += *console == '\n';
    }
    return n;
}
