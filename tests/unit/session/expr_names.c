/*
 * Names and memory in expressions, every error with its column, and hostile texts.
 */
#include <criterion/criterion.h>

#include "hv/expr.h"

#include "fake.h"
#include "tests/unit/hv/rig.h"

#include <stdlib.h>
#include <string.h>

static struct rig rig;
static struct session session;
static struct expr_scope scope;

static bool symbols(void *opaque, const char *name, size_t length, uint64_t *value)
{
    (void)opaque;
    if (length == 4 && !memcmp(name, "main", 4))
        *value = 0x100000;
    else if (length == 4 && !memcmp(name, "exit", 4))
        *value = 0x100040;
    else
        return false;
    return true;
}

static void set_up(void)
{
    rig_init(&rig, MODE_native);
    rig_create(&rig);
    RIG_CODE(&rig, 0, 0x90, 0xf4); /* nop; hlt */
    session = (struct session){
        .hv = rig.hv, .at = {1000, 7, 123456, SESSION_OUTSIDE}, .hash = 0x0123456789abcdef};
    scope = (struct expr_scope){.session = &session, .resolve = symbols};
}

static void tear_down(void)
{
    rig_destroy(&rig);
}

TestSuite(expr_names, .init = set_up, .fini = tear_down);

static uint64_t value_of(const char *text)
{
    struct sim_error err = {SIM_OK, ""};
    uint64_t value = 0;
    cr_assert_eq(expr_eval(&scope, text, &value, NULL, &err), SIM_OK, "%s: %s", text, err.text);
    return value;
}

static void refused(const char *text, const char *why)
{
    struct sim_error err = {SIM_OK, ""};
    uint64_t value;
    cr_assert_eq(expr_eval(&scope, text, &value, NULL, &err), SIM_BAD_INPUT, "%s", text);
    cr_assert_str_eq(err.text, why, "%s says: %s", text, err.text);
}

Test(expr_names, the_position_is_the_sessions)
{
    cr_assert_eq(value_of("insn"), 1000);
    cr_assert_eq(value_of("exit"), 7);
    cr_assert_eq(value_of("cycle"), 123456);
    cr_assert_eq(value_of("hash"), 0x0123456789abcdef);
    cr_assert_eq(value_of("vm"), 0);
}

Test(expr_names, registers_are_the_guests)
{
    struct cpu_state *s = &rig.hv->machine->cpu.s;
    s->gpr[R_EAX] = 0x12345678;
    s->gpr[R_EDI] = 0xffffffff;
    s->cr3 = 0x5000;
    s->seg[SEG_GS].sel = 0x33;
    s->eflags = 0x202;
    cr_assert_eq(value_of("eax"), 0x12345678);
    cr_assert_eq(value_of("$eax + %eax"), 0x2468acf0);
    cr_assert_eq(value_of("ax"), 0x5678);
    cr_assert_eq(value_of("ah"), 0x56);
    cr_assert_eq(value_of("al"), 0x78);
    cr_assert_eq(value_of("edi + 1"), 0x100000000);
    cr_assert_eq(value_of("cr3"), 0x5000);
    cr_assert_eq(value_of("gs"), 0x33);
    cr_assert_eq(value_of("flag_if"), 1);
    cr_assert_eq(value_of("flag_df"), 0);
    cr_assert_eq(value_of("cpl"), 0);
    cr_assert_eq(value_of("eip"), RIG_ENTRY);
    cr_assert_eq(value_of("real_cr3 == cr3"), 1);
}

Test(expr_names, an_exits_fields_are_of_its_kind)
{
    struct vm_exit x = {.number = 7, .reason = EXIT_IO_INSTRUCTION, .outcome = OUTCOME_ADVANCE};
    x.q.io.port = 0x3f8;
    x.q.io.write = 1;
    x.q.io.value = 0x41;
    scope.exit = &x;
    cr_assert_eq(value_of("reason == IO_INSTRUCTION && outcome == ADVANCE && port == 0x3f8"), 1);
    cr_assert_eq(value_of("value"), 0x41);
    refused("1 + cr", "column 5: exit 7 is IO_INSTRUCTION, which has no `cr` (exits that have: "
                      "CR_ACCESS exits)");
    x.reason = EXIT_CR_ACCESS;
    x.q.raw[0] = x.q.raw[1] = 0;
    x.q.cr.cr = 3;
    x.q.cr.value = 0x7000;
    cr_assert_eq(value_of("cr == 3 && value == 0x7000"), 1);
    cr_assert_eq(value_of("reason == IO_INSTRUCTION && port == 0x3f8"), 0, "decided by &&");
}

Test(expr_names, without_an_exit_its_fields_are_errors)
{
    refused("reason", "column 1: there has been no exit yet");
}

Test(expr_names, a_hit_has_address_old_and_now)
{
    const struct session_hit hit = {.address = 0x1234, .old = 5, .now = 6};
    refused("old", "column 1: `old` is of a point's hit, and there is none here");
    scope.hit = &hit;
    cr_assert_eq(value_of("address == 0x1234 && now - old == 1"), 1);
}

Test(expr_names, symbols_come_last_and_can_be_asked_for)
{
    cr_assert_eq(value_of("main"), 0x100000);
    cr_assert_eq(value_of("exit"), 7, "the position's");
    cr_assert_eq(value_of("&exit"), 0x100040, "the symbol");
    cr_assert_eq(value_of("main + 4 & &exit"), (0x100004 & 0x100040));
}

Test(expr_names, memory_is_read_by_width_and_space)
{
    ram_write32(&rig.hv->machine->ram, 0x2000, 0x87654321);
    cr_assert_eq(value_of("[0x2000]"), 0x87654321);
    cr_assert_eq(value_of("b[0x2000]"), 0x21);
    cr_assert_eq(value_of("w[0x2000 + 1]"), 0x6543);
    cr_assert_eq(value_of("d[ 0x2000 ]"), 0x87654321);
    cr_assert_eq(value_of("p[0x2000] == m[0x2000]"), 1);
    cr_assert_eq(value_of("pb[0x2003] + mb[0x2003] + pw[0x2000] * 0 + mw[0x2000] * 0"), 0x10e);
    ram_write32(&rig.hv->machine->ram, 0x3000, 0x2000);
    cr_assert_eq(value_of("w[[0x3000]]"), 0x4321);
}

Test(expr_names, unreadable_memory_names_the_address)
{
    refused("1 + p[0xfff00000]", "column 5: no memory at guest physical 0xfff00000");
    refused("m[0x10000000]", "column 1: no memory at machine 0x10000000");
    refused("[0x10000000]", "column 1: no memory at linear 0x10000000");
    refused("m[0x3ffffd]", "column 1: no memory at machine 0x003ffffd");
    refused("[0x100000000]", "column 1: address 0x100000000 is above 4 GiB");
    refused("[0-1]", "column 1: address 0xffffffffffffffff is above 4 GiB");
    cr_assert_eq(value_of("0 && [0xfff00000]"), 0, "not read");
}

Test(expr_names, every_syntax_error_has_its_column)
{
    refused("", "column 1: the text ends where a value is expected");
    refused("1 +", "column 4: the text ends where a value is expected");
    refused("(1", "column 3: the text ends where `)` is expected");
    refused("[1", "column 3: the text ends where `]` is expected");
    refused("1 2", "column 3: `2` where an operator or the end is expected");
    refused("1 )", "column 3: `)` where an operator or the end is expected");
    refused("=1", "column 1: `=` where a value is expected");
    refused("1 = 1", "column 3: `=` where an operator or the end is expected");
    refused("1 === 1", "column 5: `=` where a value is expected");
    refused("\x01", "column 1: byte 0x01 where a value is expected");
    refused("1 \xff", "column 3: byte 0xff where an operator or the end is expected");
    refused("0x", "column 1: no digits after 0x");
    refused("12ab", "column 3: a letter in a number (hexadecimal numbers begin with 0x)");
    refused("18446744073709551616", "column 1: the number does not fit in 64 bits");
    refused("0x10000000000000000", "column 1: the number does not fit in 64 bits");
    refused("''", "column 1: no character between quotes");
    refused("'", "column 1: no character between quotes");
    refused("'ab'", "column 1: a character has one byte between two quotes");
    refused("'\\q'", "column 3: unknown escape (there are \\n \\t \\r \\0 \\\\ \\')");
    refused("'\\", "column 3: unknown escape (there are \\n \\t \\r \\0 \\\\ \\')");
    refused("q[1]", "column 1: before [ can be b w d, p pb pw pd, m mb mw md, or nothing");
    refused("5 / (3 - 3)", "column 3: division by zero");
    refused("5 % 0", "column 3: remainder of a division by zero");
    refused("nothing", "column 1: `nothing` is no register, field, constant or symbol");
    refused("$main", "column 1: `main` is no register");
    refused("&nothing", "column 1: `nothing` is no symbol");
    refused("$", "column 2: the text ends where a register's name is expected");
    refused("1 + & 2", "column 6: byte 0x20 where a symbol's name is expected");
    refused("0 && nothing", "column 6: `nothing` is no register, field, constant or symbol");
}

Test(expr_names, checking_reads_nothing)
{
    struct sim_error err;
    cr_assert_eq(expr_check(&scope, "port == 1 && [0xfff00000] / 0 == old", &err), SIM_OK);
    cr_assert_eq(expr_check(&scope, "port == nothing", &err), SIM_BAD_INPUT);
    cr_assert_str_eq(err.text, "column 9: `nothing` is no register, field, constant or symbol");
    cr_assert_eq(expr_check(&scope, "port ==", NULL), SIM_BAD_INPUT);
}

Test(expr_names, a_prefix_of_the_text_can_be_read)
{
    uint64_t value;
    size_t used;
    struct sim_error err;
    cr_assert_eq(expr_eval(&scope, "1 + 2  if x", &value, &used, &err), SIM_OK);
    cr_assert_eq(value, 3);
    cr_assert_eq(used, 5);
}

static void deep(const char *piece, const char *last)
{
    static char text[100001];
    size_t n = 0, length = strlen(piece);
    struct sim_error err;
    uint64_t value;
    while (n + length + 1 < sizeof text) {
        memcpy(text + n, piece, length);
        n += length;
    }
    strcpy(text + n - strlen(last), last);
    cr_assert_eq(expr_eval(&scope, text, &value, NULL, &err), SIM_BAD_INPUT);
    cr_assert_neq(strstr(err.text, "too many brackets"), NULL, "%s", err.text);
}

Test(expr_names, depth_is_limited)
{
    deep("(", "1");
    deep("!", "1");
    deep("-~", "1");
    deep("[", "1");
    deep("1+(", "1");
    deep("1&&(", "1");
}

Test(expr_names, a_long_chain_is_no_depth)
{
    static char text[100001];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "1+", 2);
    text[sizeof text - 2] = '1';
    text[sizeof text - 3] = '+';
    cr_assert_gt(value_of(text), 40000u);
}

Test(expr_names, a_long_name_is_cut_in_the_message)
{
    char text[4000];
    struct sim_error err;
    uint64_t value;
    memset(text, 'z', sizeof text - 1);
    text[sizeof text - 1] = 0;
    cr_assert_eq(expr_eval(&scope, text, &value, NULL, &err), SIM_BAD_INPUT);
    cr_assert_lt(strlen(err.text), 120u);
}
