/*
 * Named numbers of exits and events: names lead to values and back, and each exit has the fields of
 * its group and no others.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "hv/abi/pv_calls.h"
#include "hv/field.h"
#include "hv/query.h"
#include "hv/stats.h"

/* How many values below `most` have names; each leads back. */
static unsigned names(enum field_type type, uint64_t most)
{
    unsigned n = 0;
    for (uint64_t value = 0; value < most; value++) {
        uint64_t back = ~value;
        const char *name = field_value_name(type, value);
        if (!name)
            continue;
        n++;
        cr_expect(field_constant(type, name, strlen(name), &back), "%s", name);
        cr_expect_eq(back, value, "%s is %llu, not %llu", name, (unsigned long long)back,
                     (unsigned long long)value);
        cr_expect_not(field_constant(type, name, strlen(name) - 1, &back) && back == value,
                      "%s without its last letter", name);
    }
    cr_expect_null(field_value_name(type, 100000));
    return n;
}

Test(field, constants_lead_to_their_value_and_back)
{
    cr_expect_eq(names(FIELD_REASON, EXIT_REASONS), EXIT_REASONS);
    cr_expect_eq(names(FIELD_OUTCOME, EXIT_OUTCOMES), EXIT_OUTCOMES);
    cr_expect_eq(names(FIELD_INSTRUCTION, INSN_TRAPS), INSN_TRAPS - 1);
    cr_expect_eq(names(FIELD_HYPERCALL, 64), 18);
    cr_expect_eq(names(FIELD_NUMBER, 64), 0);
    cr_expect_eq(names(FIELD_HEX, 64), 0);
}

static bool has(const struct vm_exit *x, const char *name)
{
    uint64_t value;
    enum field_type type;
    return exit_field(x, name, strlen(name), &value, &type) == FIELD_FOUND;
}

static struct vm_exit exit_of(enum exit_reason reason, unsigned vector)
{
    return (struct vm_exit){.reason = (uint8_t)reason, .vector = (uint8_t)vector};
}

/* A page fault, whoever answers it, is about an address; what else the reason has hides behind. */
Test(field, an_exit_has_the_fields_of_its_group)
{
    struct vm_exit x = exit_of(EXIT_IO_INSTRUCTION, VEC_GP);
    cr_expect(has(&x, "port") && has(&x, "reason") && !has(&x, "gva") && !has(&x, "nonsense"));
    x = exit_of(EXIT_shadow_fill, VEC_PF);
    cr_expect(has(&x, "gva") && !has(&x, "port"));
    x = exit_of(EXIT_reflect_exception, VEC_PF);
    cr_expect(has(&x, "gva"));
    x = exit_of(EXIT_segment_assist, VEC_PF);
    cr_expect(has(&x, "gva"));
    x = exit_of(EXIT_reflect_exception, VEC_GP);
    cr_expect(!has(&x, "gva"));
    x = exit_of(EXIT_IO_INSTRUCTION, VEC_PF);
    cr_expect(!has(&x, "gva"));
    x = exit_of((enum exit_reason)EXIT_REASONS, VEC_PF); /* a record that cannot be */
    cr_expect(has(&x, "reason") && !has(&x, "gva") && !has(&x, "port"));
}

Test(field, fields_are_known_with_and_without_their_type)
{
    enum field_type type = FIELD_NUMBER;
    cr_expect(exit_field_known("reason", 6, &type));
    cr_expect_eq(type, FIELD_REASON);
    cr_expect(exit_field_known("reason", 6, NULL));
    cr_expect_not(exit_field_known("reason", 5, NULL));
    struct vm_exit x = exit_of(EXIT_HLT, VEC_GP);
    uint64_t value = 0;
    cr_expect_eq(exit_field(&x, "reason", 6, &value, NULL), FIELD_FOUND);
    cr_expect_eq(value, EXIT_HLT);
    cr_expect_eq(exit_field(&x, "port", 4, &value, NULL), FIELD_ABSENT);
    cr_expect_eq(exit_field(&x, "nonsense", 8, &value, NULL), FIELD_UNKNOWN);
    cr_expect_str_eq(exit_field_where("nonsense", 8), "no exit");
    cr_expect_gt(strlen(exit_field_where("port", 4)), 4);
}

Test(field, all_fields_of_an_exit_are_listed_once)
{
    struct vm_exit x = exit_of(EXIT_CR_ACCESS, VEC_GP);
    uint64_t value;
    enum field_type type;
    unsigned n = 0, listed = 0;
    for (const char *name; (name = exit_field_next(&x, &n, &value, &type)); listed++)
        cr_expect(has(&x, name), "%s", name);
    cr_expect_gt(listed, 8);
    unsigned first = 0;
    cr_expect_not_null(exit_field_next(&x, &first, &value, &type));
}

/* What every event has, beside its own: in a query these come first. */
static bool finds(const char *text, const struct trace_event *e)
{
    struct query *q;
    struct sim_error err = {SIM_OK, ""};
    cr_assert_eq(query_compile(&q, text, &err), SIM_OK, "%s: %s", text, err.text);
    bool found = query_matches(q, e);
    query_destroy(q);
    return found;
}

Test(field, every_event_has_a_kind_a_guest_a_cycle_and_an_exit)
{
    const struct vm_exit x = {.number = 12, .reason = EXIT_HLT};
    struct trace_event e = {.kind = TRACE_INJECT, .vm = 3, .cycle = 500, .a = 32, .exit = &x};
    cr_expect(finds("inject where exit=12 and vm=3 and cycle=500", &e));
    cr_expect(finds("inject where reason=HLT", &e), "and the fields of its exit");
    cr_expect_not(finds("inject where exit!=12", &e));
    e.exit = NULL;
    cr_expect(finds("inject where exit=0", &e));
    cr_expect_not(finds("inject where reason=HLT", &e));
    char text[32];
    (void)snprintf(text, sizeof text, "inject where kind=%d", TRACE_INJECT);
    cr_expect(finds(text, &e));
    e.kind = TRACE_FILL;
    cr_expect_not(finds(text, &e));
}
