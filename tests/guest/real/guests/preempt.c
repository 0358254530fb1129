/*
 * Preemption as small kernels do it: two programs in ring 3, the 8254 through the 8259A, and a
 * handler that exchanges the whole interrupt frame. Registers, flags and stacks must survive some
 * hundred switches; a program ends by a system call.
 */
#include "board.h"

#define SWITCHES 60u
#define SYSCALL  0x40u

struct program {
    struct kit_frame frame;
    uint32_t stack[256];
    uint32_t result;
    bool done;
};

static struct program programs[2];
static volatile uint32_t switches;
static unsigned current;
static bool started;

/* Counts in registers and flags that a careless switch would lose. */
static void count(uint32_t step)
{
    uint32_t sum = 0, rounds = 0;
    while (switches < SWITCHES) {
        uint32_t carry;
        __asm__ volatile("movl %2, %%ecx; xorl %%eax, %%eax; std\n"
                         "1: addl %3, %%eax; decl %%ecx; jnz 1b\n\t"
                         "pushf; popl %1; cld; movl %%eax, %0"
                         : "=r"(sum), "=r"(carry)
                         : "i"(1000), "r"(step)
                         : "eax", "ecx", "cc");
        if (sum != 1000 * step || (carry & 0x400) == 0)
            break;
        rounds++;
    }
    __asm__ volatile("int %1" : : "a"(sum == 1000 * step && rounds > 0), "i"(SYSCALL) : "memory");
    for (;;)
        ;
}

static void exchange(struct kit_frame *f)
{
    programs[current].frame = *f;
    current ^= 1u;
    *f = programs[current].frame;
}

static void on_tick(struct kit_frame *f)
{
    pic_eoi(BOARD_IRQ_PIT);
    if (!started || (f->cs & 3) != 3)
        return;
    switches++;
    if (!programs[current ^ 1u].done)
        exchange(f);
}

static void on_call(struct kit_frame *f)
{
    programs[current].result = f->eax;
    programs[current].done = true;
    if (!programs[current ^ 1u].done) {
        exchange(f);
        return;
    }
    kit_check(programs[0].result == 1 && programs[1].result == 1,
              "both programs kept registers, flags and stack");
    kit_check(switches >= SWITCHES, "while they were exchanged");
    kit_exit((uint8_t)kit_failures);
}

static void prepare(struct program *p, const struct kit_frame *like, uint32_t step)
{
    p->stack[254] = 0;
    p->stack[255] = step;
    p->frame = *like;
    p->frame.eip = (uint32_t)(uintptr_t)count;
    p->frame.eflags = 0x202;
    p->frame.esp = (uint32_t)(uintptr_t)&p->stack[254];
}

/* From ring 3 by INT: its frame shows what a ring 3 frame looks like. */
static void on_start(struct kit_frame *f)
{
    prepare(&programs[0], f, 3);
    prepare(&programs[1], f, 0x10001);
    *f = programs[0].frame;
    started = true;
}

static void start(void *unused)
{
    (void)unused;
    __asm__ volatile("int $0x41");
}

int main(void)
{
    kit_on(VECTOR_BASE + BOARD_IRQ_PIT, on_tick);
    kit_on(SYSCALL, on_call);
    kit_on(0x41, on_start);
    kit_gate_dpl(SYSCALL, 3);
    kit_gate_dpl(0x41, 3);
    pic_init((uint16_t) ~(1u << BOARD_IRQ_PIT));
    pit_rate(2000);
    kit_paging_on();
    (void)kit_catch_in_ring(3, start, NULL, NULL);
    kit_put("FAIL: came back\n");
    return 1;
}
