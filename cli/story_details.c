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
        (void)fprintf(to, INDENT "device register at gpa 0x%08x, %s, value 0x%x\n", x->q.io.gpa,
                      x->q.io.write ? "written" : "read", x->q.io.value);
    else
        (void)fprintf(to, INDENT "port 0x%x, %u byte%s %s, value 0x%x%s\n", x->q.io.port,
                      x->q.io.size, x->q.io.size == 1 ? "" : "s",
                      x->q.io.write ? "written" : "read", x->q.io.value,
                      x->q.io.count > 1 ? ", repeated" : "");
}

static void about_page(FILE *to, const struct vm_exit *x)
{
    (void)fprintf(to, INDENT "linear 0x%08x, guest physical 0x%08x, %s 0x%08x\n", x->q.mem.gva,
                  x->q.mem.gpa, x->reason == EXIT_shadow_fill ? "shadow entry" : "value stored",
                  x->q.mem.entry);
    if (x->reason == EXIT_ptwr_emulation && x->q.mem.count > 1)
        (void)fprintf(to, INDENT "repeated: %u stores carried out, one after the other\n",
                      x->q.mem.count);
}

static void about_hypercall(FILE *to, const struct vm_exit *x)
{
    static const struct {
        uint32_t number, arguments;
        const char *name;
    } calls[] = {
#define HYPERCALL(number, name, arguments, text) {number, arguments, #name},
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
    };
    unsigned arguments = 0;
    const char *name = "no such call";
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == x->q.hypercall.number) {
            name = calls[i].name;
            arguments = calls[i].arguments;
        }
    (void)fprintf(to, INDENT "number %u, %s(", x->q.hypercall.number, name);
    for (unsigned i = 0; i < arguments && i < 5; i++)
        (void)fprintf(to, "%s0x%x", i ? ", " : "", x->q.hypercall.arg[i]);
    (void)fprintf(to, "), result %d\n", (int32_t)x->q.hypercall.result);
}

void story_qualification(FILE *to, const struct vm_exit *x)
{
    char text[32];
    switch ((enum exit_reason)x->reason) {
    case EXIT_IO_INSTRUCTION:
        about_io(to, x);
        break;
    case EXIT_CR_ACCESS:
        (void)fprintf(to, INDENT "%s%u %s, value 0x%08x\n", x->q.cr.cr >= 8 ? "DR" : "CR",
                      x->q.cr.cr & 7u, x->q.cr.write ? "written" : "read", x->q.cr.value);
        break;
    case EXIT_shadow_fill:
    case EXIT_ptwr_emulation:
        about_page(to, x);
        break;
    case EXIT_MSR_READ:
    case EXIT_MSR_WRITE:
        (void)fprintf(to, INDENT "MSR 0x%x, value 0x%08x:%08x\n", x->q.msr.msr, x->q.msr.high,
                      x->q.msr.low);
        break;
    case EXIT_hypercall:
        about_hypercall(to, x);
        break;
    case EXIT_EXTERNAL_INTERRUPT:
        (void)fprintf(to, INDENT "physical %s", story_vector(x->q.irq.vector, text));
        if (x->q.irq.virtual_vector)
            (void)fprintf(to, ", virtual %s", story_vector(x->q.irq.virtual_vector, text));
        (void)putc('\n', to);
        break;
    default:
        break;
    }
}

/* How an action's two numbers read; no second word: there is one number, no first: there is none.
 */
static const struct {
    const char *what, *first, *second;
} action_words[EXIT_ACTION_KINDS] = {
    [ACTION_EMULATED] = {"one more instruction carried out", "at", NULL},
    [ACTION_GUEST_WALK] = {"the guest's tables walked", "for", "references"},
    [ACTION_SHADOW_FILL] = {"shadow entry written", "for", "entry"},
    [ACTION_SHADOW_PAGE] = {"shadow page given out", "for guest frame", "role"},
    [ACTION_SHADOW_ZAP] = {"shadow entries cleared", "of guest frame", "entries"},
    [ACTION_UNSHADOW] = {"shadow page taken back", "of guest frame", NULL},
    [ACTION_AD_SET] = {"accessed or dirty set", "in the guest's entry at", "bits"},
    [ACTION_GDT_FILL] = {"descriptor shadowed", "selector", NULL},
    [ACTION_ROOT] = {"page tables loaded", "guest's CR3", "real CR3"},
    [ACTION_MMIO] = {"device register accessed", "at", "value"},
    [ACTION_INJECT] = {"interrupt delivered", "vector", NULL},
    [ACTION_REFLECT] = {"given back to the guest", "vector", "error code"},
    [ACTION_SWITCH] = {"world switch", "from vm", "to vm"},
    [ACTION_BLOCK] = {"the virtual CPU waits", NULL, NULL},
    [ACTION_FRAME] = {"frame's type changed", "machine frame", "type"},
    [ACTION_EVENT] = {"event sent", "channel", NULL},
};

static void put_action(FILE *to, const struct exit_action *a)
{
    if (a->kind == ACTION_PORT)
        (void)fprintf(to, INDENT "port 0x%x %s: 0x%x\n", a->a & 0xffff,
                      a->a >> 31 ? "written" : "read", a->b);
    else if (a->kind == ACTION_TIMER)
        (void)fprintf(to, INDENT "timer set for cycle %llu\n",
                      (unsigned long long)a->b << 32 | a->a);
    else if (!action_words[a->kind].first)
        (void)fprintf(to, INDENT "%s\n", action_words[a->kind].what);
    else if (!action_words[a->kind].second)
        (void)fprintf(to, INDENT "%s, %s 0x%x\n", action_words[a->kind].what,
                      action_words[a->kind].first, a->a);
    else
        (void)fprintf(to, INDENT "%s, %s 0x%x, %s 0x%x\n", action_words[a->kind].what,
                      action_words[a->kind].first, a->a, action_words[a->kind].second, a->b);
}

void story_actions(FILE *to, const struct vm_exit *x)
{
    for (unsigned i = 0; i < x->actions && i < EXIT_MAX_ACTIONS; i++)
        put_action(to, &x->action[i]);
    if (x->actions_dropped)
        (void)fprintf(to, INDENT "and %u more\n", x->actions_dropped);
}

/* ---------------------------------------- vectors */

static const char *const vector_names[32] = {
    [VEC_DE] = "#DE divide error",
    [VEC_DB] = "#DB debug",
    [VEC_NMI] = "NMI",
    [VEC_BP] = "#BP breakpoint",
    [VEC_OF] = "#OF overflow",
    [VEC_BR] = "#BR bound",
    [VEC_UD] = "#UD invalid opcode",
    [VEC_NM] = "#NM no FPU",
    [VEC_DF] = "#DF double fault",
    [VEC_TS] = "#TS invalid TSS",
    [VEC_NP] = "#NP not present",
    [VEC_SS] = "#SS stack",
    [VEC_GP] = "#GP general protection",
    [VEC_PF] = "#PF page fault",
    [VEC_MF] = "#MF",
    [VEC_AC] = "#AC alignment",
};

const char *story_vector(unsigned vector, char text[32])
{
    if (vector < 32 && vector_names[vector])
        (void)snprintf(text, 32, "%s", vector_names[vector]);
    else
        (void)snprintf(text, 32, "vector 0x%02x", vector);
    return text;
}
