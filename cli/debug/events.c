/*
 * What happened: events as they come (trace), the last ones (info events), and questions about all
 * of them (expect).
 */
#include <string.h>

#include "debug/internal.h"
#include "hv/field.h"

static void append(char *text, size_t size, const char *name, enum field_type type, uint64_t value)
{
    size_t n = strlen(text);
    const char *word = field_value_name(type, value);
    if (n >= size)
        return;
    if (word)
        (void)snprintf(text + n, size - n, " %s=%s", name, word);
    else if (type == FIELD_HEX)
        (void)snprintf(text + n, size - n, " %s=0x%" PRIx64, name, value);
    else
        (void)snprintf(text + n, size - n, " %s=%" PRIu64, name, value);
}

void trace_event_text(const struct trace_event *e, char *text, size_t size)
{
    enum field_type type;
    uint64_t value;
    const char *name;
    (void)snprintf(text, size, "%s vm=%u cycle=%" PRIu64, trace_kind_names[e->kind], e->vm,
                   e->cycle);
    if (e->kind == TRACE_EXIT && e->exit) {
        append(text, size, "exit", FIELD_NUMBER, e->exit->number);
        for (unsigned n = 0; (name = exit_field_next(e->exit, &n, &value, &type)) != NULL;)
            append(text, size, name, type, value);
    }
    for (unsigned n = 0; (name = event_field(e->kind, n, e, &value, &type)) != NULL; n++)
        append(text, size, name, type, value);
    if (e->text && strlen(text) < size)
        (void)snprintf(text + strlen(text), size - strlen(text), " \"%s\"", e->text);
}

/* ---------------------------------------- trace */

int command_trace(struct debugger *d, const char *rest)
{
    struct sim_error err = {SIM_OK, ""};
    struct query *q = NULL;
    if (!*rest)
        return refuse(d, CLI_USAGE, "trace: on, off, or a filter such as exit where reason=HLT");
    if (strcmp(rest, "off") != 0 &&
        query_compile(&q, strcmp(rest, "on") == 0 ? "any" : rest, &err) != SIM_OK)
        return refuse_error(d, &err);
    query_destroy(d->tracing);
    d->tracing = q;
    return CLI_OK;
}

/* ---------------------------------------- info events */

static size_t past(struct debugger *d)
{
    struct session_happened now;
    session_happened(d->session, &now);
    return log_until(&d->log, &now);
}

static int incomplete(struct debugger *d, const char *command)
{
    if (d->log.lost)
        return refuse(d, CLI_GUEST_FAILED,
                      "%s: so many events happened that only the last %zu are kept", command,
                      LOG_MOST);
    return refuse(d, CLI_GUEST_FAILED,
                  "%s: the session was restored here; what was before is not "
                  "known",
                  command);
}

int info_events(struct debugger *d, const char *rest)
{
    struct sim_error err = {SIM_OK, ""};
    struct query *q = NULL;
    char text[500];
    uint64_t most = 10;
    size_t from = past(d), found = 0;
    if (*rest >= '0' && *rest <= '9' && !evaluate_some(d, &rest, &most))
        return CLI_USAGE;
    if (*rest && query_compile(&q, rest, &err) != SIM_OK)
        return refuse_error(d, &err);
    while (from && found < most) {
        from--;
        found += !q || query_matches(q, log_at(&d->log, from));
    }
    for (size_t i = from; found && i < past(d); i++) {
        const struct trace_event *e = log_at(&d->log, i);
        if (q && !query_matches(q, e))
            continue;
        trace_event_text(e, text, sizeof text);
        (void)fprintf(d->out, "%s\n", text);
    }
    query_destroy(q);
    if (found < most && d->log.lost)
        return incomplete(d, "info events");
    if (!found)
        (void)fprintf(d->out, "No such events so far.\n");
    return CLI_OK;
}

/* ---------------------------------------- expect */

int expect_query(struct debugger *d, const char *text)
{
    struct sim_error err = {SIM_OK, ""};
    struct query *q;
    char found[300];
    if (d->log.lost || d->log_misses)
        return incomplete(d, "expect");
    if (query_compile(&q, text, &err) != SIM_OK)
        return refuse(d, CLI_USAGE, "%s: %s", text, err.text);
    size_t n = past(d);
    for (size_t i = 0; i < n; i++)
        query_feed(q, log_at(&d->log, i));
    bool holds = query_holds(q, found, sizeof found);
    query_destroy(q);
    if (holds)
        return CLI_OK;
    return refuse(d, CLI_GUEST_FAILED, "expected %s: %s", text, found);
}

/* Where the outermost comparison stands; null: none. */
static const char *comparison(const char *text, size_t *length)
{
    int depth = 0;
    const char *found = NULL;
    for (const char *p = text; *p; p++) {
        depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
        if (depth)
            continue;
        bool two = p[1] == '=' && strchr("=!<>", *p);
        if (!two && (*p == '<' || *p == '>') && p[1] == *p) { /* a shift */
            p++;
            continue;
        }
        if ((*p == '&' && p[1] == '&') || (*p == '|' && p[1] == '|'))
            return NULL;
        if (two || *p == '<' || *p == '>') {
            found = p;
            *length = two ? 2 : 1;
            p += two;
        }
    }
    return found;
}

/* Both sides of what did not hold. */
static int not_so(struct debugger *d, const char *text)
{
    size_t length = 0;
    const char *at = comparison(text, &length);
    char left[LINE_MOST];
    uint64_t a, b;
    if (!at)
        return refuse(d, CLI_GUEST_FAILED, "expected %s: it is 0", text);
    (void)snprintf(left, sizeof left, "%.*s", (int)(at - text), text);
    if (!evaluate(d, left, &a) || !evaluate(d, at + length, &b))
        return CLI_USAGE;
    return refuse(d, CLI_GUEST_FAILED,
                  "expected %s: the left side is %" PRIu64 " (0x%" PRIx64
                  "), the right side %" PRIu64 " (0x%" PRIx64 ")",
                  text, a, a, b, b);
}

static bool is_query(const char *text)
{
    static const char *const heads[] = {"count(",  "never(",  "each(",
                                        "count (", "never (", "each ("};
    for (unsigned i = 0; i < sizeof heads / sizeof *heads; i++)
        if (strncmp(text, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

int command_expect(struct debugger *d, const char *rest)
{
    uint64_t value;
    if (!*rest)
        return refuse(d, CLI_USAGE, "expect: what? Such as eax == 5, or never(denied)");
    if (is_query(rest))
        return expect_query(d, rest);
    if (!evaluate(d, rest, &value))
        return CLI_USAGE;
    return value ? CLI_OK : not_so(d, rest);
}
