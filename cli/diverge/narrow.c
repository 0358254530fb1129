/*
 * From where two runs were seen to differ back to the instruction that did it.
 *
 * Both sides go to places that correspond, and what they hold there is compared: a program's
 * places correspond by their keys, a kernel's by the number of instructions to the return at which
 * the difference was noticed, or since the entry before. Distances are halved. What is found is an
 * instruction before which they are equal and after which they are not. In a kernel this works
 * while both take the same path, so not across an interrupt that only one of them has had.
 *
 * Consoles and disks: each side is asked by itself when it wrote the byte that differs.
 */
#include <string.h>

#include "diverge/diverge.h"

/* Places that correspond: `steps` behind step 0, or before the last one. */
struct span {
    bool user, from_end;
    struct work_key key;             /* user: of step 0 */
    struct session_position base[2]; /* kernel: where step 0 is (from_end: the last one) */
    uint64_t steps;                  /* the last step */
};

static bool position_of(const struct diverge *v, const struct span *span, unsigned side,
                        uint64_t step, struct session_position *at)
{
    if (span->user) {
        struct work_key key = span->key;
        key.insns += step;
        return session_work_find(v->side[side].s, 0, &key, at);
    }
    *at = span->base[side];
    if (step == (span->from_end ? span->steps : 0))
        return true;
    uint64_t insn = span->from_end ? at->insn - (span->steps - step) : at->insn + step;
    *at = (struct session_position){.insn = insn, .phase = SESSION_OUTSIDE};
    return true;
}

static bool go_both(struct diverge *v, const struct span *span, uint64_t step)
{
    for (unsigned i = 0; i < 2; i++) {
        struct session_position at;
        if (!position_of(v, span, i, step, &at) || !side_goto(&v->side[i], &at))
            return false;
    }
    return true;
}

/* Goes there in both. True: equal; else text says what differs, "" : a side does not get there. */
static bool equal_at(struct diverge *v, const struct span *span, uint64_t step, char *text)
{
    struct cpu_state a, b;
    text[0] = 0;
    if (!go_both(v, span, step) || !session_guest(v->side[0].s, 0, &a) ||
        !session_guest(v->side[1].s, 0, &b))
        return false;
    bool same = same_states(&a, &b, span->user, text, TEXT_SIZE);
    uint32_t pages;
    if (session_user_memory(v->side[0].s, 0, &pages) !=
        session_user_memory(v->side[1].s, 0, &pages))
        same = same_memory(v, text, TEXT_SIZE) && same;
    return same;
}

/* Halves between `low`, where they are equal, and `high`, where they are not. Both sides then stand
 * at the last equal step. */
static void halve(struct diverge *v, const struct span *span, uint64_t low, uint64_t high)
{
    struct difference *d = &v->first;
    char text[TEXT_SIZE];
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (equal_at(v, span, middle, text)) {
            low = middle;
        } else {
            high = middle;
            memcpy(d->changes, text, sizeof d->changes);
        }
    }
    d->kernel = !span->user;
    d->after_noticed = span->from_end;
    d->steps = span->from_end ? span->steps - low : low;
    d->equal = span->key;
    d->equal.insns += span->user ? low : 0;
    d->to_instruction = go_both(v, span, low);
}

/* From step 0 on. False: they are not equal there, and text says why. */
static bool halve_forwards(struct diverge *v, const struct span *span, char *text)
{
    struct difference *d = &v->first;
    if (!equal_at(v, span, 0, text))
        return false;
    if (equal_at(v, span, span->steps, d->changes))
        halve(v, span, span->steps, span->steps); /* the next one takes them apart */
    else
        halve(v, span, 0, span->steps);
    return true;
}

/* From the last step back, farther and farther, to one at which they are equal. */
static bool halve_backwards(struct diverge *v, const struct span *span)
{
    struct difference *d = &v->first;
    char text[TEXT_SIZE];
    if (equal_at(v, span, span->steps, d->changes))
        return false;
    for (uint64_t back = 1; back <= span->steps; back *= 2) {
        if (equal_at(v, span, span->steps - back, text)) {
            halve(v, span, span->steps - back, span->steps - back / 2);
            return true;
        }
        memcpy(d->changes, text, sizeof d->changes);
    }
    return false;
}

/* ---------------------------------------- which instructions */

static uint64_t work_at_end(const struct work_stretch *t, uint64_t end)
{
    return t->key.insns + (end - t->from.insn);
}

/* The program's own instructions of one entry. */
static struct span user_span(const struct diverge *v)
{
    const struct difference *d = &v->first;
    struct span span = {
        .user = true, .key = {.pid = d->key.pid, .entry = d->key.entry}, .steps = UINT64_MAX};
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], d->stretch[i]);
        if (!t)
            continue;
        uint64_t steps = work_at_end(t, t->to.insn);
        steps -= steps && t->end == WORK_CALL; /* INT n itself leads away */
        span.steps = steps < span.steps ? steps : span.steps;
    }
    return span;
}

/* Where the kernel began what ended in the beginning of a stretch: when it was entered last. */
static struct session_position kernel_entered(const struct side *side, size_t stretch)
{
    const struct work_stretch *t = stretch ? side_stretch(side, stretch - 1) : NULL;
    return t ? t->to : (struct session_position){.phase = SESSION_OUTSIDE};
}

/* What both kernels did before they let a program go on with something different. */
static struct span kernel_span(const struct diverge *v, bool from_end)
{
    const struct difference *d = &v->first;
    struct span span = {.from_end = from_end, .steps = UINT64_MAX};
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], d->stretch[i]);
        struct session_position from = kernel_entered(&v->side[i], d->stretch[i]);
        uint64_t steps = t->from.insn - from.insn;
        span.base[i] = from_end ? t->from : from;
        span.steps = steps < span.steps ? steps : span.steps;
    }
    return span;
}

/* ---------------------------------------- memory that was not looked at each time */

static size_t stretch_of(struct diverge *v, unsigned side, uint32_t pid, uint64_t crossing)
{
    const struct crossing_slot *slot = side_crossing(&v->side[side], pid, crossing / 2);
    return !slot ? NO_ITEM : crossing % 2 ? slot->end : slot->begin;
}

static bool was_looked_at(struct diverge *v, uint32_t pid, uint64_t crossing)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], stretch_of(v, i, pid, crossing));
        if (!t || !(crossing % 2 ? t->out_memory : t->in_memory))
            return false;
    }
    return true;
}

/* What a kernel that never lets a program go on did since the program's last entry; steps 0: that
 * is not known. */
static struct span lost_span(struct diverge *v)
{
    const struct difference *d = &v->first;
    const struct work_stretch *t = side_stretch(&v->side[!d->missing], d->stretch[!d->missing]);
    struct span span = {.user = false};
    for (unsigned i = 0; i < 2 && d->key.entry; i++) {
        const struct work_stretch *before =
            side_stretch(&v->side[i], stretch_of(v, i, d->key.pid, d->key.entry * 2 - 1));
        if (!before)
            return span;
        span.base[i] = before->to;
    }
    if (d->key.entry)
        span.steps = t->from.insn - span.base[!d->missing].insn;
    return span;
}

/* Both sides to a crossing of a process. */
static bool go_crossing(struct diverge *v, uint32_t pid, uint64_t crossing)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], stretch_of(v, i, pid, crossing));
        if (!t || !side_goto(&v->side[i], crossing % 2 ? &t->to : &t->from))
            return false;
    }
    return true;
}

/*
 * Memory of large processes is hashed at some crossings only: where between the last that was equal
 * and the one at which it was noticed do they part? Numbers: entry * 2, + 1 for its end.
 */
static void find_memory(struct diverge *v)
{
    struct difference *d = &v->first;
    char text[TEXT_SIZE] = "";
    uint64_t high = d->key.entry * 2 + (d->kind == DIFFERENT_LEAVING), low = high, before = high;
    while (low > 0 && (low == high || !was_looked_at(v, d->key.pid, low)))
        low--;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        text[0] = 0;
        if (!go_crossing(v, d->key.pid, middle) || same_memory(v, text, sizeof text))
            low = middle;
        else
            high = middle;
    }
    text[0] = 0;
    if (!go_crossing(v, d->key.pid, high) || same_memory(v, text, sizeof text))
        return;
    char *words = strstr(d->text, MEMORY_DIFFERS);
    if (high == before && words) { /* registers may stand before it */
        (void)snprintf(words, sizeof d->text - (size_t)(words - d->text), "%s", text);
        return;
    }
    d->kind = high % 2 ? DIFFERENT_LEAVING : DIFFERENT_COMING;
    d->key.entry = high / 2;
    for (unsigned i = 0; i < 2; i++)
        d->stretch[i] = stretch_of(v, i, d->key.pid, high);
    const struct work_stretch *t = side_stretch(&v->side[0], d->stretch[0]);
    d->key.insns = high % 2 ? work_at_end(t, t->to.insn) : 0;
    memcpy(d->text, text, sizeof d->text);
}

/* ---------------------------------------- bytes that left the guest */

/* Has that side written the byte by now? */
static bool has_written(struct diverge *v, unsigned side, uint8_t final)
{
    const struct difference *d = &v->first;
    uint8_t sector[DISK_SECTOR];
    size_t n;
    if (d->kind == DIFFERENT_CONSOLE) {
        (void)session_console(v->side[side].s, 0, &n);
        return n > d->offset;
    }
    const struct disk_backend disk = session_hv(v->side[side].s)->config.vm[0].disk[d->disk];
    return disk.read(disk.opaque, (uint32_t)(d->offset / DISK_SECTOR), sector) &&
           sector[d->offset % DISK_SECTOR] == final;
}

static uint8_t final_byte(struct diverge *v, unsigned side)
{
    const struct difference *d = &v->first;
    uint8_t sector[DISK_SECTOR] = {0};
    const struct disk_backend disk = session_hv(v->side[side].s)->config.vm[0].disk[d->disk];
    if (d->kind == DIFFERENT_DISK)
        (void)disk.read(disk.opaque, (uint32_t)(d->offset / DISK_SECTOR), sector);
    return sector[d->offset % DISK_SECTOR];
}

/* Goes to just before the side writes the byte. False: it never does. */
static bool go_writing(struct diverge *v, unsigned side)
{
    struct side *s = &v->side[side];
    uint64_t low = 0, high = session_position(s->s)->insn;
    uint8_t final = final_byte(v, side);
    const struct session_position end = *session_position(s->s);
    struct session_position at = {.phase = SESSION_OUTSIDE};
    if (!has_written(v, side, final))
        return false;
    if (!side_goto(s, &at) || has_written(v, side, final)) {
        (void)side_goto(s, &end); /* it was there from the beginning */
        return false;
    }
    while (high - low > 1) {
        at.insn = low + (high - low) / 2;
        if (!side_goto(s, &at))
            return false;
        if (has_written(v, side, final))
            high = at.insn;
        else
            low = at.insn;
    }
    at.insn = low;
    return side_goto(s, &at);
}

/* ---------------------------------------- all together */

/* Where both stand for what is told of them, if no instruction was found. */
static void stand(struct diverge *v)
{
    const struct difference *d = &v->first;
    bool end = d->kind == DIFFERENT_LEAVING || (d->kind == DIFFERENT_MISSING && d->at_end);
    for (unsigned i = 0; i < 2; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], d->stretch[i]);
        if (t)
            (void)side_goto(&v->side[i], end ? &t->to : &t->from);
        else if (v->side[i].over)
            (void)side_goto(&v->side[i], &v->side[i].end.at);
    }
}

/* Which program's crossing it is: known best while it runs. */
static void name_program(struct diverge *v)
{
    struct difference *d = &v->first;
    for (unsigned i = 0; i < 2 && d->has_key && !d->program[0]; i++) {
        const struct work_stretch *t = side_stretch(&v->side[i], d->stretch[i]);
        if (t && side_goto(&v->side[i], &t->from))
            (void)running_program(v->side[i].d, d->program);
    }
}

/* Programs and their kernels. */
static void narrow_work(struct diverge *v)
{
    struct difference *d = &v->first;
    char text[TEXT_SIZE];
    if (d->memory)
        find_memory(v);
    name_program(v);
    if (d->kind == DIFFERENT_LEAVING || (d->kind == DIFFERENT_MISSING && d->at_end)) {
        struct span span = user_span(v);
        if (halve_forwards(v, &span, text) || d->kind == DIFFERENT_MISSING || !text[0])
            return;
        d->kind = DIFFERENT_COMING; /* its kernel did it already */
        d->key.insns = 0;
        for (unsigned i = 0; i < 2; i++)
            d->stretch[i] = stretch_of(v, i, d->key.pid, d->key.entry * 2);
        memcpy(d->text, text, sizeof d->text);
    }
    if (!v->same_kernel)
        return;
    if (d->kind == DIFFERENT_MISSING) {
        const struct span lost = lost_span(v);
        if (lost.steps)
            (void)halve_forwards(v, &lost, text);
        return;
    }
    const struct span back = kernel_span(v, true), on = kernel_span(v, false);
    if (!halve_backwards(v, &back))
        (void)halve_forwards(v, &on, text);
}

bool diverge_narrow(struct diverge *v, struct complaint *why)
{
    struct difference *d = &v->first;
    bool work =
        d->kind == DIFFERENT_LEAVING || d->kind == DIFFERENT_COMING || d->kind == DIFFERENT_MISSING;
    bool byte =
        d->kind == DIFFERENT_CONSOLE || (d->kind == DIFFERENT_DISK && d->offset != UINT64_MAX);
    for (unsigned i = 0; i < 2 && byte; i++)
        d->stands[i] = go_writing(v, i);
    if (work)
        narrow_work(v);
    if (work && !d->to_instruction)
        stand(v);
    return !why->what[0];
}
