/*
 * The paravirtual test guest: what the attacks share. An attack returns null if it was fended off,
 * or what went wrong.
 */
#ifndef TESTS_GUEST_PV_GUEST_H
#define TESTS_GUEST_PV_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hv/abi/pv.h>
#include <hv/abi/pv_calls.h>
#include <hv/abi/pv_rings.h>
#include <hv/abi/pv_shared.h>

#define PAGE 4096u
#define P    0x001u
#define W    0x002u
#define U    0x004u
#define PS   0x080u
#define BASE 0xc0000000u

struct attack {
    const char *name;
    const char *(*run)(void);
};
extern const struct attack attacks_mmu[], attacks_segments[], attacks_calls[], attacks_sched[],
    attacks_asking[], attacks_rings[], attacks_refused[], attacks_frames[];

struct trap_frame {
    uint32_t edi, esi, ebp, ignored, ebx, edx, ecx, eax, vector, error, eip, cs, eflags, esp, ss;
};

extern const struct pv_start_info *info;
extern volatile struct pv_shared_info shared_info;
extern volatile unsigned failsafe_calls, event_calls, traps_from_user;
extern volatile uint32_t user_vector, user_error;

static inline int32_t hypercall(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    int32_t result;
    __asm__ volatile("int $0x82"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d)
                     : "memory");
    return result;
}
#define CALL(name, a, b, c, d)                                                                     \
    hypercall(PV_HYPERCALL_##name, (uint32_t)(a), (uint32_t)(b), (uint32_t)(c), (uint32_t)(d))

static inline uint32_t addr(const volatile void *p)
{
    return (uint32_t)(uintptr_t)p;
}

/*
 * Runs instructions (an asm string with register operands) that may fault; caught_vector is then
 * the vector, else -1. All registers are as before, and so is the stack.
 */
extern volatile int caught_vector;
extern volatile uint32_t caught_error, caught_flags, caught_cr2, caught_resume, caught_esp;
#define TRY(instructions, ...)                                                                     \
    do {                                                                                           \
        caught_vector = -1;                                                                        \
        __asm__ volatile(                                                                          \
            "pusha\n\tmovl %%esp, caught_esp\n\tmovl $1f, caught_resume\n\t" instructions          \
            "\n1:\n\tmovl caught_esp, %%esp\n\tpopa\n\tmovl $0, caught_resume"                     \
            :                                                                                      \
            : __VA_ARGS__                                                                          \
            : "memory", "cc");                                                                     \
    } while (0)

/* Fresh page-aligned pages of the guest's, mapped writable at their address. */
extern uint8_t pages[24][PAGE];
uint32_t mfn_of(const volatile void *address);
uint32_t foreign_mfn(void); /* somebody else's frame */
uint32_t root_mfn(void);
uint32_t *root_entries(void);                              /* readable */
int32_t map(const void *at, uint32_t mfn, uint32_t flags); /* update_va_mapping and flush */
int32_t update(uint32_t machine_address, uint32_t value);  /* one mmu_update */
int32_t mmuext(uint32_t command, uint32_t arg1, uint32_t arg2);
int32_t make_read_only(void *page);
void enter_user(uint32_t eip, uint32_t esp);
void end_user(void);
void enter_user_at(uint32_t cs, uint32_t ss); /* the same at USER_CODE, by hypercall */
void failsafe_end_user(void);                 /* a failsafe callback that counts, and is end_user */
void user_page_init(
    void); /* maps pages[20], [21] for ring 3 at 0x400000 (code), 0x401000 (stack) */
extern const uint32_t trap_addresses[256];
void print(const char *s);
int text_compare(const char *a, const char *b);
void set_handler(uint8_t vector, uint8_t flags, uint16_t cs, uint32_t address);

#define USER_CODE  0x400000u
#define USER_STACK 0x402000u

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return #condition;                                                                     \
    } while (0)

#endif
