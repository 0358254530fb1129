/*
 * The timeline of a session: exits as the trace tells them, programs as the log of guest work has
 * them, and the kernel wherever neither is.
 */
#include <stdlib.h>
#include <string.h>

#include "panel/driver.h"

#define NOTES_MOST 65536u /* exits that wait for their place */

enum span_class class_of_reason(unsigned reason)
{
    static const uint8_t classes[EXIT_REASONS] = {
#define REASON(reason, class) [EXIT_##reason] = CLASS_##class,
#include "panel/classes.def"
#undef REASON
    };
    uint8_t class = reason < EXIT_REASONS ? classes[reason] : 0;
    return class ? (enum span_class) class : CLASS_other;
}

/* ---------------------------------------- exits by time */

/* Two bins become one when the run outgrows them. */
static void widen(struct panel_side *s)
{
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        for (unsigned i = 0; i < PANEL_BINS; i++)
            s->shown[r][i] = i < PANEL_BINS / 2 ? s->shown[r][2 * i] + s->shown[r][2 * i + 1] : 0;
    s->bin_cycles *= 2;
}

static void count_exit(struct panel_side *s, const struct exit_note *x)
{
    if (!s->bin_cycles)
        s->bin_cycles = 10000;
    while (x->begin / s->bin_cycles >= PANEL_BINS)
        widen(s);
    s->shown[x->reason][x->begin / s->bin_cycles]++;
}

/* Keeps it until the timeline is brought up to date. */
static bool note(struct panel_side *s, struct exit_note n)
{
    if (s->notes == s->note_room) {
        size_t room = s->note_room ? s->note_room * 2 : 4096;
        struct exit_note *bigger = realloc(s->note, room * sizeof *bigger);
        if (!bigger) {
            s->lost = true;
            return false;
        }
        s->note = bigger;
        s->note_room = room;
    }
    s->note[s->notes++] = n;
    return true;
}

/* ---------------------------------------- spans */

static void put_span(struct panel_side *s, uint64_t begin, const struct exit_note *x)
{
    struct span span = {.begin = begin, .class = s->user ? CLASS_user : CLASS_kernel};
    if (x && !x->number) {
        span.class = CLASS_idle;
    } else if (x) {
        span.class = (uint8_t)class_of_reason(x->reason);
        span.exit = (uint32_t)x->number;
        span.reason = x->reason;
        span.vm = x->vm;
    }
    s->lost |= !timeline_add(s->timeline, &span);
}

/* The next change between program and kernel: its cycle; UINT64_MAX: not known yet. */
static uint64_t next_crossing(const struct panel_side *s, const struct work_stretch *w, size_t n)
{
    if (s->stretches >= n)
        return UINT64_MAX;
    const struct work_stretch *at = &w[s->stretches];
    if (!s->begun)
        return at->from.cycle;
    return at->end == WORK_RUNNING ? UINT64_MAX : at->to.cycle;
}

/* A return from a call or fault; interrupts come when they come, and count nothing. */
static void note_entry(struct panel_side *s, const struct work_stretch *w)
{
    if (w->begin == WORK_RESUME)
        return;
    if (s->entries == s->entry_room) {
        size_t room = s->entry_room ? s->entry_room * 2 : 1024;
        uint64_t *bigger = realloc(s->entry, room * sizeof *bigger);
        if (!bigger) {
            s->lost = true;
            return;
        }
        s->entry = bigger;
        s->entry_room = room;
    }
    s->entry[s->entries++] = w->from.cycle;
}

static void cross(struct panel_side *s, const struct work_stretch *w)
{
    if (!s->begun)
        note_entry(s, &w[s->stretches]);
    s->user = !s->begun;
    s->stretches += s->begun;
    s->begun = !s->begun;
}

/* Input in the past makes another future: what the timelines know of the old one goes. */
static void forget_future(struct panel_side *s)
{
    struct session_history h;
    size_t n;
    session_history(s->d->session, &h);
    if (h.to.cycle >= s->placed)
        return;
    const struct work_stretch *w = session_work(s->d->session, &n);
    uint64_t begin = timeline_begin(s->timeline);
    timeline_cut(s->timeline, h.to.cycle);
    s->placed = h.to.cycle;
    s->lost |= !turns_begin(&s->turns, session_hv(s->d->session), s->placed);
    s->placing = s->placed > begin;
    s->notes = 0;
    while (s->entries && s->entry[s->entries - 1] > s->placed)
        s->entries--;
    for (s->stretches = 0; s->stretches < n && w[s->stretches].end != WORK_RUNNING &&
                           w[s->stretches].to.cycle <= s->placed;)
        s->stretches++;
    s->begun = s->user = s->stretches < n && w[s->stretches].from.cycle <= s->placed;
}

void track_loaded(struct panel_side *s)
{
    if (s->loads == s->d->loads)
        return;
    s->loads = s->d->loads;
    timeline_cut(s->timeline, 0);
    s->placed = session_position(s->d->session)->cycle;
    s->placing = s->begun = s->user = s->has_before = s->lost = false;
    for (unsigned i = 0; i < SNAP_VMS; i++)
        timeline_cut(s->turns.vm[i].time, 0);
    s->lost |= !turns_begin(&s->turns, session_hv(s->d->session), s->placed);
    s->notes = s->stretches = s->entries = 0;
    s->bin_cycles = 0;
    memset(s->shown, 0, sizeof s->shown);
}

/* Up to a cycle that the run has come to. */
static void place(struct panel_side *s, uint64_t now)
{
    size_t n, i = 0;
    const struct work_stretch *w = session_work(s->d->session, &n);
    if (!s->placing) {
        s->placing = true;
        put_span(s, s->placed, NULL);
    }
    /* Before a saved session's position the log may know programs, but not the exits between. */
    while (next_crossing(s, w, n) < s->placed)
        cross(s, w);
    for (;;) {
        uint64_t crossing = next_crossing(s, w, n);
        bool exit = i < s->notes && s->note[i].begin <= crossing;
        if (exit) {
            put_span(s, s->note[i].begin, &s->note[i]);
            /* Programs that come or go within the exit do so at its end. */
            while (next_crossing(s, w, n) <= s->note[i].end)
                cross(s, w);
            put_span(s, s->note[i].end, NULL);
            i++;
        } else if (crossing <= now) {
            cross(s, w);
            put_span(s, crossing, NULL);
        } else
            break;
    }
    s->notes = 0;
    s->placed = now;
    timeline_reach(s->timeline, now);
}

void track_present(struct panel_side *s)
{
    uint64_t now = session_position(s->d->session)->cycle;
    track_loaded(s);
    forget_future(s);
    if (now < s->placed)
        return;
    place(s, now);
    s->lost |= !turns_present(&s->turns, session_hv(s->d->session), now);
}

/* ---------------------------------------- what happens */

void track_event(void *side, const struct trace_event *e)
{
    struct panel_side *s = side;
    track_loaded(s);
    s->lost |= !turns_event(&s->turns, e);
    if (e->kind == TRACE_IDLE)
        (void)note(s, (struct exit_note){e->cycle, e->cycle + e->value, 0, 0, 0});
    if (e->kind != TRACE_EXIT || !e->exit)
        return;
    const struct vm_exit *x = e->exit;
    const struct exit_note n = {x->cycle, x->cycle + x->cycles, x->number, x->reason, x->vm};
    if (note(s, n))
        count_exit(s, &n);
    if (s->notes >=
        NOTES_MOST) /* however far one verb goes, they are not kept beside the timeline */
        place(s, n.end);
}
