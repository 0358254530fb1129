/*
 * Reading a query: one pass, no backtracking, depth and size limited. The result is one flat
 * allocation.
 */
#include "session/query.h"

#include "sim/alloc.h"

#include <stdio.h>
#include <string.h>

struct reader {
    const char *text, *at;
    struct query *query;
    struct query_pattern *pattern;
    unsigned depth;
    struct sim_error *err;
};

static bool read_condition(struct reader *r, uint8_t *node);

/* ---------------------------------------- words */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static void skip_space(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')
        r->at++;
}

static size_t word_here(struct reader *r)
{
    size_t n = 0;
    skip_space(r);
    while (is_word(r->at[n]))
        n++;
    return n;
}

static bool fail(struct reader *r, const char *at, const char *what, size_t length,
                 const char *after)
{
    (void)sim_fail(r->err, SIM_BAD_INPUT, "column %u: %s%.*s%s", (unsigned)(at - r->text) + 1u,
                   what, length > 48 ? 48 : (int)length, at, after);
    return false;
}

static bool fail_expected(struct reader *r, const char *expected)
{
    char found[24];
    unsigned char c = (unsigned char)*r->at;
    if (!c)
        (void)snprintf(found, sizeof found, "the text ends");
    else if (c > ' ' && c < 127)
        (void)snprintf(found, sizeof found, "`%c`", c);
    else
        (void)snprintf(found, sizeof found, "byte 0x%02x", c);
    (void)sim_fail(r->err, SIM_BAD_INPUT, "column %u: %s where %s is expected",
                   (unsigned)(r->at - r->text) + 1u, found, expected);
    return false;
}

/* Takes a word or a sign if it stands here. */
static bool take_word(struct reader *r, const char *word)
{
    size_t n = word_here(r);
    if (n != strlen(word) || memcmp(r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

static bool take(struct reader *r, const char *sign)
{
    skip_space(r);
    if (strncmp(r->at, sign, strlen(sign)) != 0)
        return false;
    r->at += strlen(sign);
    return true;
}

/* ---------------------------------------- values */

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static bool read_number(struct reader *r, uint64_t *value)
{
    const char *start = r->at;
    int base = start[0] == '0' && (start[1] == 'x' || start[1] == 'X') ? 16 : 10;
    const char *at = base == 16 ? start + 2 : start;
    *value = 0;
    if (hex_digit(*at) >= base)
        return fail_expected(r, "a number");
    for (; hex_digit(*at) < base; at++) {
        unsigned digit = (unsigned)hex_digit(*at);
        if (*value > (UINT64_MAX - digit) / (unsigned)base)
            return fail(r, start, "a number that does not fit in 64 bits", 0, "");
        *value = *value * (unsigned)base + digit;
    }
    if (is_word(*at))
        return fail(r, start, "`", word_here(r), "` is no number");
    r->at = at;
    return true;
}

/* A number, or a constant of the field's type. */
static bool read_value(struct reader *r, enum field_type type, uint64_t *value)
{
    static const char *const kinds[FIELD_TYPES] = {
        [FIELD_NUMBER] = "` is no number",
        [FIELD_HEX] = "` is no number",
        [FIELD_REASON] = "` is no exit reason",
        [FIELD_OUTCOME] = "` is no outcome (ADVANCE RETRY REFLECT INJECT KILL)",
        [FIELD_HYPERCALL] = "` is no hypercall",
        [FIELD_INSTRUCTION] = "` is no sensitive instruction",
    };
    size_t n = word_here(r);
    if (is_digit(*r->at))
        return read_number(r, value);
    if (!n)
        return fail_expected(r, "a value");
    if (!field_constant(type, r->at, n, value))
        return fail(r, r->at, "`", n, kinds[type]);
    r->at += n;
    return true;
}

/* ---------------------------------------- conditions */

static bool new_node(struct reader *r, enum query_node_kind kind, uint8_t *node)
{
    struct query *q = r->query;
    if (q->nodes == QUERY_NODES)
        return fail(r, r->at, "a query with more than 48 comparisons and operators", 0, "");
    *node = (uint8_t)q->nodes++;
    q->node[*node].kind = (uint8_t)kind;
    return true;
}

static bool read_operator(struct reader *r, enum query_op *op)
{
    static const struct {
        const char *sign;
        enum query_op op;
    } signs[] = {{"==", QUERY_EQUAL}, {"!=", QUERY_DIFFERS}, {"<=", QUERY_UP_TO},
                 {">=", QUERY_FROM},  {"=", QUERY_EQUAL},    {"<", QUERY_BELOW},
                 {">", QUERY_ABOVE}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(r, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    return fail_expected(r, "a comparison (= != < <= > >=)");
}

static bool read_compare(struct reader *r, uint8_t *node)
{
    size_t n = word_here(r);
    const char *name = r->at;
    enum field_type type;
    enum query_op op = QUERY_EQUAL;
    uint64_t value = 0;
    if (!n)
        return fail_expected(r, "a field's name");
    if (!query_field_known(r->pattern->kind, name, n, &type))
        return fail(r, name, "`", n, "` is no field of these events");
    r->at += n;
    if (!read_operator(r, &op) || !read_value(r, type, &value) || !new_node(r, NODE_COMPARE, node))
        return false;
    struct query_node *made = &r->query->node[*node];
    memcpy(made->name, name, n); /* a known name is shorter than the array */
    made->op = (uint8_t)op;
    made->value = value;
    return true;
}

static bool read_operand(struct reader *r, uint8_t *node)
{
    uint8_t inner;
    bool good = false;
    if (r->depth == QUERY_DEEPEST)
        return fail(r, r->at, "too many brackets inside each other", 0, "");
    r->depth++;
    skip_space(r);
    if (take_word(r, "not") || (r->at[0] == '!' && r->at[1] != '=' && take(r, "!"))) {
        good = read_operand(r, &inner) && new_node(r, NODE_NOT, node);
        if (good)
            r->query->node[*node].a = inner;
    } else if (take(r, "(")) {
        good = read_condition(r, node);
        if (good && !take(r, ")"))
            good = fail_expected(r, "`)`");
    } else {
        good = read_compare(r, node);
    }
    r->depth--;
    return good;
}

static bool read_join(struct reader *r, enum query_node_kind kind, uint8_t left, uint8_t right,
                      uint8_t *node)
{
    if (!new_node(r, kind, node))
        return false;
    r->query->node[*node].a = left;
    r->query->node[*node].b = right;
    return true;
}

static bool read_and(struct reader *r, uint8_t *node)
{
    if (!read_operand(r, node))
        return false;
    while (take_word(r, "and") || take(r, "&&")) {
        uint8_t left = *node, right;
        if (!read_operand(r, &right) || !read_join(r, NODE_AND, left, right, node))
            return false;
    }
    return true;
}

static bool read_condition(struct reader *r, uint8_t *node)
{
    if (!read_and(r, node))
        return false;
    while (take_word(r, "or") || take(r, "||")) {
        uint8_t left = *node, right;
        if (!read_and(r, &right) || !read_join(r, NODE_OR, left, right, node))
            return false;
    }
    return true;
}

/* ---------------------------------------- patterns and forms */

static bool read_pattern(struct reader *r, struct query_pattern *pattern)
{
    size_t n = word_here(r);
    if (!n)
        return fail_expected(r, "a kind of event");
    pattern->kind = 0;
    while (pattern->kind < TRACE_KINDS && (strlen(trace_kind_names[pattern->kind]) != n ||
                                           memcmp(trace_kind_names[pattern->kind], r->at, n) != 0))
        pattern->kind++;
    if (pattern->kind == TRACE_KINDS && (n != 3 || memcmp(r->at, "any", 3) != 0))
        return fail(r, r->at, "`", n,
                    "` is no kind of event (any exit silent inject fill ptwrite ring hypercall "
                    "denied mark switch idle)");
    r->at += n;
    r->pattern = pattern;
    if (!take_word(r, "where"))
        return true;
    pattern->has_root = true;
    return read_condition(r, &pattern->root);
}

static bool read_brackets(struct reader *r, struct query_pattern *pattern)
{
    if (!take(r, "("))
        return fail_expected(r, "`(`");
    if (!read_pattern(r, pattern))
        return false;
    return take(r, ")") || fail_expected(r, "`)`");
}

static bool read_count(struct reader *r)
{
    r->query->form = QUERY_COUNT;
    if (!read_brackets(r, &r->query->first) || !read_operator(r, &r->query->op))
        return false;
    skip_space(r);
    return read_number(r, &r->query->value);
}

/* each(A) followed by B [within N cycles], with or without brackets around B. */
static bool read_each(struct reader *r)
{
    struct query *q = r->query;
    q->form = QUERY_EACH;
    if (!read_brackets(r, &q->first))
        return false;
    if (!take_word(r, "followed") || !take_word(r, "by"))
        return fail_expected(r, "`followed by`");
    skip_space(r);
    if (!(*r->at == '(' ? read_brackets(r, &q->then) : read_pattern(r, &q->then)))
        return false;
    if (!take_word(r, "within"))
        return true;
    q->within = true;
    skip_space(r);
    return read_number(r, &q->cycles) && (take_word(r, "cycles") || fail_expected(r, "`cycles`"));
}

static bool read_query(struct reader *r)
{
    bool good;
    if (take_word(r, "count")) {
        good = read_count(r);
    } else if (take_word(r, "never")) {
        r->query->form = QUERY_NEVER;
        good = read_brackets(r, &r->query->first);
    } else if (take_word(r, "each")) {
        good = read_each(r);
    } else {
        good = read_pattern(r, &r->query->first);
    }
    if (!good)
        return false;
    skip_space(r);
    return !*r->at || fail_expected(r, "the end");
}

enum sim_status query_compile(struct query **out, const char *text, struct sim_error *err)
{
    struct query *q = sim_alloc(1, sizeof *q);
    struct reader r = {.text = text, .at = text, .query = q, .err = err};
    *out = NULL;
    if (!q)
        return sim_fail(err, SIM_NO_MEMORY, "no memory for a query");
    if (!read_query(&r)) {
        sim_free(q);
        return SIM_BAD_INPUT;
    }
    *out = q;
    return SIM_OK;
}

void query_destroy(struct query *q)
{
    sim_free(q);
}
