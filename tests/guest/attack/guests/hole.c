/*
 * Ways into the hypervisor's hole: flat, based, wrapping and expand-down segments, code, stacks.
 *
 * On bare hardware those addresses are like any others: nothing is there, or what the guest maps.
 * That is what the guest must see here, too.
 */
#include "attack.h"

#define FREE       KIT_GDT_FREE
#define ATTACK_SEL (FREE * 8u)
#define DATA_UP    0x92u
#define DATA_DOWN  0x96u
#define MINE       0x600dfaceu

static const uint32_t places[] = {HOLE,   HV_STUBS, HV_TSS + 4,  HV_STACK + 0xff0,
                                  HV_GDT, HV_IDT,   0xffc00000u, 0xfffffffcu};
#define PLACES (sizeof places / sizeof *places)

/* Reads and writes through ATTACK_SEL at linear `address`, for which `offset` stands. */
static void through_both(uint32_t address, uint32_t offset)
{
    struct through t = {ATTACK_SEL, offset, 0};
    bool read = probe("read", read_through, &t) == PF && probed.cr2 == address;
    bool write = probe("write", write_through, &t) == PF && probed.cr2 == address;
    kit_check(read && write, "both fault as where nothing is mapped");
    map_anywhere(address, PAGE(1), KIT_PRESENT | KIT_WRITE);
    *(uint32_t *)(PAGE(1) + (address & 0xffc)) = MINE;
    probe("read what is mapped", read_through, &t);
    kit_check(t.value == MINE, "my own page is read");
    t.value = ~MINE;
    probe("write what is mapped", write_through, &t);
    kit_check(*(uint32_t *)(PAGE(1) + (address & 0xffc)) == ~MINE, "and written");
    map_anywhere(address, 0, 0);
}

int attack_hole_flat(void)
{
    kit_paging_on();
    kit_gdt[FREE] = kit_descriptor(0, 0xfffff, DATA_UP, 0xc);
    for (unsigned i = 0; i < PLACES; i++) {
        struct at a = {places[i], 0xbad};
        kit_check(probe("ds read", read_at, &a) == PF && probed.cr2 == places[i], "nobody there");
        kit_check(probe("ds write", write_at, &a) == PF && probed.error == 2, "nobody to harm");
        through_both(places[i], places[i]);
    }
    return 0;
}

int attack_hole_based(void)
{
    kit_paging_on();
    for (unsigned i = 0; i < PLACES; i++) {
        kit_gdt[FREE] = kit_descriptor(places[i] & ~0xfffu, 0xfff, DATA_UP, 0x4);
        through_both(places[i], places[i] & 0xfff);
    }
    return 0;
}

int attack_hole_wraps(void)
{
    kit_paging_on();
    for (unsigned i = 0; i < PLACES; i++) {
        kit_gdt[FREE] = kit_descriptor(0xf0123000, 0xfffff, DATA_UP, 0xc);
        through_both(places[i], places[i] - 0xf0123000);
    }
    struct through t = {ATTACK_SEL, PAGE(2) - 0xf0123000, 0};
    *(uint32_t *)PAGE(2) = MINE;
    probe("past the wrap", read_through, &t);
    kit_check(t.value == MINE, "low memory is reached through the wrap");
    return 0;
}

int attack_hole_expand_down(void)
{
    kit_paging_on();
    for (unsigned i = 0; i < PLACES; i++) {
        kit_gdt[FREE] = kit_descriptor(0, 0xffff, DATA_DOWN, 0x4);
        through_both(places[i], places[i]);
        kit_gdt[FREE] = kit_descriptor(0x80000000, 0x1000, DATA_DOWN, 0xc);
        through_both(places[i], places[i] - 0x80000000);
    }
    struct through t = {ATTACK_SEL, 0xffff, 0};
    kit_gdt[FREE] = kit_descriptor(0, 0xffff, DATA_DOWN, 0x4);
    kit_check(probe("below an expand-down limit", read_through, &t) == GP, "is #GP");
    return 0;
}

/* Expand-down, based so that its offsets pass through the hole and wrap to low memory. */
int attack_hole_expand_down_wraps(void)
{
    kit_paging_on();
    kit_gdt[FREE] = kit_descriptor(0x01000000, 0xf9fff, DATA_DOWN, 0xc);
    for (unsigned i = 0; i < PLACES - 1; i++)
        through_both(places[i], places[i] - 0x01000000);
    struct through t = {ATTACK_SEL, 0xffffff00, 0};
    *(uint32_t *)0x00ffff00 = MINE;
    probe("past the wrap", read_through, &t);
    kit_check(t.value == MINE, "low memory is reached through the wrap");
    return 0;
}

static void far_call(void *pointer)
{
    __asm__ volatile("lcall *(%0)" : : "r"(pointer) : "eax", "ecx", "edx", "memory");
}

/* Code in the hole: the hypervisor's entry stubs must not run, the guest's own must. */
int attack_hole_code(void)
{
    static const uint8_t code[] = {0xb8, 0xce, 0xfa, 0x0d, 0x60, 0xc3}; /* mov MINE; ret */
    kit_paging_on();
    for (unsigned i = 0; i < 3; i++) {
        struct at a = {HV_STUBS + i * 4 * 14, 0};
        kit_check(probe("call a stub", call_at, &a) == PF && probed.cr2 == a.address,
                  "there is no code");
        map_anywhere(a.address, PAGE(3), KIT_PRESENT | KIT_WRITE);
        memcpy((void *)(PAGE(3) + (a.address & 0xfff)), code, sizeof code);
        probe("call my own", call_at, &a);
        kit_check(a.value == MINE, "my code up there runs");
        map_anywhere(a.address, 0, 0);
    }
    struct {
        uint32_t offset;
        uint16_t sel;
    } __attribute__((packed)) pointer = {0, ATTACK_SEL};
    kit_gdt[FREE] = kit_descriptor(HV_STUBS, 0xfffff, 0x9a, 0xc);
    kit_check(probe("far call into a segment based in the hole", far_call, &pointer) == PF,
              "there is no code either");
    return 0;
}

/* Code on the last page, running off the end of linear space. */
int attack_code_at_the_top(void)
{
    static const uint8_t code[] = {0x90, 0xb8, 0xce, 0xfa, 0x0d, 0x60, 0xc3};
    kit_paging_on();
    map_anywhere(LAST_PAGE, PAGE(4), KIT_PRESENT | KIT_WRITE | KIT_USER);
    memcpy((void *)(PAGE(4) + 0x100), code, sizeof code);
    struct at a = {LAST_PAGE + 0x100, 0};
    probe("code on the last page", call_at, &a);
    kit_check(a.value == MINE, "runs");
    a.value = 0;
    probe_in(3, "in ring 3", call_at, &a);
    kit_check(a.value == MINE, "runs in ring 3");
    *(uint8_t *)(PAGE(4) + 0xfff) = 0xb8; /* the immediate is beyond */
    a.address = 0xffffffff;
    kit_check(probe("an instruction across the end", call_at, &a) == GP, "is #GP");
    return 0;
}

static void push_up_there(void *stack)
{
    __asm__ volatile("movl %%esp, %%ebx; movl %0, %%esp; pushl $0x11; movl %%ebx, %%esp"
                     :
                     : "r"(stack)
                     : "ebx", "memory");
}

int attack_hole_user_stack(void)
{
    kit_paging_on();
    for (unsigned i = 1; i < PLACES; i++) {
        kit_check(probe_in(3, "push in ring 3", push_up_there, (void *)places[i]) == PF &&
                      probed.cr2 == places[i] - 4,
                  "no stack there");
        map_anywhere(places[i] - 4, PAGE(5), KIT_PRESENT | KIT_WRITE | KIT_USER);
        kit_check(probe_in(3, "on my own page", push_up_there, (void *)places[i]) == KIT_NO_FAULT,
                  "my own stack up there works");
    }
    return 0;
}

/* A kernel stack in the hypervisor's stack: #PF, no stack for it, #DF, no stack for it. */
int attack_hole_kernel_stack(void)
{
    kit_paging_on();
    push_up_there((void *)(HV_STACK + 0x1000));
    return 1;
}

/* The same through the TSS: an exception of ring 3 shall be pushed onto the hypervisor's stack. */
int attack_tss_stack_in_hole(void)
{
    static uint32_t tss[26];
    struct kit_fault fault;
    kit_paging_on();
    tss[1] = HV_STACK + 0x1000;
    tss[2] = KIT_DATA(0);
    kit_gdt[FREE] = kit_descriptor((uint32_t)tss, sizeof tss - 1, 0x89, 0);
    __asm__ volatile("ltr %w0" : : "r"(ATTACK_SEL));
    kit_catch_in_ring(3, read_at, &(struct at){HOLE, 0}, &fault);
    return 1;
}

/* Breakpoints on the hypervisor's own code and tables, and general detect. */
static void move_dr(void *unused)
{
    uint32_t dr7 = 0x000027ff;
    (void)unused;
    __asm__ volatile("movl %0, %%dr0; movl %1, %%dr1; movl %2, %%dr2; movl %3, %%dr3"
                     :
                     : "r"(HV_STUBS + 13 * 4), "r"(HV_STUBS), "r"(HV_TSS + 4), "r"(HV_GDT));
    __asm__ volatile("movl %0, %%dr7; movl %%dr7, %0" : "+r"(dr7));
}

int attack_breakpoints_in_hole(void)
{
    uint32_t a = 0, dr6, zero = 0;
    kit_paging_on();
    kit_check(probe("reading DR7 with general detect", move_dr, NULL) == 1, "is #DB");
    __asm__ volatile("movl %%dr6, %0" : "=r"(dr6));
    kit_printf("dr6 %08x\n", dr6);
    for (unsigned i = 0; i < 50; i++)
        __asm__ volatile("cli; smsw %0" : "+r"(a));
    __asm__ volatile("movl %0, %%dr7" : : "r"(zero));
    __asm__ volatile("movl %%dr6, %0" : "=r"(dr6));
    kit_printf("dr6 %08x\n", dr6);
    return 0;
}
