/*
 * Color: see paint.h (NO_COLOR as no-color.org describes it).
 */
#include "paint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool paint_wanted(FILE *to, enum color_when when)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (when != COLOR_AUTO)
        return when == COLOR_ALWAYS;
    if (no && no[0])
        return false;
    return isatty(fileno(to)) && !(term && strcmp(term, "dumb") == 0);
}

const char *paint_bold(bool on)
{
    return on ? "\033[1m" : "";
}

const char *paint_off(bool on)
{
    return on ? "\033[0m" : "";
}
