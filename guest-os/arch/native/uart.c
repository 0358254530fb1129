/*
 * The console: the serial line COM1, a 16550A with FIFOs, driven by interrupts in both directions;
 * what goes out is also shown on the screen.
 *
 * Output waits in a ring; each "transmitter empty" interrupt moves up to 16 bytes on, so that no
 * time is spent polling. Input goes to the kernel byte by byte; when it has no room, bytes stay in
 * the FIFO with the receive interrupt off, and the other end waits. (National Semiconductor
 * PC16550D data sheet.)
 */
#include "arch/native/native.h"

enum {
    UART_DATA = BOARD_COM1_PORT,
    UART_IER = BOARD_COM1_PORT + 1,
    UART_IIR_FCR = BOARD_COM1_PORT + 2,
    UART_LCR = BOARD_COM1_PORT + 3,
    UART_MCR = BOARD_COM1_PORT + 4,
    UART_LSR = BOARD_COM1_PORT + 5,
};

#define IER_RECEIVE                0x01
#define IER_TRANSMIT               0x02
#define IIR_CAUSE                  0x0f
#define IIR_TRANSMIT               0x02
#define IIR_RECEIVE                0x04
#define IIR_TIMEOUT                0x0c /* received, less than the trigger level */
#define FCR_ENABLE_CLEAR_TRIGGER_1 0x07
#define LCR_DIVISOR_LATCH          0x80
#define LCR_8N1                    0x03
#define MCR_DTR_RTS_OUT2           0x0b /* OUT2 connects the interrupt line */
#define LSR_RECEIVED               0x01
#define LSR_TRANSMIT_EMPTY         0x20
#define LSR_IDLE                   0x40
#define FIFO_SIZE                  16
#define RING_SIZE                  4096u

static char ring[RING_SIZE];
static unsigned ring_head, ring_tail; /* bytes put in and taken out, ever */
static bool sending;                  /* the FIFO holds bytes; an interrupt will come */
static bool receiving;                /* the receive interrupt is on */
static int early = -1; /* a byte that came before the FIFOs were enabled, which clears them */

void uart_init(void)
{
    port_out8(UART_IER, 0);
    port_out8(UART_LCR, LCR_DIVISOR_LATCH | LCR_8N1);
    port_out8(UART_DATA, 1); /* 115200 baud */
    port_out8(UART_IER, 0);
    port_out8(UART_LCR, LCR_8N1);
    if (port_in8(UART_LSR) & LSR_RECEIVED)
        early = port_in8(UART_DATA);
    port_out8(UART_IIR_FCR, FCR_ENABLE_CLEAR_TRIGGER_1);
    port_out8(UART_MCR, MCR_DTR_RTS_OUT2);
    port_out8(UART_IER, IER_TRANSMIT);
}

static void uart_fill_fifo(void)
{
    unsigned n = 0;
    for (; n < FIFO_SIZE && ring_tail != ring_head; n++)
        port_out8(UART_DATA, (uint8_t)ring[ring_tail++ % RING_SIZE]);
    sending = n > 0;
}

size_t arch_console_write(const char *bytes, size_t n)
{
    uint32_t saved = arch_irq_save();
    size_t taken = 0;
    for (; taken < n && ring_head - ring_tail < RING_SIZE; taken++)
        ring[ring_head++ % RING_SIZE] = bytes[taken];
    if (!sending)
        uart_fill_fifo();
    vga_write(bytes, taken);
    arch_irq_restore(saved);
    return taken;
}

void arch_console_flush(void)
{
    uint32_t saved = arch_irq_save();
    while (sending && saved & EFLAGS_IF) /* let the interrupts do it, if the caller can take them */
        arch_idle();
    do {
        while (!(port_in8(UART_LSR) & LSR_TRANSMIT_EMPTY))
            continue;
        uart_fill_fifo();
    } while (sending);
    while (!(port_in8(UART_LSR) & LSR_IDLE))
        continue;
    arch_irq_restore(saved);
}

static void uart_receive(void)
{
    while (port_in8(UART_LSR) & LSR_RECEIVED) {
        if (!console_has_room()) {
            receiving = false;
            port_out8(UART_IER, IER_TRANSMIT);
            return;
        }
        console_input((char)port_in8(UART_DATA));
    }
}

void arch_console_resume(void)
{
    uint32_t saved = arch_irq_save();
    if (early >= 0)
        console_input((char)early);
    early = -1;
    if (!receiving) {
        receiving = true;
        port_out8(UART_IER, IER_RECEIVE | IER_TRANSMIT);
    }
    arch_irq_restore(saved);
}

static void uart_transmitted(void)
{
    uart_fill_fifo();
    if (ring_head - ring_tail <= RING_SIZE / 2)
        console_writable();
}

/* Line and modem status have no interrupt enabled. */
void uart_irq(void)
{
    for (;;) {
        uint8_t cause = port_in8(UART_IIR_FCR) & IIR_CAUSE;
        if (cause == IIR_TRANSMIT)
            uart_transmitted();
        else if (cause == IIR_RECEIVE || cause == IIR_TIMEOUT)
            uart_receive();
        else
            return;
    }
}
