/*
 * Near transfers: Jcc, JMP, CALL, RET, LOOP, JECXZ. A target outside CS's limit is #GP(0) on the
 * transfer itself.
 */
#include "cpu/exec.h"
#include "cpu/exec_functions.h"

/* --- plain functions --- */

/* The plain functions find s.eip at the next instruction and move it. */
static bool jump(struct cpu *c, const struct insn *in, uint32_t target)
{
    if (in->opsize == 2)
        target &= 0xffffu;
    if (target > c->s.seg[SEG_CS].limit)
        return cpu_raise_error(c, VEC_GP, 0);
    c->s.eip = target;
    return true;
}

bool exec_jmp(struct cpu *c, const struct insn *in)
{
    return jump(c, in, c->s.eip + in->imm);
}

bool exec_jmp_rm(struct cpu *c, const struct insn *in)
{
    uint32_t target;

    return operand_read_rm(c, in, &target) && jump(c, in, target);
}

bool exec_jcc(struct cpu *c, const struct insn *in)
{
    return !flag_condition(c, in->opcode & 15u) || jump(c, in, c->s.eip + in->imm);
}

static uint32_t counter(const struct cpu *c, const struct insn *in)
{
    return in->addrsize == 2 ? c->s.gpr[R_ECX] & 0xffffu : c->s.gpr[R_ECX];
}

bool exec_jecxz(struct cpu *c, const struct insn *in)
{
    return counter(c, in) != 0 || jump(c, in, c->s.eip + in->imm);
}

/* LOOPNE e0, LOOPE e1, LOOP e2. The count changes only if the jump does not fault. */
bool exec_loop(struct cpu *c, const struct insn *in)
{
    uint32_t left = counter(c, in) - 1;
    bool again = (in->addrsize == 2 ? left & 0xffffu : left) != 0;

    if (in->opcode == 0xe0)
        again = again && !flag_zf(c);
    else if (in->opcode == 0xe1)
        again = again && flag_zf(c);
    if (again && !jump(c, in, c->s.eip + in->imm))
        return false;
    reg_set(c, R_ECX, in->addrsize, left);
    return true;
}

static bool call(struct cpu *c, const struct insn *in, uint32_t target)
{
    uint32_t back = c->s.eip;

    if (!jump(c, in, target))
        return false;
    return stack_push(c, in->opsize, back);
}

bool exec_call(struct cpu *c, const struct insn *in)
{
    return call(c, in, c->s.eip + in->imm);
}

bool exec_call_rm(struct cpu *c, const struct insn *in)
{
    uint32_t target;

    return operand_read_rm(c, in, &target) && call(c, in, target);
}

static bool ret(struct cpu *c, const struct insn *in, uint32_t release)
{
    uint32_t target;

    if (!stack_peek(c, 0, in->opsize, &target) || !jump(c, in, target))
        return false;
    stack_adjust(c, in->opsize + release);
    return true;
}

bool exec_ret(struct cpu *c, const struct insn *in)
{
    return ret(c, in, 0);
}

bool exec_ret_imm(struct cpu *c, const struct insn *in)
{
    return ret(c, in, in->imm);
}

/* --- handlers, 32 bits --- */

static SIM_NOINLINE const struct insn *beyond_limit(struct cpu *c, const struct insn *in)
{
    cpu_raise_error(c, VEC_GP, 0);
    return exec_fault(c, in);
}

#define CHECK_TARGET(target)                                                                       \
    do {                                                                                           \
        if (SIM_UNLIKELY((target) > c->s.seg[SEG_CS].limit))                                       \
            return beyond_limit(c, in);                                                            \
    } while (0)

#define JCC(cc)                                                                                    \
    static HANDLER(jcc_##cc)                                                                       \
    {                                                                                              \
        uint32_t next = exec_next_eip(c, in);                                                      \
        if (flag_condition(c, cc)) {                                                               \
            CHECK_TARGET(next + in->imm);                                                          \
            return exec_goto_direct(c, next + in->imm, 0);                                         \
        }                                                                                          \
        return exec_goto_direct(c, next, 1);                                                       \
    }
EACH_CONDITION(JCC)
#define JCC_SET(cc) {.rr = {NULL, NULL, jcc_##cc}},
const struct handler_set handlers_jcc[16] = {EACH_CONDITION(JCC_SET)};

static HANDLER(jmp_4)
{
    uint32_t target = exec_next_eip(c, in) + in->imm;

    CHECK_TARGET(target);
    return exec_goto_direct(c, target, 0);
}
const struct handler_set handlers_jmp = {.rr = {NULL, NULL, jmp_4}};

static HANDLER(jmp_r_4)
{
    uint32_t target = c->s.gpr[in->rm];

    CHECK_TARGET(target);
    return exec_goto(c, target);
}
static HANDLER(jmp_m_4)
{
    uint32_t target;

    LOAD_OPERAND(4, target);
    CHECK_TARGET(target);
    return exec_goto(c, target);
}
const struct handler_set handlers_jmp_rm = {.rr = {NULL, NULL, jmp_r_4},
                                            .mr = {NULL, NULL, jmp_m_4}};

static HANDLER(call_4)
{
    uint32_t next = exec_next_eip(c, in), target = next + in->imm;
    uint32_t top = c->s.gpr[R_ESP] - 4;

    CHECK_TARGET(target);
    STORE(4, SEG_SS, top, next);
    c->s.gpr[R_ESP] = top;
    return exec_goto_direct(c, target, 0);
}
const struct handler_set handlers_call = {.rr = {NULL, NULL, call_4}};

static HANDLER(call_r_4)
{
    uint32_t next = exec_next_eip(c, in), target = c->s.gpr[in->rm];
    uint32_t top = c->s.gpr[R_ESP] - 4;

    CHECK_TARGET(target);
    STORE(4, SEG_SS, top, next);
    c->s.gpr[R_ESP] = top;
    return exec_goto(c, target);
}
const struct handler_set handlers_call_rm = {.rr = {NULL, NULL, call_r_4}};

static HANDLER(ret_4)
{
    uint32_t target;

    LOAD(4, target, SEG_SS, c->s.gpr[R_ESP]);
    CHECK_TARGET(target);
    c->s.gpr[R_ESP] += 4;
    return exec_goto(c, target);
}
const struct handler_set handlers_ret = {.rr = {NULL, NULL, ret_4}};

static HANDLER(ret_imm_4)
{
    uint32_t target;

    LOAD(4, target, SEG_SS, c->s.gpr[R_ESP]);
    CHECK_TARGET(target);
    c->s.gpr[R_ESP] += 4 + in->imm;
    return exec_goto(c, target);
}
const struct handler_set handlers_ret_imm = {.rr = {NULL, NULL, ret_imm_4}};
