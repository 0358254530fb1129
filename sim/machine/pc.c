/*
 * What the rest of the simulator asks of a PC's chips (sim/pc.h): input, acknowledge, state. The
 * wiring is in board_pc.c.
 */
#include "machine/pc_chips.h"

#include <assert.h>
#include <string.h>

#include "sim/abi/board.h"
#include "sim/mem.h"

/* --- power-up --- */

/* One kibibyte count as two CMOS bytes, low first; more than 65535 shows as that. */
static void cmos_word(struct pc *pc, unsigned low, unsigned high, uint64_t value)
{
    unsigned v = value > 0xffff ? 0xffff : (unsigned)value;
    rtc146818_set_ram(&pc->rtc, low, (uint8_t)v);
    rtc146818_set_ram(&pc->rtc, high, (uint8_t)(v >> 8));
}

/* The firmware's CMOS (IBM PC/AT Technical Reference, Real-Time Clock/CMOS RAM; 30h-35h by later
 * convention). */
static void fill_cmos(struct pc *pc)
{
    uint64_t ram = pc->config.ram_bytes;
    uint64_t extended = ram > 0x100000 ? (ram - 0x100000) / 1024 : 0;
    uint64_t high = ram > 0x1000000 ? (ram - 0x1000000) / 0x10000 : 0;
    const struct disk_backend *disk = pc->config.disk;
    rtc146818_set_ram(&pc->rtc, 0x12,
                      (uint8_t)((disk[0].sectors ? 0xf0 : 0) | (disk[1].sectors ? 0x0f : 0)));
    rtc146818_set_ram(&pc->rtc, 0x19, disk[0].sectors ? 47 : 0); /* type 47: by geometry */
    rtc146818_set_ram(&pc->rtc, 0x1a, disk[1].sectors ? 47 : 0);
    cmos_word(pc, 0x15, 0x16, 640);
    cmos_word(pc, 0x17, 0x18, extended);
    cmos_word(pc, 0x30, 0x31, extended);
    cmos_word(pc, 0x34, 0x35, high);
    rtc146818_set_checksum(&pc->rtc);
}

void pc_reset(struct pc *pc)
{
    pit8254_reset(&pc->pit);
    rtc146818_reset(&pc->rtc, pc->config.boot_time);
    uart16550_reset(&pc->com1);
    pc->com1.s.lcr = 3; /* the firmware's console: 115200 baud, 8 bits, no parity, 1 stop bit */
    sysports_reset(&pc->sys);
    i8042_reset(&pc->keyboard);
    ide_reset(&pc->ide);
    vgatext_reset(&pc->vga);
    fwcfg_reset(&pc->fwcfg);
    pic8259_reset(&pc->pic2); /* last: what the others drove while waking up is not a request */
    pic8259_reset(&pc->pic1);
    if (pc->config.with_apic) {
        ioapic_reset(&pc->ioapic);
        pc->ioapic.s.id = (uint32_t)BOARD_IOAPIC_ID << 24; /* programmed by the firmware */
        lapic_reset(&pc->lapic);
    }
    fill_cmos(pc);
}

/* --- interrupts --- */

int pc_intr_ack(struct pc *pc)
{
    int vector = pc->config.with_apic ? lapic_acknowledge(&pc->lapic) : LAPIC_EXTINT;
    if (vector != LAPIC_EXTINT)
        return vector;
    return pic8259_interrupting(&pc->pic1) ? pic8259_acknowledge(&pc->pic1) : -1;
}

/* Would a rise of this request line interrupt the processor? */
static bool line_interrupts(const struct pc *pc, unsigned irq, bool toggles)
{
    unsigned pin = irq == BOARD_IRQ_PIT ? BOARD_IOAPIC_PIT : irq;
    if (pc->config.with_apic && ioapic_would_interrupt(&pc->ioapic, pin, toggles))
        return true;
    if (pc->config.with_apic && !lapic_lint0_would_interrupt(&pc->lapic))
        return false;
    if (irq < 8)
        return pic8259_would_interrupt(&pc->pic1, irq, toggles);
    return pic8259_would_interrupt(&pc->pic2, irq - 8, toggles) &&
           pic8259_would_interrupt(&pc->pic1, BOARD_IRQ_CASCADE, false);
}

enum pc_wake pc_what_wakes(const struct pc *pc)
{
    if (uart16550_busy(&pc->com1) || i8042_busy(&pc->keyboard) || ide_busy(&pc->ide))
        return PC_WAKE_TIME;
    if (pit8254_will_fire(&pc->pit) && line_interrupts(pc, BOARD_IRQ_PIT, true))
        return PC_WAKE_TIME;
    if (rtc146818_will_fire(&pc->rtc) && line_interrupts(pc, BOARD_IRQ_RTC, false))
        return PC_WAKE_TIME;
    if (pc->config.with_apic && lapic_will_fire(&pc->lapic))
        return PC_WAKE_TIME;
    if (uart16550_listens(&pc->com1) && line_interrupts(pc, BOARD_IRQ_COM1, false))
        return PC_WAKE_INPUT;
    if (i8042_listens(&pc->keyboard) && line_interrupts(pc, BOARD_IRQ_KBD, false))
        return PC_WAKE_INPUT;
    return PC_WAKE_NEVER;
}

/* --- local APIC --- */

/* The register page is where MSR 1Bh says; a disabled APIC has none. */
static void place_apic(struct pc *pc)
{
    if (pc->config.with_apic)
        bus_move_mmio(pc->config.mmio, &pc->lapic, (uint32_t)pc->lapic.s.base & PAGE_MASK,
                      lapic_enabled(&pc->lapic) ? PAGE_SIZE : 0);
}

uint64_t pc_apic_base(const struct pc *pc)
{
    return pc->lapic.s.base;
}

bool pc_set_apic_base(struct pc *pc, uint64_t value)
{
    if (!pc->config.with_apic || !lapic_set_base(&pc->lapic, value))
        return false;
    place_apic(pc);
    return true;
}

void pc_apic_timer_oneshot(struct pc *pc, uint8_t vector, uint64_t deadline)
{
    assert(pc->config.with_apic);
    lapic_set_deadline(&pc->lapic, vector, deadline);
}

void pc_apic_eoi(struct pc *pc)
{
    assert(pc->config.with_apic);
    lapic_end_of_interrupt(&pc->lapic);
}

/* --- input and output --- */

bool pc_serial_in(struct pc *pc, uint8_t byte)
{
    return uart16550_receive(&pc->com1, byte);
}

bool pc_key_in(struct pc *pc, uint8_t scancode_set2_byte)
{
    return i8042_key(&pc->keyboard, scancode_set2_byte);
}

struct pc_screen pc_screen(const struct pc *pc)
{
    struct vgatext_view v = vgatext_look(&pc->vga);
    return (struct pc_screen){v.start, v.cursor, v.cursor_from, v.cursor_to, v.cursor_on};
}

void pc_drain_output(struct pc *pc)
{
    uart16550_drain(&pc->com1);
}

/* --- state --- */

unsigned pc_state(struct pc *pc, struct state_blob *blobs, unsigned max)
{
    const struct state_blob all[] = {
        {&pic8259_desc, &pc->pic1.s, 0},   {&pic8259_desc, &pc->pic2.s, 1},
        {&pit8254_desc, &pc->pit.s, 0},    {&uart16550_desc, &pc->com1.s, 0},
        {&rtc146818_desc, &pc->rtc.s, 0},  {&sysports_desc, &pc->sys.s, 0},
        {&i8042_desc, &pc->keyboard.s, 0}, {&ps2kbd_desc, &pc->keyboard.keyboard.s, 0},
        {&ide_desc, &pc->ide.s, 0},        {&vgatext_desc, &pc->vga.s, 0},
        {&fwcfg_desc, &pc->fwcfg.s, 0},    {&lapic_desc, &pc->lapic.s, 0},
        {&ioapic_desc, &pc->ioapic.s, 0},
    };
    unsigned n = sizeof all / sizeof *all;
    assert(n <= max);
    (void)max; /* without assertions */
    memcpy(blobs, all, sizeof all);
    return n;
}

/* Pins are driven one after the other: what the controllers see meanwhile is not a request, so they
 * get theirs back. */
void pc_state_restored(struct pc *pc)
{
    struct pic8259_state pic1 = pc->pic1.s, pic2 = pc->pic2.s;
    struct ioapic_state ioapic = pc->ioapic.s;
    struct lapic_state lapic = pc->lapic.s;
    pit8254_restored(&pc->pit);
    rtc146818_restored(&pc->rtc);
    uart16550_restored(&pc->com1);
    i8042_restored(&pc->keyboard);
    ide_restored(&pc->ide);
    pc->pic2.s = pic2;
    pic8259_restored(&pc->pic2);
    pc->pic1.s = pic1;
    pic8259_restored(&pc->pic1);
    if (!pc->config.with_apic)
        return;
    pc->ioapic.s = ioapic;
    pc->lapic.s = lapic;
    lapic_restored(&pc->lapic);
    place_apic(pc);
}
