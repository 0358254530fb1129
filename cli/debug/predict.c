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

struct question {
    uint64_t exit, cycles;
    uint32_t eip;
    char instruction[64];
    uint8_t reason, outcome, band;                /* as it was */
    uint8_t said_reason, said_outcome, said_band; /* as predicted */
};

struct predict {
    struct question *question; /* owned */
    size_t count, room;
    unsigned point; /* the silent one before every exit */
    bool waits;     /* the last question has no answer yet */
};

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

/* ---------------------------------------- answers */

static bool read_outcome(const char *word, uint8_t *outcome)
{
    for (unsigned i = 0; i < EXIT_OUTCOMES; i++)
        if (strcmp(exit_outcome_names[i], word) == 0) {
            *outcome = (uint8_t)i;
            return true;
        }
    return false;
}

static bool read_band(const char *word, uint8_t *band)
{
    static const char *const words[] = {"500", "2000", "8000", "more"};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(words[i], word) == 0) {
            *band = (uint8_t)i;
            return true;
        }
    return false;
}

static void tell(struct debugger *d, const char *what, bool right, const char *said,
                 const char *was)
{
    (void)fprintf(d->out, "%s: %s%s%s\n", what, was, right ? ", as you said" : ", you said ",
                  right ? "" : said);
}

static unsigned points_of(const struct question *q)
{
    return (unsigned)(q->reason == q->said_reason) + (q->outcome == q->said_outcome) +
           (q->band == q->said_band);
}

static int judge(struct debugger *d, struct question *q)
{
    const struct session_move finish = {.verb = SESSION_FINISH, .reason = -1};
    struct session_event e;
    unsigned sum = 0;
    struct vm_exit x;
    (void)session_go(d->session, &finish, &e);
    if (!exit_completed(d, q->exit, &x)) {
        d->predict->count--;
        return debug_tell_stop(d, &e);
    }
    q->reason = x.reason;
    q->outcome = x.outcome;
    q->cycles = x.cycles;
    q->band = (uint8_t)predict_band(x.cycles);
    console_rest(d);
    tell(d, "Reason", q->reason == q->said_reason, exit_reason_names[q->said_reason],
         exit_reason_names[q->reason]);
    tell(d, "Outcome", q->outcome == q->said_outcome, exit_outcome_names[q->said_outcome],
         exit_outcome_names[q->outcome]);
    char was[60];
    (void)snprintf(was, sizeof was, "%" PRIu64 " cycles, %s", q->cycles, predict_bands[q->band]);
    tell(d, "Cost", q->band == q->said_band, predict_bands[q->said_band], was);
    for (size_t i = 0; i < d->predict->count; i++)
        sum += points_of(&d->predict->question[i]);
    (void)fprintf(d->out, "Points: %u of 3; together %u of %zu. info exit tells why.\n",
                  points_of(q), sum, 3 * d->predict->count);
    return debug_tell_stop(d, &e);
}

int command_answer(struct debugger *d, const char *rest)
{
    char reason[40], outcome[20], band[20];
    next_word(&rest, reason, sizeof reason);
    next_word(&rest, outcome, sizeof outcome);
    next_word(&rest, band, sizeof band);
    if (!predict_waits(d))
        return refuse(d, CLI_USAGE,
                      d->predict ? "answer: nothing was asked; continue goes on"
                                 : "answer: only with --predict");
    struct question *q = &d->predict->question[d->predict->count - 1];
    int said = exit_reason_find(reason);
    if (said < 0)
        return refuse(d, CLI_USAGE, "answer %s: no such reason; ringside list reasons shows them",
                      word_shown(reason));
    if (!read_outcome(outcome, &q->said_outcome))
        return refuse(d, CLI_USAGE, "answer: ADVANCE, RETRY, REFLECT, INJECT or KILL, not %s",
                      outcome[0] ? outcome : "nothing");
    if (!read_band(band, &q->said_band) || *rest)
        return refuse(d, CLI_USAGE, "answer: under 500, 2000, 8000, or more, not %s%s%s",
                      band[0] ? band : "nothing", *rest ? " " : "", rest);
    q->said_reason = (uint8_t)said;
    d->predict->waits = false;
    return judge(d, q);
}

/* ---------------------------------------- the score */

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
        *points += points_of(&d->predict->question[i]);
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
                   points_of(q), exit_reason_names[q->said_reason],
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
    json_count(j, "points", points_of(q));
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
