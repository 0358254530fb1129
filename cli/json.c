/*
 * Writing JSON: see json.h.
 */
#include "json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void json_quote(FILE *to, const char *text)
{
    (void)putc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            (void)fprintf(to, "\\%c", *p);
        else if (*p == '\n')
            (void)fputs("\\n", to);
        else if (*p < 0x20 || *p > 0x7e)
            (void)fprintf(to, "\\u%04x", *p);
        else
            (void)putc(*p, to);
    }
    (void)putc('"', to);
}

static void indent(struct json *j)
{
    (void)putc('\n', j->to);
    for (unsigned i = 0; i < j->depth; i++)
        (void)fputs("  ", j->to);
}

/* What stands before every value: comma, place, key. */
static void begin(struct json *j, const char *key)
{
    bool flat = j->depth && j->flat[j->depth];
    if (j->filled[j->depth])
        (void)fputs(flat ? ", " : ",", j->to);
    if (j->depth && !flat)
        indent(j);
    j->filled[j->depth] = true;
    if (key) {
        json_quote(j->to, key);
        (void)fputs(": ", j->to);
    }
}

static void open_level(struct json *j, const char *key, char bracket, bool flat)
{
    begin(j, key);
    (void)putc(bracket, j->to);
    assert(j->depth + 1 < JSON_MAX_DEPTH);
    flat = flat || (j->depth && j->flat[j->depth]);
    j->depth++;
    j->filled[j->depth] = false;
    j->flat[j->depth] = flat;
}

void json_open(struct json *j, const char *key, char bracket)
{
    open_level(j, key, bracket, false);
}

void json_open_flat(struct json *j, const char *key, char bracket)
{
    open_level(j, key, bracket, true);
}

void json_close(struct json *j, char bracket)
{
    bool broken = j->filled[j->depth] && !j->flat[j->depth];
    j->depth--;
    if (broken)
        indent(j);
    (void)putc(bracket, j->to);
    if (!j->depth)
        (void)putc('\n', j->to);
}

void json_text(struct json *j, const char *key, const char *value)
{
    begin(j, key);
    json_quote(j->to, value);
}

void json_count(struct json *j, const char *key, uint64_t value)
{
    begin(j, key);
    (void)fprintf(j->to, value <= (1ull << 53) ? "%llu" : "\"%llu\"", (unsigned long long)value);
}

void json_real(struct json *j, const char *key, double value)
{
    begin(j, key);
    if (isfinite(value))
        (void)fprintf(j->to, "%.9g", value);
    else
        (void)fputs("null", j->to);
}

void json_bool(struct json *j, const char *key, bool value)
{
    begin(j, key);
    (void)fputs(value ? "true" : "false", j->to);
}

void json_null(struct json *j, const char *key)
{
    begin(j, key);
    (void)fputs("null", j->to);
}

void json_hex(struct json *j, const char *key, uint64_t value)
{
    begin(j, key);
    (void)fprintf(j->to, "\"%016llx\"", (unsigned long long)value);
}
