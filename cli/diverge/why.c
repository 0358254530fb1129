/*
 * --why: which silent instructions the difference comes from, found out by trying. Both runs are
 * repeated with one more of them made to trap each time, until they are equal: first the one that
 * stands where they part, if it is one, then those the hypervisor's own record blames. At last
 * those that are not needed are left out again.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "diverge/diverge.h"
#include "terminal.h"

#define MOST_TRIALS (MOST_ROWS * 4u)

/* The model's text with rows added, less one of them (`without`; MOST_ROWS: none). False: too long.
 */
static bool model_text(const struct diverge *v, unsigned side, const char *base, unsigned without,
                       char text[MODEL_SIZE])
{
    size_t n = (size_t)snprintf(text, MODEL_SIZE, "%s", base);
    for (unsigned i = 0; i < v->rows[side] && n < MODEL_SIZE; i++)
        if (i != without)
            n += (size_t)snprintf(text + n, MODEL_SIZE - n, ",+%s", why_trap_name(v->row[side][i]));
    return n < MODEL_SIZE;
}

/* The models that both began with; "" : a side that has none, or cannot have another. */
struct model_base {
    char text[2][MODEL_SIZE];
};

/* A sensitive instruction that both kernels stand before, since it was found to make the
 * difference; TRAP_NONE: it is none. */
static unsigned found_by_narrowing(const struct diverge *v, unsigned side)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    struct cpu_state cpu;
    struct insn in;
    const struct side *s = &v->side[side];
    if (!v->first.to_instruction || !session_guest(s->s, 0, &cpu))
        return TRAP_NONE;
    uint32_t n = read_some(s->d, cpu.seg[SEG_CS].base + cpu.eip, bytes, sizeof bytes);
    if (insn_decode(bytes, n, DECODE_CODE32 | DECODE_STACK32, &in) != DECODE_OK)
        return TRAP_NONE;
    return insn_row_of(&in)->trap;
}

/* Adds what went silent in the last run of each side. False: nothing new did. */
static bool add_rows(struct diverge *v)
{
    bool any = false;
    for (unsigned i = 0; i < 2; i++) {
        const struct side *s = &v->side[i];
        unsigned trap = TRAP_NONE;
        if (s->silent && !s->recorded && v->trials == 0)
            trap = found_by_narrowing(v, i);
        if (s->silent && !s->recorded && trap == TRAP_NONE)
            trap = why_next_trap(s->silent);
        if (trap == TRAP_NONE || (session_hv(s->s)->config.cpu.traps >> trap & 1) ||
            v->rows[i] == MOST_ROWS)
            continue;
        v->row[i][v->rows[i]++] = trap;
        any = true;
    }
    return any;
}

/* Runs with the rows, less one. False: it could not be tried. */
static bool attempt(struct diverge *v, const struct model_base *base, unsigned side,
                    unsigned without, struct complaint *why)
{
    struct trial *t = &v->trial[v->trials];
    const char *cpu[2] = {t->cpu[0], t->cpu[1]};
    if (v->trials == MOST_TRIALS || terminal_stop_signal())
        return false;
    memset(t, 0, sizeof *t);
    for (unsigned i = 0; i < 2; i++)
        if (base->text[i][0] &&
            !model_text(v, i, base->text[i], i == side ? without : MOST_ROWS, t->cpu[i]))
            return false;
    if (!diverge_start(v, cpu, why) || !diverge_match(v, why))
        return false;
    t->result = v->first;
    for (unsigned i = 0; i < 2; i++)
        if (!v->rows[i])
            t->cpu[i][0] = 0; /* as it was: not worth telling */
    v->trials++;
    return true;
}

static bool is_equal(const struct diverge *v)
{
    return v->trials && v->trial[v->trials - 1].result.kind == DIFFERENT_NOTHING;
}

/* Leaves out what is not needed; a row that was the last by itself is. */
static void reduce(struct diverge *v, const struct model_base *base, const unsigned tried[2],
                   struct complaint *why)
{
    bool one = v->rows[0] + v->rows[1] == tried[0] + tried[1] + 1;
    const unsigned last[2] = {v->rows[0], v->rows[1]};
    for (unsigned side = 0; side < 2; side++)
        for (unsigned i = v->rows[side]; v->rows[0] + v->rows[1] > 1 && i-- > 0;) {
            if (one && i + 1 == last[side] && i == tried[side])
                continue;
            if (!attempt(v, base, side, i, why))
                return;
            if (!is_equal(v))
                continue;
            memmove(&v->row[side][i], &v->row[side][i + 1],
                    (v->rows[side] - i - 1) * sizeof v->row[side][0]);
            v->rows[side]--;
        }
}

bool diverge_why(struct diverge *v, struct complaint *why)
{
    const struct difference first = v->first;
    struct model_base base = {{"", ""}};
    v->trial = calloc(MOST_TRIALS, sizeof *v->trial);
    if (!v->trial)
        return complain_ours(why, NULL, "no memory");
    for (unsigned i = 0; i < 2; i++)
        if (!v->side[i].recorded && session_hv(v->side[i].s)->mode->has_hypervisor)
            (void)snprintf(base.text[i], sizeof base.text[i], "%.90s",
                           session_hv(v->side[i].s)->config.cpu.name);
    unsigned tried[2] = {0, 0};
    for (unsigned rows[2]; !is_equal(v);) {
        memcpy(rows, v->rows, sizeof rows);
        if (!add_rows(v) || !attempt(v, &base, 0, MOST_ROWS, why))
            break;
        memcpy(tried, rows, sizeof tried);
    }
    v->explained = is_equal(v);
    if (v->explained)
        reduce(v, &base, tried, why);
    v->first = first;
    return !why->what[0];
}
