/*
 * The text of source lines. The names of files come from the guest's ELF file: what they name is
 * read only if it is a regular file, and shown without control bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "debug/internal.h"

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
