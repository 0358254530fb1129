/*
 * A guest's console on its way to the host: LF only, flushed by line, kept for the report, and with
 * several guests cut into whole lines with the guest's name before them.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONSOLE_KEPT                                                                               \
    ((size_t)16 << 20) /* bytes kept for the report; a flood beyond is passed on, not kept */

struct console {
    FILE *to;   /* borrowed; null: shown nowhere */
    int prefix; /* guest number to write before each line; -1: none */
    char *kept; /* owned; kept_size bytes, then a 0 */
    size_t kept_size, kept_room;
    size_t line_start; /* in kept: where the unfinished line begins */
    bool truncated;    /* more came than was kept */
    bool broken;       /* the host does not take it any more */
    bool immediate;    /* a person watches: flush at once, not by line */
    unsigned long long bytes;
};

/* Starts an empty console; nothing can fail. console_fini frees what was kept. */
void console_init(struct console *c, FILE *to, int prefix, bool immediate);
void console_fini(struct console *c);

/* One byte from the guest. CR is dropped. */
void console_put(struct console *c, unsigned char byte);

/* At the end: writes an unfinished line, and flushes. */
void console_finish(struct console *c);

/* The text kept, never null. */
const char *console_text(const struct console *c);

#endif
