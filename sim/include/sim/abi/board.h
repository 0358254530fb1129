/*
 * The board as software sees it: ports, interrupt lines and the physical memory map.
 *
 * Freestanding (only macros), so that guests, the simulator and tests share one list. What a
 * device's registers mean is in its own file under sim/dev/; what is wired where is in
 * sim/machine/board_pc.c.
 */
#ifndef SIM_ABI_BOARD_H
#define SIM_ABI_BOARD_H

/* I/O ports (IBM PC/AT Technical Reference; i440FX-era conventions). */
#define BOARD_PIC1_PORT       0x020 /* 8259A master: 2 ports */
#define BOARD_PIC2_PORT       0x0a0 /* 8259A slave: 2 ports */
#define BOARD_PIC_ELCR_PORT   0x4d0 /* edge/level control: 2 ports */
#define BOARD_PIT_PORT        0x040 /* 8254: 4 ports */
#define BOARD_PORT61          0x061 /* channel 2 gate, speaker, refresh toggle */
#define BOARD_KBD_DATA_PORT   0x060 /* i8042 data */
#define BOARD_KBD_STATUS_PORT 0x064 /* i8042 status and command */
#define BOARD_RTC_PORT        0x070 /* MC146818: index, data */
#define BOARD_POST_PORT       0x080 /* POST diagnostics latch */
#define BOARD_PORT92          0x092 /* fast A20 and reset */
#define BOARD_DEBUG_PORT      0x0e9 /* debug console: a byte written appears on the host's console */
#define BOARD_EXIT_PORT       0x0f4 /* writing v ends the machine with exit value v */
#define BOARD_IDE_PORT        0x1f0 /* primary channel, command block: 8 ports */
#define BOARD_IDE_CTRL_PORT   0x3f6 /* primary channel, control block */
#define BOARD_VGA_CRTC_PORT   0x3d4 /* CRT controller index, data */
#define BOARD_VGA_STATUS_PORT 0x3da /* input status 1 */
#define BOARD_COM1_PORT       0x3f8 /* 16550: 8 ports */
#define BOARD_FWCFG_SEL_PORT  0x510 /* fw_cfg selector (16 bit) */
#define BOARD_FWCFG_DATA_PORT 0x511 /* fw_cfg data (8 bit) */
#define BOARD_PCI_ADDR_PORT   0xcf8 /* PCI mechanism 1: answers "no bus" */
#define BOARD_PCI_DATA_PORT   0xcfc

/* Interrupt request lines of the two 8259As (and the same inputs of the IO-APIC). */
#define BOARD_IRQ_PIT     0
#define BOARD_IRQ_KBD     1
#define BOARD_IRQ_CASCADE 2
#define BOARD_IRQ_COM1    4
#define BOARD_IRQ_RTC     8
#define BOARD_IRQ_IDE     14

/* Input clocks in Hz. */
#define BOARD_PIT_HZ   1193182
#define BOARD_UART_HZ  1843200
#define BOARD_RTC_HZ   32768
#define BOARD_LAPIC_HZ 100000000 /* bus clock that the local APIC timer counts */

/* Physical memory map. */
#define BOARD_LOWMEM_END    0x0009fc00u /* conventional memory; the EBDA follows */
#define BOARD_EBDA_BASE     0x0009fc00u /* 1 KiB, holds the MP floating pointer */
#define BOARD_VGA_TEXT_BASE 0x000b8000u
#define BOARD_VGA_TEXT_SIZE 0x00008000u
#define BOARD_BIOS_BASE     0x000f0000u /* 64 KiB; the MP configuration table is here */
#define BOARD_HIGHMEM_BASE  0x00100000u
#define BOARD_IOAPIC_BASE   0xfec00000u
#define BOARD_LAPIC_BASE    0xfee00000u

/* APIC IDs as firmware set them up and the MP table tells them: all different. */
#define BOARD_LAPIC_ID  0
#define BOARD_IOAPIC_ID 1

/* The IO-APIC's input of an ISA line has its number, but for the timer's. */
#define BOARD_IOAPIC_PIT 2

#endif
