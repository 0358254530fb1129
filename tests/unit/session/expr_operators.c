/*
 * Operators of expressions against C's own: every operator beside every other, so that levels and
 * associativity are the compiler's and not this file's.
 */
#include <criterion/criterion.h>

#include "hv/expr.h"

#include "fake.h"

#include <string.h>

#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wbool-operation"
#pragma GCC diagnostic ignored "-Wint-in-bool-context"
#pragma GCC diagnostic ignored "-Wbool-compare"
#pragma GCC diagnostic ignored "-Wlogical-not-parentheses"

struct values {
    uint64_t a, b, c;
};

static bool variables(void *opaque, const char *name, size_t length, uint64_t *value)
{
    const struct values *v = opaque;
    if (length != 1 || *name < 'a' || *name > 'c')
        return false;
    *value = *name == 'a' ? v->a : *name == 'b' ? v->b : v->c;
    return true;
}

static unsigned compared;

static void agree(struct values *v, const char *text, uint64_t expected)
{
    const struct expr_scope scope = {.resolve = variables, .opaque = v};
    struct sim_error err = {SIM_OK, ""};
    uint64_t value = 0;
    compared++;
    cr_assert_eq(expr_eval(&scope, text, &value, NULL, &err), SIM_OK, "%s: %s", text, err.text);
    cr_assert_eq(value, expected, "%s is %llx and not %llx (a %llx b %llx c %llx)", text,
                 (unsigned long long)value, (unsigned long long)expected, (unsigned long long)v->a,
                 (unsigned long long)v->b, (unsigned long long)v->c);
}

#define AGREE(...) agree(&v, #__VA_ARGS__, (uint64_t)(__VA_ARGS__))
#define PAIR(x, y)                                                                                 \
    AGREE(a x b y c);                                                                              \
    AGREE(!a x ~b y - c);                                                                          \
    AGREE((a x b)y c);                                                                             \
    AGREE(a x(b y c));
/* A divisor must not be 0 and a shift below 64, or C has no answer: those have rows of their
 * own. */
#define WITH(x)                                                                                    \
    PAIR(x, ||);                                                                                   \
    PAIR(x, &&);                                                                                   \
    PAIR(x, |);                                                                                    \
    PAIR(x, ^);                                                                                    \
    PAIR(x, &);                                                                                    \
    PAIR(x, ==);                                                                                   \
    PAIR(x, !=);                                                                                   \
    PAIR(x, <);                                                                                    \
    PAIR(x, <=);                                                                                   \
    PAIR(x, >);                                                                                    \
    PAIR(x, >=);                                                                                   \
    PAIR(x, +);                                                                                    \
    PAIR(x, -);                                                                                    \
    PAIR(x, *);

static void all_pairs(struct values v)
{
    uint64_t a = v.a, b = v.b, c = v.c;
    WITH(||);
    WITH(&&);
    WITH(|);
    WITH(^);
    WITH(&);
    WITH(==);
    WITH(!=);
    WITH(<);
    WITH(<=);
    WITH(>);
    WITH(>=);
    WITH(+);
    WITH(-);
    WITH(*);
}

#define SHIFTS(x)                                                                                  \
    AGREE(a << b x c);                                                                             \
    AGREE(a >> b x c);                                                                             \
    AGREE(a x b << c);                                                                             \
    AGREE(a x b >> c);                                                                             \
    AGREE(a / b x c);                                                                              \
    AGREE(a % b x c);                                                                              \
    AGREE(a x b / c);                                                                              \
    AGREE(a x b % c);

static void shifts_and_divisions(struct values v)
{
    uint64_t a = v.a, b = v.b, c = v.c;
    SHIFTS(||);
    SHIFTS(&&);
    SHIFTS(|);
    SHIFTS(^);
    SHIFTS(&);
    SHIFTS(==);
    SHIFTS(!=);
    SHIFTS(<);
    SHIFTS(<=);
    SHIFTS(>);
    SHIFTS(>=);
    SHIFTS(+);
    SHIFTS(-);
    SHIFTS(*);
    SHIFTS(/);
    SHIFTS(%);
    AGREE(a << b << c);
    AGREE(a >> b << c);
    AGREE(a << b >> c);
    AGREE(a << b / c << c);
}

Test(expr_operators, bind_as_in_c_beside_every_other)
{
    static const struct values cases[] = {{13, 7, 3},         {0, 1, 1},
                                          {UINT64_MAX, 5, 2}, {0x8000000000000000u, 9, 4},
                                          {2, 2, 2},          {6, 11, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        all_pairs(cases[i]);
        shifts_and_divisions(cases[i]);
    }
    cr_assert_gt(compared, 4000u);
}

Test(expr_operators, prefixes_chain_and_bind_tightest)
{
    struct values v = {5, 0, 3};
    uint64_t a = v.a, b = v.b, c = v.c;
    AGREE(!a);
    AGREE(!b);
    AGREE(!!a);
    AGREE(- -a);
    AGREE(~-+a);
    AGREE(-a + ~c * !b);
    AGREE(-(a + c));
    AGREE(!(b || b) && ~c);
}

static uint64_t number(const char *text)
{
    const struct expr_scope scope = {0};
    struct sim_error err = {SIM_OK, ""};
    uint64_t value = 0xdead;
    cr_assert_eq(expr_eval(&scope, text, &value, NULL, &err), SIM_OK, "%s: %s", text, err.text);
    return value;
}

Test(expr_operators, numbers_are_decimal_hex_or_a_character)
{
    cr_assert_eq(number("0"), 0);
    cr_assert_eq(number("18446744073709551615"), UINT64_MAX);
    cr_assert_eq(number("0xFfFfFfFfFfFfFfFf"), UINT64_MAX);
    cr_assert_eq(number("010"), 10, "no octal");
    cr_assert_eq(number("  'a'+1\t"), 'b');
    cr_assert_eq(number("'\\n'"), '\n');
    cr_assert_eq(number("'\\''"), '\'');
    cr_assert_eq(number("'\\\\'"), '\\');
    cr_assert_eq(number("'\xff'"), 0xff);
}

Test(expr_operators, a_shift_by_64_or_more_gives_0)
{
    cr_assert_eq(number("1 << 63"), 0x8000000000000000u);
    cr_assert_eq(number("1 << 64"), 0);
    cr_assert_eq(number("0xffffffffffffffff >> 64"), 0);
    cr_assert_eq(number("1 << -1"), 0);
}

Test(expr_operators, what_is_decided_is_not_evaluated)
{
    cr_assert_eq(number("0 && 1 / 0"), 0);
    cr_assert_eq(number("1 || 1 / 0"), 1);
    cr_assert_eq(number("0 && (1 || 1 / 0) || 2"), 1);
    cr_assert_eq(number("1 || 0 && 5 % 0"), 1);
}
