/*
 * Scripts: see script.h.
 */
#include "script.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embedded.h"
#include "file.h"

/* Appends one trimmed line; true even if there was nothing in it. */
static bool add_line(char *to, size_t *at, const char *line, size_t n)
{
    while (n && (line[0] == ' ' || line[0] == '\t'))
        line++, n--;
    while (n && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r'))
        n--;
    if (!n || line[0] == '#')
        return true;
    if (*at + n + 3 > SCRIPT_MAX)
        return false;
    bool open = *at && to[*at - 1] != ';' && to[*at - 1] != '&';
    if (*at)
        *at += (size_t)sprintf(to + *at, "%s ", open ? ";" : "");
    memcpy(to + *at, line, n);
    *at += n;
    to[*at] = 0;
    return true;
}

static bool join_lines(char **out, const char *text, size_t size, const char *where, struct complaint *why)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x7f || (c < 0x20 && c != '\n' && c != '\t' && c != '\r'))
            return complain(why, "scripts are plain ASCII",
                            "--run %s: byte %zu (0x%02x) cannot stand on the guest's command line", where, i, c);
    }
    char *line = calloc(1, SCRIPT_MAX + 4);
    if (!line)
        return complain_ours(why, NULL, "no memory");
    for (size_t i = 0; i <= size;) {
        size_t n = 0;
        while (i + n < size && text[i + n] != '\n')
            n++;
        if (!add_line(line, &used, text + i, n)) {
            free(line);
            return complain(why, "put it into a file on the disk, and run that with sh", "--run %s: longer than %u bytes",
                            where, SCRIPT_MAX);
        }
        i += n + 1;
    }
    if (!used) {
        free(line);
        return complain(why, "write --run \"ls; halt\", or leave --run out for a terminal",
                        "--run %s: holds no command", where[0] ? where : "\"\"");
    }
    *out = line;
    return true;
}

bool script_builtin(char **out, const char *name, struct complaint *why)
{
    const struct embedded_file *f = embedded_find("scenarios", name);
    if (!f)
        return complain_ours(why, NULL, "scenario %s is not built in", name);
    return join_lines(out, (const char *)f->bytes, f->size, name, why);
}

bool script_load(char **out, const char *value, struct complaint *why)
{
    free(*out);
    *out = NULL;
    if (value[0] != '@')
        return join_lines(out, value, strlen(value), value, why);
    if (access(value + 1, F_OK) != 0 && embedded_find("scenarios", value + 1))
        return script_builtin(out, value + 1, why);
    struct file_bytes file;
    if (!file_read(&file, "--run", value + 1, why))
        return false;
    bool ok = join_lines(out, (const char *)file.bytes, file.size, value, why);
    file_free(&file);
    return ok;
}
