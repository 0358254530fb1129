/* Short words for tests that put bytes on a rig and run them at ring 3. */
#ifndef TESTS_INSN_RIG_WORDS_H
#define TESTS_INSN_RIG_WORDS_H

#include "rig.h"

#define PUT(r, at, ...)                                                                            \
    do {                                                                                           \
        const uint8_t bytes_[] = {__VA_ARGS__};                                                    \
        rig_put((r), (at), bytes_, sizeof bytes_);                                                 \
    } while (0)
#define CPU(r) (&(r)->m->cpu)
#define EAX(r) ((r)->m->cpu.s.gpr[R_EAX])
#define ECX(r) ((r)->m->cpu.s.gpr[R_ECX])
#define EIP(r) ((r)->m->cpu.s.eip)

/* At most so many instructions more. */
static inline enum cpu_stop rig_go(struct rig *r, uint64_t most)
{
    return cpu_run(CPU(r), UINT64_MAX, CPU(r)->s.icount + most);
}

#endif
