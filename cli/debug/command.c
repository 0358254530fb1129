/*
 * From a line to a command: names, aliases and unambiguous beginnings, as in gdb.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "explain.h"

const struct command commands[] = {
#define COMMAND(name, aliases, function, flags, usage, help)                                       \
    {#name, aliases, function, flags, usage, help},
#include "debug/commands.def"
#undef COMMAND
};
const unsigned command_count = sizeof commands / sizeof *commands;

/* Is `word` one of the blank-separated names? */
static bool among(const char *names, const char *word, size_t n)
{
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, " ");
        if (length == n && memcmp(at, word, n) == 0)
            return true;
        at += length;
        at += strspn(at, " ");
    }
    return false;
}

static const struct command *find_exactly(const char *word, size_t n)
{
    for (unsigned i = 0; i < command_count; i++)
        if ((strlen(commands[i].name) == n && memcmp(commands[i].name, word, n) == 0) ||
            among(commands[i].aliases, word, n))
            return &commands[i];
    return NULL;
}

/* The one command of that name, alias or beginning. Null: said why. */
static const struct command *find_command(struct debugger *d, const char *word, size_t n)
{
    char list[200] = "";
    const struct command *found = find_exactly(word, n);
    unsigned count = 0;
    if (found)
        return found;
    for (unsigned i = 0; i < command_count; i++) {
        if (strncmp(commands[i].name, word, n) != 0)
            continue;
        found = &commands[i];
        size_t at = strlen(list);
        (void)snprintf(list + at, sizeof list - at, "%s%s", count ? ", " : "", commands[i].name);
        count++;
    }
    if (count == 1)
        return found;
    if (count > 1) {
        (void)refuse(d, 0, "%.*s: could be %s", (int)n, word, list);
        return NULL;
    }
    char given[40];
    const char *names[80];
    (void)snprintf(given, sizeof given, "%.*s", (int)(n < 39 ? n : 39), word);
    for (unsigned i = 0; i < command_count && i < 80; i++)
        names[i] = commands[i].name;
    const char *near = nearest_name(given, names, command_count < 80 ? command_count : 80);
    (void)refuse(d, 0, "%s: no such command%s%s; help lists them", given,
                 near ? ", did you mean " : "", near ? near : "");
    return NULL;
}

/* A command's word: letters and '-', so that "x/8xw" and "p/x" are cut behind their name. */
static size_t word_length(const char *line)
{
    size_t n = 0;
    while (isalnum((unsigned char)line[n]) || line[n] == '-' || line[n] == '_')
        n++;
    return n ? n : strcspn(line, " ");
}

static int run_command(struct debugger *d, const struct command *c, const char *rest)
{
    char why[160];
    if (!lock_allows_verb(d->lock, c->name, c->flags & COMMAND_BACK, why))
        return refuse(d, CLI_USAGE, "%s", why);
    if (predict_waits(d) && !(c->flags & COMMAND_SAFE))
        return refuse(d, CLI_USAGE, "%s: " ANSWER_FIRST, c->name);
    int status = c->run(d, rest);
    (void)fflush(d->out);
    return status;
}

int debug_command(struct debugger *d, const char *line, FILE *out)
{
    char text[LINE_MOST];
    d->out = out;
    line = skip_blanks(line);
    size_t length = strcspn(line, "\r\n");
    while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        length--;
    if (length >= sizeof text)
        return refuse(d, CLI_USAGE, "a line of more than %u bytes", LINE_MOST - 1);
    memcpy(text, line, length);
    text[length] = 0;
    if (text[0] == '#')
        return CLI_OK;
    if (!text[0]) {
        if (!d->interactive || !d->repeat)
            return CLI_OK;
        char again[LINE_MOST];
        (void)snprintf(again, sizeof again, "%s", d->repeat_rest);
        return run_command(d, d->repeat, again);
    }
    size_t n = word_length(text);
    const struct command *c = find_command(d, text, n);
    if (!c)
        return CLI_USAGE;
    if (text[n] && text[n] != ' ' && text[n] != '\t' && !(c->flags & COMMAND_SPLITS))
        return refuse(d, CLI_USAGE, "%s: no such command; help lists them", text);
    const char *rest = skip_blanks(text + n);
    d->repeat = c->flags & COMMAND_REPEATS ? c : NULL;
    size_t keep = strlen(rest);
    if (c->flags & COMMAND_GOES_ON) /* its format stays */
        keep = c->flags & COMMAND_SPLITS ? strcspn(rest, " \t") : 0;
    (void)snprintf(d->repeat_rest, sizeof d->repeat_rest, "%.*s", (int)keep, rest);
    return run_command(d, c, rest);
}

/* ---------------------------------------- the small ones */

int command_help(struct debugger *d, const char *rest)
{
    if (!*rest) {
        for (unsigned i = 0; i < command_count; i++)
            (void)fprintf(d->out, d->plain ? "%s: %s\n" : "%-15s %s\n", commands[i].name,
                          commands[i].help);
        (void)fprintf(d->out, "A command's unambiguous beginning does; help COMMAND tells its form "
                              "and other names.\n");
        return CLI_OK;
    }
    const struct command *c = find_command(d, rest, strlen(rest));
    if (!c)
        return CLI_USAGE;
    (void)fprintf(d->out, "%s\n%s\n", c->usage, c->help);
    if (c->aliases[0])
        (void)fprintf(d->out, "also: %s\n", c->aliases);
    if (c->run == command_info)
        (void)command_info(d, "");
    return CLI_OK;
}

int command_echo(struct debugger *d, const char *rest)
{
    (void)fprintf(d->out, "%s\n", rest);
    return CLI_OK;
}

int command_explain(struct debugger *d, const char *rest)
{
    if (*rest && explain_name(d->out, rest))
        return CLI_OK;
    return refuse(d, CLI_USAGE, "explain %s: nothing of that name", word_shown(rest));
}

int command_quit(struct debugger *d, const char *rest)
{
    if (!at_end(d, "quit", rest))
        return CLI_USAGE;
    d->quits = true;
    return CLI_OK;
}

int command_source(struct debugger *d, const char *rest)
{
    struct file_bytes file;
    struct complaint why = {CLI_OK, "", ""};
    FILE *out = d->out;
    if (!*rest || !file_read(&file, "source", rest, &why))
        return *rest ? refuse_complaint(d, &why) : refuse(d, CLI_USAGE, "source: which file?");
    int status = CLI_OK;
    if (d->sourcing >= 8)
        status = refuse(d, CLI_USAGE, "source %s: files within files within files", rest);
    d->sourcing++;
    for (char *line = (char *)file.bytes; status == CLI_OK && !d->quits && *line;) {
        size_t n = strcspn(line, "\n");
        bool last = line[n] == 0;
        line[n] = 0;
        status = debug_command(d, line, out);
        line += last ? n : n + 1;
    }
    d->sourcing--;
    d->out = out;
    file_free(&file);
    return status;
}

int command_vm(struct debugger *d, const char *rest)
{
    uint64_t n;
    unsigned vms = debug_hv(d)->vms;
    if (!*rest) {
        (void)fprintf(d->out, "vm %u of %u\n", session_vm(d->session), vms);
        return CLI_OK;
    }
    if (!evaluate(d, rest, &n))
        return CLI_USAGE;
    if (n >= vms)
        return refuse(d, CLI_USAGE, "vm %" PRIu64 ": there are %u, from 0", n, vms);
    session_set_vm(d->session, (unsigned)n);
    return CLI_OK;
}
