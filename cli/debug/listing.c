/*
 * list: the source around a place, ten lines at a time, as in gdb.
 */
#include <string.h>

#include "debug/internal.h"
#include "number.h"

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
