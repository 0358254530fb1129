/*
 * The counterfactual: see why.h.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "terminal.h"

#define WHY_MOST 12

const char *why_trap_name(unsigned trap)
{
    return insn_sensitive[trap].name;
}

unsigned why_next_trap(const struct report *r)
{
    for (unsigned i = 0; i < r->vms; i++) {
        const struct vm_report *v = &r->vm[i];
        if (v->biting.number)
            return v->biting.trap;
        if (v->stats.silent_total)
            return v->first_silent.trap;
    }
    return TRAP_NONE;
}

/* One attempt with a model; false if it could not be built. */
static bool attempt(const struct options *o, const struct inputs *in, const struct cpu_model *cpu,
                    struct report *out, struct complaint *why)
{
    struct runner *r = calloc(1, sizeof *r);
    const struct run_plan plan = {.mode = o->modes[0], .cpu = cpu};
    if (!r)
        return complain_ours(why, NULL, "no memory");
    bool ok = runner_init(r, o, in, &plan, why);
    if (ok) {
        runner_run(r, 0);
        runner_report(r, out);
        for (unsigned i = 0; i < out->vms; i++)
            out->vm[i].console = ""; /* it goes with the runner */
        runner_fini(r);
    }
    free(r);
    return ok;
}

static void tell(FILE *to, const struct cpu_model *cpu, const struct report *r)
{
    if (r->status == CLI_OK && !r->total.silent_total)
        (void)fprintf(to, "with --cpu %s: passes: %s\n", cpu->name, r->reason);
    else
        (void)fprintf(to, "with --cpu %s: %s; %llu silent instructions, next %s\n", cpu->name,
                      r->reason, (unsigned long long)r->total.silent_total,
                      insn_sensitive[why_next_trap(r)].name ? insn_sensitive[why_next_trap(r)].name
                                                            : "none");
}

bool why_tell(FILE *to, const struct options *o, const struct inputs *in,
              const struct report *first, struct complaint *why)
{
    struct cpu_model cpu;
    struct sim_error err;
    struct report *r = malloc(sizeof *r);
    if (!r)
        return complain_ours(why, NULL, "no memory");
    *r = *first;
    (void)snprintf(cpu.name, sizeof cpu.name, "%.90s", first->cpu);
    bool ok = true;
    for (unsigned i = 0; ok && i < WHY_MOST && !terminal_stop_signal(); i++) {
        unsigned trap = why_next_trap(r);
        size_t n = strlen(cpu.name);
        if (trap == TRAP_NONE || n + strlen(insn_sensitive[trap].name) + 3 > sizeof cpu.name)
            break;
        (void)snprintf(cpu.name + n, sizeof cpu.name - n, ",+%s", insn_sensitive[trap].name);
        char name[sizeof cpu.name];
        memcpy(name, cpu.name, sizeof name);
        if (cpu_model_parse(name, &cpu, &err) != SIM_OK)
            break;
        ok = attempt(o, in, &cpu, r, why);
        if (ok)
            tell(to, &cpu, r);
        if (ok && r->status == CLI_OK && !r->total.silent_total)
            break;
    }
    free(r);
    return ok;
}
