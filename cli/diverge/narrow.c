/*
 * From a crossing at which two runs differ back to the instruction that did it.
 *
 * Between the last crossing that was equal and the one that is not, positions are halved: both
 * sides go to the same number of instructions behind the equal crossing, and registers (of
 * programs: user memory too) are compared. What is found is an instruction before which they are
 * equal and after which they are not. In a kernel this works as long as the two take the same path,
 * so not across an interrupt that only one of them has had.
 */
#include <string.h>

#include "diverge/diverge.h"

#define NO_ITEM SIZE_MAX

/* The stretch in which both sides are compared: steps behind a position of each. */
struct span {
    bool user;
    struct work_key key;             /* user: of step 0; else of the crossing before */
    struct session_position from[2]; /* kernel: where step 0 is */
    uint64_t steps;                  /* how many lie between */
};

static bool position_of(const struct diverge *v, const struct span *span, unsigned side,
                        uint64_t step, struct session_position *at)
{
    if (span->user) {
        struct work_key key = span->key;
        key.insns += step;
        return session_work_find(v->side[side].s, 0, &key, at);
    }
    *at = span->from[side];
    if (step)
        *at = (struct session_position){.insn = at->insn + step, .phase = SESSION_OUTSIDE};
    return true;
}

/* Goes there in both. False: not reached. */
static bool go_both(struct diverge *v, const struct span *span, uint64_t step)
{
    for (unsigned i = 0; i < 2; i++) {
        struct session_position at;
        if (!position_of(v, span, i, step, &at) || !side_goto(&v->side[i], &at))
            return false;
    }
    return true;
}

static bool equal_here(struct diverge *v, const struct span *span, char *text, size_t size)
{
    struct cpu_state a, b;
    uint32_t pages;
    if (!session_guest(v->side[0].s, 0, &a) || !session_guest(v->side[1].s, 0, &b))
        return false;
    if (!states_equal(&a, &b, span->user, text, size))
        return false;
    if (!span->user)
        return true;
    if (session_user_memory(v->side[0].s, 0, &pages) ==
        session_user_memory(v->side[1].s, 0, &pages))
        return true;
    (void)snprintf(text, size, "the program's memory differs");
    return false;
}

static bool equal_at(struct diverge *v, const struct span *span, uint64_t step, char *text,
                     size_t size)
{
    text[0] = 0;
    return go_both(v, span, step) && equal_here(v, span, text, size);
}

/* Halves [low, high]: equal at low; at high not, or high is the last that both have. False: they
 * are not equal at low. */
static bool halve(struct diverge *v, const struct span *span)
{
    struct difference *d = &v->first;
    char text[sizeof d->changes];
    uint64_t low = 0, high = span->steps;
    if (!equal_at(v, span, 0, text, sizeof text)) {
        (void)snprintf(d->changes, sizeof d->changes, "%s", text);
        return false;
    }
    d->has_equal = true;
    if (equal_at(v, span, high, text, sizeof text)) {
        low = high; /* the next one takes them apart */
        d->to_instruction = true;
    } else {
        (void)snprintf(d->changes, sizeof d->changes, "%s", text);
        d->to_instruction = true;
        while (high - low > 1) {
            uint64_t middle = low + (high - low) / 2;
            if (equal_at(v, span, middle, text, sizeof text)) {
                low = middle;
            } else {
                high = middle;
                (void)snprintf(d->changes, sizeof d->changes, "%s", text);
            }
        }
    }
    d->equal = span->key;
    d->kernel = !span->user;
    d->steps = low;
    if (span->user)
        d->equal.insns += low;
    d->to_instruction = d->to_instruction && go_both(v, span, low);
    return true;
}

static uint64_t fewer(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The program's own instructions of one entry. */
static struct span user_span(const struct diverge *v)
{
    const struct difference *d = &v->first;
    uint64_t steps[2];
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], d->stretch[i]);
        steps[i] = t->key.insns + (t->to.insn - t->from.insn);
        steps[i] -= steps[i] && t->end == WORK_CALL; /* INT n itself leads away */
    }
    return (struct span){.user = true,
                         .key = {.pid = d->key.pid, .entry = d->key.entry},
                         .steps = fewer(steps[0], steps[1])};
}

/* What kernels do behind stretches that were equal (at their ends, or beginnings), up to what
 * differs. */
static struct span kernel_span(const struct diverge *v, const size_t behind[2], bool at_end)
{
    const struct difference *d = &v->first;
    struct span span = {.user = false};
    uint64_t steps[2];
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], behind[i]);
        const struct work_stretch *next = side_stretch(&v->side[i], d->stretch[i]);
        struct session_position end = session_last(v->side[i].s)->at;
        span.from[i] = (struct session_position){.phase = SESSION_OUTSIDE};
        if (t) {
            span.from[i] = at_end ? t->to : t->from;
            span.key = t->key;
        }
        if (next)
            end = next->from;
        if (v->side[i].over && !next)
            end = v->side[i].end.at;
        steps[i] = end.insn > span.from[i].insn ? end.insn - span.from[i].insn : 0;
    }
    span.steps = fewer(steps[0], steps[1]);
    return span;
}

/* Where both stand for what is told of them, if no instruction was found. */
static void stand(struct diverge *v)
{
    struct difference *d = &v->first;
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], d->stretch[i]);
        if (t)
            (void)side_goto(&v->side[i], d->kind == DIFFERENT_LEAVING ? &t->to : &t->from);
        else
            (void)side_goto(&v->side[i], &v->side[i].end.at);
    }
}

bool diverge_narrow(struct diverge *v, struct complaint *why)
{
    struct difference *d = &v->first;
    if (d->kind == DIFFERENT_NOTHING || d->kind == DIFFERENT_DISK || d->kind == DIFFERENT_END)
        return true;
    bool done = false;
    if (d->kind == DIFFERENT_LEAVING) {
        const struct span span = user_span(v);
        done = halve(v, &span);
        if (!done) { /* its kernel did it already */
            d->kind = DIFFERENT_COMING;
            d->key.insns = 0;
            (void)snprintf(d->text, sizeof d->text, "%s", d->changes);
        }
    }
    if (!done && v->same_kernel) {
        bool between = d->kind == DIFFERENT_COMING;
        const struct span span =
            kernel_span(v, between ? v->left : v->matched, between || v->matched_end);
        (void)halve(v, &span);
    }
    if (!d->to_instruction)
        stand(v);
    for (unsigned i = 0; i < 2; i++)
        d->at[i] = *session_position(v->side[i].s);
    return !why->what[0];
}
