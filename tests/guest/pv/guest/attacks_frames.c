/*
 * Frames and the selectors in them: what a guest asks to be resumed at, and stacks that end within
 * a frame.
 */
#include "guest.h"

#define FLAT 0x00cf0000u /* base 0, 4 GiB, 32 bits */

/* ---------------------------------------- selectors of a program */

/* Descriptors of our own, and what they are. */
enum {
    NOTHING,
    ABSENT,          /* code of ring 3, not present */
    USER_DATA,       /* of ring 3, writable */
    USER_READ_ONLY,  /* the same, read-only */
    KERNEL_DATA,     /* of ring 1 */
    KERNEL_SEGMENT,  /* code of ring 1 */
    USER_SEGMENT,    /* code of ring 3 */
    USER_CONFORMING, /* conforming code of ring 3, */
    LOW_CONFORMING,  /* and of ring 1 */
    ABSENT_DATA,
    KINDS
};
static const uint32_t access_of[KINDS] = {
    [ABSENT] = 0x7a00,          [USER_DATA] = 0xf200,      [USER_READ_ONLY] = 0xf000,
    [KERNEL_DATA] = 0xb200,     [KERNEL_SEGMENT] = 0xba00, [USER_SEGMENT] = 0xfa00,
    [USER_CONFORMING] = 0xfe00, [LOW_CONFORMING] = 0xbe00, [ABSENT_DATA] = 0x7200,
};

#define RING_3(kind) ((kind)*8u | 3u)
#define RING_1(kind) ((kind)*8u | 1u)

static bool own_descriptors(void)
{
    uint32_t *table = (uint32_t *)(uintptr_t)pages[0], mfn = mfn_of(table);
    for (unsigned i = ABSENT; i < KINDS; i++) {
        table[2 * i] = 0xffff;
        table[2 * i + 1] = FLAT | access_of[i];
    }
    make_read_only(table);
    return CALL(set_gdt, addr(&mfn), 512, 0, 0) == 0;
}

/* The failsafe callback ends the program as a trap does: the frame is not gone back to. */
static void failsafe_ends_the_program(void)
{
    CALL(set_callbacks, PV_FLAT_RING1_CS, BASE, PV_FLAT_RING1_CS, (uintptr_t)failsafe_end_user);
}

/* HLT in ring 3 at these selectors: true if the program ran, and so trapped. */
static bool runs_at(uint32_t cs, uint32_t ss)
{
    unsigned before = failsafe_calls;
    user_vector = 0;
    pages[20][0] = 0xf4;
    enter_user_at(cs, ss);
    return failsafe_calls == before && user_vector == 13;
}

static const char *programs_at_odd_selectors(void)
{
    static const uint16_t good_cs[] = {RING_3(USER_SEGMENT), RING_3(USER_CONFORMING),
                                       RING_3(LOW_CONFORMING), PV_FLAT_RING3_CS};
    static const uint16_t bad_cs[] = {
        RING_3(NOTHING), RING_3(ABSENT), RING_3(USER_DATA), RING_3(KERNEL_SEGMENT),
        RING_3(KINDS),   RING_3(600), /* behind the table's one page */
        0xff80 | 3,                   /* the hypervisor's code, */
        0xff90 | 3,                   /* and its TSS */
        RING_3(1) | 4};
    static const uint16_t bad_ss[] = {
        RING_3(NOTHING),     RING_3(ABSENT_DATA),  RING_1(USER_DATA),       RING_3(USER_READ_ONLY),
        RING_3(KERNEL_DATA), RING_3(USER_SEGMENT), RING_3(USER_CONFORMING), 0xff88 | 3};
    user_page_init();
    EXPECT(own_descriptors());
    failsafe_ends_the_program();
    for (unsigned i = 0; i < sizeof good_cs / sizeof *good_cs; i++)
        EXPECT(runs_at(good_cs[i], RING_3(USER_DATA)));
    for (unsigned i = 0; i < sizeof bad_cs / sizeof *bad_cs; i++)
        EXPECT(!runs_at(bad_cs[i], PV_FLAT_RING3_DS));
    for (unsigned i = 0; i < sizeof bad_ss / sizeof *bad_ss; i++)
        EXPECT(!runs_at(PV_FLAT_RING3_CS, bad_ss[i]));
    EXPECT(failsafe_calls == sizeof bad_cs / sizeof *bad_cs + sizeof bad_ss / sizeof *bad_ss);
    return 0;
}

static const char *odd_selector_without_a_failsafe(void)
{
    user_page_init();
    CALL(set_callbacks, PV_FLAT_RING1_CS, BASE, PV_FLAT_RING1_CS, 0);
    (void)runs_at(RING_3(NOTHING), PV_FLAT_RING3_DS);
    return "came back";
}

static const char *kernel_at_a_programs_conforming_code(void)
{
    EXPECT(own_descriptors());
    __asm__ volatile("pushl $0x202; pushl %0; pushl $0xc0000000; pushl $0; movl $23, %%eax; "
                     "int $0x82"
                     :
                     : "r"(RING_1(USER_CONFORMING))
                     : "eax");
    return "came back";
}

/* A segment register that names nothing any more becomes null, whoever hears of it. */
static const char *lost_segment_without_a_failsafe(void)
{
    uint16_t fs = 1;
    EXPECT(own_descriptors());
    CALL(set_callbacks, PV_FLAT_RING1_CS, BASE, PV_FLAT_RING1_CS, 0);
    TRY("movw %%ax, %%fs", "a"(RING_1(KERNEL_DATA)));
    EXPECT(caught_vector == -1);
    EXPECT(CALL(set_gdt, 0, 0, 0, 0) == 0);
    __asm__("movw %%fs, %0" : "=r"(fs));
    EXPECT(fs == 0 && failsafe_calls == 0);
    return 0;
}

/* ---------------------------------------- stacks that end */

/* A stack with room for so many words: nothing is below page 10. */
static uint32_t short_stack(unsigned words)
{
    map(pages[9], 0, 0);
    return addr(pages[10]) + 4 * words;
}

/* A program's fault takes six words: SS, ESP, EFLAGS, CS, EIP, error code. */
static const char *fault_on(unsigned words)
{
    user_page_init();
    CALL(stack_switch, PV_FLAT_RING1_DS, short_stack(words), 0, 0);
    pages[20][0] = 0xf4;
    enter_user(USER_CODE, USER_STACK);
    return "came back";
}

/* The failsafe callback within the kernel takes seven: EFLAGS, CS, EIP and four segments. */
static const char *failsafe_on(unsigned words)
{
    uint32_t esp = short_stack(words);
    EXPECT(own_descriptors());
    TRY("movw %%ax, %%fs", "a"(RING_1(KERNEL_DATA)));
    EXPECT(caught_vector == -1);
    __asm__ volatile("movl %0, %%esp; xorl %%ecx, %%ecx; int $0x82"
                     :
                     : "r"(esp), "a"(PV_HYPERCALL_set_gdt), "b"(0)
                     : "ecx", "memory");
    return "came back";
}

#define STACKS(S) S(0) S(1) S(2) S(3) S(4) S(5) S(6)
#define FAULT(n)                                                                                   \
    static const char *fault_on_##n(void)                                                          \
    {                                                                                              \
        return fault_on(n);                                                                        \
    }
#define FAILSAFE(n)                                                                                \
    static const char *failsafe_on_##n(void)                                                       \
    {                                                                                              \
        return failsafe_on(n);                                                                     \
    }
STACKS(FAULT)
STACKS(FAILSAFE)

#define FAULT_ROW(n)    {"fault_with_stack_for_" #n, fault_on_##n},
#define FAILSAFE_ROW(n) {"failsafe_with_stack_for_" #n, failsafe_on_##n},

const struct attack attacks_frames[] = {
    {"programs_at_odd_selectors", programs_at_odd_selectors},
    {"odd_selector_without_a_failsafe", odd_selector_without_a_failsafe},
    {"kernel_at_a_programs_conforming_code", kernel_at_a_programs_conforming_code},
    {"lost_segment_without_a_failsafe", lost_segment_without_a_failsafe},
    STACKS(FAULT_ROW) STACKS(FAILSAFE_ROW){0, 0},
};
