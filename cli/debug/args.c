/*
 * Arguments of commands: expressions and places in code. Words are in words.c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "hv/field.h"
#include "number.h"

struct expr_scope debug_scope(struct debugger *d)
{
    struct expr_scope scope = {.session = d->session, .resolve = resolve_symbol, .opaque = d};
    if (!exit_is_classified(d)) { /* what its record says so far is no answer */
        d->unknown = *debug_hv(d)->open;
        d->unknown.reason = EXIT_REASONS;
        scope.exit = &d->unknown;
    }
    return scope;
}

/* While a question of --predict waits: does a text name what would answer it? Whole names only. */
static bool tells(struct debugger *d, const char *text)
{
    if (!predict_waits(d))
        return false;
    while (*text) {
        size_t n = 0;
        while (isalnum((unsigned char)text[n]) || text[n] == '_')
            n++;
        bool real = n > 5 && strncmp(text, "real_", 5) == 0;
        if (n && (real || exit_field_known(text, n, NULL))) {
            (void)refuse(d, CLI_USAGE, "%.*s: " ANSWER_FIRST, (int)n, text);
            return true;
        }
        text += n ? n : 1;
    }
    return false;
}

/* All of text where `used` is null. */
static bool evaluate_part(struct debugger *d, const char *text, uint64_t *value, size_t *used)
{
    struct expr_scope scope = debug_scope(d);
    struct sim_error err = {SIM_OK, ""};
    if (tells(d, text))
        return false;
    if (expr_eval(&scope, text, value, used, &err) == SIM_OK)
        return true;
    (void)refuse(d, CLI_USAGE, "%s: %s", text, err.text);
    return false;
}

bool evaluate_some(struct debugger *d, const char **text, uint64_t *value)
{
    size_t used = 0;
    if (!evaluate_part(d, *text, value, &used))
        return false;
    *text = skip_blanks(*text + used);
    return true;
}

bool evaluate(struct debugger *d, const char *text, uint64_t *value)
{
    return evaluate_part(d, text, value, NULL);
}

bool evaluate_count(struct debugger *d, const char *text, uint64_t *count)
{
    *count = 1;
    if (!*text)
        return true;
    if (!evaluate(d, text, count))
        return false;
    if (*count && *count <= INT64_MAX)
        return true;
    (void)refuse(d, CLI_USAGE, *count ? "%s: is no count" : "%s: a count of 0", text);
    return false;
}

/* Symbols of a program of the guest; null: said why. */
static const struct symbols *program_symbols(struct debugger *d, const char *name)
{
    const struct symbols *s = programs_find(&d->programs, name);
    if (!s)
        (void)refuse(d, CLI_USAGE, "%s: no program of that name has symbols%s", name,
                     symbols_built() ? "" : " (built without libdw)");
    return s;
}

/* FILE:LINE, or a line of the present file. */
static bool parse_line(struct debugger *d, const struct symbols *s, const char *text,
                       struct location *at)
{
    uint64_t number;
    struct source_line here = {0};
    struct cpu_state cpu;
    const char *colon = strrchr(text, ':');
    const char *file = text;
    size_t n = colon ? (size_t)(colon - text) : 0;
    if (!number_parse(colon ? colon + 1 : text, &number) || number == 0 || number > 1000000) {
        (void)refuse(d, CLI_USAGE, "%s: is no FILE:LINE", text);
        return false;
    }
    if (!colon) {
        uint32_t eip = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
        s = symbols_for(d, eip, NULL);
        if (!symbols_line(s, eip, &here)) {
            (void)refuse(d, CLI_USAGE, "%s: the present place has no source file; use FILE:LINE",
                         text);
            return false;
        }
        file = here.file;
        n = strlen(file);
    }
    unsigned line = (unsigned)number;
    if (symbols_line_address(s, file, n, &line, &at->address))
        return true;
    (void)refuse(d, CLI_USAGE, "%s: no code on that line or behind it", text);
    return false;
}

static bool is_line(const char *text)
{
    const char *colon = strrchr(text, ':');
    const char *digits = colon ? colon + 1 : text;
    return *digits && !digits[strspn(digits, "0123456789")];
}

static bool parse_in_program(struct debugger *d, const char *text, size_t name, struct location *at)
{
    struct symbol found;
    const char *rest = text + name + 1;
    (void)snprintf(at->program, sizeof at->program, "%.*s", (int)name, text);
    const struct symbols *s = program_symbols(d, at->program);
    if (!s)
        return false;
    if (is_line(rest) && strchr(rest, ':'))
        return parse_line(d, s, rest, at);
    if (symbols_find(s, rest, strlen(rest), &found)) {
        at->address = found.value;
        return true;
    }
    (void)refuse(d, CLI_USAGE, "%s: %s has no such symbol", text, at->program);
    return false;
}

bool parse_location(struct debugger *d, const char *text, struct location *at)
{
    uint64_t value;
    memset(at, 0, sizeof *at);
    size_t name = strcspn(text, ":");
    bool dotted = memchr(text, '.', name) != NULL;
    if (text[name] == ':' && !dotted)
        return parse_in_program(d, text, name, at);
    if (is_line(text))
        return parse_line(d, d->kernel, text, at);
    if (text[0] == '*')
        text++;
    if (!*text) {
        (void)refuse(d, CLI_USAGE, "where? Such as kmain, main.c:40, sh:main or 0xc0101000");
        return false;
    }
    if (!evaluate(d, text, &value))
        return false;
    if (value > UINT32_MAX) {
        (void)refuse(d, CLI_USAGE, "%s: addresses end at 0xffffffff", text);
        return false;
    }
    at->address = (uint32_t)value;
    return true;
}
