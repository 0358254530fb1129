/*
 * A guest that does a bit of everything whose order could matter: timer interrupts over computing,
 * paging with faults, code that rewrites itself, repeated string instructions that interrupts cut,
 * rings, ports. Prints one line.
 */
#include "kit/kit.h"

static volatile uint32_t ticks, faults;
static uint32_t sum;

static void on_tick(struct kit_frame *frame)
{
    ticks++;
    sum = sum * 31 + frame->eip; /* where it came in is part of the result */
    kit_out8(0x20, 0x20);
}

static void on_fault(struct kit_frame *frame)
{
    (void)frame;
    faults++;
    kit_map(0x40000000, 0x00800000 + (faults % 8) * 0x1000, KIT_PRESENT | KIT_WRITE | KIT_USER);
}

/* 8259A to vectors 20h and up, only the timer open; 8254 channel 0 about every 2,000 ticks of its
 * crystal. */
static void start_timer(void)
{
    static const uint8_t words[][2] = {{0x20, 0x11}, {0x21, 0x20}, {0x21, 0x04}, {0x21, 0x01},
                                       {0xa0, 0x11}, {0xa1, 0x28}, {0xa1, 0x02}, {0xa1, 0x01},
                                       {0x21, 0xfe}, {0xa1, 0xff}, {0x43, 0x34}, {0x40, 0xd0},
                                       {0x40, 0x07}};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        kit_out8(words[i][0], words[i][1]);
    kit_on(0x20, on_tick);
}

/* A function in data: MOV EAX, imm32; RET, whose immediate is rewritten before each call. */
static uint8_t code[] = {0xb8, 0, 0, 0, 0, 0xc3};

static uint32_t call_rewritten(uint32_t value)
{
    uint32_t result;

    *(volatile uint32_t *)(code + 1) = value;
    __asm__ volatile("call *%1" : "=a"(result) : "r"(code) : "memory", "ecx", "edx");
    return result;
}

static uint8_t from[6000], to[6000];

static void copy(uint32_t n)
{
    void *s = from, *d = to;
    __asm__ volatile("rep movsb" : "+S"(s), "+D"(d), "+c"(n) : : "memory");
}

static void user(void *argument)
{
    uint32_t *p = argument;
    for (unsigned i = 0; i < 500; i++)
        *p = *p * 1103515245u + 12345u;
    __asm__ volatile("cli"); /* #GP */
}

int main(void)
{
    struct kit_fault fault;
    volatile uint32_t *page = (volatile uint32_t *)0x40000000;

    kit_paging_on();
    kit_on(14, on_fault);
    start_timer();
    __asm__ volatile("sti");
    for (unsigned round = 0; round < 120; round++) {
        for (unsigned i = 0; i < sizeof from; i++)
            from[i] = (uint8_t)(from[i] + i * round);
        copy(sizeof from - round);
        sum = sum * 33 + to[round * 7] + call_rewritten(round * 0x01010101u);
        page[round] += round; /* faults, since it is unmapped below */
        kit_map(0x40000000, 0, 0);
        __asm__ volatile("cli");
        if (round % 16 == 0)
            kit_catch_in_ring(round % 3 + 1, user, &sum, &fault);
        __asm__ volatile("sti");
        if (round % 32 == 31)
            __asm__ volatile("hlt");
    }
    __asm__ volatile("cli");
    kit_printf("mix: ticks=%u faults=%u sum=%x\n", ticks, faults, sum);
    return faults == 120 && ticks > 10 ? 0 : 1;
}
