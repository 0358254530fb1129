/*
 * The second disk of the channel, 32 bits at a time, its IRQ 14 through the IO-APIC: write, read
 * back, the first disk untouched; the same by CHS, as systems before LBA did.
 */
#include "board.h"

#define DATA   BOARD_IDE_PORT
#define STATUS (BOARD_IDE_PORT + 7)
#define WORDS  128u

static volatile uint32_t irqs;
static struct apics apics;
static uint32_t sector[WORDS];

static void on_ide(struct kit_frame *f)
{
    (void)f;
    irqs++;
    apic_write(apics.local, 0xb0, 0);
}

static void wait_ready(void)
{
    while ((kit_in8(STATUS) & 0xc0) != 0x40)
        ;
}

/* Task file for one sector; device: E0h (LBA) or A0h (CHS), slave bit and head. */
static void address(uint8_t device, uint8_t low, uint8_t mid, uint8_t high)
{
    wait_ready();
    kit_out8(BOARD_IDE_CTRL_PORT, 0);
    kit_out8(BOARD_IDE_PORT + 2, 1);
    kit_out8(BOARD_IDE_PORT + 3, low);
    kit_out8(BOARD_IDE_PORT + 4, mid);
    kit_out8(BOARD_IDE_PORT + 5, high);
    kit_out8(BOARD_IDE_PORT + 6, device);
}

static void read_here(void)
{
    uint32_t before = irqs, count = WORDS;
    void *to = sector;
    kit_out8(STATUS, 0x20);
    wait_for(&irqs, before + 1);
    kit_check((kit_in8(STATUS) & 0xe9) == 0x48, "data are ready, no error");
    __asm__ volatile("cld; rep insl" : "+D"(to), "+c"(count) : "d"(DATA) : "memory");
}

static void write_here(void)
{
    uint32_t before = irqs, count = WORDS;
    const void *from = sector;
    kit_out8(STATUS, 0x30);
    __asm__ volatile("cld; rep outsl" : "+S"(from), "+c"(count) : "d"(DATA) : "memory");
    wait_for(&irqs, before + 1);
    kit_check((kit_in8(STATUS) & 0xe9) == 0x40, "written");
}

static void fill(uint32_t seed)
{
    for (unsigned i = 0; i < WORDS; i++)
        sector[i] = seed * 0x9e3779b9u + i * 0x01000193u;
}

static bool holds(uint32_t seed)
{
    unsigned same = 0;
    for (unsigned i = 0; i < WORDS; i++)
        same += sector[i] == seed * 0x9e3779b9u + i * 0x01000193u;
    return same == WORDS;
}

static void probe(void)
{
    kit_out8(BOARD_IDE_PORT + 6, 0xf0);
    kit_check(kit_in8(STATUS) != 0 && kit_in8(STATUS) != 0xff, "there is a second disk");
    kit_out8(BOARD_IDE_PORT + 6, 0xe0);
}

/* A sector number's address in a geometry of `heads` and `sectors`. */
static void chs(uint32_t n, unsigned heads, unsigned sectors)
{
    unsigned track = n / sectors, cylinder = track / heads;
    address((uint8_t)(0xb0 | track % heads), (uint8_t)(n % sectors + 1), (uint8_t)cylinder,
            (uint8_t)(cylinder >> 8));
}

int main(void)
{
    if (!find_apics(&apics))
        return 1;
    pic_init(0xffff);
    apic_write(apics.local, 0xf0, 0x1ff);
    kit_on(VECTOR_BASE + BOARD_IRQ_IDE, on_ide);
    unsigned input = apics.input[BOARD_IRQ_IDE];
    ioapic_write(apics.io, 0x11 + 2 * input, (uint32_t)apics.local_id << 24);
    ioapic_write(apics.io, 0x10 + 2 * input, VECTOR_BASE + BOARD_IRQ_IDE);
    probe();

    address(0xf0, 77, 0, 0);
    read_here();
    kit_check(sector[0] == 0x51a7e000u + 77, "the slave's sector 77");
    fill(3);
    address(0xf0, 77, 0, 0);
    write_here();
    address(0xe0, 77, 0, 0);
    read_here();
    kit_check(sector[0] == 0x3a57e000u + 77, "the master's is another and unchanged");

    address(0xb7, 0, 0, 0); /* INITIALIZE DEVICE PARAMETERS: 8 heads, 20 sectors */
    kit_out8(BOARD_IDE_PORT + 2, 20);
    uint32_t before = irqs;
    kit_out8(STATUS, 0x91);
    wait_for(&irqs, before + 1);
    (void)kit_in8(STATUS);
    chs(77, 8, 20);
    read_here();
    kit_check(holds(3), "CHS finds what LBA wrote");
    chs(199, 8, 20);
    read_here();
    kit_check(sector[0] == 0x51a7e000u + 199, "in the next cylinder too");
    return kit_failures;
}
