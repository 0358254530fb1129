/*
 * The text of source lines. The names of files come from the guest's ELF file: what they name is
 * read only if it is a regular file, and shown without control bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "debug/internal.h"
#include "number.h"

static bool read_regular(struct file_bytes *out, const char *path)
{
    struct stat st;
    struct complaint why;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < (1 << 22) &&
           file_read(out, "source", path, &why);
}

/* As the compiler was called: from here, from the build's folder, or from the repository. */
static bool find_source(struct file_bytes *out, const char *file)
{
    static const char *const above[] = {"/..", "/../..", "/../../.."};
    char folder[1024], path[1400];
    if (read_regular(out, file))
        return true;
    if (!program_folder(folder, sizeof folder) || strlen(file) > 300)
        return false;
    for (unsigned i = 0; i < sizeof above / sizeof *above; i++) {
        (void)snprintf(path, sizeof path, "%s%s/%s", folder, above[i], file);
        if (read_regular(out, path))
            return true;
    }
    return false;
}

bool source_text(struct debugger *d, const char *file, unsigned line, char *text, size_t size)
{
    struct source_file *s = &d->source;
    text[0] = 0;
    if (!s->path || strcmp(s->path, file) != 0) {
        file_free(&s->text);
        free(s->path);
        s->path = strdup(file);
        s->readable = s->path && find_source(&s->text, file);
    }
    if (!s->readable)
        return false;
    const char *at = (const char *)s->text.bytes, *end = at + s->text.size;
    for (unsigned i = 1; i < line; i++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline)
            return false;
        at = newline + 1;
    }
    size_t n = 0;
    while (at + n < end && at[n] != '\n' && n + 1 < size) {
        text[n] = (unsigned char)at[n] < ' ' ? ' ' : at[n];
        n++;
    }
    text[n] = 0;
    return at < end;
}

/* ---------------------------------------- list */

#define LISTED 10u

/* Where the lines around a place begin; that of the next instruction without one. */
static bool begin_list(struct debugger *d, const char *rest)
{
    struct location at = {.program = ""};
    struct cpu_state cpu;
    struct source_line line;
    at.address = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
    if (*rest && !parse_location(d, rest, &at))
        return false;
    const struct symbols *s =
        at.program[0] ? programs_find(&d->programs, at.program) : symbols_for(d, at.address, NULL);
    if (!symbols_line(s, at.address, &line)) {
        (void)refuse(d, CLI_GUEST_FAILED, "0x%08x: no source line is known", at.address);
        return false;
    }
    /* A line without code is shown all the same. */
    const char *colon = strrchr(rest, ':');
    uint64_t number;
    if (!number_parse(colon ? colon + 1 : rest, &number) || !number || number > line.line)
        number = line.line;
    (void)snprintf(d->listed.file, sizeof d->listed.file, "%s", line.file);
    d->listed.next = number > LISTED / 2 ? (unsigned)number - LISTED / 2 : 1;
    return true;
}

int command_list(struct debugger *d, const char *rest)
{
    char text[200];
    if ((*rest || !d->listed.next) && !begin_list(d, rest))
        return *rest ? CLI_USAGE : CLI_GUEST_FAILED;
    for (unsigned i = 0; i < LISTED; i++) {
        if (!source_text(d, d->listed.file, d->listed.next, text, sizeof text))
            return i ? CLI_OK
                     : refuse(d, CLI_GUEST_FAILED, "%s: has no line %u, or cannot be read",
                              d->listed.file, d->listed.next);
        (void)fprintf(d->out, "%u\t%s\n", d->listed.next++, text);
    }
    return CLI_OK;
}
