/*
 * What firmware leaves in low memory: a few words of the BIOS data area, the EBDA, and Intel's MP
 * table that describes one CPU, one ISA bus and the IO-APIC. Source: MultiProcessor
 * Specification 1.4, chapter 4; IBM PC/AT BIOS data area.
 *
 * The 8259A's output goes to LINT0 as ExtINT (virtual wire mode); ISA line n is IO-APIC input n,
 * the timer included.
 */
#include <string.h>

#include "machine/loader.h"
#include "sim/abi/board.h"

#define BDA_COM1         0x400u
#define BDA_EBDA_SEGMENT 0x40eu
#define BDA_MEMORY_KIB   0x413u
#define EBDA_KIB         1u

#define MP_POINTER_OFFSET  0x10u /* in the EBDA; byte 0 there is the EBDA's size */
#define MP_POINTER_SIZE    16u
#define MP_HEADER_SIZE     44u
#define MP_SPEC_REV        4u
#define MP_CPU_ENABLED_BSP 3u
#define MP_CPU_SIGNATURE   0x0000063au /* family 6; fields that matter to nobody here */
#define MP_FEATURE_APIC    0x200u
#define MP_LAPIC_VERSION   0x14u
#define MP_IOAPIC_VERSION  0x11u
#define MP_BUS_ISA         0u
#define MP_ISA_LINES       16u

enum mp_entry { MP_PROCESSOR, MP_BUS, MP_IOAPIC, MP_IO_INTERRUPT, MP_LOCAL_INTERRUPT };
enum mp_interrupt { MP_INT, MP_NMI, MP_SMI, MP_EXTINT };

#define MP_TABLE_MAX (MP_HEADER_SIZE + 20 + 8 + 8 + 8 * MP_ISA_LINES + 8 * 2)

struct table {
    uint8_t bytes[MP_TABLE_MAX];
    unsigned used, entries;
};

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v & 0xffffu);
    put16(p + 2, v >> 16);
}

/* Adds what makes all bytes sum to 0 at one of them. */
static void checksum(uint8_t *p, unsigned n, unsigned at)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += p[i];
    p[at] = (uint8_t)(0u - sum);
}

/* Room for the next entry. */
static uint8_t *entry(struct table *t, enum mp_entry type, unsigned size)
{
    uint8_t *p = t->bytes + t->used;
    t->used += size;
    t->entries++;
    p[0] = (uint8_t)type;
    return p;
}

/* An interrupt assignment: a source on the ISA bus to an input of an APIC. */
static void interrupt(struct table *t, enum mp_entry type, enum mp_interrupt kind, unsigned line,
                      unsigned apic, unsigned input)
{
    uint8_t *p = entry(t, type, 8);
    p[1] = (uint8_t)kind; /* bytes 2 and 3: polarity and trigger as the bus has them */
    p[4] = MP_BUS_ISA;
    p[5] = (uint8_t)line;
    p[6] = (uint8_t)apic;
    p[7] = (uint8_t)input;
}

static void add_entries(struct table *t)
{
    uint8_t *p = entry(t, MP_PROCESSOR, 20);
    p[1] = BOARD_LAPIC_ID;
    p[2] = MP_LAPIC_VERSION;
    p[3] = MP_CPU_ENABLED_BSP;
    put32(p + 4, MP_CPU_SIGNATURE);
    put32(p + 8, MP_FEATURE_APIC);
    p = entry(t, MP_BUS, 8);
    p[1] = MP_BUS_ISA;
    memcpy(p + 2, "ISA   ", 6);
    p = entry(t, MP_IOAPIC, 8);
    p[1] = BOARD_IOAPIC_ID;
    p[2] = MP_IOAPIC_VERSION;
    p[3] = 1; /* usable */
    put32(p + 4, BOARD_IOAPIC_BASE);
    for (unsigned line = 0; line < MP_ISA_LINES; line++)
        if (line != BOARD_IRQ_CASCADE)
            interrupt(t, MP_IO_INTERRUPT, MP_INT, line, BOARD_IOAPIC_ID,
                      line == BOARD_IRQ_PIT ? BOARD_IOAPIC_PIT : line);
    interrupt(t, MP_LOCAL_INTERRUPT, MP_EXTINT, 0, 0xff, 0);
    interrupt(t, MP_LOCAL_INTERRUPT, MP_NMI, 0, 0xff, 1);
}

static bool write_mp_table(const struct loader_memory *mem)
{
    struct table t = {.used = MP_HEADER_SIZE};
    add_entries(&t);
    memcpy(t.bytes, "PCMP", 4);
    put16(t.bytes + 4, t.used);
    t.bytes[6] = MP_SPEC_REV;
    memcpy(t.bytes + 8, "RINGSIDE", 8);
    memcpy(t.bytes + 16, "PC          ", 12);
    put16(t.bytes + 34, t.entries);
    put32(t.bytes + 36, BOARD_LAPIC_BASE);
    checksum(t.bytes, t.used, 7);

    uint8_t pointer[MP_POINTER_SIZE] = "_MP_";
    put32(pointer + 4, BOARD_BIOS_BASE);
    pointer[8] = MP_POINTER_SIZE / 16;
    pointer[9] = MP_SPEC_REV;
    checksum(pointer, MP_POINTER_SIZE, 10);
    return mem->write(mem->opaque, BOARD_BIOS_BASE, t.bytes, t.used) &&
           mem->write(mem->opaque, BOARD_EBDA_BASE + MP_POINTER_OFFSET, pointer, sizeof pointer);
}

bool loader_write_firmware(const struct loader_memory *mem)
{
    uint8_t com1[2], ebda[2], kib[2], ebda_size = EBDA_KIB;
    put16(com1, BOARD_COM1_PORT);
    put16(ebda, BOARD_EBDA_BASE >> 4);
    put16(kib, BOARD_LOWMEM_END / 1024);
    return mem->write(mem->opaque, BDA_COM1, com1, sizeof com1) &&
           mem->write(mem->opaque, BDA_EBDA_SEGMENT, ebda, sizeof ebda) &&
           mem->write(mem->opaque, BDA_MEMORY_KIB, kib, sizeof kib) &&
           mem->write(mem->opaque, BOARD_EBDA_BASE, &ebda_size, 1) &&
           (mem->without_apic || write_mp_table(mem));
}
