/*
 * What the rest of the simulator asks of a PC's chips (sim/pc.h): input, acknowledge, state. The
 * wiring is in board_pc.c.
 */
#include "machine/pc_chips.h"

#include <assert.h>
#include <string.h>

#include "sim/abi/board.h"

/* ------------------------------------------------------------------------------------------
 * power-up */

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
    pic8259_reset(&pc->pic2); /* last: what the others drove while waking up is not a request */
    pic8259_reset(&pc->pic1);
    fill_cmos(pc);
}

/* ------------------------------------------------------------------------------------------
 * interrupts */

int pc_intr_ack(struct pc *pc)
{
    if (!pic8259_interrupting(&pc->pic1))
        return -1;
    return pic8259_acknowledge(&pc->pic1);
}

bool pc_timer_armed(const struct pc *pc)
{
    return pit8254_will_fire(&pc->pit) || rtc146818_will_fire(&pc->rtc) ||
           uart16550_busy(&pc->com1);
}

/* ------------------------------------------------------------------------------------------ input
 * and output */

bool pc_serial_in(struct pc *pc, uint8_t byte)
{
    return uart16550_receive(&pc->com1, byte);
}

void pc_drain_output(struct pc *pc)
{
    uart16550_drain(&pc->com1);
}

/* ------------------------------------------------------------------------------------------ state
 */

unsigned pc_state(struct pc *pc, struct state_blob *blobs, unsigned max)
{
    const struct state_blob all[] = {
        {&pic8259_desc, &pc->pic1.s, 0},  {&pic8259_desc, &pc->pic2.s, 1},
        {&pit8254_desc, &pc->pit.s, 0},   {&uart16550_desc, &pc->com1.s, 0},
        {&rtc146818_desc, &pc->rtc.s, 0}, {&sysports_desc, &pc->sys.s, 0},
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
    pit8254_restored(&pc->pit);
    rtc146818_restored(&pc->rtc);
    uart16550_restored(&pc->com1);
    pc->pic2.s = pic2;
    pic8259_restored(&pc->pic2);
    pc->pic1.s = pic1;
    pic8259_restored(&pc->pic1);
}
