/*
 * What a query says of a stream of events: see hv/query.h. Its text was read by query_parse.c.
 *
 * A field that an event does not have makes every comparison with it false, so that `exit where
 * port=0x3f8` passes over exits without a port.
 */
#include "session/query.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------- fields */

const char *const query_common_names[QUERY_COMMON] = {
    [COMMON_KIND] = "kind",
    [COMMON_VM] = "vm",
    [COMMON_CYCLE] = "cycle",
    [COMMON_EXIT] = "exit",
};

static bool same(const char *word, const char *name, size_t length)
{
    return strlen(word) == length && !memcmp(word, name, length);
}

static unsigned common(const char *name, size_t length)
{
    unsigned i = 0;
    while (i < QUERY_COMMON && !same(query_common_names[i], name, length))
        i++;
    return i;
}

static uint64_t common_value(const struct trace_event *e, unsigned which)
{
    switch ((enum query_common)which) {
    case COMMON_KIND:
        return e->kind;
    case COMMON_VM:
        return e->vm;
    case COMMON_CYCLE:
        return e->cycle;
    default:
        return e->exit ? e->exit->number : 0;
    }
}

bool query_field(const struct trace_event *e, const char *name, size_t length, uint64_t *value)
{
    const char *own;
    unsigned which = common(name, length);
    if (which < QUERY_COMMON) {
        *value = common_value(e, which);
        return true;
    }
    for (unsigned n = 0; (own = event_field(e->kind, n, NULL, NULL, NULL)); n++)
        if (same(own, name, length)) {
            (void)event_field(e->kind, n, e, value, NULL);
            return true;
        }
    return e->exit && exit_field(e->exit, name, length, value, NULL) == FIELD_FOUND;
}

bool query_field_known(unsigned kind, const char *name, size_t length, enum field_type *type)
{
    const char *own;
    *type = FIELD_NUMBER;
    if (common(name, length) < QUERY_COMMON)
        return true;
    for (unsigned k = 0; k < TRACE_KINDS; k++)
        for (unsigned n = 0; (kind == TRACE_KINDS || kind == k) &&
                             (own = event_field((enum trace_kind)k, n, NULL, NULL, type));
             n++)
            if (same(own, name, length))
                return true;
    return exit_field_known(name, length, type);
}

/* ---------------------------------------- matching */

static bool compare(enum query_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case QUERY_EQUAL:
        return a == b;
    case QUERY_DIFFERS:
        return a != b;
    case QUERY_BELOW:
        return a < b;
    case QUERY_UP_TO:
        return a <= b;
    case QUERY_ABOVE:
        return a > b;
    case QUERY_FROM:
        return a >= b;
    }
    return false;
}

/* Operands come before their operators, so one pass in order evaluates all; a result is a bit. */
static bool holds(const struct query *q, unsigned root, const struct trace_event *e)
{
    bool result[QUERY_NODES] = {false};
    for (unsigned i = 0; i <= root; i++) {
        const struct query_node *n = &q->node[i];
        uint64_t value;
        switch ((enum query_node_kind)n->kind) {
        case NODE_COMPARE:
            result[i] = query_field(e, n->name, strlen(n->name), &value) &&
                        compare((enum query_op)n->op, value, n->value);
            break;
        case NODE_AND:
            result[i] = result[n->a] && result[n->b];
            break;
        case NODE_OR:
            result[i] = result[n->a] || result[n->b];
            break;
        case NODE_NOT:
            result[i] = !result[n->a];
            break;
        }
    }
    return result[root];
}

static bool matches(const struct query *q, const struct query_pattern *p,
                    const struct trace_event *e)
{
    if (p->kind != TRACE_KINDS && p->kind != e->kind)
        return false;
    return !p->has_root || holds(q, p->root, e);
}

bool query_matches(const struct query *q, const struct trace_event *e)
{
    return matches(q, &q->first, e);
}

/* ---------------------------------------- the stream */

static void violate(struct query *q, uint64_t cycle, uint64_t number)
{
    if (q->violated)
        return;
    q->violated = true;
    q->violation_cycle = cycle;
    q->violation_exit = number;
}

static bool too_late(const struct query *q, uint64_t since, uint64_t cycle)
{
    return q->within && cycle > since && cycle - since > q->cycles;
}

static void feed_each(struct query *q, const struct trace_event *e, bool first)
{
    for (unsigned vm = 0; vm < HV_MAX_VMS; vm++)
        if (q->wait[vm].waiting && too_late(q, q->wait[vm].since, e->cycle))
            violate(q, q->wait[vm].since, q->wait[vm].exit);
    if (e->vm >= HV_MAX_VMS)
        return; /* of no guest */
    struct query_wait *w = &q->wait[e->vm];
    if (w->waiting && matches(q, &q->then, e)) {
        q->followed += w->waiting;
        w->waiting = 0;
    }
    if (first && !w->waiting++) {
        w->since = e->cycle;
        w->exit = e->exit ? e->exit->number : 0;
    }
}

void query_feed(struct query *q, const struct trace_event *e)
{
    bool first = matches(q, &q->first, e);
    q->events++;
    q->matched += first;
    q->last_cycle = e->cycle;
    if (q->form == QUERY_NEVER && first)
        violate(q, e->cycle, e->exit ? e->exit->number : 0);
    if (q->form == QUERY_EACH)
        feed_each(q, e, first);
}

/* ---------------------------------------- the verdict */

static void say_violation(const struct query *q, const char *what, char *text, size_t n)
{
    if (q->violation_exit)
        (void)snprintf(text, n, "%s at cycle %llu, in exit %llu", what,
                       (unsigned long long)q->violation_cycle,
                       (unsigned long long)q->violation_exit);
    else
        (void)snprintf(text, n, "%s at cycle %llu", what, (unsigned long long)q->violation_cycle);
}

static uint64_t still_waiting(const struct query *q, const struct query_wait **oldest)
{
    uint64_t sum = 0;
    for (unsigned vm = 0; vm < HV_MAX_VMS; vm++) {
        if (q->wait[vm].waiting && (!sum || q->wait[vm].since < (*oldest)->since))
            *oldest = &q->wait[vm];
        sum += q->wait[vm].waiting;
    }
    return sum;
}

static bool each_holds(const struct query *q, char *text, size_t n)
{
    const struct query_wait *oldest = NULL;
    uint64_t waiting = still_waiting(q, &oldest);
    if (q->violated) {
        say_violation(q, "not followed in time: the one", text, n);
        return false;
    }
    if (waiting && !q->within) {
        (void)snprintf(text, n, "not followed: the one at cycle %llu",
                       (unsigned long long)oldest->since);
        return false;
    }
    (void)snprintf(text, n, "%llu of %llu were followed%s", (unsigned long long)q->followed,
                   (unsigned long long)q->matched, waiting ? "; the rest still has time" : "");
    return true;
}

bool query_holds(const struct query *q, char *text, size_t n)
{
    bool good;
    switch (q->form) {
    case QUERY_COUNT:
        good = compare(q->op, q->matched, q->value);
        (void)snprintf(text, n, "the count is %llu", (unsigned long long)q->matched);
        return good;
    case QUERY_NEVER:
        if (q->violated)
            say_violation(q, "it happened, first", text, n);
        else
            (void)snprintf(text, n, "never in %llu events", (unsigned long long)q->events);
        return !q->violated;
    case QUERY_EACH:
        return each_holds(q, text, n);
    case QUERY_FILTER:
        break;
    }
    (void)snprintf(text, n, "%llu of %llu events", (unsigned long long)q->matched,
                   (unsigned long long)q->events);
    return q->matched != 0;
}
