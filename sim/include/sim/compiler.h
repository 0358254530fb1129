/*
 * The only place where compiler extensions are named. Everything else is plain C11.
 */
#ifndef SIM_COMPILER_H
#define SIM_COMPILER_H

#define SIM_LIKELY(x)         __builtin_expect(!!(x), 1)
#define SIM_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define SIM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SIM_ALWAYS_INLINE     inline __attribute__((always_inline))
#define SIM_NOINLINE          __attribute__((noinline))
#define SIM_COLD              __attribute__((cold, noinline))
#define SIM_CTZ32(x)          ((unsigned)__builtin_ctz(x))   /* x != 0 */
#define SIM_CTZ64(x)          ((unsigned)__builtin_ctzll(x)) /* x != 0 */
#define SIM_BSWAP64(x)        __builtin_bswap64(x)
#define SIM_CLZ32(x)          ((unsigned)__builtin_clz(x)) /* x != 0 */
#define SIM_PARITY8(x)        (__builtin_parity((x)&0xffu))

/*
 * With guaranteed sibling calls an instruction handler jumps to the next one; without (sanitizers,
 * -O0, other compilers) it returns it to a loop. Both give the same results (sim/cpu/exec.h).
 */
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) &&                           \
    !defined(__SANITIZE_ADDRESS__) && !defined(SIM_NO_TAIL_CALLS)
#define SIM_TAIL_CALLS 1
#else
#define SIM_TAIL_CALLS 0
#endif

#endif
