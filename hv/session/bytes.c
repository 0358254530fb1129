/*
 * Recordings and saved sessions as bytes.
 *
 *   "RINGSIDE" kind version | note | digest | inputs | marks | hashes | [state: position, packed,
 * pages] | checksum
 *
 * Little-endian numbers, each part with its length in front; the checksum is over all before it.
 * Nothing is believed: every length is checked against what is left.
 */
#include "session/internal.h"

#include <string.h>

#include "hv/saved.h"
#include "sim/alloc.h"

#define MAGIC      "RINGSIDE"
#define VERSION    1u
#define HASH_EVERY 1000000u

/* ---------------------------------------- writing */

struct writer {
    uint8_t *bytes; /* owned */
    size_t n, room;
    bool failed;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
    if (w->room - w->n < n && !w->failed) {
        size_t room = w->room * 2 > w->n + n ? w->room * 2 : w->n + n + 4096;
        uint8_t *bigger = sim_alloc(room, 1);
        if (!bigger) {
            w->failed = true;
            return;
        }
        if (w->n)
            memcpy(bigger, w->bytes, w->n);
        sim_free(w->bytes);
        w->bytes = bigger;
        w->room = room;
    }
    if (w->failed)
        return;
    memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
}

static void put64(struct writer *w, uint64_t value)
{
    put(w, &value, sizeof(value));
}

static void put_position(struct writer *w, const struct session_position *p)
{
    put64(w, p->insn);
    put64(w, p->exit);
    put64(w, p->cycle);
    put64(w, p->phase);
}

static void put_inputs(struct writer *w, const struct session_input *in, size_t n)
{
    put64(w, n);
    for (size_t i = 0; i < n; i++) {
        const uint8_t kind[4] = {in[i].kind, in[i].space, in[i].vm, in[i].reserved};
        put_position(w, &in[i].at);
        put(w, kind, sizeof(kind));
        put(w, &in[i].address, 4);
        put(w, &in[i].value, 4);
        put(w, in[i].name, sizeof(in[i].name));
    }
}

/* ---------------------------------------- reading */

struct reader {
    const uint8_t *at, *end;
    bool failed;
};

static const uint8_t *take(struct reader *r, size_t n)
{
    const uint8_t *at = r->at;
    if (r->failed || (size_t)(r->end - r->at) < n) {
        r->failed = true;
        return NULL;
    }
    r->at += n;
    return at;
}

static uint64_t take64(struct reader *r)
{
    uint64_t value = 0;
    const uint8_t *at = take(r, sizeof(value));
    if (at)
        memcpy(&value, at, sizeof(value));
    return value;
}

static struct session_position take_position(struct reader *r)
{
    struct session_position p;
    p.insn = take64(r);
    p.exit = take64(r);
    p.cycle = take64(r);
    uint64_t phase = take64(r);
    p.phase = (uint32_t)phase;
    r->failed = r->failed || phase > UINT32_MAX;
    return p;
}

#define INPUT_BYTES (4 * 8 + 4 + 4 + 4 + sizeof(((struct session_input *)0)->name))

/* A list of inputs; null and failed, or owned by the caller (also if it is empty). */
static struct session_input *take_inputs(struct reader *r, size_t *n, unsigned vms)
{
    uint64_t count = take64(r);
    if (r->failed || count > (size_t)(r->end - r->at) / INPUT_BYTES) {
        r->failed = true;
        return NULL;
    }
    struct session_input *in = sim_alloc((size_t)count + 1, sizeof(*in));
    for (uint64_t i = 0; in && i < count; i++) {
        in[i].at = take_position(r);
        const uint8_t *kind = take(r, 12 + sizeof(in[i].name));
        if (!kind)
            break;
        in[i].kind = kind[0];
        in[i].space = kind[1];
        in[i].vm = kind[2];
        in[i].reserved = kind[3];
        memcpy(&in[i].address, kind + 4, 4);
        memcpy(&in[i].value, kind + 8, 4);
        memcpy(in[i].name, kind + 12, sizeof(in[i].name));
        in[i].name[sizeof(in[i].name) - 1] = 0;
        if (in[i].kind >= INPUT_KINDS || in[i].space >= SPACES || in[i].vm >= vms ||
            (i && session_compare(&in[i].at, &in[i - 1].at) < 0 && in[i].kind != INPUT_MARK))
            r->failed = true;
    }
    *n = (size_t)count;
    if (r->failed || !in) {
        sim_free(in);
        r->failed = true;
        return NULL;
    }
    return in;
}

/* ---------------------------------------- the parts */

static void put_head(struct session *s, struct writer *w, char kind, const char *note)
{
    size_t length = note ? strlen(note) : 0;
    put(w, MAGIC, 8);
    put64(w, (uint64_t)kind | (uint64_t)VERSION << 8);
    put64(w, length);
    put(w, note ? note : "", length);
    put64(w, hv_saved_layout(s->hv));
    put_position(w, &s->furthest);
    put_inputs(w, s->input, s->inputs);
    put_inputs(w, s->mark, s->marks);
}

/* Goes through the whole once more for a hash every million instructions. */
static bool put_hashes(struct session *s, struct writer *w)
{
    const struct session_position here = s->now;
    uint64_t last = s->furthest.insn / HASH_EVERY;
    bool ok = true;
    put64(w, last);
    for (uint64_t n = 1; n <= last && ok; n++) {
        ok = travel_insn(s, n * HASH_EVERY) == RAN_THERE;
        put64(w, s->now.insn);
        put64(w, session_hash(s));
    }
    return travel_to(s, &here) == RAN_THERE && ok;
}

static enum sim_status seal(struct writer *w, uint8_t **bytes, size_t *n, struct sim_error *err)
{
    put64(w, state_hash_bytes(STATE_HASH_SEED, w->bytes, w->n));
    if (w->failed) {
        sim_free(w->bytes);
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for the file's bytes");
    }
    *bytes = w->bytes;
    *n = w->n;
    return SIM_OK;
}

enum sim_status session_record(struct session *s, const char *note, uint8_t **bytes, size_t *n,
                               struct sim_error *err)
{
    struct writer w = {0};
    put_head(s, &w, 'R', note);
    if (!put_hashes(s, &w)) {
        sim_free(w.bytes);
        return sim_fail(err, SIM_NO_MEMORY, "the run could not be gone through once more");
    }
    return seal(&w, bytes, n, err);
}

/* ---------------------------------------- the state */

static void put_page(void *context, uint32_t page, const uint8_t *bytes)
{
    struct writer *w = context;
    put64(w, page);
    put(w, bytes, HISTORY_PAGE);
}

enum sim_status session_save(struct session *s, const char *note, uint8_t **bytes, size_t *n,
                             struct sim_error *err)
{
    struct writer w = {0};
    if (s->view.live)
        return sim_fail(err, SIM_BAD_INPUT,
                        "inside an exit nothing can be saved: `finish` it first");
    put_head(s, &w, 'S', note);
    put64(&w, 0); /* no hashes */
    put_position(&w, &s->now);
    put64(&w, s->packed_bytes);
    put(&w, store_packed(s), s->packed_bytes);
    for (unsigned v = 0; v < HV_MAX_VMS; v++) {
        size_t length;
        const char *text = session_console(s, v, &length);
        put64(&w, length);
        put(&w, text, length);
    }
    store_each_page(s, put_page, &w);
    put64(&w, UINT64_MAX);
    return seal(&w, bytes, n, err);
}

/* ---------------------------------------- opening */

enum sim_status session_note(const uint8_t *bytes, size_t n, char *kind, const char **note,
                             size_t *note_bytes, struct sim_error *err)
{
    uint64_t sum;
    if (n < 40 || memcmp(bytes, MAGIC, 8) != 0)
        return sim_fail(err, SIM_BAD_INPUT, "not a recording or saved session of Ringside");
    struct reader r = {bytes + 8, bytes + n - 8, false};
    uint64_t head = take64(&r), length = take64(&r);
    if (head >> 8 != VERSION)
        return sim_fail(err, SIM_BAD_INPUT, "its format is version %llu; this is version %u",
                        (unsigned long long)(head >> 8), VERSION);
    memcpy(&sum, bytes + n - 8, 8);
    if (sum != state_hash_bytes(STATE_HASH_SEED, bytes, n - 8))
        return sim_fail(err, SIM_BAD_INPUT, "it is damaged or cut off: the checksum differs");
    const uint8_t *at = take(&r, length > n ? n : (size_t)length);
    if (!at || ((char)head != 'R' && (char)head != 'S'))
        return sim_fail(err, SIM_BAD_INPUT, "it is damaged");
    *kind = (char)head;
    *note = (const char *)at;
    *note_bytes = (size_t)length;
    return SIM_OK;
}

/* What a file holds before its state. */
struct opened {
    char kind;
    struct reader r;
    struct session_position furthest;
    struct session_input *input, *mark; /* owned until they are the session's */
    size_t inputs, marks;
    struct session_check *check;
    size_t checks;
};

static void opened_fini(struct opened *o)
{
    sim_free(o->input);
    sim_free(o->mark);
    sim_free(o->check);
}

static enum sim_status damaged(struct opened *o, struct sim_error *err)
{
    opened_fini(o);
    return sim_fail(err, SIM_BAD_INPUT, "it is damaged");
}

static enum sim_status open_bytes(struct session *s, const uint8_t *bytes, size_t n,
                                  struct opened *o, struct sim_error *err)
{
    const char *note;
    size_t length;
    memset(o, 0, sizeof(*o));
    enum sim_status status = session_note(bytes, n, &o->kind, &note, &length, err);
    if (status != SIM_OK)
        return status;
    o->r = (struct reader){(const uint8_t *)note + length, bytes + n - 8, false};
    if (take64(&o->r) != hv_saved_layout(s->hv))
        return sim_fail(err, SIM_BAD_INPUT,
                        "it was made with another configuration (mode, CPU, profile, memory, "
                        "guests) or another version");
    o->furthest = take_position(&o->r);
    o->input = take_inputs(&o->r, &o->inputs, s->hv->vms);
    o->mark = o->r.failed ? NULL : take_inputs(&o->r, &o->marks, s->hv->vms);
    uint64_t checks = take64(&o->r);
    if (o->r.failed || checks > (size_t)(o->r.end - o->r.at) / 16)
        return damaged(o, err);
    o->check = sim_alloc((size_t)checks + 1, sizeof(*o->check));
    if (!o->check)
        return damaged(o, err);
    for (o->checks = 0; o->checks < checks; o->checks++) {
        o->check[o->checks].insn = take64(&o->r);
        o->check[o->checks].hash = take64(&o->r);
    }
    return o->r.failed ? damaged(o, err) : SIM_OK;
}

static bool is_fresh(const struct session *s)
{
    return s->history.count == 1 && !s->inputs && !s->now.insn && !s->view.live;
}

static void adopt(struct session *s, struct opened *o)
{
    sim_free(s->input);
    sim_free(s->mark);
    sim_free(s->check);
    s->input = o->input;
    s->inputs = s->input_room = o->inputs;
    s->mark = o->mark;
    s->marks = s->mark_room = o->marks;
    s->check = o->check;
    s->checks = o->checks;
    s->check_next = 0;
    s->furthest = o->furthest;
}

enum sim_status session_replay(struct session *s, const uint8_t *bytes, size_t n,
                               struct sim_error *err)
{
    struct opened o;
    if (!is_fresh(s))
        return sim_fail(err, SIM_BAD_INPUT, "only a session that has not begun can replay");
    enum sim_status status = open_bytes(s, bytes, n, &o, err);
    if (status != SIM_OK)
        return status;
    if (o.kind != 'R' || o.r.at != o.r.end) {
        opened_fini(&o);
        return sim_fail(err, SIM_BAD_INPUT, "it is a saved session, not a recording");
    }
    adopt(s, &o);
    s->replaying = true;
    s->replay_end = o.furthest;
    return SIM_OK;
}

/* Console texts, then pages. False: damaged. */
static bool restore_rest(struct session *s, struct reader *r, struct capture *c)
{
    for (unsigned v = 0; v < HV_MAX_VMS; v++) {
        uint64_t length = take64(r);
        const uint8_t *text = take(r, length > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)length);
        if (!text || !output_set(s, v, (const char *)text, (size_t)length))
            return false;
    }
    for (;;) {
        uint64_t page = take64(r);
        if (page == UINT64_MAX || r->failed)
            return !r->failed && r->at == r->end;
        const uint8_t *bytes = take(r, HISTORY_PAGE);
        if (!bytes || page >= s->pages || !store_keep(s, c, (uint32_t)page, bytes))
            return false;
    }
}

/* The counts of what was said came with the state, the texts beside it. */
static bool outputs_differ(const struct session *s)
{
    for (unsigned v = 0; v < HV_MAX_VMS; v++)
        if (s->out[v].count != s->out[v].size)
            return true;
    return false;
}

enum sim_status session_restore(struct session *s, const uint8_t *bytes, size_t n,
                                struct sim_error *err)
{
    struct opened o;
    struct capture c = {.packed = NULL};
    if (!is_fresh(s))
        return sim_fail(err, SIM_BAD_INPUT, "only a session that has not begun can be restored");
    enum sim_status status = open_bytes(s, bytes, n, &o, err);
    if (status != SIM_OK)
        return status;
    const struct session_position at = take_position(&o.r);
    uint64_t length = take64(&o.r);
    const uint8_t *packed = length == s->packed_bytes ? take(&o.r, s->packed_bytes) : NULL;
    c.packed = sim_alloc(s->packed_pages, HISTORY_PAGE);
    bool ok = o.kind == 'S' && packed && c.packed && restore_rest(s, &o.r, &c);
    if (ok)
        memcpy(c.packed, packed, s->packed_bytes);
    status = ok ? store_put_foreign(s, &c, err) : damaged(&o, err);
    if (status == SIM_OK && (s->input_next > o.inputs || outputs_differ(s)))
        status = damaged(&o, err);
    else if (status != SIM_OK && ok)
        opened_fini(&o);
    store_release(&c);
    sim_free(c.packed);
    if (status != SIM_OK) {
        (void)store_restore(s, s->history.snapshot[0]);
        for (unsigned v = 0; v < HV_MAX_VMS; v++)
            s->out[v].size = 0;
        return status;
    }
    adopt(s, &o);
    s->now = at;
    s->first = false;
    return store_take(s, false) ? SIM_OK
                                : sim_fail(err, SIM_NO_MEMORY, "no host memory for a snapshot");
}
