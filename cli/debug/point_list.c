/*
 * What is done with points that exist: listed, deleted, enabled, given conditions.
 */
#include <string.h>

#include "debug/internal.h"

enum what { DELETE, ENABLE, DISABLE };

static bool change(struct debugger *d, unsigned number, enum what what)
{
    struct session_point *p = session_point(d->session, number);
    if (!p || p->silent)
        return false;
    if (what == DELETE)
        return session_point_remove(d->session, number);
    p->enabled = what == ENABLE;
    return true;
}

static void change_all(struct debugger *d, enum what what)
{
    unsigned number = 0;
    for (const struct session_point *p; (p = session_point_next(d->session, number)) != NULL;) {
        number = p->number;
        (void)change(d, number, what);
    }
}

static int change_some(struct debugger *d, const char *rest, enum what what)
{
    static const char *const words[] = {"delete", "enable", "disable"};
    if (!*rest)
        change_all(d, what);
    while (*rest) {
        char word[32];
        uint64_t number;
        next_word(&rest, word, sizeof word);
        if (!evaluate(d, word, &number))
            return CLI_USAGE;
        if (number > UINT32_MAX || !change(d, (unsigned)number, what))
            return refuse(d, CLI_USAGE, "%s %s: no such point; info break lists them", words[what],
                          word);
    }
    return CLI_OK;
}

int command_delete(struct debugger *d, const char *rest)
{
    return change_some(d, rest, DELETE);
}

int command_enable(struct debugger *d, const char *rest)
{
    return change_some(d, rest, ENABLE);
}

int command_disable(struct debugger *d, const char *rest)
{
    return change_some(d, rest, DISABLE);
}

/* The point a command's first argument names; null: said why. */
static struct session_point *take_point(struct debugger *d, const char *command, const char **rest)
{
    uint64_t number;
    char word[32];
    next_word(rest, word, sizeof word);
    if (!word[0]) {
        (void)refuse(d, CLI_USAGE, "%s: which point?", command);
        return NULL;
    }
    if (!evaluate(d, word, &number))
        return NULL;
    struct session_point *p =
        number <= UINT32_MAX ? session_point(d->session, (unsigned)number) : NULL;
    if (!p || p->silent) {
        (void)refuse(d, CLI_USAGE, "%s %s: no such point; info break lists them", command, word);
        return NULL;
    }
    return p;
}

int command_condition(struct debugger *d, const char *rest)
{
    const struct session_point *p = take_point(d, "condition", &rest);
    return p ? point_set_condition(d, p->number, rest) : CLI_USAGE;
}

int command_ignore(struct debugger *d, const char *rest)
{
    uint64_t count;
    struct session_point *p = take_point(d, "ignore", &rest);
    if (!p || !evaluate(d, *rest ? rest : "0", &count))
        return CLI_USAGE;
    p->ignore = count;
    return CLI_OK;
}

int info_break(struct debugger *d, const char *rest)
{
    static const struct table_column columns[] = {
        {"Num", 3}, {"Hits", 6}, {"State", -8}, {"What", 0}};
    struct table t;
    unsigned number = 0, n = 0;
    char text[400];
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    for (const struct session_point *p; (p = session_point_next(d->session, number)) != NULL;) {
        number = p->number;
        if (p->silent)
            continue;
        if (!n++)
            table_begin(&t, d->out, d->plain, columns, 4);
        point_describe(d, p, text, sizeof text);
        table_put(&t, "%u", p->number);
        table_put(&t, "%" PRIu64, p->hits);
        table_put(&t, "%s", p->enabled ? (p->ignore ? "ignores" : "stops") : "disabled");
        table_put(&t, "%s", text);
    }
    if (!n)
        (void)fprintf(d->out, "No points.\n");
    return CLI_OK;
}

int info_marks(struct debugger *d, const char *rest)
{
    char text[160];
    size_t n;
    const struct session_input *marks = session_marks(d->session, &n);
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    for (size_t i = 0; i < n; i++)
        (void)fprintf(d->out, "%s: %s\n", marks[i].name,
                      position_text(d, &marks[i].at, text, sizeof text));
    if (!n)
        (void)fprintf(d->out, "No marks.\n");
    return CLI_OK;
}
