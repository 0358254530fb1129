/*
 * Where the session stopped and why: one plain sentence or two, the position, the source line.
 */
#include <string.h>

#include "debug/internal.h"
#include "story_details.h"

const char *position_text(struct debugger *d, const struct session_position *at, char *text,
                          size_t size)
{
    int n = snprintf(text, size, "insn %" PRIu64 ", cycle %" PRIu64 ", exit %" PRIu64, at->insn,
                     at->cycle, at->exit);
    const struct hv *hv = debug_hv(d);
    bool here = session_compare(at, session_position(d->session)) == 0 && hv->open;
    if (at->phase != SESSION_OUTSIDE && n > 0 && (size_t)n < size)
        (void)snprintf(text + n, size - (size_t)n, here ? ", phase %u (%s)" : ", phase %u",
                       at->phase, here ? hv_phase_names[hv->phase] : "");
    return text;
}

/* What a watchpoint saw. */
static void tell_data(struct debugger *d, const struct session_hit *h)
{
    char name[100];
    (void)address_name(d, h->address, name, sizeof name);
    (void)fprintf(d->out, "%u byte%s at 0x%08x%s%s%s %s: ", h->size, h->size == 1 ? "" : "s",
                  h->address, name[0] ? " (" : "", name, name[0] ? ")" : "",
                  h->access == ACCESS_WRITE ? "written" : "read");
    if (h->access == ACCESS_WRITE)
        (void)fprintf(d->out, "0x%x became 0x%x", h->old, h->now);
    else
        (void)fprintf(d->out, "0x%x", h->now);
}

static void tell_hit(struct debugger *d, const struct session_event *e,
                     const struct session_point *p)
{
    const struct session_hit *h = &e->hit;
    const char *title = p ? point_title(p) : "Temporary breakpoint"; /* gone with its hit */
    if (p && p->silent)
        return;
    if (!p || p->kind == POINT_CODE) {
        (void)fprintf(d->out, "%s %u.\n", title, h->point);
        return;
    }
    (void)fprintf(d->out, "%s %u: ", title, h->point);
    unsigned kind = p ? p->kind : (unsigned)POINT_KINDS;
    if (kind == POINT_DATA)
        tell_data(d, h);
    else if (kind == POINT_IO)
        (void)fprintf(d->out, "port 0x%x, %u byte%s %s, 0x%x", h->address, h->size,
                      h->size == 1 ? "" : "s", h->access == ACCESS_WRITE ? "written" : "read",
                      h->now);
    else if (kind == POINT_MODE)
        (void)fprintf(d->out, "from ring %u to ring %u", h->from, h->to);
    else if (kind == POINT_EXIT && p->value < EXIT_REASONS)
        (void)fprintf(d->out, "exit %" PRIu64 " is %s", e->at.exit, exit_reason_names[p->value]);
    else if (kind == POINT_EXIT)
        (void)fprintf(d->out, "exit %" PRIu64, e->at.exit);
    else if (kind == POINT_TRAP && h->to == SESSION_NO_VECTOR)
        (void)fprintf(d->out, "an event is delivered to the guest");
    else if (kind == POINT_TRAP)
        (void)fprintf(d->out, "vector %u is delivered to the guest", h->to);
    else if (kind == POINT_PAGETABLE)
        (void)fprintf(d->out, "page-table entry at 0x%08x: 0x%08x became 0x%08x", h->address,
                      h->old, h->now);
    else if (e->text[0])
        (void)fprintf(d->out, "%s", e->text);
    else
        (void)fprintf(d->out, "%s", p ? point_texts[p->kind] : "hit");
    (void)fputs(".\n", d->out);
}

/* Why it stopped, where that is more than "as asked". */
static void tell_why(struct debugger *d, const struct session_event *e)
{
    static const char *const otherwise[SESSION_WHYS] = {
        [SESSION_ENDED] = "Every guest has ended",
        [SESSION_BEGINNING] = "This is the beginning: there is nothing before it",
        [SESSION_PRESENT] = "The recording ends here",
        [SESSION_INPUT] = "Every guest waits for input: type \"TEXT\\n\" gives some",
        [SESSION_INTERRUPT] = "Interrupted",
        [SESSION_REFUSED] = "That makes no sense here",
        [SESSION_FAILED] = "The simulator failed",
    };
    if (e->why == SESSION_POINT) {
        tell_hit(d, e, session_point(d->session, e->hit.point));
        return;
    }
    const char *text = e->text[0] ? e->text : otherwise[e->why];
    if (!text)
        return;
    size_t n = strlen(text);
    (void)fprintf(d->out, "%c%s%s\n", text[0] >= 'a' && text[0] <= 'z' ? text[0] - 32 : text[0],
                  text + 1, n && text[n - 1] == '.' ? "" : ".");
}

/* Inside an exit: which, and what the hypervisor has done of it. */
static void tell_exit(struct debugger *d)
{
    const struct hv *hv = debug_hv(d);
    const struct vm_exit *x = hv->open;
    uint32_t phase = session_position(d->session)->phase;
    char vector[32];
    if (!x)
        return;
    (void)fprintf(d->out, "In exit %" PRIu64 ": ", x->number);
    if (phase == SESSION_OUTSIDE)
        (void)fprintf(d->out, "%s, its work for the guest is done; the guest is not resumed yet.\n",
                      exit_reason_names[x->reason]);
    else if (phase == 0)
        (void)fprintf(d->out, "%s was delivered to the hypervisor, which has done nothing yet.\n",
                      story_vector(x->vector, vector));
    else if (!exit_is_classified(d))
        (void)fprintf(d->out,
                      "%s; the hypervisor has not found out yet why. Next phase: "
                      "%s.\n",
                      story_vector(x->vector, vector), hv_phase_names[hv->phase]);
    else
        (void)fprintf(d->out, "%s. Next phase: %s.\n", exit_reason_names[x->reason],
                      hv_phase_names[hv->phase]);
}

static void tell_place(struct debugger *d, uint32_t linear)
{
    struct cpu_state cpu;
    struct source_line line;
    char name[100], place[140], code[100], text[200];
    (void)debug_cpu(d, &cpu);
    (void)address_name(d, linear, name, sizeof name);
    (void)address_line(d, linear, place, sizeof place);
    (void)disassemble_at(d, linear, code, sizeof code);
    if (debug_hv(d)->vms > 1)
        (void)fprintf(d->out, "vm%u ", session_vm(d->session));
    (void)fprintf(d->out, "0x%08x%s%s%s%s, ring %u. Next: %s\n", linear, name[0] ? " in " : "",
                  name, place[0] ? ", " : "", place, cpu.cpl, code);
    if (!symbols_line(symbols_for(d, linear, NULL), linear, &line))
        return;
    source_text(d, line.file, line.line, text, sizeof text);
    if (text[0])
        (void)fprintf(d->out, "%u\t%s\n", line.line, text);
}

/* The statuses of moves that did not get where they were to get. */
static int status_of(const struct session_event *e)
{
    if (!e->failed)
        return CLI_OK;
    return e->why == SESSION_FAILED ? CLI_OURS : CLI_GUEST_FAILED;
}

int debug_tell_stop(struct debugger *d, const struct session_event *e)
{
    char text[160];
    console_rest(d);
    tell_why(d, e);
    if (e->why == SESSION_REFUSED || e->why == SESSION_FAILED)
        return status_of(e);
    if (e->vm < debug_hv(d)->vms)
        session_set_vm(d->session, e->vm);
    tell_exit(d);
    tell_place(d, e->linear);
    (void)fprintf(d->out, "Position: %s\n",
                  position_text(d, session_position(d->session), text, sizeof text));
    d->listed.next = 0;
    d->examine_at = e->linear;
    d->examine_physical = false;
    return status_of(e);
}

int debug_tell_here(struct debugger *d)
{
    struct cpu_state cpu;
    struct session_event e = {.why = SESSION_DONE, .vm = session_vm(d->session)};
    e.at = *session_position(d->session);
    e.linear = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
    return debug_tell_stop(d, &e);
}
