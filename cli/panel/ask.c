/*
 * Questions of predict mode: see ask.h.
 */
#include "panel/ask.h"

#include <stdlib.h>
#include <string.h>

#include "debug/predict.h"

enum { ASK_CLASS, ASK_REASON, ASK_OUTCOME, ASK_COST };

static const char *const outcome_words[EXIT_OUTCOMES] = {
    "the instruction is carried out for the guest",
    "the cause is removed, the guest executes it again",
    "an exception is handed to the guest's kernel",
    "an interrupt is handed to the guest's kernel",
    "the guest is ended",
};
static const char *const band_words[4] = {"500", "2000", "8000", "more"};

bool ask_waits(const struct panel_side *s)
{
    return predict_waits(s->d);
}

bool ask_any(const struct driver *v)
{
    for (unsigned i = 0; i < v->sides; i++)
        if (ask_waits(&v->side[i]))
            return true;
    return false;
}

static void free_times(struct asked_times *t)
{
    timeline_destroy(t->past);
    for (unsigned i = 0; i < SNAP_VMS; i++)
        timeline_destroy(t->turn[i]);
}

void ask_free(struct panel_side *s)
{
    free_times(&s->ask.times);
    free_times(&s->ask.last);
    memset(&s->ask, 0, sizeof s->ask);
}

/* Nothing is asked; the timelines stay until the next question, for the snapshot that has them. */
static void forget(struct panel_side *s)
{
    struct asking none = {.last = s->ask.last};
    bool any = s->ask.times.past != NULL;
    for (unsigned i = 0; i < SNAP_VMS; i++)
        any = any || s->ask.times.turn[i];
    if (any) {
        free_times(&none.last);
        none.last = s->ask.times;
    }
    s->ask = none;
}

void ask_note(struct driver *v, struct panel_side *s)
{
    const struct vm_exit *open = session_hv(s->d->session)->open;
    if (!ask_waits(s) || !open) {
        forget(s);
        return;
    }
    if (s->ask.exit == open->number)
        return;
    forget(s);
    s->ask.exit = open->number;
    s->ask.log_from = v->logged;
    s->running = PANEL_PAUSED;
    v->message[0] = 0;
}

bool ask_stops(struct driver *v, struct panel_side *s, const struct session_event *e, bool *passed)
{
    char *text = NULL;
    size_t size = 0;
    *passed = false;
    if (!s->d->predict)
        return false;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return false;
    s->d->out = out;
    bool asks = predict_asks(s->d, e);
    (void)fclose(out);
    free(text);
    *passed = !asks && e->why == SESSION_POINT && e->hit.point == predict_point(s->d);
    if (asks)
        ask_note(v, s);
    return asks;
}

int ask_toggle(struct driver *v)
{
    struct complaint why = {CLI_OK, "", ""};
    bool on = predict_point(v->side[v->front].d) != 0;
    if (on && v->side[v->front].options.predict) {
        (void)snprintf(v->message, sizeof v->message,
                       "Started with --predict: every exit is asked about.");
        return CLI_USAGE;
    }
    for (unsigned i = 0; i < v->sides; i++) {
        struct panel_side *s = &v->side[i];
        if (on)
            predict_end(s->d);
        else if (session_hv(s->d->session)->mode->has_hypervisor && !predict_begin(s->d, &why)) {
            (void)snprintf(v->message, sizeof v->message, "%.190s", why.what);
            return (int)why.status;
        }
        ask_note(v, s);
    }
    (void)snprintf(v->message, sizeof v->message, "%s",
                   on ? "Predict mode is off."
                      : "Predict mode: from the next exit on you are asked first. Press e.");
    return CLI_OK;
}

/* ---------------------------------------- choices */

/* The n-th class, from 0, that exits of some reason are drawn in; CLASSES: there is none. */
static unsigned class_choice(unsigned n)
{
    for (unsigned c = 0; c < CLASSES; c++) {
        bool used = false;
        for (unsigned r = 0; r < EXIT_REASONS; r++)
            used |= class_of_reason(r) == c;
        if (used && n-- == 0)
            return c;
    }
    return CLASSES;
}

/* The n-th reason of a class; EXIT_REASONS: there is none. */
static unsigned reason_choice(unsigned class, unsigned n)
{
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        if (class_of_reason(r) == class && n-- == 0)
            return r;
    return EXIT_REASONS;
}

static int judge(struct driver *v, struct panel_side *s, unsigned band)
{
    char line[PANEL_LINE], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return CLI_OURS;
    (void)snprintf(line, sizeof line, "answer %s %s %s", exit_reason_names[s->ask.reason],
                   exit_outcome_names[s->ask.outcome], band_words[band]);
    driver_note_before(s);
    int status = debug_command(s->d, line, out);
    if (fclose(out) == 0)
        driver_log(v, text);
    free(text);
    driver_note_end(s);
    ask_note(v, s);
    (void)predict_last(s->d, v->message, sizeof v->message);
    return status == CLI_USAGE ? status : CLI_OK;
}

int ask_answer(struct driver *v, unsigned choice)
{
    struct panel_side *s = &v->side[v->front];
    if (!ask_waits(s) || choice == 0) {
        (void)snprintf(v->message, sizeof v->message, "Nothing is asked.");
        return CLI_USAGE;
    }
    struct asking *a = &s->ask;
    unsigned n = choice - 1, most = 4, value = n;
    if (a->stage == ASK_CLASS) {
        most = CLASSES;
        value = class_choice(n);
        a->class = value < most ? (uint8_t)value : 0;
    } else if (a->stage == ASK_REASON) {
        most = EXIT_REASONS;
        value = reason_choice(a->class, n);
        a->reason = value < most ? (uint8_t)value : 0;
    } else if (a->stage == ASK_OUTCOME) {
        most = EXIT_OUTCOMES;
        a->outcome = (uint8_t)n;
    }
    if (value >= most) {
        (void)snprintf(v->message, sizeof v->message, "%u: there is no such answer.", choice);
        return CLI_USAGE;
    }
    if (a->stage == ASK_COST)
        return judge(v, s, n);
    a->stage++;
    if (a->stage == ASK_REASON && reason_choice(a->class, 1) == EXIT_REASONS) {
        a->reason = (uint8_t)reason_choice(a->class, 0); /* the only one of its kind */
        a->stage++;
    }
    return CLI_OK;
}

/* ---------------------------------------- what is seen of it */

static const char *choice_text(struct snapshot *to, const struct asking *a, unsigned n)
{
    unsigned value;
    switch (a->stage) {
    case ASK_CLASS:
        value = class_choice(n);
        return value < CLASSES ? class_words[value] : NULL;
    case ASK_REASON:
        value = reason_choice(a->class, n);
        return value < EXIT_REASONS
                   ? snapshot_text(to, "%s: %s", exit_reason_names[value], exit_reason_texts[value])
                   : NULL;
    case ASK_OUTCOME:
        return n < EXIT_OUTCOMES
                   ? snapshot_text(to, "%s: %s", exit_outcome_names[n], outcome_words[n])
                   : NULL;
    default:
        return n < 4 ? snapshot_text(to, "%s cycles", predict_bands[n]) : NULL;
    }
}

void ask_look(struct driver *v, struct snapshot *to)
{
    static const char *const questions[] = {
        "Why does it enter the hypervisor: what kind of event is it?", "Which of these is it?",
        "What will the hypervisor do about it?", "What will all of it cost?"};
    struct panel_side *s = &v->side[v->front];
    struct snap_question *q = &to->question;
    unsigned answered, points;
    char instruction[64], name[80];
    struct cpu_state cpu;
    if (!ask_waits(s))
        return;
    predict_score(s->d, &answered, &points);
    uint32_t at = debug_cpu(s->d, &cpu)->seg[SEG_CS].base + cpu.eip;
    (void)disassemble_at(s->d, at, instruction, sizeof instruction);
    (void)address_name(s->d, at, name, sizeof name);
    q->open = true;
    q->right = points;
    q->asked = 3 * answered;
    q->text = snapshot_text(to, "Exit %" PRIu64 " begins at %s%s%s. %s", s->ask.exit, instruction,
                            name[0] ? " in " : "", name, questions[s->ask.stage]);
    q->choice = snapshot_alloc(to, 9, sizeof *q->choice);
    for (const char *text; q->choice && q->choices < 9 &&
                           (text = choice_text(to, &s->ask, (unsigned)q->choices)) != NULL;)
        q->choice[q->choices++] = text;
}

static struct timeline *before(const struct timeline *t, uint64_t cycle)
{
    struct timeline *past = timeline_until(t, cycle);
    if (past)
        timeline_reach(past, cycle);
    return past;
}

void ask_timelines(struct panel_side *s, struct snap_side *side)
{
    const struct vm_exit *open = session_hv(s->d->session)->open;
    struct asked_times *then = &s->ask.times;
    if (open && !then->past)
        then->past = before(s->timeline, open->cycle);
    side->timeline = then->past;
    for (unsigned i = 0; i < side->vms; i++) {
        if (open && !then->turn[i])
            then->turn[i] = before(s->turns.vm[i].time, open->cycle);
        side->turn[i] = side->turn[i] ? then->turn[i] : NULL;
    }
    while (open && side->entries && side->entry[side->entries - 1] >= open->cycle)
        side->entries--;
}
