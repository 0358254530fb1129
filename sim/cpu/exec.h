/*
 * How instruction handlers are written.
 *
 * A handler gets the CPU and its own decoded instruction, does its work and continues with the next
 * one (NEXT), with a transfer (exec_goto*), or leaves: exec_fault after a fault. Memory goes
 * through LOAD, STORE and friends: one compare on a TLB hit, a call otherwise. A slow path may
 * answer with *another* instruction pointer to continue from: a copy in c->scratch that is followed
 * by "leave". That is how a block is left early, after a page of code was written, a device
 * touched, or time ran out, at no cost to the fast path.
 */
#ifndef SIM_CPU_EXEC_H
#define SIM_CPU_EXEC_H

#include <string.h>

#include "cpu/cache.h"
#include "cpu/flags.h"
#include "cpu/operand.h"
#include "sim/cpu.h"

#define HANDLER(name) const struct insn *name(struct cpu *c, const struct insn *in)

#if SIM_TAIL_CALLS
#define EXEC_CONTINUE(next) return (next)->fn(c, (next))
#else
#define EXEC_CONTINUE(next) return (next)
#endif
#define NEXT() EXEC_CONTINUE(in + 1)

/* X(cc) for each of the sixteen condition codes. */
#define EACH_CONDITION(X)                                                                          \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

/* Runs from an instruction until something leaves. */
static SIM_ALWAYS_INLINE void exec_run(struct cpu *c, const struct insn *in)
{
#if SIM_TAIL_CALLS
    in->fn(c, in);
#else
    while (in)
        in = in->fn(c, in);
#endif
}

/* Gives back what the block had charged in advance for `in` and all after it, points EIP at it.
 * Returns null. */
const struct insn *exec_fault(struct cpu *c, const struct insn *in);

/* Leaves before `in`: the handler of the instruction after the one in scratch. */
HANDLER(exec_leave);

/* Continues at eip, the block behind a block that has completed; returns null to leave to the run
 * loop. */
const struct insn *exec_goto(struct cpu *c, uint32_t eip);

/* The same for a direct transfer: the target block is remembered in link[slot] of the running
 * block. */
const struct insn *exec_goto_direct(struct cpu *c, uint32_t eip, unsigned slot);

/* Wrapper handler of rows that have a plain function. */
HANDLER(exec_plain);
/* End of a block that no transfer ended. */
HANDLER(exec_fallthrough);

/* Slow paths: full checks, page crossing, devices. They return where to continue, or null after a
 * fault. */
const struct insn *exec_load_slow(struct cpu *c, const struct insn *in, unsigned seg,
                                  uint32_t offset, unsigned size);
const struct insn *exec_store_slow(struct cpu *c, const struct insn *in, unsigned seg,
                                   uint32_t offset, unsigned size, uint32_t value);
const struct insn *exec_modify_slow(struct cpu *c, const struct insn *in, unsigned seg,
                                    uint32_t offset, unsigned size);

/* Runs exactly one instruction at block_eip, outside any block; its cost and count are charged
 * already. */
void exec_single(struct cpu *c, const struct insn *in);

/* Stops charging ahead: counters become exact for "after c->slow_insn", and the block ends there.
 */
void exec_detach(struct cpu *c);

static SIM_ALWAYS_INLINE uint32_t exec_ea(const struct cpu *c, const struct insn *in)
{
    return c->s.gpr[in->base] + (c->s.gpr[in->index] << in->scale) + in->disp;
}

static SIM_ALWAYS_INLINE uint32_t host_load(uintptr_t at, unsigned size)
{
    const void *p = (const void *)at;
    if (size == 4) {
        uint32_t v;
        memcpy(&v, p, 4);
        return v;
    }
    if (size == 2) {
        uint16_t v;
        memcpy(&v, p, 2);
        return v;
    }
    return *(const uint8_t *)p;
}

static SIM_ALWAYS_INLINE void host_store(uintptr_t at, unsigned size, uint32_t value)
{
    void *p = (void *)at;
    if (size == 4) {
        memcpy(p, &value, 4);
    } else if (size == 2) {
        uint16_t v = (uint16_t)value;
        memcpy(p, &v, 2);
    } else {
        *(uint8_t *)p = (uint8_t)value;
    }
}

static SIM_ALWAYS_INLINE const struct fast_entry *fast_slot(const struct cpu *c, uint32_t linear)
{
    return &c->fast[(linear >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1)];
}

/* True if all `size` bytes at linear are in the page that `tag` names; bias 2 matches neither a
 * page nor the tag 1. */
static SIM_ALWAYS_INLINE bool fast_hit(uint32_t tag, uint32_t linear, unsigned size, uint32_t bias)
{
    return SIM_LIKELY((((linear + size - 1) & PAGE_MASK) | bias) == tag);
}

/* dst = memory; leaves the handler on a fault. */
#define LOAD(size, dst, segment, offset)                                                           \
    do {                                                                                           \
        const uint32_t at_ = (offset);                                                             \
        const struct fast_entry *slot_ = fast_slot(c, at_);                                        \
        if (fast_hit(slot_->read_tag, at_, (size), in->bias)) {                                    \
            (dst) = host_load(slot_->add + at_, (size));                                           \
        } else {                                                                                   \
            in = exec_load_slow(c, in, (segment), at_, (size));                                    \
            if (!in)                                                                               \
                return NULL;                                                                       \
            (dst) = c->load_value;                                                                 \
        }                                                                                          \
    } while (0)

#define STORE(size, segment, offset, value)                                                        \
    do {                                                                                           \
        const uint32_t at_ = (offset);                                                             \
        const struct fast_entry *slot_ = fast_slot(c, at_);                                        \
        if (fast_hit(slot_->write_tag, at_, (size), in->bias)) {                                   \
            host_store(slot_->add + at_, (size), (value));                                         \
        } else {                                                                                   \
            in = exec_store_slow(c, in, (segment), at_, (size), (value));                          \
            if (!in)                                                                               \
                return NULL;                                                                       \
        }                                                                                          \
    } while (0)

/* Read, change and write the ModRM memory operand: `v` holds the old value in `result`, an
 * expression. */
#define MODIFY(size, result)                                                                       \
    do {                                                                                           \
        const uint32_t at_ = exec_ea(c, in);                                                       \
        const struct fast_entry *slot_ = fast_slot(c, at_);                                        \
        if (fast_hit(slot_->write_tag, at_, (size), in->bias)) {                                   \
            const uintptr_t host_ = slot_->add + at_;                                              \
            const uint32_t v = host_load(host_, (size));                                           \
            host_store(host_, (size), (result));                                                   \
        } else {                                                                                   \
            in = exec_modify_slow(c, in, in->seg, at_, (size));                                    \
            if (!in)                                                                               \
                return NULL;                                                                       \
            const uint32_t v = c->load_value;                                                      \
            in = exec_store_slow(c, in, in->seg, at_, (size), (result));                           \
            if (!in)                                                                               \
                return NULL;                                                                       \
        }                                                                                          \
    } while (0)

#define LOAD_OPERAND(size, dst)    LOAD(size, dst, in->seg, exec_ea(c, in))
#define STORE_OPERAND(size, value) STORE(size, in->seg, exec_ea(c, in), value)

/* EIP of the instruction after this one. */
static SIM_ALWAYS_INLINE uint32_t exec_next_eip(const struct cpu *c, const struct insn *in)
{
    return c->block_eip + in->offset + in->len;
}

/* Registers of a constant size, as the handlers use them. */
static SIM_ALWAYS_INLINE uint32_t greg(const struct cpu *c, unsigned n, unsigned size)
{
    return reg_get(c, n, size);
}
static SIM_ALWAYS_INLINE void sreg(struct cpu *c, unsigned n, unsigned size, uint32_t v)
{
    if (size == 4) {
        c->s.gpr[n] = v;
    } else if (size == 2) {
        uint16_t w = (uint16_t)v;
        memcpy(&c->s.gpr[n], &w, 2);
    } else {
        uint8_t b = (uint8_t)v;
        memcpy((uint8_t *)&c->s.gpr[n & 3] + (n >> 2), &b, 1);
    }
}

#endif
