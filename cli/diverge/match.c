/*
 * The comparison: A's crossings between programs and their kernel in the order of A's time, each
 * with the crossing of the same key in B. Whoever is behind goes on.
 *
 * In this order the first difference is well defined, though processes may take turns differently
 * on the two sides. What lies behind the place where a side was stopped (a budget, Ctrl-C, the end
 * of a recording) is not compared.
 */
#include <string.h>

#include "diverge/diverge.h"
#include "terminal.h"

/* How much further than the other a side may go without coming to where the other was. */
#define LEAD_TIMES 4u
#define LEAD_MORE  500000000u

const char *const difference_names[DIFFERENT_END + 1] = {
    [DIFFERENT_NOTHING] = "nothing", [DIFFERENT_LEAVING] = "entry", [DIFFERENT_COMING] = "return",
    [DIFFERENT_CONSOLE] = "console", [DIFFERENT_DISK] = "disk",     [DIFFERENT_MISSING] = "missing",
    [DIFFERENT_END] = "end",
};

/* ---------------------------------------- going on */

/* Goes on with a side. False: something failed, why says what. */
static bool advance(struct diverge *v, unsigned side, struct complaint *why)
{
    struct side *s = &v->side[side];
    (void)side_advance(s, v->options);
    if (session_work_lost(s->s))
        return complain_ours(why, "give --max-insns", "no memory for the log of guest work");
    if (s->over && s->end.why == SESSION_FAILED)
        return complain(why, NULL, "%s: %s", s->name, s->end.text);
    return true;
}

static bool far_behind(const struct diverge *v, unsigned side, uint64_t insn)
{
    return session_position(v->side[side].s)->insn > insn * LEAD_TIMES + LEAD_MORE;
}

/* Was the side stopped, so that what it lacks is no difference? */
static bool was_cut(const struct side *side)
{
    return side->over && (side->spent || side->end.why == SESSION_PRESENT);
}

/* ---------------------------------------- what one side lacks */

/* False: it is no difference. */
static bool missing(struct diverge *v, unsigned side, const struct work_key *key, bool end,
                    size_t stretch)
{
    struct difference *d = &v->first;
    const struct side *s = &v->side[side];
    if (was_cut(s)) {
        v->cut = true;
        return false;
    }
    d->kind = DIFFERENT_MISSING;
    d->missing = side;
    d->at_end = end;
    d->has_key = true;
    d->key = *key;
    d->stretch[!side] = stretch;
    (void)snprintf(d->text, sizeof d->text, "%s in %c, and %c never gets there: ",
                   end ? "it goes to its kernel" : "its kernel lets it go on",
                   v->side[!side].letter, s->letter);
    size_t n = strlen(d->text);
    if (!s->over)
        (void)snprintf(d->text + n, sizeof d->text - n, "it is %" PRIu64 " instructions on",
                       session_position(s->s)->insn);
    else
        (void)snprintf(d->text + n, sizeof d->text - n, "%s",
                       s->end.text[0] ? s->end.text : session_why_names[s->end.why]);
    return true;
}

/* The first stretch of B with something that A has not done so far; null: none is known. */
static const struct work_stretch *only_in_b(struct diverge *v)
{
    const struct work_stretch *t;
    for (; (t = side_stretch(&v->side[1], v->followed)); v->followed++) {
        const struct crossing_slot *slot = side_crossing(&v->side[0], t->key.pid, t->key.entry);
        bool ends = t->end == WORK_CALL || t->end == WORK_FAULT;
        if (!slot || (ends && slot->end == NO_ITEM))
            return t;
        if (t->end == WORK_RUNNING)
            return NULL; /* may still end in something */
    }
    return NULL;
}

/* ---------------------------------------- the order of A */

/* B's stretch that holds the beginning (or end) of a crossing; null: B never comes there, or
 * something failed. */
static const struct work_stretch *counterpart(struct diverge *v, const struct work_key *key,
                                              bool end, size_t *index, struct complaint *why)
{
    struct side *b = &v->side[1];
    for (;;) {
        const struct crossing_slot *slot = side_crossing(b, key->pid, key->entry);
        *index = slot ? (end ? slot->end : slot->begin) : NO_ITEM;
        if (*index != NO_ITEM)
            return side_stretch(b, *index);
        if (b->over || far_behind(v, 1, session_position(v->side[0].s)->insn) ||
            !advance(v, 1, why))
            return NULL;
    }
}

/* One end of a stretch of A. False: they differ, or something failed. */
static bool compare(struct diverge *v, size_t i, bool end, struct complaint *why)
{
    struct difference *d = &v->first;
    const struct work_stretch *a = side_stretch(&v->side[0], i);
    struct work_key key = a->key;
    size_t j;
    const struct work_stretch *b = counterpart(v, &key, end, &j, why);
    if (end)
        key.insns += a->to.insn - a->from.insn;
    if (!b)
        return !why->what[0] && !missing(v, 1, &key, end, i);
    uint64_t sa = end ? a->said_out : a->said_in, sb = end ? b->said_out : b->said_in;
    bool same = same_console(v, sa < sb ? sa : sb);
    if (same && !(end ? same_leaving(v, a, b) : same_coming(v, a, b))) {
        d->kind = end ? DIFFERENT_LEAVING : DIFFERENT_COMING;
        same = false;
    }
    if (!same) {
        d->has_key = true;
        d->key = key;
        d->stretch[0] = i;
        d->stretch[1] = j;
    }
    return same;
}

/* Whoever is behind goes on. True: A is over, has not done for long what B did, or something
 * failed. */
static bool gives_up(struct diverge *v, struct complaint *why)
{
    const struct work_stretch *ahead = only_in_b(v);
    const struct side *a = &v->side[0], *b = &v->side[1];
    uint64_t reached = session_position(b->s)->insn;
    if (a->over || v->cut || (ahead && far_behind(v, 0, ahead->from.insn)) ||
        (b->over && far_behind(v, 0, reached)))
        return true;
    return !advance(v, !b->over && session_position(a->s)->insn > reached, why);
}

/* All that A did. False: a difference, or something failed. */
static bool follow_a(struct diverge *v, struct complaint *why)
{
    struct side *a = &v->side[0];
    for (size_t i = 0;;) {
        const struct work_stretch *t = side_stretch(a, i);
        bool whole = t && (t->end != WORK_RUNNING || a->over);
        if (!whole && !gives_up(v, why))
            continue;
        if (!t || why->what[0])
            return !why->what[0];
        if (t->begin != WORK_RESUME && !compare(v, i, false, why))
            return false;
        t = side_stretch(a, i);
        if ((t->end == WORK_CALL || t->end == WORK_FAULT) && !compare(v, i, true, why))
            return false;
        i++;
    }
}

/* What B does beyond: something that A does not? */
static bool follow_b(struct diverge *v, struct complaint *why)
{
    struct side *b = &v->side[1];
    uint64_t reached = session_position(v->side[0].s)->insn;
    while (!b->over && !only_in_b(v) && !far_behind(v, 1, reached))
        if (!advance(v, 1, why))
            return false;
    const struct work_stretch *t = only_in_b(v);
    if (!t)
        return true;
    struct work_key key = t->key;
    bool end = side_crossing(&v->side[0], t->key.pid, t->key.entry) != NULL;
    if (end)
        key.insns += t->to.insn - t->from.insn;
    return !missing(v, 0, &key, end, v->followed);
}

/* ---------------------------------------- the ends */

static bool same_end(struct diverge *v)
{
    const struct session_event *a = &v->side[0].end, *b = &v->side[1].end;
    size_t na, nb;
    (void)session_console(v->side[0].s, 0, &na);
    (void)session_console(v->side[1].s, 0, &nb);
    if (!same_console(v, UINT64_MAX))
        return false;
    v->cut = v->cut || was_cut(&v->side[0]) || was_cut(&v->side[1]);
    if (v->cut)
        return true;
    if (!same_disk(v, 0) || !same_disk(v, 1))
        return false;
    bool both = v->side[0].over && v->side[1].over;
    if (both && a->why == b->why && strcmp(a->text, b->text) == 0 && na == nb)
        return true;
    v->first.kind = DIFFERENT_END;
    v->first.text[0] = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct side *s = &v->side[i];
        size_t n = strlen(v->first.text);
        (void)snprintf(v->first.text + n, TEXT_SIZE - n, "%s%c: %s, %zu bytes on the console",
                       i ? "; " : "", s->letter, s->over ? s->end.text : "goes on and on",
                       i ? nb : na);
    }
    return false;
}

bool diverge_match(struct diverge *v, struct complaint *why)
{
    memset(&v->first, 0, sizeof v->first);
    v->entries = v->returns = v->memories = v->processes = 0;
    v->console_bytes = v->disk_bytes = 0;
    v->followed = 0;
    v->cut = false;
    v->first.stretch[0] = v->first.stretch[1] = NO_ITEM;
    if (follow_a(v, why) && follow_b(v, why))
        (void)same_end(v);
    for (unsigned i = 0; i < 2; i++)
        side_keep_silent(&v->side[i]);
    return !why->what[0];
}
