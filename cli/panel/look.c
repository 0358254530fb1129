/*
 * Snapshots: what the panel shows of the sessions. All figures are the ones that reports are made
 * of.
 */
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "panel/ask.h"
#include "panel/buckets.h"

/* ---------------------------------------- one side */

static const char *state_of(const struct panel_side *s, struct snapshot *to)
{
    if (s->ended)
        return snapshot_text(to, "ended: %s", s->end);
    return s->running == PANEL_RUNS        ? "running"
           : s->running == PANEL_RUNS_BACK ? "running backwards"
                                           : "paused";
}

/* The dearest keys that the hypervisor was charged in a bucket: price, times, kind of figure. */
static const char *look_keys(const struct panel_side *s, struct snapshot *to, unsigned bucket)
{
    const struct hv *hv = session_hv(s->d->session);
    const struct cost_profile *p = hv->config.profile;
    const char *text = "";
    uint64_t below = UINT64_MAX;
    for (int shown = 0; shown < 3; shown++) {
        uint64_t most = 0;
        unsigned best = 0;
        for (unsigned k = 0; k < HV_COSTS; k++) {
            uint64_t cycles = hv->events[k] * p->hv.cycles[k];
            if (hv_cost_buckets[k] == bucket && cycles > most && cycles < below) {
                most = cycles;
                best = k;
            }
        }
        if (!most)
            break;
        text = snapshot_text(to, "%s%s %s: %" PRIu64 " times %u cycles (%s).", text,
                             *text ? "" : "Cost keys:", hv_cost_names[best], hv->events[best],
                             p->hv.cycles[best], cost_kind_names[p->hv_kind[best]]);
        if (!shown && s->d->inputs->profile.source[SIM_COSTS + best])
            text = snapshot_text(to, "%s %s", text, s->d->inputs->profile.source[SIM_COSTS + best]);
        below = most;
    }
    return text;
}

static void look_costs(struct panel_side *s, struct snapshot *to, struct snap_side *side)
{
    const struct hv *hv = session_hv(s->d->session);
    const uint64_t *bucket = hv->machine->cpu.s.bucket;
    side->cost = snapshot_alloc(to, SIM_BUCKETS, sizeof *side->cost);
    for (unsigned b = 0; side->cost && b < SIM_BUCKETS; b++) {
        if (b == BUCKET_idle) {
            side->idle = bucket[b];
            continue;
        }
        struct snap_cost *c = &side->cost[side->costs++];
        const struct bucket_look look = bucket_look(b);
        *c = (struct snap_cost){.name = sim_bucket_names[b],
                                .words = sim_bucket_texts[b],
                                .tip = look_keys(s, to, b),
                                .brief = look.brief,
                                .cycles = bucket[b],
                                .colour = look.colour,
                                .hatch = look.hatch};
        side->busy += bucket[b];
    }
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
        side->console[lines++] = snapshot_text(to, "%.*s", (int)shown, text + from);
        from += length + 1;
    }
    side->console_lines = lines;
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
    r->words = r->bare         ? "A bare machine: what the kernel believes is so."
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
    side->who = hv->mode->has_hypervisor ? s->who : NULL;
    bool asked = ask_waits(s), debug = lock_allows_view(v->lock, "debug");
    bool compare = lock_allows_view(v->lock, "compare");
    look_position(s, to, side);
    if (asked)
        ask_timelines(s, side);
    if (compare)
        look_costs(s, to, side);
    if (!asked && (debug || compare))
        look_counters(s, to, side);
    if (!lock_allows_view(v->lock, "schedule"))
        side->who = NULL;
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

static void look_log(struct driver *v, struct snapshot *to)
{
    size_t n = v->logged < PANEL_LOG ? v->logged : PANEL_LOG;
    size_t from = ask_waits(&v->side[v->front]) ? v->side[v->front].ask.log_from : 0;
    if (from > v->logged - n)
        n = v->logged - from;
    to->log = snapshot_alloc(to, n, sizeof *to->log);
    for (size_t i = 0; to->log && i < n; i++)
        to->log[to->log_lines++] = snapshot_text(to, "%s", v->log[(v->logged - n + i) % PANEL_LOG]);
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

const struct snapshot *driver_look(struct driver *v, const struct panel_wants *wants)
{
    struct snapshot *to = &v->snapshot;
    snapshot_begin(to);
    to->sides = v->sides;
    to->front = v->front = wants->side < v->sides ? wants->side : 0;
    (void)snprintf(v->reason, sizeof v->reason, "%s", wants->reason);
    v->comparing = strcmp(wants->view, "compare") == 0;
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
    to->message = snapshot_text(to, "%s", v->message);
    look_story(v, to, wants);
    return to;
}
