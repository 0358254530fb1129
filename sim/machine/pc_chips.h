/* All chips of one PC, for the wiring (board_pc.c) and what the rest of the simulator asks of it
 * (pc.c). */
#ifndef SIM_MACHINE_PC_CHIPS_H
#define SIM_MACHINE_PC_CHIPS_H

#include "dev/fwcfg.h"
#include "dev/hostports.h"
#include "dev/i8042.h"
#include "dev/ide.h"
#include "dev/ioapic.h"
#include "dev/lapic.h"
#include "dev/pic8259.h"
#include "dev/pit8254.h"
#include "dev/rtc146818.h"
#include "dev/sysports.h"
#include "dev/uart16550.h"
#include "dev/vgatext.h"
#include "sim/pc.h"

struct pc {
    struct pc_config config;
    struct pic8259 pic1, pic2;
    struct pit8254 pit;
    struct uart16550 com1;
    struct rtc146818 rtc;
    struct i8042 keyboard;
    struct ide ide;
    struct vgatext vga;
    struct lapic lapic; /* this and the next: with_apic only */
    struct ioapic ioapic;
    struct fwcfg fwcfg;
    struct sysports sys;
    struct hostports host;
    bool com1_intr, com1_out2; /* derived: pins into the AND gate before IRQ 4 */
};

/* Puts every chip into its power-up state, and what firmware leaves: CMOS, the console line. */
void pc_reset(struct pc *pc);

#endif
