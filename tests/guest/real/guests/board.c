/* See board.h. (MultiProcessor Specification 1.4, chapter 4; 8259A and 8254 data sheets.) */
#include "board.h"

#define MP_POINTER_BYTES 16u

/* Memory below 1 MiB that no C object is in. */
static const volatile uint8_t *physical(uint32_t at)
{
    __asm__("" : "+r"(at));
    return (const volatile uint8_t *)(uintptr_t)at;
}

static uint8_t sum(const volatile uint8_t *p, unsigned n)
{
    uint8_t s = 0;
    while (n-- > 0)
        s = (uint8_t)(s + *p++);
    return s;
}

static uint32_t word(const volatile uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const volatile uint8_t *search(uint32_t from, uint32_t bytes)
{
    for (uint32_t at = from; at < from + bytes; at += MP_POINTER_BYTES) {
        const volatile uint8_t *p = physical(at);
        if (word(p) == 0x5f504d5f && sum(p, MP_POINTER_BYTES) == 0)
            return p;
    }
    return NULL;
}

/* One entry; returns its length, 0 for an unknown one. */
static unsigned entry(struct apics *to, const volatile uint8_t *p)
{
    if (p[0] == 0) {
        to->cpus++;
        to->local_id = p[1];
        return 20;
    }
    if (p[0] == 2) {
        to->io_id = p[1];
        to->io = word(p + 4);
    } else if (p[0] == 3 && p[1] == 0 && p[5] < 16) {
        to->input[p[5]] = p[7];
    }
    return p[0] <= 4 ? 8 : 0;
}

bool find_apics(struct apics *to)
{
    uint32_t ebda = (word(physical(0x40e)) & 0xffff) << 4;
    uint32_t base = (word(physical(0x413)) & 0xffff) * 1024;
    *to = (struct apics){0};
    for (unsigned i = 0; i < 16; i++)
        to->input[i] = 0xff;
    const volatile uint8_t *pointer = search(ebda, 1024);
    if (pointer == NULL)
        pointer = search(base - 1024, 1024);
    if (pointer == NULL)
        pointer = search(BOARD_BIOS_BASE, 0x10000);
    if (pointer == NULL)
        return false;
    const volatile uint8_t *table = physical(word(pointer + 4));
    unsigned length = word(table + 4) & 0xffff, count = word(table + 34) & 0xffff, at = 44;
    if (word(table) != 0x504d4350 || sum(table, length) != 0)
        return false;
    to->local = word(table + 36);
    while (count-- > 0) {
        unsigned size = entry(to, table + at);
        at += size;
        if (size == 0)
            return false;
    }
    return at == length;
}

uint32_t apic_read(uint32_t at, uint32_t reg)
{
    return *(volatile uint32_t *)(uintptr_t)(at + reg);
}

void apic_write(uint32_t at, uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)(at + reg) = value;
    (void)apic_read(at, 0x20); /* the write has arrived when a read comes back */
}

uint32_t ioapic_read(uint32_t at, uint32_t reg)
{
    *(volatile uint32_t *)(uintptr_t)at = reg;
    return *(volatile uint32_t *)(uintptr_t)(at + 0x10);
}

void ioapic_write(uint32_t at, uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)at = reg;
    *(volatile uint32_t *)(uintptr_t)(at + 0x10) = value;
}

void pic_init(uint16_t mask)
{
    static const uint8_t master[] = {VECTOR_BASE, 4, 1}, slave[] = {VECTOR_BASE + 8, 2, 1};
    kit_out8(BOARD_PIC1_PORT, 0x11);
    kit_out8(BOARD_PIC2_PORT, 0x11);
    for (unsigned i = 0; i < 3; i++) {
        kit_out8(BOARD_PIC1_PORT + 1, master[i]);
        kit_out8(BOARD_PIC2_PORT + 1, slave[i]);
    }
    kit_out8(BOARD_PIC1_PORT + 1, (uint8_t)mask);
    kit_out8(BOARD_PIC2_PORT + 1, (uint8_t)(mask >> 8));
}

void pic_eoi(unsigned irq)
{
    if (irq >= 8)
        kit_out8(BOARD_PIC2_PORT, 0x20);
    kit_out8(BOARD_PIC1_PORT, 0x20);
}

void wait_for(volatile uint32_t *counter, uint32_t until)
{
    while (*counter < until) /* STI's shadow: nothing comes between it and HLT */
        __asm__ volatile("sti; hlt; cli" : : : "memory");
}

void pit_rate(unsigned hz)
{
    unsigned divisor = BOARD_PIT_HZ / hz;
    kit_out8(BOARD_PIT_PORT + 3, 0x34);
    kit_out8(BOARD_PIT_PORT, (uint8_t)divisor);
    kit_out8(BOARD_PIT_PORT, (uint8_t)(divisor >> 8));
}
