/*
 * CPU models: sets of instructions that trap.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

static uint32_t parse(const char *text)
{
    struct cpu_model m;
    struct sim_error err = {0};
    cr_assert_eq(cpu_model_parse(text, &m, &err), SIM_OK, "%s", err.text);
    cr_expect_str_eq(m.name, text);
    return m.traps;
}

static void refuse(const char *text, const char *named)
{
    struct cpu_model m = {.name = "untouched"};
    struct sim_error err = {0};
    cr_expect_eq(cpu_model_parse(text, &m, &err), SIM_BAD_INPUT, "%s", text);
    cr_expect(strstr(err.text, named), "'%s' does not name '%s'", err.text, named);
    cr_expect_str_eq(m.name, "untouched");
}

Test(cpu_model, classic_traps_nothing)
{
    cr_expect_eq(parse("classic"), 0);
}

Test(cpu_model, virtualizable_traps_every_sensitive_instruction)
{
    uint32_t traps = parse("virtualizable");
    for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++)
        cr_expect(traps & (1u << t));
    cr_expect_not(traps & 1u, "TRAP_NONE is no instruction");
}

Test(cpu_model, plus_adds_and_minus_takes_away)
{
    cr_expect_eq(parse("classic,+popf"), 1u << TRAP_POPF);
    cr_expect_eq(parse("classic,+popf,+iret"), 1u << TRAP_POPF | 1u << TRAP_IRET);
    cr_expect_eq(parse("classic,+popf,-popf"), 0);
    cr_expect_eq(parse("virtualizable,-cpuid"), parse("virtualizable") & ~(1u << TRAP_CPUID));
}

Test(cpu_model, a_bad_part_is_named)
{
    refuse("", "");
    refuse("classical", "classical");
    refuse("classic,popf", "popf");
    refuse("classic,+pop", "+pop");
    refuse("classic,+", "+");
    refuse("classic,", "''");
    refuse("classic,+popf,+xyzzy", "+xyzzy");
    refuse("+popf", "+popf");
}

Test(cpu_model, a_name_that_is_too_long_is_refused)
{
    char text[200] = "classic";
    while (strlen(text) < 150)
        strcat(text, ",+popf");
    refuse(text, "longer");
}

Test(cpu_model, flags_instructions_trap_at_ring_3_only_under_sensf)
{
    struct cpu_model m;
    cpu_model_parse("virtualizable", &m, NULL);
    uint32_t flags = 1u << TRAP_PUSHF | 1u << TRAP_POPF | 1u << TRAP_IRET;
    cr_expect_eq(cpu_model_user(&m, false) & flags, 0);
    cr_expect_eq(cpu_model_user(&m, true) & flags, flags);
    cr_expect_eq(cpu_model_user(&m, true) & ~flags, cpu_model_user(&m, false));
}

Test(cpu_model, ring_3_traps_what_umip_traps_and_the_probes)
{
    struct cpu_model m;
    cpu_model_parse("virtualizable", &m, NULL);
    uint32_t want = 1u << TRAP_SGDT | 1u << TRAP_SIDT | 1u << TRAP_SLDT | 1u << TRAP_SMSW |
                    1u << TRAP_STR | 1u << TRAP_LAR | 1u << TRAP_LSL | 1u << TRAP_VERR |
                    1u << TRAP_VERW | 1u << TRAP_CPUID;
    cr_expect_eq(cpu_model_user(&m, false), want);
}

Test(cpu_model, ring_1_traps_all_of_them)
{
    struct cpu_model m;
    cpu_model_parse("virtualizable", &m, NULL);
    cr_expect_eq(cpu_model_kernel(&m), m.traps);
}
