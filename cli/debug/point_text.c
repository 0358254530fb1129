/*
 * Points in words, as they are typed and listed.
 */
#include <string.h>

#include "debug/internal.h"
#include "hv/field.h"

const char *point_title(const struct session_point *p)
{
    return p->kind == POINT_CODE   ? "Breakpoint"
           : p->kind == POINT_DATA ? "Watchpoint"
                                   : "Catchpoint";
}

static const char *const space_words[SPACES] = {"", "phys ", "machine "};

/* "rwatch", by what a data point sees. */
static const char *point_word(const struct session_point *p)
{
    if (p->kind == POINT_DATA)
        return p->access == 1 ? "rwatch" : p->access == 3 ? "awatch" : "watch";
    return p->kind == POINT_CODE && p->temporary ? "tbreak" : point_words[p->kind];
}

/* The program a point stands in; null: none. */
struct point_program *point_program_of(struct debugger *d, unsigned number)
{
    for (unsigned i = 0; i < d->of_programs; i++)
        if (d->of_program[i].number == number)
            return &d->of_program[i];
    return NULL;
}

/* "sh:main" and its line, whatever runs now. */
static void describe_place(struct debugger *d, const struct session_point *p, char *name,
                           size_t name_size, char *place, size_t place_size)
{
    const struct point_program *program = point_program_of(d, p->number);
    struct source_line line;
    char symbol[80];
    if (!program) {
        (void)address_name(d, p->address, name, name_size);
        if (p->kind == POINT_CODE)
            (void)address_line(d, p->address, place, place_size);
        return;
    }
    const struct symbols *s = programs_find(&d->programs, program->name);
    (void)symbols_name(s, p->address, symbol, sizeof symbol);
    (void)snprintf(name, name_size, "%s:%s", program->name, symbol);
    if (symbols_line(s, p->address, &line))
        (void)snprintf(place, place_size, "%.100s line %u", line.file, line.line);
}

static void catch_value_text(const struct session_point *p, char *text, size_t size)
{
    enum field_type type = p->kind == POINT_EXIT        ? FIELD_REASON
                           : p->kind == POINT_HYPERCALL ? FIELD_HYPERCALL
                           : p->kind == POINT_SILENT    ? FIELD_INSTRUCTION
                                                        : FIELD_HEX;
    const char *name = field_value_name(type, p->value);
    if (name)
        (void)snprintf(text, size, " %s", name);
    else
        (void)snprintf(text, size, p->kind == POINT_TRAP ? " %u" : " 0x%x", p->value);
}

void point_describe(struct debugger *d, const struct session_point *p, char *text, size_t size)
{
    char name[100] = "", place[140] = "", what[300] = "";
    bool has_address = p->kind == POINT_CODE || p->kind == POINT_DATA || p->kind == POINT_PAGETABLE;
    if (has_address && p->space == SPACE_LINEAR)
        describe_place(d, p, name, sizeof name, place, sizeof place);
    if (has_address)
        (void)snprintf(what, sizeof what, " %s0x%08x%s%s%s%s", space_words[p->space], p->address,
                       name[0] ? " " : "", name, place[0] ? ", " : "", place);
    else if (p->value != POINT_ANY)
        catch_value_text(p, what, sizeof what);
    int n = snprintf(text, size, "%s%s", point_word(p), what);
    if (p->kind == POINT_DATA && n > 0 && (size_t)n < size)
        n += snprintf(text + n, size - (size_t)n, ", %u bytes", p->size);
    if (p->cr3 != POINT_ANY && has_address && n > 0 && (size_t)n < size)
        n += snprintf(text + n, size - (size_t)n, " cr3 0x%x", p->cr3);
    if (p->vm != POINT_ANY && n > 0 && (size_t)n < size)
        n += snprintf(text + n, size - (size_t)n, " vm %u", p->vm);
    const struct point_program *program = point_program_of(d, p->number);
    const char *condition = program ? program->own : p->condition;
    if (condition[0] && n > 0 && (size_t)n < size)
        (void)snprintf(text + n, size - (size_t)n, " if %s", condition);
}
