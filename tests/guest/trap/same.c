/*
 * The same guest, natively and trapped: the same console, byte for byte, and the same end. What is
 * right is for the native machine to say; here nothing is expected but that the guest cannot tell.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "rig.h"

#include <stdio.h>
#include <string.h>

struct guest {
    char name[24];
    enum vm_end end;
    uint32_t exit_value;
};

static struct guest guests[] = {
    {"rings", VM_EXITED, 0},
    {"segments", VM_EXITED, 0},
    {"paging", VM_EXITED, 0},
    {"gates", VM_EXITED, 0},
    {"interrupts", VM_EXITED, 0},
    {"nmi", VM_EXITED, 0},
    {"debug", VM_EXITED, 0},
    {"resume", VM_EXITED, 0},
    {"hole", VM_EXITED, 0},
    {"io", VM_EXITED, 0},
    {"double_fault", VM_EXITED, 7},
    {"end_triple", VM_TRIPLE_FAULT, 0},
    {"end_stack", VM_TRIPLE_FAULT, 0},
    {"end_cr3", VM_TRIPLE_FAULT, 0},
    {"end_cr3_large", VM_TRIPLE_FAULT, 0},
    {"end_halt", VM_HALTED, 0},
    {"end_exit", VM_EXITED, 42},
    {"end_reset", VM_RESET, 0},
};
#define GUESTS (sizeof(guests) / sizeof(guests[0]))

static void run(struct rig *r, enum hv_mode_id mode, const struct guest *g, uint64_t seed)
{
    char name[64];
    snprintf(name, sizeof(name), "tests/trap_%s", g->name);
    rig_init(r, mode);
    r->config.ram_bytes = 16u << 20;
    r->config.seed = seed;
    rig_create(r);
    rig_load_guest(r, 0, name, "");
    cr_assert_eq(rig_run(r, 20000000000ull), HV_STOP_ENDED);
    cr_expect_eq(rig_vm(r, 0)->s.end, g->end, "%s", rig_vm(r, 0)->end_text);
    cr_expect_eq(rig_vm(r, 0)->s.exit_value, g->exit_value);
}

/* The first line that differs, for the message. */
static void first_difference(const char *a, const char *b, char *text, size_t size)
{
    size_t line = 0, i = 0;
    for (; a[i] && a[i] == b[i]; i++)
        if (a[i] == '\n')
            line = i + 1;
    snprintf(text, size, "native: %.*s; trap: %.*s", (int)strcspn(a + line, "\n"), a + line,
             (int)strcspn(b + line, "\n"), b + line);
}

static void same(const struct guest *g, uint64_t seed)
{
    struct rig native, trap;
    char text[512];
    run(&native, MODE_native, g, seed);
    run(&trap, MODE_trap, g, seed);
    first_difference(native.console->text, trap.console->text, text, sizeof(text));
    cr_expect_str_eq(trap.console->text, native.console->text, "%s", text);
    struct hv_audit a;
    hv_audit(trap.hv, &a);
    cr_expect_eq(a.foreign + a.gates + a.ports + a.inconsistent, 0, "%s", a.first);
    rig_destroy(&native);
    rig_destroy(&trap);
}

ParameterizedTestParameters(same_guest, cannot_tell_trap_from_native)
{
    return cr_make_param_array(struct guest, guests, GUESTS);
}

ParameterizedTest(struct guest *g, same_guest, cannot_tell_trap_from_native)
{
    same(g, 1);
}

ParameterizedTestParameters(same_guest, does_not_see_where_its_frames_are)
{
    return cr_make_param_array(struct guest, guests, GUESTS);
}

ParameterizedTest(struct guest *g, same_guest, does_not_see_where_its_frames_are)
{
    struct rig a, b;
    run(&a, MODE_trap, g, 7);
    run(&b, MODE_trap, g, 8);
    cr_expect_str_eq(a.console->text, b.console->text);
    cr_expect_eq(hv_guest_hash(a.hv, 0), hv_guest_hash(b.hv, 0));
    cr_expect_neq(hv_hash(a.hv), hv_hash(b.hv),
                  "the machine should differ: frames are dealt by the seed");
    rig_destroy(&a);
    rig_destroy(&b);
}
