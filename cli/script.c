/*
 * Scripts: see script.h.
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embedded.h"
#include "file.h"

/* A line without the blanks around it. */
static const char *trim(const char *line, size_t *n)
{
    while (*n && (line[0] == ' ' || line[0] == '\t'))
        line++, (*n)--;
    while (*n && (line[*n - 1] == ' ' || line[*n - 1] == '\t' || line[*n - 1] == '\r'))
        (*n)--;
    return line;
}

/* Appends n bytes behind a separator that is left out at the beginning; false if they do not fit.
 */
static bool append(char *to, const char *separator, const char *text, size_t n)
{
    size_t at = strlen(to);
    if (at + n + 3 > SCRIPT_MAX)
        return false;
    if (at)
        at += (size_t)sprintf(to + at, "%s", separator);
    memcpy(to + at, text, n);
    to[at + n] = 0;
    return true;
}

static bool add_line(struct script *s, const char *line, size_t n, bool is_file)
{
    static const char word[] = "cmdline ";
    line = trim(line, &n);
    if (!n || line[0] == '#')
        return true;
    if (is_file && n > sizeof word - 1 && memcmp(line, word, sizeof word - 1) == 0)
        return append(s->words, " ", line + sizeof word - 1, n - (sizeof word - 1));
    return append(s->text, "\n", line, n);
}

static bool check_bytes(const char *text, size_t size, const char *where, struct complaint *why)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x7f || (c < 0x20 && c != '\n' && c != '\t' && c != '\r'))
            return complain(why, "scripts are plain ASCII",
                            "--run %s: byte %zu (0x%02x) cannot stand on the guest's command line",
                            where, i, c);
    }
    return true;
}

static bool join_lines(struct script *out, const char *text, size_t size, const char *where,
                       bool is_file, struct complaint *why)
{
    if (!check_bytes(text, size, where, why))
        return false;
    out->text = calloc(1, SCRIPT_MAX + 4);
    out->words = calloc(1, SCRIPT_MAX + 4);
    if (!out->text || !out->words)
        return complain_ours(why, NULL, "no memory");
    for (size_t i = 0; i <= size;) {
        size_t n = 0;
        while (i + n < size && text[i + n] != '\n')
            n++;
        if (!add_line(out, text + i, n, is_file))
            return complain(why, "put it into a file on the disk, and run that with sh",
                            "--run %.60s: longer than %u bytes", where, SCRIPT_MAX);
        i += n + 1;
    }
    if (out->text[0])
        return true;
    return complain(why, "write --run \"ls; halt\", or leave --run out for a terminal",
                    "--run %s: holds no command", word_shown(where));
}

bool script_builtin(struct script *out, const char *name, struct complaint *why)
{
    const struct embedded_file *f = embedded_find("scenarios", name);
    if (!f)
        return complain_ours(why, NULL, "scenario %s is not built in", name);
    script_free(out);
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    return join_lines(out, (const char *)f->bytes, f->size, name, true, why);
}

bool script_load(struct script *out, const char *value, struct complaint *why)
{
    script_free(out);
    (void)snprintf(out->name, sizeof out->name, value[0] == '@' ? "%.62s" : "\"%.60s\"", value);
    if (value[0] != '@')
        return join_lines(out, value, strlen(value), value, false, why);
    if (access(value + 1, F_OK) != 0 && embedded_find("scenarios", value + 1))
        return script_builtin(out, value + 1, why);
    struct file_bytes file;
    if (!file_read(&file, "--run", value + 1, why))
        return false;
    bool ok = join_lines(out, (const char *)file.bytes, file.size, value, true, why);
    file_free(&file);
    return ok;
}

void script_free(struct script *s)
{
    free(s->text);
    free(s->words);
    s->text = s->words = NULL;
}
