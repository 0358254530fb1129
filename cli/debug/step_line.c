/*
 * Steps of source lines. A step ends where another line's first instruction is next, as in gdb:
 * calls into functions that have lines are entered (behind their prologue), others are stepped
 * over, and interrupts that come meanwhile are passed.
 */
#include <string.h>

#include "debug/internal.h"
#include "sim/insn.h"

#define PROLOGUE_MOST 100u     /* instructions */
#define STEPS_MOST    2000000u /* instructions of one line: a loop without a line's end */

static bool line_here(struct debugger *d, uint32_t *linear, struct source_line *line)
{
    struct cpu_state cpu;
    (void)debug_cpu(d, &cpu);
    *linear = cpu.seg[SEG_CS].base + cpu.eip;
    return symbols_line(symbols_for(d, *linear, NULL), *linear, line);
}

static bool is_call(struct debugger *d, uint32_t linear)
{
    char text[100];
    return disassemble_at(d, linear, text, sizeof text) && strncmp(text, "call", 4) == 0;
}

static bool same_line(const struct source_line *a, const struct source_line *b)
{
    return a->line == b->line && strcmp(a->file, b->file) == 0;
}

/* Does a function begin by building a frame (push ebp; mov ebp, esp)? gdb looks for a prologue in
 * such functions only, and takes the others from their first instruction on. */
static bool builds_frame(struct debugger *d, uint32_t linear)
{
    static const uint8_t ways[2][3] = {{0x55, 0x89, 0xe5}, {0x55, 0x8b, 0xec}};
    uint8_t bytes[3];
    return read_linear(d, linear, bytes, sizeof bytes) &&
           (!memcmp(bytes, ways[0], sizeof bytes) || !memcmp(bytes, ways[1], sizeof bytes));
}

/* To an instruction of the present function not far ahead. Not by a breakpoint: another process may
 * come by there first. */
static bool walk_to(struct debugger *d, uint32_t address, struct session_event *e)
{
    const struct session_move move = {.verb = SESSION_NEXT, .reason = -1};
    uint32_t linear;
    struct source_line line;
    for (unsigned i = 0; i < PROLOGUE_MOST; i++) {
        (void)line_here(d, &linear, &line);
        if (linear == address)
            break;
        if (!debug_go_quietly(d, &move, e) || e->why != SESSION_DONE)
            return false;
    }
    return true;
}

/* Just behind a call: into the function's body, or back out if it has no lines. */
static bool entered(struct debugger *d, struct session_event *e)
{
    uint32_t linear;
    struct source_line line;
    const struct session_move out = {.verb = SESSION_FINISH, .reason = -1};
    if (!line_here(d, &linear, &line))
        return debug_go_quietly(d, &out, e) && e->why == SESSION_DONE;
    return !builds_frame(d, linear) ||
           walk_to(d, symbols_body(symbols_for(d, linear, NULL), linear), e);
}

static bool same_function(struct debugger *d, uint32_t a, uint32_t b)
{
    struct symbol at;
    return symbols_at(symbols_for(d, a, NULL), a, &at) && b - at.value < at.size;
}

/*
 * Is the step done at the next instruction? It is where a statement of another line than *now
 * begins. Else, as in gdb: whatever else begins or goes on in the same function is passed; in
 * another one (come back from a call, jumped there) the line one is in the middle of becomes *now.
 */
static bool line_begins(struct debugger *d, struct source_line *now, bool *had)
{
    uint32_t linear;
    struct source_line line;
    if (!line_here(d, &linear, &line) || (*had && linear >= now->from && linear < now->to))
        return false;
    bool begins = line.from == linear, other = !*had || !same_line(&line, now);
    if (begins && other && line.statement)
        return true;
    if (other && *had && same_function(d, now->from, linear))
        return false;
    *now = line;
    *had = true;
    if (begins && other)
        now->line = 0;
    return false;
}

/* One instruction on; *done: a line begins. False: stopped on the way (*e). */
static bool forward(struct debugger *d, struct source_line *now, bool *had, struct session_event *e,
                    bool *done)
{
    uint32_t linear;
    struct source_line line;
    (void)line_here(d, &linear, &line);
    bool call = is_call(d, linear);
    const struct session_move move = {
        .verb = call ? SESSION_STEP : SESSION_NEXT, .own = true, .reason = -1};
    if (!debug_go_quietly(d, &move, e) || e->why != SESSION_DONE)
        return false;
    bool has_line = call && line_here(d, &linear, &line);
    if (call && !entered(d, e))
        return false;
    *done = has_line || line_begins(d, now, had);
    return true;
}

static int step_forward(struct debugger *d, struct session_event *e)
{
    uint32_t linear;
    struct source_line now;
    bool had = line_here(d, &linear, &now), done = false;
    for (unsigned i = 0; i < STEPS_MOST && !done; i++)
        if (!forward(d, &now, &had, e, &done))
            return 1;
    return done ? 0 : -1;
}

/* To the first instruction of the line that ran before this one; calls on the way are passed. */
static int step_backward(struct debugger *d, struct session_event *e)
{
    uint32_t linear;
    struct source_line from, line;
    struct session_move move = {.verb = SESSION_NEXT, .back = true, .reason = -1};
    bool had = line_here(d, &linear, &from), left = had && from.from != linear;
    for (unsigned i = 0; i < STEPS_MOST; i++) {
        if (!debug_go_quietly(d, &move, e) || e->why != SESSION_DONE)
            return 1;
        bool has = line_here(d, &linear, &line), same = has && had && same_line(&line, &from);
        if (left && !same) { /* one too far: the line was entered in its middle */
            move.back = false;
            return !debug_go_quietly(d, &move, e) || e->why != SESSION_DONE;
        }
        if (!left && has && !same) {
            left = had = true;
            from = line;
        }
        if (left && line.from == linear)
            return 0;
    }
    return -1;
}

int step_line(struct debugger *d, bool back, uint64_t count)
{
    struct session_event e = *session_last(d->session);
    if (!symbols_built())
        return refuse(d, CLI_USAGE, "step line: this ringside was built without libdw");
    for (uint64_t i = 0; i < count; i++) {
        int stopped = back ? step_backward(d, &e) : step_forward(d, &e);
        if (stopped < 0)
            return refuse(d, CLI_GUEST_FAILED,
                          "step line: no line ended within %u instructions; finish or continue",
                          STEPS_MOST);
        if (stopped)
            break;
    }
    return debugger_stopped(d, &e, d->out);
}
