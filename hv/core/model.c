/*
 * CPU models as sets: which sensitive instructions trap outside ring 0.
 *
 * DEVIATION: `virtualizable` is a CPU that was never sold: a P6 whose 17 sensitive instructions
 * (Robin & Irvine, USENIX Security 2000), and CPUID, fault outside ring 0 when the hypervisor asks
 * for it. With `classic` a student sees why that matters; with "classic,+popf" which of them
 * matter.
 */
#include "hv/hv.h"

#include <stdio.h>
#include <string.h>

#define ALL_TRAPS ((((1u << (INSN_TRAPS - 1)) - 1u) << 1))

static uint32_t with_ring(uint32_t traps, unsigned ring)
{
    uint32_t bits = 0;
    for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++)
        if ((traps & (1u << t)) && (insn_sensitive[t].rings & ring))
            bits |= 1u << t;
    return bits;
}

uint32_t cpu_model_kernel(const struct cpu_model *m)
{
    return with_ring(m->traps, SENS_KERNEL);
}

uint32_t cpu_model_user(const struct cpu_model *m, bool sensf)
{
    return with_ring(m->traps, sensf ? SENS_USER | SENS_FLAGS : SENS_USER);
}

static bool part_is(const char *part, size_t n, const char *name)
{
    return strlen(name) == n && !memcmp(part, name, n);
}

/* One part behind a comma: +name or -name. */
static bool apply(struct cpu_model *m, const char *part, size_t n)
{
    if (n < 2 || (part[0] != '+' && part[0] != '-'))
        return false;
    for (unsigned t = TRAP_NONE + 1; t < INSN_TRAPS; t++) {
        if (!part_is(part + 1, n - 1, insn_sensitive[t].name))
            continue;
        if (part[0] == '+')
            m->traps |= 1u << t;
        else
            m->traps &= ~(1u << t);
        return true;
    }
    return false;
}

enum sim_status cpu_model_parse(const char *text, struct cpu_model *model, struct sim_error *err)
{
    struct cpu_model m = {0};
    if (strlen(text) >= sizeof(m.name))
        return sim_fail(err, SIM_BAD_INPUT, "CPU model is longer than %zu characters",
                        sizeof(m.name) - 1);
    (void)snprintf(m.name, sizeof(m.name), "%s", text);

    const char *part = text;
    size_t n = strcspn(part, ",");
    if (part_is(part, n, "virtualizable"))
        m.traps = ALL_TRAPS;
    else if (!part_is(part, n, "classic"))
        return sim_fail(
            err, SIM_BAD_INPUT,
            "unknown CPU model '%.*s': use classic or virtualizable, then ,+name or ,-name", (int)n,
            part);
    while (part[n]) {
        part += n + 1;
        n = strcspn(part, ",");
        if (!apply(&m, part, n))
            return sim_fail(err, SIM_BAD_INPUT,
                            "CPU model: '%.*s' is not +name or -name of a sensitive instruction "
                            "(such as +popf)",
                            (int)n, part);
    }
    *model = m;
    return SIM_OK;
}
