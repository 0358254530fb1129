/*
 * Snapshots: what the panel shows of the sessions. All figures are the ones that reports are made
 * of.
 */
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "panel/ask.h"

/* ---------------------------------------- one side */

static const char *state_of(const struct panel_side *s, struct snapshot *to)
{
    if (s->ended)
        return snapshot_text(to, "ended: %s", s->end);
    return s->running == PANEL_RUNS        ? "running"
           : s->running == PANEL_RUNS_BACK ? "running backwards"
                                           : "paused";
}

static void look_console(struct panel_side *s, struct snapshot *to, struct snap_side *side)
{
    size_t n, lines = 0;
    const char *text = session_console(s->d->session, session_vm(s->d->session), &n);
    size_t from = n > 8192 ? n - 8192 : 0;
    side->console = snapshot_alloc(to, 400, sizeof *side->console);
    while (side->console && from < n && lines < 400) {
        const char *end = memchr(text + from, '\n', n - from);
        size_t length = end ? (size_t)(end - text) - from : n - from;
        size_t shown = length && text[from + length - 1] == '\r' ? length - 1 : length;
        side->console[lines++] = snapshot_line(to, text + from, shown);
        from += length + 1;
    }
    side->console_lines = lines;
}

/* Does the processor wait in HLT? */
static bool is_idle(const struct hv *hv)
{
    if (!hv->mode->has_hypervisor)
        return hv->machine->cpu.s.halted;
    bool ready = hv->open != NULL;
    for (unsigned i = 0; i < hv->vms; i++)
        ready |= hv->vm[i]->s.end == VM_RUNNING && hv->vm[i]->cpu.s.run == VCPU_READY;
    return !ready;
}

static void look_rings(struct panel_side *s, struct snap_side *side)
{
    struct hv *hv = session_hv(s->d->session);
    struct cpu_state guest;
    struct snap_rings *r = &side->rings;
    r->believed = session_guest(s->d->session, session_vm(s->d->session), &guest) ? guest.cpl : 0;
    r->bare = !hv->mode->has_hypervisor;
    r->hypervisor = !r->bare && (hv->open || hv->machine->cpu.s.cpl == 0);
    r->real = r->hypervisor ? 0 : hv->machine->cpu.s.cpl;
    r->supervisor = r->real < 3;
    r->words = s->ended ? "The guest has ended: this is how it left the processor."
               : is_idle(hv)
                   ? r->bare ? "The kernel has executed HLT: the processor waits for an interrupt."
                             : "Nobody can run: the hypervisor waits in HLT for an interrupt."
               : r->bare       ? "A bare machine: what the kernel believes is so."
               : r->hypervisor ? "The hypervisor is at work: the real ring is 0, the guest waits."
               : r->real == r->believed
                   ? "The program is where it believes to be; its kernel is not in ring 0."
               : hv->mode->direct_paging
                   ? "The kernel was built for ring 1 and knows that it is there."
                   : "The kernel believes to be in ring 0 and is in ring 1: paging cannot tell the "
                     "two apart, segments can.";
}

static void look_position(struct panel_side *s, struct snapshot *to, struct snap_side *side)
{
    struct debugger *d = s->d;
    const struct session_position *at = session_position(d->session);
    struct cpu_state cpu;
    struct work_key key;
    char name[120], line[140];
    uint32_t here = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
    side->insn = at->insn;
    side->exit = at->exit;
    side->cycle = at->cycle;
    side->idle = session_hv(d->session)->machine->cpu.s.bucket[BUCKET_idle];
    side->user = session_hv(d->session)->machine->cpu.s.insns_user;
    side->kernel = session_hv(d->session)->machine->cpu.s.insns_kernel;
    (void)address_name(d, here, name, sizeof name);
    (void)address_line(d, here, line, sizeof line);
    side->symbol = snapshot_text(to, "%s%s%s", name, name[0] && line[0] ? ", " : "", line);
    if (session_work_key(d->session, session_vm(d->session), &key))
        side->work = snapshot_text(to, "process %u, entry %" PRIu64 ", +%" PRIu64, key.pid,
                                   key.entry, key.insns);
    side->entry = s->entry;
    side->entries = s->entries;
}

void look_side(struct driver *v, unsigned number, const struct panel_wants *wants,
               struct snapshot *to)
{
    struct panel_side *s = &v->side[number];
    struct snap_side *side = &to->side[number];
    const struct hv *hv = session_hv(s->d->session);
    track_present(s);
    side->label = hv->mode->name;
    side->about = snapshot_text(to, "%s on %s", hv->mode->name, s->options.cpu_model.name);
    side->scale = snapshot_text(to, "modelled cycles, %s", hv->config.profile->name);
    side->state = state_of(s, to);
    side->running = s->running != PANEL_PAUSED;
    side->ended = s->ended;
    side->clock_hz = hv->config.profile->clock_hz;
    side->vms = hv->vms;
    side->timeline = s->timeline;
    for (unsigned i = 0; i < hv->vms && lock_allows_view(v->lock, "schedule"); i++)
        side->turn[i] = s->turns.vm[i].time;
    bool asked = ask_waits(s), debug = lock_allows_view(v->lock, "debug");
    bool compare = lock_allows_view(v->lock, "compare");
    look_position(s, to, side);
    if (asked)
        ask_timelines(s, side);
    if (!asked && compare)
        look_costs(s, to, side);
    if (!asked && (debug || compare))
        look_counters(s, to, side);
    if (!debug && !compare && !lock_allows_view(v->lock, "schedule"))
        side->timeline = NULL;
    side->exit_shown.empty =
        asked ? "Hidden until you have answered." : "The Debug view is locked.";
    if (!debug)
        return;
    look_console(s, to, side);
    look_rings(s, side);
    look_registers(s, to, side);
    look_code(s, to, side, wants->side == number ? wants : NULL);
    if (!asked)
        look_exit(s, to, side, wants->side == number ? wants->exit : 0);
}

/* The other side while the front one is asked about. */
static void look_aside(struct driver *v, unsigned number, struct snapshot *to)
{
    struct snap_side *side = &to->side[number];
    const struct hv *hv = session_hv(v->side[number].d->session);
    side->label = hv->mode->name;
    side->state = "hidden until you have answered";
    side->scale = snapshot_text(to, "modelled cycles, %s", hv->config.profile->name);
    side->exit_shown.empty = "Hidden until you have answered.";
}

/* ---------------------------------------- all of it */

static uint32_t address_here(struct panel_side *s)
{
    struct cpu_state cpu;
    return debug_cpu(s->d, &cpu)->seg[SEG_CS].base + cpu.eip;
}

static void look_log(struct driver *v, struct snapshot *to)
{
    size_t n = v->logged < PANEL_LOG ? v->logged : PANEL_LOG;
    size_t from = ask_waits(&v->side[v->front]) ? v->side[v->front].ask.log_from : 0;
    if (from > v->logged - n)
        n = v->logged - from;
    to->log = snapshot_alloc(to, n, sizeof *to->log);
    for (size_t i = 0; to->log && i < n; i++) {
        const char *line = v->log[(v->logged - n + i) % PANEL_LOG];
        to->log[to->log_lines++] = snapshot_line(to, line, strlen(line));
    }
}

/* What may be seen, for the panel to refuse the rest. */
static void look_locks(struct driver *v, struct snapshot *to)
{
    char text[300];
    to->locked = snapshot_text(to, "%s", lock_sentence(v->lock, text, sizeof text));
    for (unsigned i = 0; v->lock && i < 4; i++)
        if (!lock_allows_view(v->lock, view_names[i]))
            to->locked_views = snapshot_text(to, "%s %s", to->locked_views, view_names[i]);
}

void driver_wants(struct driver *v, const struct panel_wants *wants)
{
    v->front = wants->side < v->sides ? wants->side : 0;
    (void)snprintf(v->reason, sizeof v->reason, "%s", wants->reason);
    v->comparing = strcmp(wants->view, "compare") == 0;
    v->looked = wants->has_eip ? wants->eip : address_here(&v->side[v->front]);
}

const struct snapshot *driver_look(struct driver *v, const struct panel_wants *wants)
{
    struct snapshot *to = &v->snapshot;
    snapshot_begin(to);
    driver_wants(v, wants);
    to->sides = v->sides;
    to->front = v->front;
    bool asked = ask_waits(&v->side[v->front]);
    for (unsigned i = 0; i < v->sides; i++)
        if (asked && i != v->front)
            look_aside(v, i, to);
        else
            look_side(v, i, wants, to);
    if (!ask_any(v) && lock_allows_view(v->lock, "compare"))
        look_differences(to);
    if (lock_allows_view(v->lock, "memory"))
        look_memory(&v->side[v->front], to, wants);
    else
        to->memory.empty = "The Memory view is locked.";
    if (lock_allows_view(v->lock, "schedule"))
        look_vms(&v->side[v->front], to);
    look_log(v, to);
    look_locks(v, to);
    ask_look(v, to);
    to->scale_note = to->side[v->front].scale;
    const struct panel_side *front = &v->side[v->front];
    bool lost = front->lost || session_work_lost(front->d->session);
    to->message = snapshot_text(to, "%s",
                                v->message[0] || !lost ? v->message
                                                       : "There is no room for more of this run: "
                                                         "from some point on the timeline does not "
                                                         "know programs or exits.");
    look_story(v, to, wants);
    return to;
}
