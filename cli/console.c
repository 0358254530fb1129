/*
 * The guest's console: see console.h.
 */
#include "console.h"

#include <stdlib.h>
#include <string.h>

void console_init(struct console *c, FILE *to, int prefix, bool immediate)
{
    memset(c, 0, sizeof *c);
    c->to = to;
    c->prefix = prefix;
    c->immediate = immediate;
}

void console_fini(struct console *c)
{
    free(c->kept);
    memset(c, 0, sizeof *c);
}

static bool make_room(struct console *c)
{
    if (c->kept_size + 1 < c->kept_room)
        return true;
    size_t room = c->kept_room ? c->kept_room * 2 : 4096;
    char *kept = room <= CONSOLE_KEPT ? realloc(c->kept, room) : NULL;
    if (!kept)
        return false;
    c->kept = kept;
    c->kept_room = room;
    return true;
}

static void keep(struct console *c, unsigned char byte)
{
    if (!make_room(c)) {
        c->truncated = true;
        return;
    }
    c->kept[c->kept_size++] = (char)byte;
    c->kept[c->kept_size] = 0;
}

static void flush(struct console *c)
{
    if (fflush(c->to) != 0 || ferror(c->to))
        c->broken = true;
}

/* A whole line of one of several guests. What was not kept cannot be shown line by line. */
static void show_line(struct console *c)
{
    if (c->kept_size > c->line_start)
        (void)fprintf(c->to, "vm%d: %s%s", c->prefix, c->kept + c->line_start,
                      c->kept[c->kept_size - 1] == '\n' ? "" : "\n");
    c->line_start = c->kept_size;
    flush(c);
}

void console_put(struct console *c, unsigned char byte)
{
    if (byte == '\r')
        return;
    c->bytes++;
    keep(c, byte);
    if (!c->to || c->broken)
        return;
    if (c->prefix >= 0) {
        if (byte == '\n')
            show_line(c);
        return;
    }
    (void)putc(byte, c->to);
    if (byte == '\n' || c->immediate)
        flush(c);
}

void console_finish(struct console *c)
{
    if (!c->to || c->broken)
        return;
    if (c->prefix >= 0)
        show_line(c);
    else
        flush(c);
}

const char *console_text(const struct console *c)
{
    return c->kept ? c->kept : "";
}
