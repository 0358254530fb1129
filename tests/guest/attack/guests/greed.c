/*
 * Taking what is shared: processor time, interrupts, the host's console.
 */
#include "attack.h"

int attack_spin_with_interrupts_off(void)
{
    kit_put("mine\n");
    __asm__ volatile("cli; 1: jmp 1b");
    return 1;
}

int attack_spin_in_ring3(void)
{
    struct kit_fault fault;
    kit_put("mine\n");
    kit_catch_in_ring(3, call_at, &(struct at){(uint32_t) "\xeb\xfe", 0}, &fault);
    return 1;
}

/* A fault that comes back for ever. */
static void again(struct kit_frame *f)
{
    (void)f;
}

int attack_fault_for_ever(void)
{
    kit_on(6, again);
    kit_put("again\n");
    __asm__ volatile("ud2");
    return 1;
}

int attack_console_flood(void)
{
    for (unsigned i = 0; i < 40000; i++)
        kit_put(i % 64 == 63 ? "\n" : "x");
    for (unsigned i = 0; i < 40000; i++) {
        while (!(kit_in8(BOARD_COM1_PORT + 5) & 0x20))
            ;
        kit_out8(BOARD_COM1_PORT, i % 64 == 63 ? '\n' : 'y');
    }
    return 0;
}

static volatile unsigned ticks;

#define ENOUGH 300u

/* Nothing is sure to run between two ticks, on hardware neither; so the handler ends the storm. */
static void on_tick(struct kit_frame *f)
{
    (void)f;
    if (++ticks == ENOUGH)
        kit_out8(BOARD_PIC1_PORT + 1, 0xff);
    kit_out8(BOARD_PIC1_PORT, 0x20);
}

void pic_on(void)
{
    static const uint8_t words[][2] = {{0x20, 0x11}, {0x21, 0x20}, {0x21, 0x04}, {0x21, 0x01},
                                       {0xa0, 0x11}, {0xa1, 0x28}, {0xa1, 0x02}, {0xa1, 0x01},
                                       {0x21, 0xfe}, {0xa1, 0xff}};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        kit_out8(words[i][0], words[i][1]);
}

/* The fastest periodic timer there is; the guest itself must get on, too. */
int attack_timer_storm(void)
{
    kit_on(0x20, on_tick);
    pic_on();
    kit_out8(BOARD_PIT_PORT + 3, 0x14); /* channel 0, low byte, mode 2 */
    kit_out8(BOARD_PIT_PORT, 2);
    __asm__ volatile("sti");
    while (ticks < ENOUGH)
        ;
    __asm__ volatile("cli");
    kit_put("and the loop ended\n");
    return 0;
}

static void apic(uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(BOARD_LAPIC_BASE + offset) = value;
}

static void on_apic_tick(struct kit_frame *f)
{
    (void)f;
    if (++ticks == ENOUGH)
        apic(0x320, 0x10000);
    apic(0xb0, 0);
}

/* The local APIC's timer with an initial count of one, periodic: a timer of one cycle. */
int attack_timer_of_one_cycle(void)
{
    kit_on(0x40, on_apic_tick);
    apic(0xf0, 0x1ff);
    apic(0x3e0, 0xb);
    apic(0x320, 0x20040);
    apic(0x380, 1);
    __asm__ volatile("sti");
    while (ticks < ENOUGH)
        ;
    __asm__ volatile("cli");
    kit_put("still here\n");
    return 0;
}
