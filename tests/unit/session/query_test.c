/*
 * The query language: every form, every comparison, every error with its column.
 */
#include <criterion/criterion.h>

#include "hv/query.h"
#include "hv/stats.h"

#include <string.h>

static struct query *compiled(const char *text)
{
    struct query *q;
    struct sim_error err = {SIM_OK, ""};
    cr_assert_eq(query_compile(&q, text, &err), SIM_OK, "%s: %s", text, err.text);
    return q;
}

static void refused(const char *text, const char *why)
{
    struct query *q = (struct query *)&q;
    struct sim_error err = {SIM_OK, ""};
    cr_assert_eq(query_compile(&q, text, &err), SIM_BAD_INPUT, "%s", text);
    cr_assert_null(q);
    cr_assert_str_eq(err.text, why, "%s says: %s", text, err.text);
}

static struct vm_exit exit_of(enum exit_reason reason, enum exit_outcome outcome, uint64_t number)
{
    struct vm_exit x = {.number = number,
                        .cycle = number * 100,
                        .reason = (uint8_t)reason,
                        .outcome = (uint8_t)outcome};
    return x;
}

static void feed_exit(struct query *q, enum exit_reason reason, enum exit_outcome outcome,
                      uint64_t number)
{
    struct vm_exit x = exit_of(reason, outcome, number);
    query_feed(q, &(struct trace_event){.kind = TRACE_EXIT, .cycle = x.cycle, .exit = &x});
}

static void feed_inject(struct query *q, unsigned vm, uint32_t vector, uint64_t cycle)
{
    query_feed(q, &(struct trace_event){
                      .kind = TRACE_INJECT, .vm = (uint8_t)vm, .cycle = cycle, .a = vector});
}

static void verdict(struct query *q, bool holds, const char *text)
{
    char said[160];
    cr_assert_eq(query_holds(q, said, sizeof said), holds, "%s", said);
    cr_assert_str_eq(said, text);
    query_destroy(q);
}

Test(query, counts_what_matches)
{
    struct query *q = compiled("count(exit where reason=CR_ACCESS and outcome=ADVANCE) == 2");
    feed_exit(q, EXIT_CR_ACCESS, OUTCOME_ADVANCE, 1);
    feed_exit(q, EXIT_CR_ACCESS, OUTCOME_REFLECT, 2);
    feed_exit(q, EXIT_HLT, OUTCOME_ADVANCE, 3);
    feed_inject(q, 0, 32, 350);
    feed_exit(q, EXIT_CR_ACCESS, OUTCOME_ADVANCE, 4);
    verdict(q, true, "the count is 2");
}

Test(query, compares_a_count_in_every_way)
{
    static const struct {
        const char *text;
        bool holds;
    } rows[] = {
        {"count(any) = 3", true},  {"count(any) != 3", false}, {"count(any) < 4", true},
        {"count(any) < 3", false}, {"count(any) <= 3", true},  {"count(any) > 2", true},
        {"count(any) > 3", false}, {"count(any) >= 3", true},  {"count(any) >= 0x4", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct query *q = compiled(rows[i].text);
        for (unsigned n = 0; n < 3; n++)
            feed_inject(q, 0, n, n);
        verdict(q, rows[i].holds, "the count is 3");
    }
}

Test(query, never_finds_the_first_one)
{
    struct query *q = compiled("never(exit where outcome=KILL)");
    feed_exit(q, EXIT_HLT, OUTCOME_ADVANCE, 1);
    verdict(q, true, "never in 1 events");
    q = compiled("never(exit where outcome=KILL)");
    feed_exit(q, EXIT_HLT, OUTCOME_KILL, 5);
    feed_exit(q, EXIT_HLT, OUTCOME_KILL, 6);
    verdict(q, false, "it happened, first at cycle 500, in exit 5");
}

#define HLT_IS_WOKEN                                                                               \
    "each(exit where reason=HLT) followed by inject where vector=32 within 1000 cycles"

Test(query, each_is_followed_in_time)
{
    struct query *q = compiled(HLT_IS_WOKEN);
    feed_exit(q, EXIT_HLT, OUTCOME_ADVANCE, 1);
    feed_inject(q, 0, 33, 500);
    feed_inject(q, 0, 32, 1100);
    feed_exit(q, EXIT_HLT, OUTCOME_ADVANCE, 20);
    verdict(q, true, "1 of 2 were followed; the rest still has time");
}

Test(query, each_is_violated_when_the_time_is_over)
{
    struct query *q = compiled(HLT_IS_WOKEN);
    feed_exit(q, EXIT_HLT, OUTCOME_ADVANCE, 1);
    feed_inject(q, 0, 32, 1101);
    verdict(q, false, "not followed in time: the one at cycle 100, in exit 1");
}

Test(query, each_looks_at_one_vm)
{
    struct query *q = compiled("each(inject where vector=1) followed by (inject where vector=2)");
    feed_inject(q, 0, 1, 10);
    feed_inject(q, 1, 2, 20);
    verdict(q, false, "not followed: the one at cycle 10");
}

Test(query, an_event_does_not_follow_itself)
{
    struct query *q = compiled("each(inject) followed by inject");
    feed_inject(q, 0, 1, 10);
    feed_inject(q, 0, 1, 20);
    verdict(q, false, "not followed: the one at cycle 20");
}

static bool filter(const char *text, const struct trace_event *e)
{
    struct query *q = compiled(text);
    bool matches = query_matches(q, e);
    query_destroy(q);
    return matches;
}

Test(query, and_binds_tighter_than_or)
{
    const struct trace_event e = {.kind = TRACE_FILL, .vm = 1, .cycle = 5, .a = 0x1000, .b = 7};
    cr_assert(filter("fill where gva=0x1000 or entry=8 and vm=0", &e));
    cr_assert(!filter("fill where (gva=0x1000 or entry=8) and vm=0", &e));
    cr_assert(filter("fill where not vm=0 and !(entry=8)", &e));
    cr_assert(filter("fill where gva=1||entry=7&&cycle<6", &e));
    cr_assert(!filter("ptwrite where vm=1", &e));
    cr_assert(filter("any where vm=1", &e));
}

Test(query, an_absent_field_is_false_both_ways)
{
    struct vm_exit x = exit_of(EXIT_HLT, OUTCOME_ADVANCE, 3);
    const struct trace_event e = {.kind = TRACE_EXIT, .exit = &x};
    cr_assert(!filter("exit where port=0x3f8", &e));
    cr_assert(!filter("exit where port!=0x3f8", &e));
    cr_assert(filter("exit where not port=0x3f8", &e));
}

Test(query, values_have_the_names_of_their_type)
{
    struct silent_event s = {.trap = TRAP_POPF, .lost_if = 1};
    const struct trace_event silent = {.kind = TRACE_SILENT, .silent = &s};
    const struct trace_event call = {.kind = TRACE_HYPERCALL, .a = 26, .b = 0};
    cr_assert(filter("silent where instruction=popf and lost_if=1", &silent));
    cr_assert(!filter("silent where instruction=pushf", &silent));
    cr_assert(filter("hypercall where number=mmuext_op and result=0", &call));
    cr_assert(!filter("hypercall where number=mmu_update", &call));
}

Test(query, every_error_has_its_column)
{
    refused("", "column 1: the text ends where a kind of event is expected");
    refused("nothing", "column 1: `nothing` is no kind of event (any exit silent inject fill "
                       "ptwrite ring hypercall denied mark switch idle)");
    refused("exit where", "column 11: the text ends where a field's name is expected");
    refused("exit where x=1", "column 12: `x` is no field of these events");
    refused("inject where gpa=1 and entry=2", "column 24: `entry` is no field of these events");
    refused("exit where port", "column 16: the text ends where a comparison (= != < <= > >=) is "
                               "expected");
    refused("exit where port=", "column 17: the text ends where a value is expected");
    refused("exit where reason=HALT", "column 19: `HALT` is no exit reason");
    refused("exit where outcome=HLT",
            "column 20: `HLT` is no outcome (ADVANCE RETRY REFLECT INJECT KILL)");
    refused("exit where port=COM1", "column 17: `COM1` is no number");
    refused("exit where port=1x", "column 17: `1x` is no number");
    refused("exit where port=99999999999999999999",
            "column 17: a number that does not fit in 64 bits");
    refused("exit where (port=1", "column 19: the text ends where `)` is expected");
    refused("exit where port=1 x", "column 19: `x` where the end is expected");
    refused("count exit", "column 7: `e` where `(` is expected");
    refused("count(exit", "column 11: the text ends where `)` is expected");
    refused("count(exit)", "column 12: the text ends where a comparison (= != < <= > >=) is "
                           "expected");
    refused("count(exit) = x", "column 15: `x` where a number is expected");
    refused("never(exit) = 1", "column 13: `=` where the end is expected");
    refused("each(exit) then", "column 12: `t` where `followed by` is expected");
    refused("each(exit) followed by inject within 5",
            "column 39: the text ends where `cycles` is expected");
    refused("exit where \x02", "column 12: byte 0x02 where a field's name is expected");
}

Test(query, size_and_depth_are_limited)
{
    char text[4096] = "exit where ";
    for (unsigned i = 0; i < 30; i++)
        strcat(text, "(");
    refused(text, "column 36: too many brackets inside each other");
    strcpy(text, "exit where vm=1");
    for (unsigned i = 0; i < 40; i++)
        strcat(text, " or vm=1");
    struct query *q;
    struct sim_error err;
    cr_assert_eq(query_compile(&q, text, &err), SIM_BAD_INPUT);
    cr_assert_neq(strstr(err.text, "more than 48"), NULL, "%s", err.text);
}
