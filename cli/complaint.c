/*
 * Complaints: see complaint.h.
 */
#include "complaint.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character at text; 0: it is none, or a control character. */
static size_t character(const unsigned char *text)
{
    size_t n = text[0] < 0x80   ? 1
               : text[0] < 0xc2 ? 0
               : text[0] < 0xe0 ? 2
               : text[0] < 0xf0 ? 3
                                : 4;
    if (n == 1)
        return text[0] >= 0x20 && text[0] != 0x7f;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    bool control = n == 2 && text[0] == 0xc2 && text[1] < 0xa0; /* C1 */
    bool longer = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    return control || longer || text[0] > 0xf4 ? 0 : n;
}

void text_make_printable(char *text)
{
    while (*text) {
        size_t n = character((const unsigned char *)text);
        if (!n)
            *text = '?';
        text += n ? n : 1;
    }
}

#define LONGEST_CHARACTER 4 /* bytes; what is no text may go on like one for ever */

/* Would a cut here go through a character? */
static bool is_inside(const char *text)
{
    return ((unsigned char)*text & 0xc0) == 0x80;
}

/* Of a text that is too long the middle is left out: values stand at the beginning, and what is
 * wrong with them at the end. */
static void shorten(char *to, size_t room, const char *text)
{
    size_t n = strlen(text);
    if (n < room) {
        memcpy(to, text, n + 1);
        return;
    }
    size_t head = room / 2, tail = n - (room / 2 - 8);
    for (unsigned i = 1; i < LONGEST_CHARACTER && is_inside(text + head); i++)
        head--;
    for (unsigned i = 1; i < LONGEST_CHARACTER && is_inside(text + tail); i++)
        tail++;
    memcpy(to, text, head);
    memcpy(to + head, "...", 3);
    memcpy(to + head + 3, text + tail, n - tail + 1);
}

static void fill(struct complaint *c, enum cli_status status, const char *remedy, const char *fmt,
                 va_list args)
{
    va_list again;
    va_copy(again, args);
    c->status = status;
    int n = vsnprintf(c->what, sizeof c->what, fmt, args);
    char *whole = n >= (int)sizeof c->what ? malloc((size_t)n + 1) : NULL;
    if (whole && vsnprintf(whole, (size_t)n + 1, fmt, again) == n)
        shorten(c->what, sizeof c->what, whole);
    va_end(again);
    free(whole);
    (void)snprintf(c->remedy, sizeof c->remedy, "%s", remedy ? remedy : "");
    text_make_printable(c->what);
    text_make_printable(c->remedy);
}

const char *word_shown(const char *word)
{
    return word[0] ? word : "\"\"";
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
    if (!c->what[0])
        return (int)c->status;
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
