/*
 * Reading recordings and saved sessions: bytes.h. Nothing is believed: every length is checked
 * against what is left, and every number against the others.
 */
#include "session/bytes.h"

#include <string.h>

#include "hv/saved.h"
#include "session/internal.h"
#include "sim/alloc.h"

struct reader {
    const uint8_t *at, *end;
    bool failed;    /* the bytes cannot be */
    bool no_memory; /* nothing is known of them */
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

/* Instructions, exits and cycles: decades of running, and far from where sums of them wrap. */
#define LAST_PLACE (UINT64_MAX / 4)

static struct session_position take_position(struct reader *r)
{
    struct session_position p;
    p.insn = take64(r);
    p.exit = take64(r);
    p.cycle = take64(r);
    uint64_t phase = take64(r);
    p.phase = (uint32_t)phase;
    r->failed = r->failed || phase > UINT32_MAX || p.insn > LAST_PLACE || p.exit > LAST_PLACE ||
                p.cycle > LAST_PLACE;
    return p;
}

#define INPUT_BYTES (4 * 8 + 4 + 4 + 4 + sizeof(((struct session_input *)0)->name))

/* Nothing that a terminal would obey. */
static bool is_name(const char *name, size_t room)
{
    size_t n = 0;
    while (n < room && name[n]) {
        if ((unsigned char)name[n] <= ' ' || name[n] == 0x7f)
            return false;
        n++;
    }
    return n < room;
}

/* Is it one that session_give could have taken, behind the one before? */
static bool is_input(const struct session_input *in, const struct session_input *before,
                     unsigned vms)
{
    return in->kind < INPUT_KINDS && in->space < SPACES && in->vm < vms && in->reserved <= 1 &&
           is_name(in->name, sizeof(in->name)) &&
           (!before || in->kind == INPUT_MARK || session_compare(&in->at, &before->at) >= 0);
}

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
        r->failed = r->failed || !is_input(&in[i], i ? &in[i - 1] : NULL, vms);
    }
    *n = (size_t)count;
    r->no_memory = r->no_memory || !in;
    if (r->failed) {
        sim_free(in);
        return NULL;
    }
    return in;
}

/* ---------------------------------------- opening */

enum sim_status session_note(const uint8_t *bytes, size_t n, char *kind, const char **note,
                             size_t *note_bytes, struct sim_error *err)
{
    uint64_t sum;
    if (n < 40 || memcmp(bytes, BYTES_MAGIC, 8) != 0)
        return sim_fail(err, SIM_BAD_INPUT, "not a recording or saved session of Ringside");
    struct reader r = {bytes + 8, bytes + n - 8, false, false};
    uint64_t head = take64(&r), length = take64(&r);
    if (head >> 8 != BYTES_VERSION)
        return sim_fail(err, SIM_BAD_INPUT, "its format is version %llu; this is version %u",
                        (unsigned long long)(head >> 8), BYTES_VERSION);
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
    struct session_input *input, *mark, *queue; /* owned until they are the session's */
    size_t inputs, marks, queued;
    uint64_t queue_cycle;
    struct session_check *check;
    size_t checks;
};

static void opened_fini(struct opened *o)
{
    sim_free(o->input);
    sim_free(o->mark);
    sim_free(o->queue);
    sim_free(o->check);
}

/* Frees what was read, and says why it is no use. */
static enum sim_status damaged(struct opened *o, struct sim_error *err)
{
    opened_fini(o);
    if (o->r.no_memory)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for what is in the file");
    return sim_fail(err, SIM_BAD_INPUT, "it is damaged");
}

/* Hashes of ever later positions. */
static void take_checks(struct opened *o)
{
    uint64_t checks = take64(&o->r), last = 0;
    if (o->r.failed || checks > (size_t)(o->r.end - o->r.at) / 16) {
        o->r.failed = true;
        return;
    }
    o->check = sim_alloc((size_t)checks + 1, sizeof(*o->check));
    o->r.no_memory = o->r.no_memory || !o->check;
    for (o->checks = 0; o->check && o->checks < checks; o->checks++) {
        struct session_check *c = &o->check[o->checks];
        c->insn = take64(&o->r);
        c->hash = take64(&o->r);
        o->r.failed = o->r.failed || c->insn <= last;
        last = c->insn;
    }
}

/* Can a mark be there? One inside an exit may be in the last that began. */
static bool is_place(const struct session *s, const struct session_position *at,
                     const struct session_position *furthest)
{
    if (at->phase == SESSION_OUTSIDE)
        return session_compare(at, furthest) <= 0 && at->exit <= furthest->exit &&
               at->cycle <= furthest->cycle;
    return s->hv->mode->has_hypervisor && at->exit && at->exit <= furthest->exit + 1;
}

/* Nothing in a file is of a time behind the furthest that the run came. */
static bool all_happened(const struct session *s, const struct opened *o)
{
    bool good = !o->checks || o->check[o->checks - 1].insn <= o->furthest.insn;
    if (o->inputs) /* they are in order */
        good = good && session_compare(&o->input[o->inputs - 1].at, &o->furthest) <= 0;
    for (size_t i = 0; i < o->marks; i++)
        good = good && is_place(s, &o->mark[i].at, &o->furthest);
    return good;
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
    o->r = (struct reader){(const uint8_t *)note + length, bytes + n - 8, false, false};
    if (take64(&o->r) != hv_saved_layout(s->hv))
        return sim_fail(err, SIM_BAD_INPUT,
                        "it was made with another configuration (mode, CPU, profile, memory, "
                        "guests) or another version");
    o->furthest = take_position(&o->r);
    o->input = take_inputs(&o->r, &o->inputs, s->hv->vms);
    o->mark = take_inputs(&o->r, &o->marks, s->hv->vms);
    take_checks(o);
    bool bad = o->r.failed || o->r.no_memory || o->furthest.phase != SESSION_OUTSIDE ||
               !all_happened(s, o);
    return bad ? damaged(o, err) : SIM_OK;
}

static bool is_fresh(struct session *s)
{
    return travel_mend(s) && s->history.count == 1 && !s->inputs && !s->now.insn && !s->view.live;
}

static void adopt(struct session *s, struct opened *o)
{
    sim_free(s->input);
    sim_free(s->mark);
    sim_free(s->queue);
    sim_free(s->check);
    s->queue = o->queue;
    s->queued = s->queue_room = o->queued;
    s->queue_cycle = o->queue_cycle;
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

/* Console texts, then pages in order. False: damaged, or no memory. */
static bool restore_rest(struct session *s, struct reader *r, struct capture *c)
{
    uint64_t next = 0;
    for (unsigned v = 0; v < HV_MAX_VMS; v++) {
        uint64_t length = take64(r);
        const uint8_t *text = take(r, length > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)length);
        if (!text)
            return false;
        r->no_memory = r->no_memory || !output_set(s, v, (const char *)text, (size_t)length);
    }
    for (;;) {
        uint64_t page = take64(r);
        if (page == UINT64_MAX || r->failed)
            return !r->failed && !r->no_memory && r->at == r->end;
        const uint8_t *bytes = take(r, HISTORY_PAGE);
        bool packed = page >= s->ram_pages && page - s->ram_pages < s->packed_pages;
        if (!bytes || page >= s->pages || page < next || packed)
            return false;
        next = page + 1;
        if (!store_keep(s, c, (uint32_t)page, bytes)) {
            r->no_memory = true;
            return false;
        }
    }
}

/* Those that have taken effect lie behind, edits that have not lie ahead. (A byte that has not may
 * be due already: the next stop gives it.) */
static bool inputs_agree(const struct session *s, const struct opened *o)
{
    const struct session_position is = store_place(s);
    if (s->input_next > o->inputs)
        return false;
    for (size_t i = 0; i < o->inputs; i++) {
        int side = session_compare(&o->input[i].at, &is);
        if (i < s->input_next ? side > 0 : side < 0 && inputs_is_edit(&o->input[i]))
            return false;
    }
    return true;
}

/* What the file says beside the state must agree with it: where it is, which inputs there were,
 * and what was said (its length is state, the texts are beside). */
static bool agrees(const struct session *s, const struct opened *o,
                   const struct session_position *at)
{
    const struct session_position is = store_place(s);
    for (unsigned v = 0; v < HV_MAX_VMS; v++)
        if (s->out[v].count != s->out[v].size)
            return false;
    return session_compare(&is, at) == 0 && session_compare(&o->furthest, at) >= 0 &&
           inputs_agree(s, o) && s->events <= INT64_MAX &&
           (!o->queued || o->queue_cycle <= at->cycle + RETRY_CYCLES);
}

/* Bytes that no device had room for yet. */
static void take_queue(struct opened *o, unsigned vms)
{
    o->queue_cycle = take64(&o->r);
    o->queue = take_inputs(&o->r, &o->queued, vms);
    for (size_t i = 0; o->queue && i < o->queued; i++)
        o->r.failed =
            o->r.failed || (o->queue[i].kind != INPUT_CONSOLE && o->queue[i].kind != INPUT_KEY);
}

/* A file comes from anywhere: its tables must not grant a guest what is not the guest's. */
static enum sim_status audited(struct session *s, struct opened *o, struct sim_error *err)
{
    struct hv_audit a;
    hv_audit(s->hv, &a);
    if (!(a.foreign | a.gates | a.ports | a.inconsistent))
        return SIM_OK;
    opened_fini(o);
    return sim_fail(err, SIM_BAD_INPUT, "it is damaged: %s", a.first);
}

/* The present becomes what was opened. On failure o is freed, and the present undefined. */
static enum sim_status restore_state(struct session *s, struct opened *o, struct sim_error *err)
{
    struct capture c = {.packed = sim_alloc(s->packed_pages, HISTORY_PAGE)};
    const struct session_position at = take_position(&o->r);
    take_queue(o, s->hv->vms);
    uint64_t length = take64(&o->r);
    const uint8_t *packed = length == s->packed_bytes ? take(&o->r, s->packed_bytes) : NULL;
    enum sim_status status;
    o->r.no_memory = o->r.no_memory || !c.packed;
    if (packed && c.packed && restore_rest(s, &o->r, &c)) {
        memcpy(c.packed, packed, s->packed_bytes);
        status = store_put_foreign(s, &c, err);
        if (status != SIM_OK)
            opened_fini(o);
        else if (!agrees(s, o, &at))
            status = damaged(o, err);
        else
            status = audited(s, o, err);
    } else {
        status = damaged(o, err);
    }
    store_release(&c);
    sim_free(c.packed);
    return status;
}

enum sim_status session_restore(struct session *s, const uint8_t *bytes, size_t n,
                                struct sim_error *err)
{
    struct opened o;
    if (!is_fresh(s))
        return sim_fail(err, SIM_BAD_INPUT, "only a session that has not begun can be restored");
    enum sim_status status = open_bytes(s, bytes, n, &o, err);
    if (status != SIM_OK)
        return status;
    if (o.kind != 'S') {
        opened_fini(&o);
        return sim_fail(err, SIM_BAD_INPUT, "it is a recording, not a saved session");
    }
    status = restore_state(s, &o, err);
    if (status == SIM_OK) {
        s->now = store_place(s);
        s->first = false;
        if (!store_take(s, false)) {
            opened_fini(&o);
            status = sim_fail(err, SIM_NO_MEMORY, "no host memory for a snapshot");
        }
    }
    if (status == SIM_OK) {
        adopt(s, &o);
        s->told_events = s->events;
        s->told_exit = s->hv->exits;
        s->told_idle = s->now.cycle;
        return SIM_OK;
    }
    s->now = s->history.snapshot[0]->at;
    (void)store_restore(s, s->history.snapshot[0]);
    for (unsigned v = 0; v < HV_MAX_VMS; v++)
        s->out[v].size = 0;
    return status;
}
