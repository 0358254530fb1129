/*
 * Random instructions and register values for the differential tests, from a seed and nothing else.
 */
#ifndef TESTS_DIFF_GENERATE_H
#define TESTS_DIFF_GENERATE_H

#include <stdint.h>

#include "sim/insn.h"

/* splitmix64: the n-th case of a seed is found again without running the ones before. */
struct rng {
    uint64_t state;
};
struct rng rng_of_case(uint64_t seed, uint64_t number);
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t n);

/* A 32-bit number, often an extreme or a small one. */
uint32_t rng_value(struct rng *rng);

/*
 * Fills bytes[0..15) with an instruction from a random row of insns.def, with random prefixes and
 * operands (disp32 and moffs often in the data window), followed by random bytes. Not every one is
 * valid: LOCK, for one, may not apply.
 */
void generate_from_rows(struct rng *rng, uint8_t bytes[INSN_MAX_LENGTH]);

/* Fills bytes[0..15) with random bytes, now and then with prefixes in front. */
void generate_bytes(struct rng *rng, uint8_t bytes[INSN_MAX_LENGTH]);

/*
 * Fills gpr[0..8) with values, the index registers mostly in the data window and ESP in the stack.
 * If `in` has a memory operand, a register is changed so that the operand mostly lies in the window
 * too. ECX is small if `in` repeats.
 */
void generate_registers(struct rng *rng, const struct insn *in, uint32_t gpr[8]);

/* Whether `in` repeats: a string instruction with a REP prefix. */
bool generate_repeats(const struct insn *in);

#endif
