/* Text in lines that fit a terminal. */
#include "wrap.h"

#include <string.h>

void print_wrapped(FILE *to, const char *text, unsigned indent)
{
    unsigned column = 0;
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (column && column + 1 + n > 96) {
            (void)putc('\n', to);
            column = 0;
        }
        column += (unsigned)(column ? fprintf(to, " ") : fprintf(to, "%*s", (int)indent, ""));
        column += (unsigned)fprintf(to, "%.*s", (int)n, text);
        text += n;
        text += strspn(text, " \n");
    }
    (void)putc('\n', to);
}
