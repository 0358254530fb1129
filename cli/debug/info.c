/*
 * info: its subjects, and the ones about source and symbols.
 */
#include <string.h>

#include "debug/internal.h"

const struct info_row info_rows[] = {
#define INFO(name, function, flags, usage, help) {#name, function, flags, usage, help},
#include "debug/info.def"
#undef INFO
};
const unsigned info_count = sizeof info_rows / sizeof *info_rows;

/* Usual spellings of some. */
static const char *canonical(const char *word)
{
    static const char *const pairs[][2] = {
        {"registers", "regs"}, {"reg", "regs"},          {"r", "regs"}, {"breakpoints", "break"},
        {"b", "break"},        {"watchpoints", "break"}, {"mem", "pt"}, {"tab", "pt"}};
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strcmp(pairs[i][0], word) == 0)
            return pairs[i][1];
    return word;
}

/* The row of a name or an unambiguous beginning; null: said why. */
static const struct info_row *find_row(struct debugger *d, const char *word)
{
    const struct info_row *found = NULL;
    char list[200] = "";
    unsigned count = 0;
    const char *names[40];
    for (unsigned i = 0; i < info_count; i++) {
        names[i < 40 ? i : 39] = info_rows[i].name;
        if (strcmp(info_rows[i].name, word) == 0)
            return &info_rows[i];
        if (strncmp(info_rows[i].name, word, strlen(word)) != 0)
            continue;
        size_t at = strlen(list);
        (void)snprintf(list + at, sizeof list - at, "%s%s", count ? ", " : "", info_rows[i].name);
        found = &info_rows[i];
        count++;
    }
    if (count == 1)
        return found;
    if (count) {
        (void)refuse(d, 0, "info %s: could be %s", word, list);
        return NULL;
    }
    const char *near = nearest_name(word, names, info_count);
    (void)refuse(d, 0, "info %s: no such subject%s%s; info alone lists them", word,
                 near ? ", did you mean " : "", near ? near : "");
    return NULL;
}

int command_info(struct debugger *d, const char *rest)
{
    char word[40];
    if (!*rest) {
        for (unsigned i = 0; i < info_count; i++)
            (void)fprintf(d->out, d->plain ? "%s: %s\n" : "%-25s %s\n", info_rows[i].usage,
                          info_rows[i].help);
        return CLI_OK;
    }
    next_word(&rest, word, sizeof word);
    const struct info_row *row = find_row(d, canonical(word));
    if (!row)
        return CLI_USAGE;
    if (predict_waits(d) && !(row->flags & COMMAND_SAFE))
        return refuse(d, CLI_USAGE, "info %s: " ANSWER_FIRST, row->name);
    return row->run(d, rest);
}

int info_line(struct debugger *d, const char *rest)
{
    struct location at;
    struct cpu_state cpu;
    struct source_line line;
    char place[140], name[100], text[200];
    at.address = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
    memset(at.program, 0, sizeof at.program);
    if (*rest && !parse_location(d, rest, &at))
        return CLI_USAGE;
    const struct symbols *s =
        at.program[0] ? programs_find(&d->programs, at.program) : symbols_for(d, at.address, NULL);
    if (!symbols_line(s, at.address, &line))
        return refuse(d, CLI_GUEST_FAILED, "0x%08x: no source line is known", at.address);
    const char *file = line.file + (strncmp(line.file, "./", 2) == 0 ? 2 : 0);
    (void)snprintf(place, sizeof place, "%.100s line %u", file, line.line);
    (void)fprintf(d->out, "%s: 0x%08x to 0x%08x%s%s\n", place, line.from, line.to - 1,
                  symbols_name(s, line.from, name, sizeof name)[0] ? ", " : "", name);
    source_text(d, line.file, line.line, text, sizeof text);
    if (text[0])
        (void)fprintf(d->out, "%u\t%s\n", line.line, text);
    return CLI_OK;
}

int info_symbol(struct debugger *d, const char *rest)
{
    char name[100];
    struct symbol found;
    struct location at;
    const char *program;
    if (!*rest)
        return refuse(d, CLI_USAGE, "info symbol: which address or name?");
    if (symbols_find(d->kernel, rest, strlen(rest), &found)) {
        (void)fprintf(d->out, "%s is at 0x%08x, %u bytes, %s\n", rest, found.value, found.size,
                      found.function ? "a function" : "data or a label");
        return CLI_OK;
    }
    char text[LINE_MOST]; /* a number is an address here, no line */
    (void)snprintf(text, sizeof text, "%s%s", rest[strspn(rest, "0123456789")] ? "" : "*", rest);
    if (!parse_location(d, text, &at))
        return CLI_USAGE;
    const struct symbols *s = symbols_for(d, at.address, &program);
    if (at.program[0]) {
        s = programs_find(&d->programs, at.program);
        program = at.program;
    }
    if (!symbols_name(s, at.address, name, sizeof name)[0])
        return refuse(d, CLI_GUEST_FAILED, "0x%08x: no symbol at or before it", at.address);
    (void)fprintf(d->out, "0x%08x is %s%s%s\n", at.address, program, program[0] ? ":" : "", name);
    return CLI_OK;
}
