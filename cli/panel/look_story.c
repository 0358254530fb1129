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
    to->difference[to->differences] =
        (struct snap_difference){.name = c->name, .words = c->words, .class = c->class};
    return &to->difference[to->differences++];
}

void look_differences(struct snapshot *to)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    if (to->sides < 2)
        return;
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
    uint64_t percent = l->busy * 100 / r->busy;
    to->comparison = snapshot_text(
        to, "So far %s has spent %s cycles, %s %s: %" PRIu64 ".%02" PRIu64 " times as many.",
        l->label, number_grouped(a, l->busy), r->label, number_grouped(b, r->busy), percent / 100,
        percent % 100);
}

void look_vms(struct panel_side *s, struct snapshot *to)
{
    struct hv *hv = session_hv(s->d->session);
    if (!hv->mode->has_hypervisor)
        return;
    to->vm = snapshot_alloc(to, hv->vms, sizeof *to->vm);
    for (unsigned i = 0; to->vm && i < hv->vms; i++) {
        const struct vm_stats *v = hv_stats(hv, i);
        struct snap_vm *vm = &to->vm[to->vms++];
        *vm = (struct snap_vm){.name = snapshot_text(to, "VM %u", i),
                               .waited = v->steal_cycles,
                               .switches = v->switches_in,
                               .idle = v->bucket[BUCKET_idle]};
        for (unsigned b = 0; b < SIM_BUCKETS; b++)
            vm->ran += b == BUCKET_idle ? 0 : v->bucket[b];
        bool here = hv->current && hv->current->vm == hv->vm[i];
        vm->state = hv->vm[i]->s.end ? "ended" : here ? "on the processor" : "waits";
    }
}

/* ---------------------------------------- the story bar */

static void story_of_one(struct snapshot *to, const struct snap_side *s)
{
    char a[NUMBER_TEXT], b[NUMBER_TEXT];
    const struct snap_exit *x = &s->exit_shown;
    if (s->ended)
        to->story = snapshot_text(to, "The guest has %s, after %s exits and %s cycles.", s->state,
                                  number_grouped(a, s->exits), number_grouped(b, s->cycle));
    else if (x->there && x->open)
        to->story =
            snapshot_text(to, "Inside exit %" PRIu64 ", %s: %s.", x->number, x->reason, x->words);
    else if (!s->insn)
        to->story = snapshot_text(to,
                                  "The machine has just been switched on, in mode %s: nothing has "
                                  "run.",
                                  s->label);
    else
        to->story = snapshot_text(to, "%s: %s exits so far, %s cycles%s%s.", s->label,
                                  number_grouped(a, s->exits), number_grouped(b, s->cycle),
                                  *s->symbol ? ", in " : "", s->symbol);
    to->key = s->ended        ? "Press Shift+c to run backwards, or Home for the beginning."
              : s->running    ? "Press Space to pause."
              : x->open       ? "Press s for its next phase, f to finish it, S to go back."
              : s->rings.bare ? "Press s for one instruction, c to run; ? shows all keys."
              : to->sides > 1
                  ? "Press e for the next exit, s for one instruction, c to run; o shows the other "
                    "side, ? all keys."
                  : "Press e for the next exit, s for one instruction, c to run; ? shows all keys.";
}

static void story_of_two(struct snapshot *to)
{
    const struct snap_side *l = &to->side[0], *r = &to->side[1];
    char text[4][NUMBER_TEXT];
    to->story = snapshot_text(
        to, "At the same guest work %s needed %s exits and %s cycles, %s %s and %s.", l->label,
        number_grouped(text[0], l->exits), number_grouped(text[1], l->busy), r->label,
        number_grouped(text[2], r->exits), number_grouped(text[3], r->busy));
    if (strcmp(l->work, r->work) != 0)
        to->story = snapshot_text(to, "%s stands at %s, %s at %s.", l->label,
                                  *l->work ? l->work : "its boot", r->label,
                                  *r->work ? r->work : "its boot");
    to->key =
        l->running || r->running
            ? "Press Space to pause both."
            : "Press c to run both, F8 to bring both to the same guest work; 1 shows one of them "
              "step by step, o the other one.";
}

void look_story(struct driver *v, struct snapshot *to, const struct panel_wants *wants)
{
    if (to->question.open) {
        to->story = snapshot_text(to,
                                  "%s: what is exit %" PRIu64 "? Everything from here on is "
                                  "hidden until you have answered.",
                                  to->side[to->front].label, v->side[v->front].ask.exit);
        to->key = "Press the number of an answer.";
    } else if (to->sides > 1 && strcmp(wants->view, "compare") == 0)
        story_of_two(to);
    else
        story_of_one(to, &to->side[to->front]);
}
