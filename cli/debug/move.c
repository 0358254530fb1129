/*
 * Moves, forwards and backwards.
 */
#include <string.h>

#include "debug/internal.h"

/* N, or nothing. */
static int go_count(struct debugger *d, enum session_verb verb, bool back, const char *rest)
{
    struct session_move move = {.verb = verb, .back = back, .reason = -1};
    if (!evaluate_count(d, rest, &move.count))
        return CLI_USAGE;
    return debug_go(d, &move);
}

/* exit [N|REASON] */
static int go_exit(struct debugger *d, bool back, const char *rest)
{
    struct session_move move = {.verb = SESSION_EXIT, .back = back, .reason = -1, .count = 1};
    const char *behind = rest;
    char word[40];
    next_word(&behind, word, sizeof word);
    move.reason = word[0] ? exit_reason_find(word) : -1;
    if (!debug_hv(d)->mode->has_hypervisor)
        return refuse(d, CLI_USAGE, "%s exit: mode %s has no exits", back ? "back" : "step",
                      debug_hv(d)->mode->name);
    if (!evaluate_count(d, move.reason >= 0 ? behind : rest, &move.count))
        return CLI_USAGE;
    return debug_go(d, &move);
}

static int go_times(struct debugger *d, struct session_move move, uint64_t count)
{
    move.count = count;
    return debug_go(d, &move);
}

static int step_or_back(struct debugger *d, bool back, const char *rest)
{
    uint64_t count;
    if (take_word(&rest, "phase"))
        return go_count(d, SESSION_PHASE, back, rest);
    if (take_word(&rest, "exit"))
        return go_exit(d, back, rest);
    if (take_word(&rest, "vm")) {
        const struct session_move move = {
            .verb = SESSION_STEP, .back = back, .own = true, .reason = -1};
        return evaluate_count(d, rest, &count) ? go_times(d, move, count) : CLI_USAGE;
    }
    if (take_word(&rest, "line"))
        return evaluate_count(d, rest, &count) ? step_line(d, back, count) : CLI_USAGE;
    (void)take_word(&rest, "insn");
    return go_count(d, SESSION_STEP, back, rest);
}

int command_step(struct debugger *d, const char *rest)
{
    return step_or_back(d, false, rest);
}

int command_back(struct debugger *d, const char *rest)
{
    return step_or_back(d, true, rest);
}

int command_next(struct debugger *d, const char *rest)
{
    return go_count(d, SESSION_NEXT, false, rest);
}

int command_reverse_next(struct debugger *d, const char *rest)
{
    return go_count(d, SESSION_NEXT, true, rest);
}

static int go_plainly(struct debugger *d, const char *command, enum session_verb verb, bool back,
                      const char *rest)
{
    const struct session_move move = {.verb = verb, .back = back, .reason = -1};
    return at_end(d, command, rest) ? debug_go(d, &move) : CLI_USAGE;
}

int command_finish(struct debugger *d, const char *rest)
{
    return go_plainly(d, "finish", SESSION_FINISH, false, rest);
}

int command_reverse_finish(struct debugger *d, const char *rest)
{
    return go_plainly(d, "reverse-finish", SESSION_FINISH, true, rest);
}

int command_continue(struct debugger *d, const char *rest)
{
    return go_plainly(d, "continue", SESSION_CONTINUE, false, rest);
}

int command_rcontinue(struct debugger *d, const char *rest)
{
    return go_plainly(d, "rcontinue", SESSION_CONTINUE, true, rest);
}

/* "insn 100", "cycle N", "exit N": the verb that goes there; SESSION_VERBS: none of them. */
static enum session_verb position_verb(const char **rest)
{
    static const struct {
        const char *word;
        enum session_verb verb;
    } kinds[] = {
        {"insn", SESSION_GOTO_INSN}, {"cycle", SESSION_GOTO_CYCLE}, {"exit", SESSION_GOTO_EXIT}};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (take_word(rest, kinds[i].word))
            return kinds[i].verb;
    return SESSION_VERBS;
}

/* Where a position lies from here: less than 0 before, 0 here or inside. */
static int side_of(const struct session_position *at, enum session_verb verb, uint64_t target)
{
    uint64_t now = verb == SESSION_GOTO_INSN    ? at->insn
                   : verb == SESSION_GOTO_CYCLE ? at->cycle
                                                : at->exit;
    return target < now ? -1 : target > now;
}

static int until_position(struct debugger *d, enum session_verb verb, bool back, const char *rest)
{
    struct session_move move = {.verb = verb, .reason = -1};
    if (!*rest || !evaluate(d, rest, &move.count))
        return *rest ? CLI_USAGE : refuse(d, CLI_USAGE, "until: which number?");
    int side = side_of(session_position(d->session), verb, move.count);
    if (side && (side < 0) != back)
        return refuse(d, CLI_USAGE, "until: %" PRIu64 " lies %s; %s, or goto", move.count,
                      back ? "ahead" : "behind", back ? "until" : "reverse-until");
    return debug_go(d, &move);
}

static int until(struct debugger *d, bool back, const char *rest)
{
    struct location at;
    enum session_verb verb = position_verb(&rest);
    if (verb != SESSION_VERBS)
        return until_position(d, verb, back, rest);
    if (!parse_location(d, rest, &at))
        return CLI_USAGE;
    const struct session_move move = {
        .verb = SESSION_UNTIL, .back = back, .reason = -1, .address = at.address};
    return debug_go(d, &move);
}

int command_until(struct debugger *d, const char *rest)
{
    return until(d, false, rest);
}

int command_reverse_until(struct debugger *d, const char *rest)
{
    return until(d, true, rest);
}

/* Where going back is locked, goto goes forwards only. False: said so. */
static bool may_go(struct debugger *d, bool back)
{
    char why[160];
    if (!back || lock_allows_back(d->lock, "goto", why))
        return true;
    (void)refuse(d, CLI_USAGE, "%s", why);
    return false;
}

static int goto_mark(struct debugger *d, const char *name)
{
    size_t n;
    const struct session_input *marks = session_marks(d->session, &n);
    for (size_t i = n; i-- > 0;) {
        if (strcmp(marks[i].name, name) != 0)
            continue;
        struct session_event e;
        if (!may_go(d, session_compare(&marks[i].at, session_position(d->session)) < 0))
            return CLI_USAGE;
        const struct session_position at = marks[i].at;
        bool there = session_goto(d->session, &at, &e);
        if (there && session_compare(session_position(d->session), &at) != 0)
            return refuse(d, CLI_GUEST_FAILED, "goto mark %s: this run is never there", name);
        return debugger_stopped(d, &e, d->out);
    }
    return refuse(d, CLI_USAGE, "goto mark %s: no such mark; info marks lists them", name);
}

int command_goto(struct debugger *d, const char *rest)
{
    struct session_move move = {.reason = -1};
    if (take_word(&rest, "mark"))
        return goto_mark(d, rest);
    move.verb = position_verb(&rest);
    if (move.verb == SESSION_VERBS || !*rest)
        return refuse(d, CLI_USAGE, "goto: insn, cycle or exit, and a number; or mark and a name");
    if (!evaluate(d, rest, &move.count))
        return CLI_USAGE;
    /* The first position with the present count may lie behind, too. */
    if (!may_go(d, side_of(session_position(d->session), move.verb, move.count) <= 0))
        return CLI_USAGE;
    return debug_go(d, &move);
}

int command_who(struct debugger *d, const char *rest)
{
    struct session_event e;
    uint64_t address;
    enum point_space space = SPACE_LINEAR;
    if (!take_word(&rest, "wrote"))
        return refuse(d, CLI_USAGE, "who: who wrote ADDRESS");
    if (take_word(&rest, "phys"))
        space = SPACE_GUEST_PHYSICAL;
    else if (take_word(&rest, "machine"))
        space = SPACE_MACHINE;
    if (!evaluate(d, rest, &address))
        return CLI_USAGE;
    if (address > UINT32_MAX)
        return refuse(d, CLI_USAGE, "who wrote %s: addresses end at 0xffffffff", rest);
    (void)session_who_wrote(d->session, space, (uint32_t)address, &e);
    if (!e.failed && e.why == SESSION_POINT) {
        console_rest(d);
        (void)fprintf(d->out, "0x%08x was last written by what comes next here.\n",
                      (uint32_t)address);
        e.why = SESSION_DONE;
        e.text[0] = 0;
    }
    return debugger_stopped(d, &e, d->out);
}

int command_mark(struct debugger *d, const char *rest)
{
    struct session_input in = {.kind = INPUT_MARK, .vm = (uint8_t)session_vm(d->session)};
    struct sim_error err = {SIM_OK, ""};
    size_t n;
    size_t length = 0;
    while (rest[length] && (unsigned char)rest[length] > ' ' && rest[length] != 0x7f)
        length++;
    if (!length || rest[length] || length >= sizeof in.name)
        return refuse(d, CLI_USAGE, "mark: a name of at most %zu letters, without blanks",
                      sizeof in.name - 1);
    const struct session_input *marks = session_marks(d->session, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(marks[i].name, rest) == 0)
            return refuse(d, CLI_USAGE, "mark %s: there is one already", rest);
    (void)snprintf(in.name, sizeof in.name, "%s", rest);
    if (!session_give(d->session, &in, &err))
        return refuse_error(d, &err);
    return CLI_OK;
}
