/*
 * What an exit was about, and what was done inside it.
 */
#include "story_details.h"

#include "sim/bus.h"

#define INDENT "            "

enum { OURS = 1, EMULATED = 2 };

static const unsigned char kinds[EXIT_REASONS] = {
    [EXIT_emulate_privop] = EMULATED,
    [EXIT_emulate_sensitive] = EMULATED,
    [EXIT_CR_ACCESS] = EMULATED,
    [EXIT_GDTR_IDTR] = EMULATED,
    [EXIT_LDTR_TR] = EMULATED,
    [EXIT_IO_INSTRUCTION] = EMULATED,
    [EXIT_HLT] = EMULATED,
    [EXIT_CPUID] = EMULATED,
    [EXIT_MSR_READ] = EMULATED,
    [EXIT_MSR_WRITE] = EMULATED,
    [EXIT_INVLPG] = EMULATED,
    [EXIT_shadow_fill] = OURS,
    [EXIT_ptwr_emulation] = OURS,
    [EXIT_gdt_fill] = OURS,
    [EXIT_segment_assist] = OURS,
    [EXIT_EXTERNAL_INTERRUPT] = OURS,
    [EXIT_hypercall] = EMULATED,
    [EXIT_failsafe] = OURS,
};

bool story_is_ours(enum exit_reason reason)
{
    return kinds[reason] == OURS;
}

bool story_is_emulated(enum exit_reason reason)
{
    return kinds[reason] == EMULATED;
}

static void about_io(FILE *to, const struct vm_exit *x)
{
    if (x->q.io.gpa)
        (void)fprintf(to, "About       device register at gpa 0x%08x, %s, value 0x%x\n",
                      x->q.io.gpa, x->q.io.write ? "written" : "read", x->q.io.value);
    else
        (void)fprintf(to, "About       port 0x%x, %u bytes %s, value 0x%x%s\n", x->q.io.port,
                      x->q.io.size, x->q.io.write ? "written" : "read", x->q.io.value,
                      x->q.io.count > 1 ? ", repeated" : "");
}

void story_qualification(FILE *to, const struct vm_exit *x)
{
    char text[32];
    switch ((enum exit_reason)x->reason) {
    case EXIT_IO_INSTRUCTION:
        about_io(to, x);
        break;
    case EXIT_CR_ACCESS:
        (void)fprintf(to, "About       %s%u %s, value 0x%08x\n", x->q.cr.cr >= 8 ? "DR" : "CR",
                      x->q.cr.cr & 7u, x->q.cr.write ? "written" : "read", x->q.cr.value);
        break;
    case EXIT_shadow_fill:
    case EXIT_ptwr_emulation:
        (void)fprintf(to, "About       linear 0x%08x, guest physical 0x%08x, %s 0x%08x\n",
                      x->q.mem.gva, x->q.mem.gpa,
                      x->reason == EXIT_shadow_fill ? "shadow entry" : "value stored",
                      x->q.mem.entry);
        break;
    case EXIT_MSR_READ:
    case EXIT_MSR_WRITE:
        (void)fprintf(to, "About       MSR 0x%x, value 0x%08x:%08x\n", x->q.msr.msr, x->q.msr.high,
                      x->q.msr.low);
        break;
    case EXIT_hypercall:
        (void)fprintf(to, "About       number %u, arguments %x %x %x %x %x, result 0x%x\n",
                      x->q.hypercall.number, x->q.hypercall.arg[0], x->q.hypercall.arg[1],
                      x->q.hypercall.arg[2], x->q.hypercall.arg[3], x->q.hypercall.arg[4],
                      x->q.hypercall.result);
        break;
    case EXIT_EXTERNAL_INTERRUPT:
        (void)fprintf(to, "About       physical %s", story_vector(x->q.irq.vector, text));
        if (x->q.irq.virtual_vector)
            (void)fprintf(to, ", virtual %s", story_vector(x->q.irq.virtual_vector, text));
        (void)putc('\n', to);
        break;
    default:
        break;
    }
}

void story_actions(FILE *to, const struct vm_exit *x)
{
    const char *lead = "Did         ";
    for (unsigned i = 0; i < x->actions && i < EXIT_MAX_ACTIONS; i++) {
        const struct exit_action *a = &x->action[i];
        (void)fprintf(to, "%s%s 0x%x", lead, exit_action_names[a->kind], a->a);
        if (a->b)
            (void)fprintf(to, ", 0x%x", a->b);
        (void)putc('\n', to);
        lead = INDENT;
    }
    if (x->actions_dropped)
        (void)fprintf(to, "%sand %u more\n", lead, x->actions_dropped);
}
