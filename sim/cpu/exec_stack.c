/*
 * The stack: PUSH, POP, PUSHA, POPA, ENTER, LEAVE. Handlers assume a 32-bit stack; the plain
 * functions serve any.
 */
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

/* --- handlers --- */

static HANDLER(push_r_4)
{
    uint32_t top = c->s.gpr[R_ESP] - 4;

    STORE(4, SEG_SS, top, c->s.gpr[in->rm]);
    c->s.gpr[R_ESP] = top;
    NEXT();
}
const struct handler_set handlers_push = {.rr = {NULL, NULL, push_r_4}};

static HANDLER(push_i_4)
{
    uint32_t top = c->s.gpr[R_ESP] - 4;

    STORE(4, SEG_SS, top, in->imm);
    c->s.gpr[R_ESP] = top;
    NEXT();
}
const struct handler_set handlers_push_imm = {.rr = {NULL, NULL, push_i_4}};

static HANDLER(push_m_4)
{
    uint32_t top = c->s.gpr[R_ESP] - 4, v;

    LOAD_OPERAND(4, v);
    STORE(4, SEG_SS, top, v);
    c->s.gpr[R_ESP] = top;
    NEXT();
}
const struct handler_set handlers_push_rm = {.rr = {NULL, NULL, push_r_4},
                                             .mr = {NULL, NULL, push_m_4}};

static HANDLER(pop_r_4)
{
    uint32_t v;

    LOAD(4, v, SEG_SS, c->s.gpr[R_ESP]);
    c->s.gpr[R_ESP] += 4;
    c->s.gpr[in->rm] = v;
    NEXT();
}
const struct handler_set handlers_pop = {.rr = {NULL, NULL, pop_r_4}};

static HANDLER(leave_4)
{
    uint32_t v, frame = c->s.gpr[R_EBP];

    LOAD(4, v, SEG_SS, frame);
    c->s.gpr[R_ESP] = frame + 4;
    c->s.gpr[R_EBP] = v;
    NEXT();
}
const struct handler_set handlers_leave = {.rr = {NULL, NULL, leave_4}};

/* --- plain functions --- */

bool exec_push_reg(struct cpu *c, const struct insn *in)
{
    return stack_push(c, in->opsize, reg_get(c, in->rm, in->opsize));
}

bool exec_push_imm(struct cpu *c, const struct insn *in)
{
    return stack_push(c, in->opsize, in->imm);
}

bool exec_push_rm(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    return operand_read_rm(c, in, &v) && stack_push(c, in->opsize, v);
}

bool exec_pop_reg(struct cpu *c, const struct insn *in)
{
    uint32_t v;

    if (!stack_pop(c, in->opsize, &v))
        return false;
    reg_set(c, in->rm, in->opsize, v);
    return true;
}

/* POP r/m: an address based on ESP is computed after ESP was incremented (SDM v2, POP). */
bool exec_pop_rm(struct cpu *c, const struct insn *in)
{
    uint32_t v, esp = c->s.gpr[R_ESP];

    if (!stack_pop(c, in->opsize, &v))
        return false;
    if (operand_write_rm(c, in, v))
        return true;
    c->s.gpr[R_ESP] = esp;
    return false;
}

bool exec_pusha(struct cpu *c, const struct insn *in)
{
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    uint32_t esp = c->s.gpr[R_ESP];

    /* All eight must be writable before any is written; a fault names the first in pushing order.
     */
    for (unsigned i = 1; i <= 8; i++) {
        if (!cpu_probe_write(c, SEG_SS, (esp - i * in->opsize) & mask, in->opsize))
            return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        uint32_t at = (esp - (i + 1) * in->opsize) & mask;
        if (!cpu_write(c, SEG_SS, at, in->opsize, reg_get(c, i, in->opsize)))
            return false;
    }
    stack_adjust(c, 0u - 8u * in->opsize);
    return true;
}

bool exec_popa(struct cpu *c, const struct insn *in)
{
    uint32_t v[8];

    for (unsigned i = 0; i < 8; i++) {
        if (!stack_peek(c, i * in->opsize, in->opsize, &v[i]))
            return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (7 - i != R_ESP)
            reg_set(c, 7 - i, in->opsize, v[i]);
    }
    stack_adjust(c, 8u * in->opsize);
    return true;
}

/* Copies the frame pointers of the enclosing levels; *at is the present top, relative to nothing
 * committed yet. */
static bool enter_copy(struct cpu *c, const struct insn *in, unsigned levels, uint32_t mask,
                       uint32_t *at)
{
    uint32_t frame = c->s.gpr[R_EBP], v;

    for (unsigned i = 1; i < levels; i++) {
        frame -= in->opsize;
        *at = (*at - in->opsize) & mask;
        if (!cpu_read(c, SEG_SS, frame & mask, in->opsize, &v) ||
            !cpu_write(c, SEG_SS, *at, in->opsize, v))
            return false;
    }
    return true;
}

bool exec_enter(struct cpu *c, const struct insn *in)
{
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    uint32_t at = (c->s.gpr[R_ESP] - in->opsize) & mask, frame = at;
    unsigned levels = in->imm2 & 31u;

    if (!cpu_write(c, SEG_SS, at, in->opsize, reg_get(c, R_EBP, in->opsize)) ||
        !enter_copy(c, in, levels, mask, &at))
        return false;
    if (levels) {
        at = (at - in->opsize) & mask;
        if (!cpu_write(c, SEG_SS, at, in->opsize, frame))
            return false;
    }
    at = (at - in->imm) & mask;
    if (!cpu_probe_write(c, SEG_SS, at, in->opsize)) /* the new top must be writable */
        return false;
    reg_set(c, R_EBP, in->opsize, frame);
    c->s.gpr[R_ESP] = (c->s.gpr[R_ESP] & ~mask) | at;
    return true;
}

bool exec_leave_frame(struct cpu *c, const struct insn *in)
{
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    uint32_t frame = c->s.gpr[R_EBP] & mask, v;

    if (!cpu_read(c, SEG_SS, frame, in->opsize, &v))
        return false;
    c->s.gpr[R_ESP] = (c->s.gpr[R_ESP] & ~mask) | ((frame + in->opsize) & mask);
    reg_set(c, R_EBP, in->opsize, v);
    return true;
}
