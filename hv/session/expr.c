/*
 * Expressions: recursive descent, evaluated while being read. Nothing is allocated; depth is
 * limited, so a hostile text ends in an error. What && and || decide away is read (its names must
 * exist) and not evaluated.
 *
 * Differs from C where C has no answer: a shift by 64 or more gives 0.
 */
#include "session/expr.h"

#include "hv/hv.h"

#include <string.h>

#define DEEPEST 64u /* brackets and prefix operators inside each other */

struct parser {
    const char *text, *at;
    unsigned depth;
    unsigned skip; /* not 0: read without a value */
    struct sim_error *err;
    struct name_scope names;
};

static bool parse_binary(struct parser *p, unsigned lowest, uint64_t *value);

/* ---------------------------------------- characters (the C locale's, whatever the host's) */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}
static bool is_word(char c)
{
    return is_letter(c) || is_digit(c);
}

static void skip_space(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static size_t word_length(const char *at)
{
    size_t n = 0;
    while (is_word(at[n]))
        n++;
    return n;
}

static int shown(size_t length)
{
    return length > 48 ? 48 : (int)length;
}

static unsigned column(const struct parser *p, const char *at)
{
    return (unsigned)(at - p->text) + 1u;
}

static bool fail(struct parser *p, const char *at, const char *what)
{
    (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: %s", column(p, at), what);
    return false;
}

/* What stands here is not what was expected. */
static bool fail_here(struct parser *p, const char *expected)
{
    char c = *p->at;
    if (!c)
        (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: the text ends where %s is expected",
                       column(p, p->at), expected);
    else if (c > ' ' && c < 127)
        (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: `%c` where %s is expected",
                       column(p, p->at), c, expected);
    else
        (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: byte 0x%02x where %s is expected",
                       column(p, p->at), (unsigned)(unsigned char)c, expected);
    return false;
}

/* ---------------------------------------- numbers */

static unsigned digit_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10u;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10u;
    return 99;
}

static bool parse_number(struct parser *p, uint64_t *value)
{
    const char *start = p->at;
    unsigned base = start[0] == '0' && (start[1] == 'x' || start[1] == 'X') ? 16 : 10;
    const char *at = start + (base == 16 ? 2 : 0);
    *value = 0;
    if (base == 16 && digit_value(*at) >= 16)
        return fail(p, start, "no digits after 0x");
    for (; digit_value(*at) < base; at++) {
        unsigned digit = digit_value(*at);
        if (*value > (UINT64_MAX - digit) / base)
            return fail(p, start, "the number does not fit in 64 bits");
        *value = *value * base + digit;
    }
    if (is_word(*at))
        return fail(p, at, "a letter in a number (hexadecimal numbers begin with 0x)");
    p->at = at;
    return true;
}

static bool parse_character(struct parser *p, uint64_t *value)
{
    static const char escapes[] = "n\nt\tr\r0\0\\\\''";
    const char *at = p->at + 1;
    if (!*at || *at == '\'')
        return fail(p, p->at, "no character between quotes");
    *value = (unsigned char)*at;
    if (*at == '\\') {
        unsigned i = 0;
        at++;
        while (i < 12 && escapes[i] != *at)
            i += 2;
        if (!*at || i >= 12)
            return fail(p, at, "unknown escape (there are \\n \\t \\r \\0 \\\\ \\')");
        *value = (unsigned char)escapes[i + 1];
    }
    if (at[1] != '\'')
        return fail(p, p->at, "a character has one byte between two quotes");
    p->at = at + 2;
    return true;
}

/* ---------------------------------------- memory */

enum memory_space { MEMORY_LINEAR, MEMORY_PHYSICAL, MEMORY_MACHINE };

static const struct {
    const char *word;
    uint8_t space, bytes;
} memory_words[] = {
    {"", MEMORY_LINEAR, 4},     {"b", MEMORY_LINEAR, 1},    {"w", MEMORY_LINEAR, 2},
    {"d", MEMORY_LINEAR, 4},    {"p", MEMORY_PHYSICAL, 4},  {"pb", MEMORY_PHYSICAL, 1},
    {"pw", MEMORY_PHYSICAL, 2}, {"pd", MEMORY_PHYSICAL, 4}, {"m", MEMORY_MACHINE, 4},
    {"mb", MEMORY_MACHINE, 1},  {"mw", MEMORY_MACHINE, 2},  {"md", MEMORY_MACHINE, 4},
};
#define MEMORY_WORDS (sizeof memory_words / sizeof *memory_words)

static bool read_memory(struct session *s, enum memory_space space, uint32_t address,
                        uint8_t *bytes, uint32_t n)
{
    struct hv *hv = session_hv(s);
    if (space == MEMORY_LINEAR)
        return hv_guest_linear(hv, session_vm(s), address, bytes, n);
    if (space == MEMORY_PHYSICAL)
        return hv_guest_memory(hv, session_vm(s), address, bytes, n);
    return ram_contains(&hv->machine->ram, address, n) &&
           ram_copy_out(&hv->machine->ram, address, bytes, n);
}

static bool load(struct parser *p, const char *start, unsigned word, uint64_t address,
                 uint64_t *value)
{
    static const char *const spaces[] = {"linear", "guest physical", "machine"};
    uint8_t bytes[4] = {0};
    unsigned n = memory_words[word].bytes;
    *value = 0;
    if (p->skip)
        return true;
    if (address > UINT32_MAX) {
        (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: address 0x%llx is above 4 GiB",
                       column(p, start), (unsigned long long)address);
        return false;
    }
    enum memory_space space = (enum memory_space)memory_words[word].space;
    if (!read_memory(p->names.scope->session, space, (uint32_t)address, bytes, n)) {
        (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: no memory at %s 0x%08x", column(p, start),
                       spaces[space], (unsigned)address);
        return false;
    }
    for (unsigned i = n; i-- > 0;)
        *value = *value << 8 | bytes[i];
    return true;
}

/* After the word (b, pw, nothing...) comes [ADDRESS]. */
static bool parse_memory(struct parser *p, size_t length, uint64_t *value)
{
    const char *start = p->at;
    unsigned word = 0;
    uint64_t address;
    while (word < MEMORY_WORDS && (strlen(memory_words[word].word) != length ||
                                   memcmp(memory_words[word].word, start, length) != 0))
        word++;
    if (word == MEMORY_WORDS)
        return fail(p, start, "before [ can be b w d, p pb pw pd, m mb mw md, or nothing");
    p->at += length + 1;
    if (!parse_binary(p, 0, &address))
        return false;
    skip_space(p);
    if (*p->at != ']')
        return fail_here(p, "`]`");
    p->at++;
    return load(p, start, word, address, value);
}

/* ---------------------------------------- names */

static bool name_result(struct parser *p, enum name_found found, const char *start,
                        const char *name, size_t length, const char *kinds)
{
    if (found == NAME_VALUE) {
        p->at = name + length;
        return true;
    }
    if (found == NAME_NOT_HERE)
        return fail(p, start, p->names.why);
    (void)sim_fail(p->err, SIM_BAD_INPUT, "column %u: `%.*s` is no %s", column(p, start),
                   shown(length), name, kinds);
    return false;
}

static bool parse_name(struct parser *p, uint64_t *value)
{
    const char *start = p->at;
    size_t length = word_length(start);
    p->names.dry = p->skip != 0;
    return name_result(p, expr_name(&p->names, start, length, value), start, start, length,
                       "register, field, constant or symbol");
}

/* $eax, %eax: a register; &main: a symbol. */
static bool parse_marked(struct parser *p, uint64_t *value)
{
    const char *start = p->at, *name = start + 1;
    size_t length = word_length(name);
    p->names.dry = p->skip != 0;
    if (!length) {
        p->at = name;
        return fail_here(p, *start == '&' ? "a symbol's name" : "a register's name");
    }
    if (*start == '&')
        return name_result(p, expr_symbol(&p->names, name, length, value), start, name, length,
                           "symbol");
    return name_result(p, expr_register(&p->names, name, length, value), start, name, length,
                       "register");
}

/* ---------------------------------------- operators */

static bool parse_primary(struct parser *p, uint64_t *value)
{
    size_t length = word_length(p->at);
    if (is_digit(*p->at))
        return parse_number(p, value);
    if (*p->at == '\'')
        return parse_character(p, value);
    if (p->at[length] == '[')
        return parse_memory(p, length, value);
    if (*p->at == '$' || *p->at == '%' || *p->at == '&')
        return parse_marked(p, value);
    if (is_letter(*p->at))
        return parse_name(p, value);
    if (*p->at != '(')
        return fail_here(p, "a value");
    p->at++;
    if (!parse_binary(p, 0, value))
        return false;
    skip_space(p);
    if (*p->at != ')')
        return fail_here(p, "`)`");
    p->at++;
    return true;
}

static bool parse_unary(struct parser *p, uint64_t *value)
{
    bool good;
    skip_space(p);
    if (p->depth == DEEPEST)
        return fail(p, p->at, "too many brackets or operators inside each other");
    p->depth++;
    char prefix = *p->at;
    if (prefix == '!' || prefix == '~' || prefix == '-' || prefix == '+') {
        p->at++;
        good = parse_unary(p, value);
        if (good && prefix != '+')
            *value = prefix == '!' ? !*value : prefix == '~' ? ~*value : 0 - *value;
    } else {
        good = parse_primary(p, value);
    }
    p->depth--;
    return good;
}

enum binary {
    OP_OR,
    OP_AND,
    OP_BIT_OR,
    OP_BIT_XOR,
    OP_BIT_AND,
    OP_EQUAL,
    OP_DIFFERS,
    OP_SHL,
    OP_SHR,
    OP_UP_TO,
    OP_FROM,
    OP_BELOW,
    OP_ABOVE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER
};

/* In the order of reading: the longer spelling first. Levels as in C: higher binds tighter. */
static const struct {
    char spelling[3];
    uint8_t level, op;
} operators[] = {
    {"||", 1, OP_OR},     {"&&", 2, OP_AND},       {"==", 6, OP_EQUAL},   {"!=", 6, OP_DIFFERS},
    {"<<", 8, OP_SHL},    {">>", 8, OP_SHR},       {"<=", 7, OP_UP_TO},   {">=", 7, OP_FROM},
    {"|", 3, OP_BIT_OR},  {"^", 4, OP_BIT_XOR},    {"&", 5, OP_BIT_AND},  {"<", 7, OP_BELOW},
    {">", 7, OP_ABOVE},   {"+", 9, OP_ADD},        {"-", 9, OP_SUBTRACT}, {"*", 10, OP_MULTIPLY},
    {"/", 10, OP_DIVIDE}, {"%", 10, OP_REMAINDER},
};
#define OPERATORS (sizeof operators / sizeof *operators)

static bool divide(struct parser *p, const char *at, enum binary op, uint64_t right,
                   uint64_t *value)
{
    if (p->skip) {
        *value = 0;
        return true;
    }
    if (!right)
        return fail(p, at,
                    op == OP_DIVIDE ? "division by zero" : "remainder of a division by zero");
    *value = op == OP_DIVIDE ? *value / right : *value % right;
    return true;
}

static uint64_t calculate(enum binary op, uint64_t a, uint64_t b)
{
    switch (op) {
    case OP_OR:
        return a || b;
    case OP_AND:
        return a && b;
    case OP_BIT_OR:
        return a | b;
    case OP_BIT_XOR:
        return a ^ b;
    case OP_BIT_AND:
        return a & b;
    case OP_EQUAL:
        return a == b;
    case OP_DIFFERS:
        return a != b;
    case OP_SHL:
        return b < 64 ? a << b : 0;
    case OP_SHR:
        return b < 64 ? a >> b : 0;
    case OP_UP_TO:
        return a <= b;
    case OP_FROM:
        return a >= b;
    case OP_BELOW:
        return a < b;
    case OP_ABOVE:
        return a > b;
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
    case OP_REMAINDER:
        break;
    }
    return 0;
}

/* The operator here, if it binds at least as tightly as `lowest`; OPERATORS: none. */
static unsigned operator_here(const struct parser *p, unsigned lowest)
{
    for (unsigned i = 0; i < OPERATORS; i++)
        if (!strncmp(p->at, operators[i].spelling, strlen(operators[i].spelling)))
            return operators[i].level >= lowest ? i : OPERATORS;
    return OPERATORS;
}

/* Operators of level `lowest` and tighter, from left to right. */
static bool parse_binary(struct parser *p, unsigned lowest, uint64_t *value)
{
    if (!parse_unary(p, value))
        return false;
    for (;;) {
        const char *end = p->at;
        uint64_t right;
        skip_space(p);
        unsigned i = operator_here(p, lowest);
        if (i == OPERATORS) {
            p->at = end; /* spaces after the last value belong to whoever reads on */
            return true;
        }
        const char *at = p->at;
        enum binary op = (enum binary)operators[i].op;
        bool decided = (op == OP_OR && *value) || (op == OP_AND && !*value);
        p->at += strlen(operators[i].spelling);
        p->skip += decided;
        bool good = parse_binary(p, operators[i].level + 1u, &right);
        p->skip -= decided;
        if (!good)
            return false;
        if (decided)
            *value = op == OP_OR;
        else if (op != OP_DIVIDE && op != OP_REMAINDER)
            *value = calculate(op, *value, right);
        else if (!divide(p, at, op, right, value))
            return false;
    }
}

/* ---------------------------------------- the two doors */

static enum sim_status evaluate(const struct expr_scope *scope, const char *text, bool dry,
                                uint64_t *value, size_t *used, struct sim_error *err)
{
    struct parser p = {.text = text, .at = text, .skip = dry, .err = err};
    p.names.scope = scope;
    if (!parse_binary(&p, 0, value))
        return SIM_BAD_INPUT;
    if (used) {
        *used = (size_t)(p.at - text);
        return SIM_OK;
    }
    skip_space(&p);
    if (!*p.at)
        return SIM_OK;
    (void)fail_here(&p, "an operator or the end");
    return SIM_BAD_INPUT;
}

enum sim_status expr_eval(const struct expr_scope *scope, const char *text, uint64_t *value,
                          size_t *used, struct sim_error *err)
{
    return evaluate(scope, text, false, value, used, err);
}

enum sim_status expr_check(const struct expr_scope *scope, const char *text, struct sim_error *err)
{
    uint64_t value;
    return evaluate(scope, text, true, &value, NULL, err);
}
