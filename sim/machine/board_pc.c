/*
 * The wiring of a PC, top to bottom: which chip answers where, which pin goes to which. Ports,
 * lines and addresses are in sim/abi/board.h; what a chip does is in sim/dev/.
 *
 * The same wiring serves the bare machine and a VM: only buses, clock and the CPU's INTR input
 * differ.
 */
#include "machine/pc_chips.h"
#include "sim/abi/board.h"
#include "sim/alloc.h"
#include "sim/mem.h"

/* --- interrupt lines --- */

/* An interrupt request line of the board: to an 8259A, and to the IO-APIC's input of the same
 * number; but the timer's to input 2, which the cascade leaves free (82093AA datasheet, INTIN
 * pins; Intel MultiProcessor Specification 1.4, Default Configurations). */
static void request_line(void *board, unsigned irq, bool level)
{
    struct pc *pc = board;
    if (pc->config.with_apic)
        ioapic_set_input(&pc->ioapic, irq == BOARD_IRQ_PIT ? BOARD_IOAPIC_PIT : irq, level);
    if (irq < 8)
        pic8259_set_input(&pc->pic1, irq, level);
    else
        pic8259_set_input(&pc->pic2, irq - 8, level);
}

static struct irq_line irq(struct pc *pc, unsigned number)
{
    return (struct irq_line){request_line, pc, number};
}

/* COM1's driver onto IRQ 4 is enabled by its OUT2 pin (IBM PC/AT Technical Reference, serial
 * adapter). */
static void com1_pin(void *board, unsigned pin, bool level)
{
    struct pc *pc = board;
    if (pin == 0)
        pc->com1_intr = level;
    else
        pc->com1_out2 = level;
    request_line(pc, BOARD_IRQ_COM1, pc->com1_intr && pc->com1_out2);
}

static void wire_interrupts(struct pc *pc)
{
    pc->pic1.intr = pc->config.intr;
    if (pc->config.with_apic) { /* virtual wire mode: 8259A to LINT0, local APIC to INTR */
        pc->pic1.intr = (struct irq_line){lapic_set_lint0, &pc->lapic, 0};
        pc->lapic.intr = pc->config.intr;
        pc->lapic.nmi = pc->config.nmi;
        pc->lapic.eoi = ioapic_eoi;
        pc->lapic.ready = ioapic_retry;
        pc->lapic.ioapic = &pc->ioapic;
        pc->ioapic.lapic = &pc->lapic;
    }
    pc->pic1.slave = &pc->pic2;
    pc->pic1.slave_input = BOARD_IRQ_CASCADE;
    pc->pic1.elcr_writable = 0xf8; /* timer, keyboard and cascade are always edges */
    pc->pic2.intr = (struct irq_line){pic8259_set_input, &pc->pic1, BOARD_IRQ_CASCADE};
    pc->pic2.elcr_writable = 0xde; /* so are the RTC and IRQ 13 */
    pc->pit.out[0] = irq(pc, BOARD_IRQ_PIT);
    pc->rtc.irq = irq(pc, BOARD_IRQ_RTC);
    pc->keyboard.irq = irq(pc, BOARD_IRQ_KBD);
    pc->ide.irq = irq(pc, BOARD_IRQ_IDE);
    pc->com1.intr = (struct irq_line){com1_pin, pc, 0};
    pc->com1.out2 = (struct irq_line){com1_pin, pc, 1};
}

/* --- pins to the host --- */

/* The machine ends: first the serial line gets what the transmitter holds. */
static void exit_pin(void *board, uint32_t value)
{
    struct pc *pc = board;
    pc_drain_output(pc);
    if (pc->config.host.exited)
        pc->config.host.exited(pc->config.host.opaque, value);
}

static void reset_pin(void *board, const char *through)
{
    struct pc *pc = board;
    pc_drain_output(pc);
    if (pc->config.host.reset)
        pc->config.host.reset(pc->config.host.opaque, through);
}

static void debug_pin(void *board, uint8_t byte)
{
    const struct pc *pc = board;
    if (pc->config.host.debug_out)
        pc->config.host.debug_out(pc->config.host.opaque, byte);
}

static void wire_host(struct pc *pc)
{
    pc->com1.transmit = pc->config.host.serial_out;
    pc->com1.line = pc->config.host.opaque;
    pc->com1.instant = pc->config.host.instant_serial;
    pc->host = (struct hostports){debug_pin, exit_pin, pc};
    pc->sys.pit = &pc->pit;
    pc->sys.reset = reset_pin;
    pc->sys.board = pc;
    pc->keyboard.reset = reset_pin;
    pc->keyboard.board = pc;
    pc->ide.disk[0] = pc->config.disk[0];
    pc->ide.disk[1] = pc->config.disk[1];
    pc->ide.sector_moved = pc->config.host.sector_moved;
    pc->ide.host = pc->config.host.opaque;
    pc->fwcfg.ram_bytes = pc->config.ram_bytes;
}

/* The order of registration breaks ties between timers: the system tick first. */
static void wire_clock(struct pc *pc)
{
    pit8254_init(&pc->pit, pc->config.clock);
    rtc146818_init(&pc->rtc, pc->config.clock);
    uart16550_init(&pc->com1, pc->config.clock);
    i8042_init(&pc->keyboard, pc->config.clock);
    ide_init(&pc->ide, pc->config.clock);
    pc->vga.clock = pc->config.clock;
    if (pc->config.with_apic)
        lapic_init(&pc->lapic, pc->config.clock);
}

/* --- ports --- */

static void wire_ports(struct pc *pc)
{
    const struct io_range ranges[] = {
        {BOARD_PIC1_PORT, 2, IO_LEGACY, &pic8259_ops, &pc->pic1, "8259A master", 1},
        {BOARD_PIC2_PORT, 2, IO_LEGACY, &pic8259_ops, &pc->pic2, "8259A slave", 1},
        {BOARD_PIC_ELCR_PORT, 1, IO_LEGACY, &pic8259_elcr_ops, &pc->pic1, "ELCR master", 1},
        {BOARD_PIC_ELCR_PORT + 1, 1, IO_LEGACY, &pic8259_elcr_ops, &pc->pic2, "ELCR slave", 1},
        {BOARD_PIT_PORT, 4, IO_LEGACY, &pit8254_ops, &pc->pit, "8254", 1},
        {BOARD_KBD_DATA_PORT, 1, IO_LEGACY, &i8042_data_ops, &pc->keyboard, "i8042 data", 1},
        {BOARD_KBD_STATUS_PORT, 1, IO_LEGACY, &i8042_status_ops, &pc->keyboard, "i8042", 1},
        {BOARD_PORT61, 1, IO_LEGACY, &port61_ops, &pc->sys, "port 61h", 1},
        {BOARD_RTC_PORT, 2, IO_LEGACY, &rtc146818_ops, &pc->rtc, "MC146818", 1},
        {BOARD_POST_PORT, 1, IO_LEGACY, &post_ops, &pc->sys, "POST code", 1},
        {BOARD_PORT92, 1, IO_LEGACY, &port92_ops, &pc->sys, "port 92h", 1},
        {BOARD_DEBUG_PORT, 1, IO_LEGACY, &debugport_ops, &pc->host, "debug console", 1},
        {BOARD_EXIT_PORT, 4, IO_LEGACY, &exitport_ops, &pc->host, "exit port", 4},
        {BOARD_COM1_PORT, 8, IO_LEGACY, &uart16550_ops, &pc->com1, "16550A COM1", 1},
        {BOARD_IDE_PORT, 1, IO_IDE_DATA, &ide_data_ops, &pc->ide, "IDE data", 4},
        {BOARD_IDE_PORT + 1, 7, IO_LEGACY, &ide_command_ops, &pc->ide, "IDE", 1},
        {BOARD_IDE_CTRL_PORT, 1, IO_LEGACY, &ide_control_ops, &pc->ide, "IDE control", 1},
        {BOARD_VGA_CRTC_PORT, 2, IO_LEGACY, &vgatext_crtc_ops, &pc->vga, "VGA CRTC", 1},
        {BOARD_VGA_STATUS_PORT, 1, IO_LEGACY, &vgatext_status_ops, &pc->vga, "VGA status", 1},
        {BOARD_FWCFG_SEL_PORT, 1, IO_LEGACY, &fwcfg_select_ops, &pc->fwcfg, "fw_cfg selector", 2},
        {BOARD_FWCFG_DATA_PORT, 1, IO_LEGACY, &fwcfg_data_ops, &pc->fwcfg, "fw_cfg data", 1},
        {BOARD_PCI_ADDR_PORT, 8, IO_LEGACY, &pci_ops, &pc->sys, "PCI configuration", 4},
    };
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        bus_add_ports(pc->config.ports, &ranges[i]);
}

static void wire_memory(struct pc *pc)
{
    const struct io_range lapic = {BOARD_LAPIC_BASE, PAGE_SIZE,    IO_APIC, &lapic_ops,
                                   &pc->lapic,       "local APIC", 4};
    const struct io_range ioapic = {BOARD_IOAPIC_BASE, PAGE_SIZE, IO_APIC, &ioapic_ops,
                                    &pc->ioapic,       "IO-APIC", 4};
    if (!pc->config.with_apic)
        return;
    bus_add_mmio(pc->config.mmio, &lapic);
    bus_add_mmio(pc->config.mmio, &ioapic);
}

/* --- life --- */

enum sim_status pc_create(struct pc **out, const struct pc_config *config, struct sim_error *err)
{
    struct pc *pc = sim_alloc(1, sizeof *pc);
    *out = pc;
    if (!pc)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a PC's devices");
    pc->config = *config;
    wire_interrupts(pc);
    wire_host(pc);
    wire_clock(pc);
    wire_ports(pc);
    wire_memory(pc);
    pc_reset(pc);
    return SIM_OK;
}

void pc_destroy(struct pc *pc)
{
    sim_free(pc);
}
