/*
 * Complaints: see complaint.h.
 */
#include "complaint.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

/* Control bytes of a hostile file name or value must not reach the terminal. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static void fill(struct complaint *c, enum cli_status status, const char *remedy, const char *fmt,
                 va_list args)
{
    c->status = status;
    (void)vsnprintf(c->what, sizeof c->what, fmt, args);
    (void)snprintf(c->remedy, sizeof c->remedy, "%s", remedy ? remedy : "");
    make_printable(c->what);
    make_printable(c->remedy);
}

bool complain(struct complaint *c, const char *remedy, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(c, CLI_USAGE, remedy, fmt, args);
    va_end(args);
    return false;
}

bool complain_ours(struct complaint *c, const char *remedy, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(c, CLI_OURS, remedy, fmt, args);
    va_end(args);
    return false;
}

bool complain_error(struct complaint *c, const struct sim_error *err, const char *remedy)
{
    if (err->status == SIM_BAD_INPUT || err->status == SIM_UNSUPPORTED)
        return complain(c, remedy, "%s", err->text);
    return complain_ours(c, remedy, "%s",
                         err->text[0] ? err->text : "an operation failed without saying why");
}

int complaint_print(const struct complaint *c, FILE *to)
{
    (void)fprintf(to, "ringside: %s\n", c->what);
    if (c->remedy[0])
        (void)fprintf(to, "  %s\n", c->remedy);
    return (int)c->status;
}

/* Edit distance of two short names (insert, delete, replace), cut off at `limit` + 1. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
    unsigned row[65];
    size_t la = strlen(a), lb = strlen(b);
    if (la > 64 || lb > 64)
        return limit + 1;
    for (unsigned j = 0; j <= lb; j++)
        row[j] = j;
    for (unsigned i = 1; i <= la; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= lb; j++) {
            unsigned cost = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < cost)
                cost = row[j] + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            row[j] = cost;
        }
    }
    return row[lb] <= limit ? row[lb] : limit + 1;
}

const char *nearest_name(const char *given, const char *const *names, unsigned n)
{
    const char *best = NULL;
    unsigned limit = strlen(given) > 3 ? 2 : 1, best_distance = limit + 1;
    for (unsigned i = 0; i < n; i++) {
        unsigned d = distance(given, names[i], limit);
        if (d < best_distance) {
            best_distance = d;
            best = names[i];
        }
    }
    return best;
}

const char *name_list(char *text, unsigned size, const char *const *names, unsigned n)
{
    unsigned at = 0;
    text[0] = 0;
    for (unsigned i = 0; i < n; i++) {
        int k = snprintf(text + at, size - at, "%s%s", i ? ", " : "", names[i]);
        if (k < 0 || (unsigned)k >= size - at) {
            if (size > 4)
                (void)snprintf(text + size - 4, 4, "...");
            break;
        }
        at += (unsigned)k;
    }
    return text;
}
