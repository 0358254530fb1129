/* Writing recordings and saved sessions: bytes.h. */
#include "session/bytes.h"

#include <string.h>

#include "hv/saved.h"
#include "session/internal.h"
#include "sim/alloc.h"

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

/* ---------------------------------------- the parts */

static void put_head(struct session *s, struct writer *w, char kind, const char *note)
{
    size_t length = note ? strlen(note) : 0;
    put(w, BYTES_MAGIC, 8);
    put64(w, (uint64_t)kind | (uint64_t)BYTES_VERSION << 8);
    put64(w, length);
    put(w, note ? note : "", length);
    put64(w, hv_saved_layout(s->hv));
    put_position(w, &s->furthest);
    put_inputs(w, s->input, s->inputs);
    put_inputs(w, s->mark, s->marks);
}

/* Runs on to a place where the state is known: is it there the same? A restored session's past need
 * not be the one that its file was saved in. */
static enum ran run_over(struct session *s, const struct session_position *here, uint64_t hash)
{
    const struct aim first = {.insn = here->insn},
                     rest = {.cycle = here->cycle, .exit = here->exit};
    enum ran ran = s->now.insn < here->insn ? run_to(s, &first) : RAN_THERE;
    if (ran == RAN_THERE && session_compare(&s->now, here) < 0)
        ran = run_to(s, &rest);
    s->unmet = s->unmet || (ran == RAN_THERE &&
                            (session_compare(&s->now, here) != 0 || session_hash(s) != hash));
    return s->unmet ? RAN_FAILED : ran;
}

/* Goes through the whole once more for a hash every million instructions. */
static enum ran put_hashes(struct session *s, struct writer *w)
{
    const struct session_position here = s->now;
    const uint64_t last = s->furthest.insn / BYTES_HASH_EVERY, hash = session_hash(s);
    bool met = s->view.live; /* a state inside an exit is shown, not run from */
    enum ran ran = met ? RAN_THERE : travel_insn(s, 0);
    put64(w, last);
    for (uint64_t n = 1; n <= last && ran == RAN_THERE; n++) {
        if (!met && n * BYTES_HASH_EVERY > here.insn) {
            ran = run_over(s, &here, hash);
            met = true;
        }
        if (ran == RAN_THERE)
            ran = travel_insn(s, n * BYTES_HASH_EVERY);
        put64(w, s->now.insn);
        put64(w, session_hash(s));
    }
    if (ran == RAN_THERE && !met)
        ran = run_over(s, &here, hash);
    bool unmet = s->unmet; /* why it failed; the way back may not */
    enum ran back = travel_to(s, &here);
    s->unmet = unmet;
    return ran == RAN_THERE ? back : ran;
}

/* Why there are no hashes. */
static enum sim_status unhashed(const struct session *s, enum ran ran, struct sim_error *err)
{
    if (ran == RAN_INTERRUPT)
        return sim_fail(err, SIM_BAD_INPUT, "interrupted: nothing was recorded");
    if (s->unmet || ran == RAN_ENDED || ran == RAN_INPUT)
        return sim_fail(err, SIM_BAD_INPUT,
                        "the run differs from the file it was restored from: gone through once "
                        "more it leads elsewhere");
    return sim_fail(err, SIM_NO_MEMORY, "no host memory to go through the run once more");
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
    if (travel_mend(s))
        put_head(s, &w, 'R', note);
    enum ran ran = s->torn ? RAN_FAILED : put_hashes(s, &w);
    if (ran != RAN_THERE) {
        sim_free(w.bytes);
        return unhashed(s, ran, err);
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
    if (!travel_mend(s))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory to come back to this position");
    put_head(s, &w, 'S', note);
    put64(&w, 0); /* no hashes */
    put_position(&w, &s->now);
    put64(&w, s->queue_cycle);
    put_inputs(&w, s->queue, s->queued);
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
