/*
 * The story of an exit: see story.h. Every line is computed from the record, the tables or the
 * machine.
 */
#include "story.h"

#include <inttypes.h>
#include <string.h>

#include "elsewhere.h"
#include "number.h"
#include "sim/insn.h"
#include "story_details.h"

#define INDENT "            "

/* The instruction's bytes: as recorded, or read from the guest's memory now. */
static unsigned bytes_of(const struct story_view *v, const struct vm_exit *x, uint8_t bytes[15])
{
    if (x->byte_count) {
        memcpy(bytes, x->bytes, 15);
        return x->byte_count;
    }
    unsigned n = 15;
    while (n && !hv_guest_linear(v->hv, x->vm, x->eip, bytes, n))
        n--;
    return n;
}

/* The function that an exit's instruction is in. EIP is behind an INT, and that may be in the next
 * one already. */
static void name_place(const struct story_view *v, const struct vm_exit *x, char *name, size_t size)
{
    struct symbol at;
    bool behind = x->reason == EXIT_hypercall || x->reason == EXIT_reflect_interrupt;
    if (behind && symbols_at(v->symbols, x->eip - 1, &at))
        (void)snprintf(name, size, "%.60s+0x%x", at.name, x->eip - at.value);
    else
        (void)symbols_name(v->symbols, x->eip, name, size);
}

static void tell_guest(FILE *to, const struct story_view *v, const struct vm_exit *x)
{
    char name[80], text[100], insns[NUMBER_TEXT];
    uint8_t bytes[15];
    unsigned n = x->idle ? 0 : bytes_of(v, x, bytes);
    unsigned length = insn_disassemble(bytes, n, x->eip, false, text, sizeof text);
    name_place(v, x, name, sizeof name);
    (void)fprintf(to, "Exit %" PRIu64 ": %s, %s\n\n", x->number, exit_reason_names[x->reason],
                  exit_reason_texts[x->reason]);
    if (x->idle) {
        (void)fprintf(to, "Guest       nothing ran: every guest was waiting\n");
        return;
    }
    (void)fprintf(to,
                  "Guest       vm%u, virtual ring %u (real ring %u), after %s instructions%s%s\n",
                  x->vm, x->virtual_cpl, x->real_cpl, number_grouped(insns, x->icount),
                  name[0] ? ", in " : "", name);
    bool trap = x->vector >= 32 || x->vector == VEC_BP || x->vector == VEC_OF;
    if (trap && !x->byte_count) {
        (void)fprintf(to, INDENT "0x%08x goes on here: %s\n", x->eip,
                      length ? text : "(not readable)");
        return;
    }
    (void)fprintf(to, INDENT "0x%08x ", x->eip);
    for (unsigned i = 0; i < length && i < n; i++)
        (void)fprintf(to, " %02x", bytes[i]);
    (void)fprintf(to, "   %s\n", length ? text : "(not readable)");
}

static void tell_cpu(FILE *to, const struct vm_exit *x)
{
    char text[32];
    (void)fprintf(to, "CPU         %s", story_vector(x->vector, text));
    if (x->has_error)
        (void)fprintf(to, ", error code 0x%x", x->error);
    if (x->vector == VEC_PF)
        (void)fprintf(to, " (%s, %s, %s), CR2 = 0x%08x",
                      x->error & PFERR_P ? "not allowed" : "not present",
                      x->error & PFERR_W ? "write" : "read",
                      x->error & PFERR_U ? "user" : "supervisor", x->cr2);
    (void)fprintf(to, "\n" INDENT "through gate %u of the real IDT, from ring %u to ring 0\n",
                  x->vector, x->real_cpl);
    if (x->idle) {
        (void)fprintf(to, INDENT
                      "the hypervisor itself was waiting in HLT: nothing of a guest's was saved\n");
        return;
    }
    (void)fprintf(to, INDENT "saved: SS:ESP %04x:%08x, EFLAGS %08x, CS:EIP %04x:%08x\n",
                  x->frame_ss, x->frame_esp, x->frame_eflags, x->frame_cs, x->eip);
    bool fault = x->vector < 32 && x->vector != VEC_BP && x->vector != VEC_OF;
    (void)fprintf(to, INDENT "EIP points %s\n",
                  fault ? "at the instruction: it has not been executed (a fault)"
                        : "behind the instruction: it has been executed (a trap or an interrupt)");
}

static void tell_decision(FILE *to, const struct vm_exit *x)
{
    char text[32];
    static const char *const meaning[EXIT_OUTCOMES] = {
        [OUTCOME_ADVANCE] = "carried out for the guest, which goes on behind it",
        [OUTCOME_RETRY] = "the cause is gone; the guest executes the same instruction again",
        [OUTCOME_REFLECT] = "the guest's own: delivered through its own table, in virtual terms",
        [OUTCOME_INJECT] = "delivered to the guest as an interrupt",
        [OUTCOME_KILL] = "the guest was ended",
    };
    bool ours = story_is_ours((enum exit_reason)x->reason);
    bool emulated = !ours && story_is_emulated((enum exit_reason)x->reason);
    (void)fprintf(to, "Decided     the hypervisor's own event? %s\n", ours ? "yes" : "no");
    if (!ours)
        (void)fprintf(to, INDENT "something the guest may do in its ring %u? %s\n", x->virtual_cpl,
                      emulated ? "yes: carry it out" : "no");
    if (!ours && !emulated)
        (void)fprintf(to, INDENT "then it is the guest's: give it back\n");
    (void)fprintf(to, INDENT "%s: %s", exit_outcome_names[x->outcome], meaning[x->outcome]);
    if (x->outcome == OUTCOME_REFLECT || x->outcome == OUTCOME_INJECT)
        (void)fprintf(to, " (%s)", story_vector(x->reflected, text));
    (void)putc('\n', to);
}

static void tell_phases(FILE *to, const struct story_view *v, const struct vm_exit *x)
{
    const char *lead = "Phases      ";
    for (unsigned p = 0; p < HV_PHASES; p++) {
        if (!x->phase[p])
            continue;
        unsigned bar = x->cycles ? (unsigned)((uint64_t)x->phase[p] * 40 / x->cycles) : 0;
        (void)fprintf(to, "%s%-15s %6u%s%.*s\n", lead, hv_phase_names[p], x->phase[p],
                      v->plain ? "" : "  ", v->plain ? 0 : (int)bar,
                      "########################################");
        lead = INDENT;
    }
    (void)fprintf(to, "%s%-15s %6" PRIu64 "  cycles, modelled\n", lead, "together", x->cycles);
}

static void tell_now(FILE *to, const struct story_view *v, const struct vm_exit *x)
{
    const struct cpu_state *c = &v->hv->machine->cpu.s;
    struct cpu_state now, *g = &now;
    bool later = hv_cycle(v->hv) > x->cycle + x->cycles; /* the guest has run since */
    if (!hv_guest_view(v->hv, x->vm, g))
        return;
    unsigned ring = later ? g->cpl : x->virtual_cpl_out;
    (void)fprintf(to, "Guest now   EIP %08x  ring %u  IF %u  EFLAGS %08x  CR0 %08x  CR3 %08x\n",
                  later ? g->eip : x->eip_out, ring, (g->eflags & FLAG_IF) != 0, g->eflags, g->cr0,
                  g->cr3);
    (void)fprintf(to, INDENT "EAX %08x EBX %08x ECX %08x EDX %08x ESP %08x\n", g->gpr[R_EAX],
                  g->gpr[R_EBX], g->gpr[R_ECX], g->gpr[R_EDX], g->gpr[R_ESP]);
    if (later)
        (void)fprintf(to, INDENT "as it is %" PRIu64 " cycles later; it went on at EIP %08x\n",
                      hv_cycle(v->hv) - x->cycle - x->cycles, x->eip_out);
    (void)fprintf(to, "Really      ring %u  CR0 %08x  CR3 %08x  GDTR %08x  IDTR %08x\n", c->cpl,
                  c->cr0, c->cr3, c->gdtr_base, c->idtr_base);
    (void)fprintf(
        to,
        INDENT "the hypervisor's tables, in frames of the machine that the guest cannot reach\n");
}

/* Of an exit that has only just begun: what the hardware has done. */
static void tell_fresh(FILE *to, const struct story_view *v, const struct vm_exit *x)
{
    char name[80], text[100], vector[32];
    const struct cpu_state *g = v->guest;
    uint8_t bytes[15];
    unsigned n = 15;
    uint32_t linear = g->seg[SEG_CS].base + g->eip;
    while (n && !hv_guest_linear(v->hv, x->vm, linear, bytes, n))
        n--;
    unsigned length = insn_disassemble(bytes, n, g->eip, false, text, sizeof text);
    (void)symbols_name(v->symbols, linear, name, sizeof name);
    (void)fprintf(to, "Exit %" PRIu64 ", just begun\n\n", x->number);
    (void)fprintf(to, "Guest       vm%u, virtual ring %u%s%s\n" INDENT "0x%08x   %s\n", x->vm,
                  g->cpl, name[0] ? ", in " : "", name, linear, length ? text : "(not readable)");
    (void)fprintf(to,
                  "CPU         %s, delivered to ring 0: the hypervisor has not found out yet why\n",
                  story_vector(x->vector, vector));
}

/* Of an exit that is not over. */
static void tell_open(FILE *to, const struct story_view *v)
{
    (void)fprintf(to, "Open        the hypervisor is at work on it, in phase %s\n",
                  hv_phase_names[v->hv->phase]);
}

/* Text in lines of at most 100 columns, the further ones behind blanks. */
static void put_wrapped_after(FILE *to, const char *lead, const char *text)
{
    size_t column = (size_t)fprintf(to, "%s", lead);
    for (bool first = true; *text; first = false) {
        size_t n = strcspn(text, " ");
        if (!first && column + 1 + n > 100)
            column = (size_t)fprintf(to, "\n" INDENT) - 1;
        else if (!first)
            column += (size_t)fprintf(to, " ");
        column += (size_t)fprintf(to, "%.*s", (int)n, text);
        text += n + (text[n] == ' ');
    }
    (void)putc('\n', to);
}

void story_tell(FILE *to, const struct story_view *v, const struct vm_exit *x)
{
    enum exit_reason reason = (enum exit_reason)x->reason;
    enum hv_mode_id mode = v->hv->config.mode;
    if (v->fresh) {
        tell_fresh(to, v, x);
        return;
    }
    tell_guest(to, v, x);
    put_wrapped_after(to, "Why         ", exit_reason_whys[reason]);
    (void)fprintf(to, INDENT "(%s)\n", exit_reason_titles[reason]);
    story_qualification(to, x);
    tell_cpu(to, x);
    if (v->hv->open == x) {
        story_actions(to, x);
        tell_open(to, v);
    } else {
        tell_decision(to, x);
        story_actions(to, x);
        tell_phases(to, v, x);
        if (x->number == v->hv->exits)
            tell_now(to, v, x);
    }
    put_wrapped_after(to, "Elsewhere   native: ", elsewhere(MODE_native, reason));
    enum hv_mode_id other = mode == MODE_pv ? MODE_trap : MODE_pv;
    put_wrapped_after(
        to, other == MODE_trap ? INDENT "trap: " : INDENT "pv: ", elsewhere(other, reason));
}

void story_next(FILE *to, const struct story_view *v, const struct vm_exit *x,
                const struct vm_exit *next)
{
    char insns[NUMBER_TEXT], name[80];
    if (!next) {
        (void)fprintf(to, "Next        no further exit\n");
        return;
    }
    (void)symbols_name(v->symbols, next->eip, name, sizeof name);
    uint64_t between = next->icount - x->icount;
    (void)fprintf(
        to,
        "Next        after %s more instruction%s exit %" PRIu64 ": %s\n" INDENT "at 0x%08x%s%s%s\n",
        number_grouped(insns, between), between == 1 ? "" : "s", next->number,
        exit_reason_names[next->reason], next->eip, name[0] ? " (" : "", name, name[0] ? ")" : "");
}
