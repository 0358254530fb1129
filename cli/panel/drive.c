/* Commands of the panel: its own words, and the debugger's verbs; running on while it draws. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "number.h"
#include "panel/ask.h"
#include "terminal.h"

/* ---------------------------------------- time of the host's */

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct budget {
    double end;
};

static bool spent(void *budget)
{
    return now_ms() >= ((struct budget *)budget)->end || terminal_stop_signal() != 0;
}

/* ---------------------------------------- verbs */

/* A verb of the debugger on one side; its answer goes to the log. */
static int verb(struct driver *v, struct panel_side *s, const char *line)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return CLI_OURS;
    driver_note_before(s);
    bool asked = ask_waits(s);
    struct budget budget = {v->patience ? now_ms() + v->patience : HUGE_VAL};
    session_set_poll(s->d->session, spent, &budget);
    int status = debug_command(s->d, line, out);
    session_set_poll(s->d->session, NULL, NULL);
    track_loaded(s);
    driver_note_end(s);
    if (fclose(out) == 0)
        driver_log(v, text);
    if (status != CLI_OK && text)
        (void)snprintf(v->message, sizeof v->message, "%.*s", (int)strcspn(text, "\n"), text);
    ask_note(v, s);
    if (session_last(s->d->session)->why == SESSION_INTERRUPT && now_ms() >= budget.end)
        (void)snprintf(v->message, sizeof v->message,
                       "Stopped on the way after %u s. Press c to run on, Space to pause.",
                       v->patience / 1000);
    if (asked && ask_waits(s) && status != CLI_OK)
        (void)snprintf(v->message, sizeof v->message, "Answer first: press the number.");
    v->quits |= debugger_quits(s->d);
    free(text);
    return status;
}

static struct panel_side *front(struct driver *v)
{
    return &v->side[v->front];
}

static bool inside_exit(struct panel_side *s)
{
    return session_hv(s->d->session)->open != NULL;
}

/* What is done without a verb of the debugger is locked with the verb that would do it. */
static bool allowed(struct driver *v, const char *name, bool back)
{
    char why[160];
    if (lock_allows_verb(v->lock, name, back, why))
        return true;
    (void)snprintf(v->message, sizeof v->message, "%s", why);
    return false;
}

static int do_run(struct driver *v, const char *rest)
{
    bool back = strcmp(rest, "back") == 0, running = driver_runs(v);
    for (unsigned i = 0; i < v->sides; i++)
        v->side[i].run_to = 0;
    if (!allowed(v, back ? "rcontinue" : "continue", back))
        return CLI_USAGE;
    if (ask_waits(front(v)))
        return verb(v, front(v), "continue"); /* which says that it has to be answered */
    for (unsigned i = 0; i < v->sides; i++)
        if (running)
            v->side[i].running = PANEL_PAUSED;
        else if (i == v->front || (v->comparing && !back)) {
            driver_note_before(&v->side[i]);
            v->side[i].running = back ? PANEL_RUNS_BACK : PANEL_RUNS;
        }
    return CLI_OK;
}

static int do_pause(struct driver *v, const char *rest)
{
    (void)rest;
    for (unsigned i = 0; i < v->sides; i++)
        v->side[i].running = PANEL_PAUSED;
    return CLI_OK;
}

/* The other side to the same guest work. */
static void bring_other(struct driver *v)
{
    struct work_key key;
    struct budget budget = {v->patience ? now_ms() + v->patience : HUGE_VAL};
    struct session *session = front(v)->d->session;
    enum meeting meeting = driver_meet(v, spent, &budget);
    if (meeting == MET || v->message[0])
        return;
    (void)snprintf(
        v->message, sizeof v->message, "%s",
        meeting == MEETING_LOCKED  ? "The other side would have to go back, which is locked."
        : meeting == MEETING_SPENT ? "The other side is on its way. Press F8 to let it go on."
        : session_work_key(session, session_vm(session), &key)
            ? "The other side does not come to this guest work."
            : "No program has run here: the other side has nothing to be brought to.");
}

/* Inside an exit a step is a phase. */
static int do_step(struct driver *v, const char *rest)
{
    char line[PANEL_LINE];
    struct panel_side *s = front(v);
    bool plain = !*rest || (*rest >= '0' && *rest <= '9');
    if (v->comparing && v->sides > 1 && strncmp(rest, "exit", 4) == 0 &&
        !session_hv(s->d->session)->mode->has_hypervisor && !ask_any(v)) {
        if (!allowed(v, "step", false))
            return CLI_USAGE;
        bring_other(v);
        if (!v->message[0])
            (void)snprintf(v->message, sizeof v->message,
                           "In mode native there are no exits: the other side was brought here.");
        return CLI_OK;
    }
    (void)snprintf(line, sizeof line, "step %s%s", plain && inside_exit(s) ? "phase " : "", rest);
    return verb(v, s, line);
}

/* Did an exit end here, with the instruction that made it still to come? Before it is its end. */
static bool behind_exit(struct panel_side *s)
{
    const struct hv *hv = session_hv(s->d->session);
    const struct vm_exit *last = hv->exits ? hv_exit(hv, hv->exits) : NULL;
    return last && last->icount == session_position(s->d->session)->insn;
}

static int do_back(struct driver *v, const char *rest)
{
    struct panel_side *s = front(v);
    char line[PANEL_LINE];
    bool plain = !*rest || (*rest >= '0' && *rest <= '9');
    bool phase = plain && (inside_exit(s) || (!*rest && behind_exit(s)));
    (void)snprintf(line, sizeof line, "back %s%s", phase ? "phase " : "", rest);
    return verb(v, front(v), line);
}

/* The reason that is looked at, else the shown exit's; "": none. */
static const char *looked_at(const struct driver *v)
{
    const struct snap_exit *x = &v->snapshot.side[v->front].exit_shown;
    return v->reason[0] ? v->reason : x->there ? x->reason : "";
}

static int do_exit(struct driver *v, const char *rest)
{
    const char *reason = looked_at(v);
    char line[PANEL_LINE];
    if (strncmp(rest, "same", 4) != 0 || !*reason) {
        (void)snprintf(v->message, sizeof v->message, "No exit is looked at. Press e first.");
        return CLI_USAGE;
    }
    (void)snprintf(line, sizeof line, "%s exit %s", strstr(rest, "back") ? "back" : "step", reason);
    return verb(v, front(v), line);
}

/* As long as whoever waits has patience. */
static void travel(struct driver *v, const struct session_position *to)
{
    struct panel_side *s = front(v);
    struct budget budget = {v->patience ? now_ms() + v->patience : HUGE_VAL};
    struct session_event e;
    driver_note_before(s);
    session_set_poll(s->d->session, spent, &budget);
    bool there = session_goto(s->d->session, to, &e);
    session_set_poll(s->d->session, NULL, NULL);
    if (!there || session_compare(to, session_position(s->d->session)) != 0)
        (void)snprintf(v->message, sizeof v->message, "%s",
                       e.text[0] ? e.text : "What was there is of another future.");
    driver_note_end(s);
    ask_note(v, s);
}

static int do_goto(struct driver *v, const char *rest)
{
    char line[PANEL_LINE];
    struct session_history h;
    struct session *session = front(v)->d->session;
    session_history(session, &h);
    if (strcmp(rest, "end") == 0 && session_compare(session_position(session), &h.to) >= 0) {
        (void)snprintf(v->message, sizeof v->message, "This is the furthest point seen.");
        return CLI_OK;
    }
    if (strcmp(rest, "end") == 0 && session_position(session)->insn == h.to.insn &&
        !ask_waits(front(v))) {
        if (!allowed(v, "goto", false))
            return CLI_USAGE;
        travel(v, &h.to);
        return CLI_OK;
    }
    if (strcmp(rest, "end") == 0)
        (void)snprintf(line, sizeof line, "goto insn %" PRIu64, h.to.insn);
    else
        (void)snprintf(line, sizeof line, "goto %s", rest);
    return verb(v, front(v), line);
}

/* A point that stands already is taken away, else it is made. */
static int toggle(struct driver *v, unsigned kind, uint32_t value, bool by_address,
                  const char *line)
{
    struct session *s = front(v)->d->session;
    if (!allowed(v, kind == POINT_EXIT ? "catch" : "break", false))
        return CLI_USAGE;
    for (struct session_point *p = session_point_next(s, 0); p;
         p = session_point_next(s, p->number))
        if (!p->silent && p->kind == kind && (by_address ? p->address : p->value) == value) {
            (void)session_point_remove(s, p->number);
            (void)snprintf(v->message, sizeof v->message, "Stops there no more.");
            return CLI_OK;
        }
    int status = verb(v, front(v), line);
    if (status == CLI_OK)
        (void)snprintf(v->message, sizeof v->message, "Stops there from now on (%s).", line);
    return status;
}

static int do_point(struct driver *v, const char *rest)
{
    char line[PANEL_LINE];
    const char *reason = strncmp(rest, "reason ", 7) == 0 ? rest + 7 : looked_at(v);
    if (strncmp(rest, "reason", 6) == 0) {
        for (unsigned r = 0; r < EXIT_REASONS; r++)
            if (strcmp(exit_reason_names[r], reason) == 0) {
                (void)snprintf(line, sizeof line, "catch exit %s", reason);
                return toggle(v, POINT_EXIT, r, false, line);
            }
        (void)snprintf(v->message, sizeof v->message, "Look at an exit first: press e.");
        return CLI_USAGE;
    }
    (void)snprintf(line, sizeof line, "break *0x%x", (unsigned)v->looked);
    return toggle(v, POINT_CODE, v->looked, true, line);
}

static int do_keys(struct driver *v, const char *rest)
{
    char line[PANEL_LINE];
    (void)snprintf(line, sizeof line, "type \"%s\"", rest);
    return verb(v, front(v), line);
}

static int do_predict(struct driver *v, const char *rest)
{
    (void)rest;
    return allowed(v, "predict", false) ? ask_toggle(v) : CLI_USAGE;
}

/* A choice by its number, or the debugger's own verb. */
static int do_answer(struct driver *v, const char *rest)
{
    char line[PANEL_LINE];
    if (*rest >= '1' && *rest <= '9' && !rest[1])
        return ask_answer(v, (unsigned)(*rest - '0'));
    (void)snprintf(line, sizeof line, "answer %s", rest);
    return verb(v, front(v), line);
}

static int do_quit(struct driver *v, const char *rest)
{
    (void)rest;
    v->quits = true;
    return CLI_OK;
}

/* The panel did not do it. */
static int do_locked(struct driver *v, const char *rest)
{
    (void)snprintf(v->message, sizeof v->message, "%.60s: is locked by %.80s", rest,
                   v->lock ? v->lock->path : "nobody");
    return CLI_USAGE;
}

/* The panel looked for it in what it was given. */
static int do_unfound(struct driver *v, const char *rest)
{
    (void)snprintf(v->message, sizeof v->message, "%.160s: not found in this view's panes.", rest);
    return CLI_OK;
}

/* Or found it: what was said of the last one is gone, as with every command. */
static int do_found(struct driver *v, const char *rest)
{
    (void)v;
    (void)rest;
    return CLI_OK;
}

const char *driver_moment(const struct driver *v, char text[DRIVER_MOMENT])
{
    const struct session *s = v->side[v->front].d->session;
    const struct session_position *at = session_position(s);
    (void)snprintf(text, DRIVER_MOMENT, "%u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32,
                   session_vm(s), at->insn, at->exit, at->cycle, at->phase);
    return text;
}

/* Where one stood before, and the guest that was chosen there. */
static int do_moment(struct driver *v, const char *rest)
{
    struct session *session = front(v)->d->session;
    uint64_t n[5];
    char word[24];
    bool good = true;
    for (unsigned i = 0; i < 5 && good; i++) {
        next_word(&rest, word, sizeof word);
        good = number_parse(word, &n[i]);
    }
    if (!good || *rest || n[0] >= session_hv(session)->vms || n[4] > UINT32_MAX) {
        (void)snprintf(v->message, sizeof v->message, "There is no such moment.");
        return CLI_USAGE;
    }
    const unsigned vm = (unsigned)n[0];
    const struct session_position at = {n[1], n[2], n[3], (uint32_t)n[4]};
    if (vm != session_vm(session) && !allowed(v, "vm", false))
        return CLI_USAGE;
    session_set_vm(session, vm);
    int side = session_compare(&at, session_position(session));
    if (side == 0)
        return CLI_OK;
    if (ask_waits(front(v)))
        return verb(v, front(v), "continue"); /* which says that it has to be answered */
    if (!allowed(v, "goto", side < 0))
        return CLI_USAGE;
    travel(v, &at);
    return CLI_OK;
}

static const struct {
    const char *word;
    int (*run)(struct driver *v, const char *rest);
} words[] = {{"run", do_run},           {"pause", do_pause},     {"step", do_step},
             {"reverse-step", do_back}, {"exit", do_exit},       {"goto", do_goto},
             {"point", do_point},       {"keys", do_keys},       {"predict", do_predict},
             {"answer", do_answer},     {"quit", do_quit},       {"locked", do_locked},
             {"found", do_found},       {"unfound", do_unfound}, {"moment", do_moment}};

static int carry_out(struct driver *v, const char *line)
{
    size_t word = strcspn(line, " ");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == word && strncmp(words[i].word, line, word) == 0)
            return words[i].run(v, line + word + (line[word] == ' '));
    return *line ? verb(v, front(v), line) : CLI_OK;
}

/* In the Compare view a move of one side takes the other one to the same guest work. */
int driver_command(struct driver *v, const char *line)
{
    const struct panel_side *s = front(v);
    const struct session_position before = *session_position(s->d->session);
    v->message[0] = 0;
    int status = carry_out(v, line);
    if (v->comparing && v->sides > 1 && !ask_any(v) &&
        session_compare(&before, session_position(s->d->session)) != 0)
        bring_other(v);
    return status;
}

/* ---------------------------------------- running on */

/* Where a run ended, and why: its first line is the message. */
static void tell_stop(struct driver *v, struct panel_side *s, const struct session_event *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    s->d->out = out;
    (void)debug_tell_stop(s->d, e);
    if (fclose(out) == 0) {
        driver_log(v, text);
        if (e->why != SESSION_DONE)
            (void)snprintf(v->message, sizeof v->message, "%.*s", (int)strcspn(text, "\n"), text);
    }
    free(text);
}

static void run_side(struct driver *v, struct panel_side *s, unsigned milliseconds)
{
    struct budget budget = {now_ms() + milliseconds};
    struct session_move move = {.verb = SESSION_CONTINUE, .reason = -1};
    struct session_event e;
    move.back = s->running == PANEL_RUNS_BACK;
    move.cycle = move.back ? 0 : s->run_to;
    session_set_poll(s->d->session, spent, &budget);
    (void)session_go(s->d->session, &move, &e);
    session_set_poll(s->d->session, NULL, NULL);
    driver_note_end(s);
    bool passed;
    if (e.why == SESSION_INTERRUPT || ask_stops(v, s, &e, &passed) || passed)
        return;
    s->running = PANEL_PAUSED;
    s->run_to = 0;
    tell_stop(v, s, &e);
}

bool driver_runs(const struct driver *v)
{
    for (unsigned i = 0; i < v->sides; i++)
        if (v->side[i].running != PANEL_PAUSED)
            return true;
    return false;
}

void driver_run_to(struct driver *v, uint64_t milliseconds)
{
    for (unsigned i = 0; i < v->sides; i++) {
        struct session *s = v->side[i].d->session;
        uint64_t hz = session_hv(s)->config.profile->clock_hz;
        v->side[i].run_to = session_position(s)->cycle + milliseconds * (hz / 1000);
    }
}

bool driver_run(struct driver *v, unsigned milliseconds)
{
    unsigned running = 0;
    for (unsigned i = 0; i < v->sides; i++)
        running += v->side[i].running != PANEL_PAUSED;
    for (unsigned i = 0; i < v->sides; i++)
        if (v->side[i].running != PANEL_PAUSED)
            run_side(v, &v->side[i], milliseconds / running);
    return running != 0;
}
