/*
 * --predict: before each exit the student is asked what it will be. What lies ahead is hidden until
 * the answer: commands that would show it are refused (COMMAND_SAFE).
 */
#include "debug/predict.h"

#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "json.h"
#include "story_details.h"

const char *const predict_bands[4] = {"under 500", "under 2000", "under 8000", "8000 or more"};

unsigned predict_band(uint64_t cycles)
{
    return cycles < 500 ? 0 : cycles < 2000 ? 1 : cycles < 8000 ? 2 : 3;
}

void predict_destroy(struct predict *p)
{
    if (p)
        free(p->question);
    free(p);
}

bool predict_waits(const struct debugger *d)
{
    return d->predict && d->predict->waits;
}

bool predict_arm(struct debugger *d, struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    const struct session_point p = {.kind = POINT_EXIT,
                                    .enabled = true,
                                    .silent = true,
                                    .cr3 = POINT_ANY,
                                    .value = POINT_ANY,
                                    .vm = POINT_ANY};
    d->predict->waits = false;
    d->predict->point = session_point_add(d->session, &p, &err);
    return d->predict->point || complain_error(why, &err, NULL);
}

bool predict_begin(struct debugger *d, struct complaint *why)
{
    if (!d->predict)
        d->predict = calloc(1, sizeof(struct predict));
    if (!d->predict)
        return complain_ours(why, NULL, "no memory");
    return d->predict->point || predict_arm(d, why);
}

void predict_end(struct debugger *d)
{
    struct predict *p = d->predict;
    if (!p || !p->point)
        return;
    (void)session_point_remove(d->session, p->point);
    p->point = 0;
    p->count -= p->waits; /* nobody answered */
    p->waits = false;
}

unsigned predict_point(const struct debugger *d)
{
    return d->predict ? d->predict->point : 0;
}

static bool put_question(struct debugger *d)
{
    struct predict *p = d->predict;
    const struct vm_exit *x = debug_hv(d)->open;
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 64;
        struct question *more = realloc(p->question, room * sizeof *more);
        if (!more)
            return false;
        p->question = more;
        p->room = room;
    }
    struct question *q = &p->question[p->count++];
    memset(q, 0, sizeof *q);
    q->exit = x->number;
    struct cpu_state cpu;
    q->eip = debug_cpu(d, &cpu)->eip;
    (void)disassemble_at(d, cpu.seg[SEG_CS].base + cpu.eip, q->instruction, sizeof q->instruction);
    p->waits = true;
    return true;
}

static bool was_asked(const struct predict *p, uint64_t exit)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->question[i].exit == exit)
            return true;
    return false;
}

bool predict_asks(struct debugger *d, const struct session_event *e)
{
    struct predict *p = d->predict;
    const struct vm_exit *x = debug_hv(d)->open;
    if (!p || !p->point || p->waits || !x || was_asked(p, x->number) ||
        (e->failed && e->why != SESSION_POINT))
        return false;
    if (!put_question(d))
        return false;
    (void)debug_tell_stop(d, e);
    (void)fprintf(d->out,
                  "Exit %" PRIu64 " begins. What will it be? answer REASON OUTCOME CYCLES "
                  "(ADVANCE, RETRY, REFLECT, INJECT or KILL; 500, 2000, 8000 or more)\n",
                  x->number);
    return true;
}

/* ---------------------------------------- the score */

unsigned predict_points(const struct question *q)
{
    return (unsigned)(q->reason == q->said_reason) + (q->outcome == q->said_outcome) +
           (q->band == q->said_band);
}

static void write_choice(struct json *j, const char *key, uint8_t reason, uint8_t outcome,
                         uint8_t band)
{
    json_open_flat(j, key, '{');
    json_text(j, "reason", exit_reason_names[reason]);
    json_text(j, "outcome", exit_outcome_names[outcome]);
    json_text(j, "cost", predict_bands[band]);
    json_close(j, '}');
}

/* What was answered; the last question may still wait. */
static size_t answered_of(const struct predict *p)
{
    return p ? p->count - (p->waits ? 1 : 0) : 0;
}

void predict_score(const struct debugger *d, unsigned *answered, unsigned *points)
{
    *answered = (unsigned)answered_of(d->predict);
    *points = 0;
    for (unsigned i = 0; i < *answered; i++)
        *points += predict_points(&d->predict->question[i]);
}

const char *predict_last(const struct debugger *d, char *text, size_t size)
{
    size_t n = answered_of(d->predict);
    text[0] = 0;
    if (!n)
        return text;
    const struct question *q = &d->predict->question[n - 1];
    (void)snprintf(text, size,
                   "Exit %" PRIu64 " was %s, %s, %" PRIu64 " cycles: %u of 3 points (you said %s, "
                   "%s, %s).",
                   q->exit, exit_reason_names[q->reason], exit_outcome_names[q->outcome], q->cycles,
                   predict_points(q), exit_reason_names[q->said_reason],
                   exit_outcome_names[q->said_outcome], predict_bands[q->said_band]);
    return text;
}

static void write_question(struct json *j, const struct question *q, const char *mode)
{
    char eip[12];
    (void)snprintf(eip, sizeof eip, "0x%08x", q->eip);
    json_open(j, NULL, '{');
    json_text(j, "mode", mode);
    json_count(j, "exit", q->exit);
    json_text(j, "eip", eip);
    json_text(j, "instruction", q->instruction);
    write_choice(j, "predicted", q->said_reason, q->said_outcome, q->said_band);
    write_choice(j, "happened", q->reason, q->outcome, q->band);
    json_count(j, "cycles", q->cycles);
    json_count(j, "points", predict_points(q));
    json_close(j, '}');
}

void predict_write(struct debugger *const *d, unsigned n, FILE *to)
{
    struct json j = {.to = to};
    uint64_t answered = 0, sum = 0;
    json_open(&j, NULL, '{');
    json_text(&j, "schema", "ringside.predict/1");
    json_open(&j, "questions", '[');
    for (unsigned side = 0; side < n; side++) {
        unsigned of_side, points;
        predict_score(d[side], &of_side, &points);
        for (unsigned i = 0; i < of_side; i++)
            write_question(&j, &d[side]->predict->question[i], debug_hv(d[side])->mode->name);
        answered += of_side;
        sum += points;
    }
    json_close(&j, ']');
    json_count(&j, "answered", answered);
    json_count(&j, "points", sum);
    json_count(&j, "most", 3 * answered);
    json_close(&j, '}');
}
