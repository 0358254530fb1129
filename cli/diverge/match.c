/*
 * The comparison: A's crossings between programs and their kernel in the order of A's time, each
 * with the crossing of the same key in B. Whoever is behind goes on.
 *
 * In this order the first difference is well defined, though processes may take turns differently
 * on the two sides.
 */
#include <string.h>

#include "diverge/diverge.h"
#include "terminal.h"

#define NO_ITEM SIZE_MAX
/* How much further than A the other side may go without coming to where A was. */
#define LEAD_TIMES 4u
#define LEAD_MORE  500000000u

const char *const difference_names[DIFFERENT_END + 1] = {
    [DIFFERENT_NOTHING] = "nothing", [DIFFERENT_LEAVING] = "entry", [DIFFERENT_COMING] = "return",
    [DIFFERENT_CONSOLE] = "console", [DIFFERENT_DISK] = "disk",     [DIFFERENT_MISSING] = "missing",
    [DIFFERENT_END] = "end",
};

/* ---------------------------------------- words */

void say_difference(char *text, size_t size, const char *name, uint64_t a, uint64_t b)
{
    size_t n = strlen(text);
    if (a != b)
        (void)snprintf(text + n, size - n, "%s%s is 0x%" PRIx64 " in A and 0x%" PRIx64 " in B",
                       n ? "; " : "", name, a, b);
}

static void say_words(char *text, size_t size, const char *words)
{
    size_t n = strlen(text);
    (void)snprintf(text + n, size - n, "%s%s", n ? "; " : "", words);
}

static const char *const register_names[8] = {"EAX", "ECX", "EDX", "EBX",
                                              "ESP", "EBP", "ESI", "EDI"};

bool states_equal(const struct cpu_state *a, const struct cpu_state *b, bool user, char *text,
                  size_t size)
{
    text[0] = 0;
    say_difference(text, size, "EIP", a->eip, b->eip);
    for (unsigned r = 0; r < 8; r++)
        say_difference(text, size, register_names[r], a->gpr[r], b->gpr[r]);
    say_difference(text, size, "EFLAGS", a->eflags & ~FLAG_RF, b->eflags & ~FLAG_RF);
    if (!user)
        say_difference(text, size, "CPL", a->cpl, b->cpl);
    return !text[0];
}

/* ---------------------------------------- two crossings */

static void compare_registers(const uint32_t a[8], const uint32_t b[8], char *text, size_t size)
{
    for (unsigned r = 0; r < 8; r++)
        say_difference(text, size, register_names[r], a[r], b[r]);
}

static uint64_t work_at_end(const struct work_stretch *t)
{
    return t->key.insns + (t->to.insn - t->from.insn);
}

/* What the program held when it went to its kernel. */
static bool same_leaving(struct diverge *v, const struct work_stretch *a,
                         const struct work_stretch *b, char *text, size_t size)
{
    uint64_t na = work_at_end(a), nb = work_at_end(b);
    v->entries++;
    text[0] = 0;
    if (na != nb)
        (void)snprintf(text, size,
                       "it gets there after %" PRIu64 " instructions in A and %" PRIu64 " in B", na,
                       nb);
    if (a->end != b->end)
        say_words(text, size,
                  a->end == WORK_CALL ? "A calls its kernel, B faults"
                                      : "A faults, B calls its kernel");
    say_difference(text, size, "the vector", a->vector, b->vector);
    say_difference(text, size, "the error code", a->error, b->error);
    say_difference(text, size, "EIP", a->eip, b->eip);
    compare_registers(a->out, b->out, text, size);
    say_difference(text, size, "EFLAGS", a->eflags & ~FLAG_RF, b->eflags & ~FLAG_RF);
    if (v->same_kernel) {
        say_difference(text, size, "CS", a->cs, b->cs);
        say_difference(text, size, "SS", a->ss, b->ss);
    }
    if (a->out_memory && b->out_memory) {
        v->memories++;
        if (a->memory_out != b->memory_out)
            say_words(text, size, "its memory differs");
    }
    return !text[0];
}

/* What it held when the kernel let it go on. */
static bool same_coming(struct diverge *v, const struct work_stretch *a,
                        const struct work_stretch *b, char *text, size_t size)
{
    v->returns++;
    v->processes += a->begin == WORK_START;
    text[0] = 0;
    compare_registers(a->in, b->in, text, size);
    if (a->in_memory && b->in_memory) {
        v->memories++;
        if (a->memory_in != b->memory_in)
            say_words(text, size, "its memory differs");
    }
    return !text[0];
}

/* ---------------------------------------- consoles and disks */

/* Up to so many bytes of both. */
static bool same_console(struct diverge *v, uint64_t until)
{
    struct difference *d = &v->first;
    size_t na, nb;
    const char *a = session_console(v->side[0].s, 0, &na);
    const char *b = session_console(v->side[1].s, 0, &nb);
    uint64_t n = na < nb ? na : nb;
    for (n = until < n ? until : n; v->console_bytes < n; v->console_bytes++)
        if (a[v->console_bytes] != b[v->console_bytes])
            break;
    if (v->console_bytes >= n)
        return true;
    d->kind = DIFFERENT_CONSOLE;
    d->offset = v->console_bytes;
    (void)snprintf(d->text, sizeof d->text,
                   "byte %" PRIu64 " on the console is 0x%02x in A and 0x%02x in B", d->offset,
                   (unsigned char)a[d->offset], (unsigned char)b[d->offset]);
    return false;
}

static bool same_disk(struct diverge *v, unsigned disk)
{
    struct difference *d = &v->first;
    uint8_t a[DISK_SECTOR], b[DISK_SECTOR];
    const struct disk_backend da = session_hv(v->side[0].s)->config.vm[0].disk[disk];
    const struct disk_backend db = session_hv(v->side[1].s)->config.vm[0].disk[disk];
    if (da.sectors != db.sectors) {
        d->kind = DIFFERENT_DISK;
        d->disk = disk;
        (void)snprintf(d->text, sizeof d->text, "disk %u has %u sectors in A and %u in B", disk,
                       da.sectors, db.sectors);
        return false;
    }
    for (uint32_t lba = 0; lba < da.sectors; lba++) {
        if (!da.read(da.opaque, lba, a) || !db.read(db.opaque, lba, b) ||
            memcmp(a, b, DISK_SECTOR) == 0) {
            v->disk_bytes += DISK_SECTOR;
            continue;
        }
        unsigned i = 0;
        while (a[i] == b[i])
            i++;
        d->kind = DIFFERENT_DISK;
        d->disk = disk;
        d->offset = (uint64_t)lba * DISK_SECTOR + i;
        (void)snprintf(d->text, sizeof d->text,
                       "byte %u of sector %u of disk %u is 0x%02x in A and 0x%02x in B at the end",
                       i, lba, disk, a[i], b[i]);
        return false;
    }
    return true;
}

/* ---------------------------------------- the order of A */

static bool broken(const struct side *side, struct complaint *why)
{
    if (terminal_stop_signal())
        return complain_ours(why, NULL, "stopped") == false;
    if (session_work_lost(side->s))
        return complain_ours(why, "give --max-insns", "no memory for the log of guest work") ==
               false;
    if (side->over && side->end.why == SESSION_FAILED)
        return complain(why, NULL, "%s: %s", side->name, side->end.text) == false;
    return false;
}

/* Has B gone far enough to say that it will not come? */
static bool too_far(const struct diverge *v)
{
    uint64_t a = session_position(v->side[0].s)->insn, b = session_position(v->side[1].s)->insn;
    return b > a * LEAD_TIMES + LEAD_MORE;
}

/* B's stretch that holds the beginning (or end) of a crossing; null: B never comes there. */
static const struct work_stretch *counterpart(struct diverge *v, const struct work_key *key,
                                              bool end, size_t *index, struct complaint *why)
{
    struct side *b = &v->side[1];
    for (;;) {
        const struct crossing_slot *slot = side_crossing(b, key->pid, key->entry);
        *index = slot ? (end ? slot->end : slot->begin) : NO_ITEM;
        if (*index != NO_ITEM)
            return side_stretch(b, *index);
        if (b->over || too_far(v) || broken(b, why))
            return NULL;
        (void)side_advance(b, v->options);
    }
}

static void missing(struct diverge *v, unsigned side, const struct work_key *key, bool end,
                    size_t stretch)
{
    struct difference *d = &v->first;
    const struct side *s = &v->side[side];
    d->kind = DIFFERENT_MISSING;
    d->missing = side;
    d->key = *key;
    d->stretch[!side] = stretch;
    d->stretch[side] = NO_ITEM;
    (void)snprintf(d->text, sizeof d->text, "%s in %c, and %c never gets there: %s%s",
                   end ? "it goes to its kernel" : "its kernel lets it run", v->side[!side].letter,
                   s->letter, s->over ? session_why_names[s->end.why] : "too far behind",
                   s->over && s->end.text[0] ? "" : "");
    size_t n = strlen(d->text);
    if (s->over && s->end.text[0])
        (void)snprintf(d->text + n, sizeof d->text - n, ", %s", s->end.text);
}

static void found(struct diverge *v, enum difference_kind kind, const struct work_key *key,
                  size_t a, size_t b)
{
    struct difference *d = &v->first;
    d->key = *key;
    d->stretch[0] = a;
    d->stretch[1] = b;
    if (d->kind == DIFFERENT_NOTHING)
        d->kind = kind;
}

static void matched(struct diverge *v, size_t a, size_t b, bool end)
{
    v->matched[0] = a;
    v->matched[1] = b;
    v->matched_end = end;
    if (end) {
        v->left[0] = a;
        v->left[1] = b;
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
    if (why->what[0])
        return false;
    if (end)
        key.insns = work_at_end(a);
    if (!b) {
        missing(v, 1, &key, end, i);
        return false;
    }
    uint64_t sa = end ? a->said_out : a->said_in, sb = end ? b->said_out : b->said_in;
    if (!same_console(v, sa < sb ? sa : sb)) {
        found(v, DIFFERENT_CONSOLE, &key, i, j);
        return false;
    }
    if (end ? !same_leaving(v, a, b, d->text, sizeof d->text)
            : !same_coming(v, a, b, d->text, sizeof d->text)) {
        found(v, end ? DIFFERENT_LEAVING : DIFFERENT_COMING, &key, i, j);
        return false;
    }
    matched(v, i, j, end);
    return true;
}

/* All that A did. False: a difference, or something failed. */
static bool follow_a(struct diverge *v, struct complaint *why)
{
    struct side *a = &v->side[0];
    for (size_t i = 0;;) {
        const struct work_stretch *t = side_stretch(a, i);
        bool whole = t && (t->end != WORK_RUNNING || a->over);
        if (!whole) {
            if (a->over)
                return true;
            if (broken(a, why))
                return false;
            (void)side_advance(a, v->options);
            continue;
        }
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
    while (!b->over && !too_far(v)) {
        if (broken(b, why))
            return false;
        (void)side_advance(b, v->options);
    }
    const struct work_stretch *t;
    for (size_t i = 0; (t = side_stretch(b, i)); i++) {
        const struct crossing_slot *slot = side_crossing(&v->side[0], t->key.pid, t->key.entry);
        bool ends = t->end == WORK_CALL || t->end == WORK_FAULT;
        if (slot && (!ends || slot->end != NO_ITEM))
            continue;
        struct work_key key = t->key;
        if (slot)
            key.insns = work_at_end(t);
        missing(v, 0, &key, slot != NULL, i);
        return false;
    }
    return true;
}

static bool same_end(struct diverge *v)
{
    const struct session_event *a = &v->side[0].end, *b = &v->side[1].end;
    size_t na, nb;
    (void)session_console(v->side[0].s, 0, &na);
    (void)session_console(v->side[1].s, 0, &nb);
    if (!same_console(v, UINT64_MAX) || !same_disk(v, 0) || !same_disk(v, 1))
        return false;
    bool budget = a->why == SESSION_DONE && b->why == SESSION_DONE;
    if (a->why == b->why && strcmp(a->text, b->text) == 0 && (na == nb || budget))
        return true;
    v->first.kind = DIFFERENT_END;
    (void)snprintf(v->first.text, sizeof v->first.text,
                   "A ends: %s, %.120s, %zu bytes on the console; B ends: %s, %.120s, %zu bytes",
                   session_why_names[a->why], a->text, na, session_why_names[b->why], b->text, nb);
    return false;
}

bool diverge_match(struct diverge *v, struct complaint *why)
{
    memset(&v->first, 0, sizeof v->first);
    v->entries = v->returns = v->memories = v->processes = 0;
    v->console_bytes = v->disk_bytes = 0;
    v->first.stretch[0] = v->first.stretch[1] = NO_ITEM;
    v->matched[0] = v->matched[1] = v->left[0] = v->left[1] = NO_ITEM;
    if (follow_a(v, why) && follow_b(v, why))
        (void)same_end(v);
    for (unsigned i = 0; i < 2; i++)
        side_keep_silent(&v->side[i]);
    return !why->what[0];
}
