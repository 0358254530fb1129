/*
 * Facts and tables: see facts.h.
 */
#include "debug/facts.h"

#include <stdarg.h>
#include <string.h>

#define LINE_WIDTH 100u

void facts_begin(struct facts *f, FILE *to, bool plain, unsigned width)
{
    *f = (struct facts){to, plain, width, 0, 0};
}

void facts_put(struct facts *f, const char *name, const char *fmt, ...)
{
    char value[200], both[260];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    (void)snprintf(both, sizeof both, "%s %s", name, value);
    if (f->plain) {
        (void)fprintf(f->to, "%s\n", both);
        return;
    }
    unsigned cell = f->width;
    while (cell < strlen(both) + 2) /* a long one takes several places */
        cell += f->width;
    if (f->column && f->column + (unsigned)strlen(both) > LINE_WIDTH)
        facts_end(f);
    (void)fprintf(f->to, "%*s%s", (int)f->pad, "", both);
    f->column += cell;
    f->pad = cell - (unsigned)strlen(both);
}

void facts_end(struct facts *f)
{
    if (f->column)
        (void)putc('\n', f->to);
    f->column = f->pad = 0;
}

void table_begin(struct table *t, FILE *to, bool plain, const struct table_column *columns,
                 unsigned count)
{
    *t = (struct table){to, plain, columns, count, 0};
    if (plain)
        return;
    for (unsigned i = 0; i < count; i++)
        (void)fprintf(to, "%s%*s%s", i ? "  " : "", i + 1 < count ? columns[i].width : 0,
                      columns[i].name, i + 1 < count ? "" : "\n");
}

void table_put(struct table *t, const char *fmt, ...)
{
    char value[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    const struct table_column *c = &t->columns[t->at];
    bool last = t->at + 1 == t->count;
    if (t->plain)
        (void)fprintf(t->to, "%s%s %s\n", t->at ? "  " : "", c->name, value);
    else
        (void)fprintf(t->to, "%s%*s%s", t->at ? "  " : "", last ? 0 : c->width, value,
                      last ? "\n" : "");
    t->at = last ? 0 : t->at + 1;
}
