/* Parts of a snapshot: what differs between the sides, the VMs, and the story bar. */
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "panel/driver.h"

static uint64_t apart(const struct snap_difference *d)
{
    return d->cycles[0] > d->cycles[1] ? d->cycles[0] - d->cycles[1] : d->cycles[1] - d->cycles[0];
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = apart(a), y = apart(b);
    return x != y ? (x < y ? 1 : -1)
                  : strcmp(((const struct snap_difference *)a)->name,
                           ((const struct snap_difference *)b)->name);
}

static struct snap_difference *difference_of(struct snapshot *to, const struct snap_counter *c)
{
    for (size_t i = 0; i < to->differences; i++)
        if (to->difference[i].name == c->name)
            return &to->difference[i];
    to->difference[to->differences] = (struct snap_difference){
        .name = c->name, .words = c->words, .tip = c->tip, .class = c->class};
    return &to->difference[to->differences++];
}

/* Is what both sides did the same work? Else their figures are not to be set against each other. */
static bool same_work(const struct snap_side *l, const struct snap_side *r)
{
    return (l->ended && r->ended) || strcmp(l->work, r->work) == 0;
}

void look_differences(struct snapshot *to)
{
    if (to->sides < 2)
        return;
    to->differences_note = snapshot_text(to, "by difference; %s", to->side[0].scale);
    to->difference = snapshot_alloc(to, EXIT_REASONS, sizeof *to->difference);
    for (unsigned i = 0; to->difference && i < 2; i++)
        for (size_t n = 0; n < to->side[i].counters; n++) {
            const struct snap_counter *c = &to->side[i].counter[n];
            struct snap_difference *d = difference_of(to, c);
            d->count[i] = c->count;
            d->cycles[i] = c->cycles;
        }
    if (to->difference)
        qsort(to->difference, to->differences, sizeof *to->difference, by_size);
    const struct snap_side *l = &to->side[0], *r = &to->side[1];
    if (!l->busy || !r->busy)
        return;
    if (!same_work(l, r)) {
        to->comparison = "Not at the same guest work: the figures are of different work.";
        return;
    }
    uint64_t percent = l->busy * 100 / r->busy;
    to->comparison = snapshot_text(
        to, "%s spends %" PRIu64 ".%02" PRIu64 " times the cycles of %s, idling left out.",
        l->label, percent / 100, percent % 100, r->label);
}

void look_vms(struct panel_side *s, struct snapshot *to)
{
    struct hv *hv = session_hv(s->d->session);
    to->vm = snapshot_alloc(to, hv->vms, sizeof *to->vm);
    for (unsigned i = 0; to->vm && i < hv->vms; i++) {
        const struct vm_stats *v = hv_stats(hv, i);
        struct snap_vm *vm = &to->vm[to->vms++];
        *vm = (struct snap_vm){.name = hv->mode->has_hypervisor ? snapshot_text(to, "VM %u", i)
                                                                : "guest",
                               .waited = v->steal_cycles,
                               .switches = v->switches_in};
        for (unsigned b = 0; b < SIM_BUCKETS; b++)
            vm->ran += b == BUCKET_idle ? 0 : v->bucket[b];
        uint64_t had = vm->ran + vm->waited, all = hv_cycle(hv);
        vm->idle = had < all ? all - had : 0;
        bool here = hv->current && hv->current->vm == hv->vm[i];
        bool halted = hv->mode->has_hypervisor ? hv->vm[i]->cpu.s.run == VCPU_BLOCKED
                                               : hv->machine->cpu.s.halted;
        vm->state = hv->vm[i]->s.end                    ? "ended"
                    : halted                            ? "waits in HLT"
                    : here || !hv->mode->has_hypervisor ? "on the processor"
                                                        : "waits";
    }
}

/* ---------------------------------------- the story bar */

/* What else can be pressed; the first ones are shown first. */
static void add_hint(struct snapshot *to, const char *hint)
{
    if (to->hints < SNAP_HINTS)
        to->hint[to->hints++] = hint;
}

/* Of one machine: the one key to press, and what else there is. */
static void keys_of_one(struct snapshot *to, const struct snap_side *s)
{
    const struct snap_exit *x = &s->exit_shown;
    add_hint(to, "`?` all keys");
    if (s->running) {
        to->key = "Press `Space` to pause.";
        return;
    }
    if (to->sides > 1)
        add_hint(to, "`o` other side");
    if (s->ended) {
        to->key = "Press `Home` to go back to the beginning.";
        add_hint(to, "`C` run backwards");
    } else if (x->open) {
        to->key = "Press `s` for its next phase.";
        add_hint(to, "`S` back");
        add_hint(to, "`f` finish it");
        if (x->known)
            add_hint(to, "`b` stop at this reason");
    } else if (s->rings.bare) {
        to->key = "Press `s` for one instruction.";
        add_hint(to, "`c` run");
        add_hint(to, "`S` back");
    } else {
        to->key =
            s->exits ? "Press `e` to run to the next exit." : "Press `e` to run to the first exit.";
        add_hint(to, "`c` run");
        add_hint(to, "`s` one instruction");
        if (s->cycle)
            add_hint(to, "`Home` beginning");
        else if (to->sides > 1)
            add_hint(to, "`2` compare");
    }
}

static void story_of_one(struct snapshot *to, const struct snap_side *s)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT], c[NUMBER_TEXT];
    const struct snap_exit *x = &s->exit_shown;
    const char *idle =
        s->idle ? snapshot_text(to, " (%s of them idle)", number_grouped(c, s->idle)) : "";
    if (s->ended)
        to->story = snapshot_text(to, "The guest has %s, after %s exits and %s cycles%s.", s->state,
                                  number_grouped(a, s->exits), number_grouped(b, s->cycle), idle);
    else if (x->there && x->open)
        to->story = snapshot_text(to, "Inside exit %s, %s, %s cycles so far: %s.",
                                  number_grouped(a, x->number), x->reason,
                                  number_grouped(b, x->cycles), x->words);
    else if (!s->cycle)
        to->story = snapshot_text(to,
                                  "The machine has just been switched on, in mode %s: nothing has "
                                  "run.",
                                  s->label);
    else if (x->there && x->cycle + x->cycles == s->cycle)
        to->story = snapshot_text(to, "Exit %s, %s, is over and took %s cycles: %s.",
                                  number_grouped(a, x->number), x->reason,
                                  number_grouped(b, x->cycles), x->words);
    else
        to->story =
            snapshot_text(to, "%s: %s exits so far, %s cycles%s%s%.*s.", s->label,
                          number_grouped(a, s->exits), number_grouped(b, s->cycle), idle,
                          *s->symbol ? ", in " : "", (int)strcspn(s->symbol, ","), s->symbol);
    keys_of_one(to, s);
}

static void story_of_two(struct snapshot *to)
{
    const struct snap_side *l = &to->side[0], *r = &to->side[1];
    char text[4][NUMBER_TEXT];
    bool end = l->ended && r->ended;
    to->story =
        snapshot_text(to, "%s %s needed %s exits and %s cycles, %s %s and %s (idling left out).",
                      end ? "For all of the work" : "At the same guest work", l->label,
                      number_grouped(text[0], l->exits), number_grouped(text[1], l->busy), r->label,
                      number_grouped(text[2], r->exits), number_grouped(text[3], r->busy));
    if (!same_work(l, r))
        to->story = snapshot_text(to, "%s stands at %s, %s at %s.", l->label,
                                  *l->work ? l->work : "its boot", r->label,
                                  *r->work ? r->work : "its boot");
    add_hint(to, "`?` all keys");
    if (l->running || r->running) {
        to->key = "Press `Space` to pause both.";
        return;
    }
    to->key = !same_work(l, r)
                  ? "Press `F8` to bring both to the same guest work, at the next exit."
                  : snapshot_text(to, "Press `1` to look inside %s, exit by exit.",
                                  to->side[to->front].label);
    add_hint(to, "`o` other side");
    if (end)
        return;
    add_hint(to, "`c` run both");
    if (same_work(l, r))
        add_hint(to, "`F8` next exit, both");
}

/* What was chosen to be looked at is left as one comes to it. */
static void hint_of_present(struct snapshot *to, const struct panel_wants *wants)
{
    if (wants->exit || wants->has_address || wants->has_eip)
        add_hint(to, "`Escape` the present");
}

void look_story(struct driver *v, struct snapshot *to, const struct panel_wants *wants)
{
    if (to->question.open) {
        to->story = snapshot_text(to,
                                  "%s: what is exit %" PRIu64 "? Everything from here on is "
                                  "hidden until you have answered.",
                                  to->side[to->front].label, v->side[v->front].ask.exit);
        to->key = "Press the number of an answer.";
        add_hint(to, "`?` all keys");
    } else if (to->sides > 1 && strcmp(wants->view, "compare") == 0)
        story_of_two(to);
    else {
        hint_of_present(to, wants);
        story_of_one(to, &to->side[to->front]);
    }
}
