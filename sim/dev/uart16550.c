/* 16550A UART: see uart16550.h. */
#include "dev/uart16550.h"

#include <string.h>

#include "sim/abi/board.h"

#define IER_RDA      0x01u
#define IER_THRE     0x02u
#define IER_LSR      0x04u
#define IER_MSR      0x08u
#define FCR_ENABLE   0x01u
#define FCR_RESET_RX 0x02u
#define FCR_RESET_TX 0x04u
#define LCR_STOP     0x04u
#define LCR_PARITY   0x08u
#define LCR_DLAB     0x80u
#define MCR_DTR      0x01u
#define MCR_RTS      0x02u
#define MCR_OUT1     0x04u
#define MCR_OUT2     0x08u
#define MCR_LOOP     0x10u
#define LSR_DR       0x01u
#define LSR_OE       0x02u
#define LSR_ERRORS   0x1eu
#define LSR_THRE     0x20u
#define LSR_TEMT     0x40u
#define MSR_TERI     0x04u
#define MSR_CTS      0x10u
#define MSR_DSR      0x20u
#define MSR_RI       0x40u
#define MSR_DCD      0x80u
#define MSR_TERMINAL (MSR_CTS | MSR_DSR | MSR_DCD) /* a terminal that is always on */

#define IIR_NONE    0x01u
#define IIR_MSR     0x00u
#define IIR_THRE    0x02u
#define IIR_RDA     0x04u
#define IIR_LSR     0x06u
#define IIR_TIMEOUT 0x0cu
#define IIR_FIFOS   0xc0u

static const struct state_field fields[] = {
    STATE_FIELD(uart16550_state, tx_end),
    STATE_FIELD(uart16550_state, thre_at),
    STATE_FIELD(uart16550_state, rx_end),
    STATE_FIELD(uart16550_state, timeout_at),
    STATE_FIELD(uart16550_state, divisor),
    STATE_FIELD(uart16550_state, ier),
    STATE_FIELD(uart16550_state, fcr),
    STATE_FIELD(uart16550_state, lcr),
    STATE_FIELD(uart16550_state, mcr),
    STATE_FIELD(uart16550_state, lsr_errors),
    STATE_FIELD(uart16550_state, msr),
    STATE_FIELD(uart16550_state, scr),
    STATE_ARRAY(uart16550_state, tx),
    STATE_ARRAY(uart16550_state, rx),
    STATE_FIELD(uart16550_state, tx_count),
    STATE_FIELD(uart16550_state, rx_count),
    STATE_FIELD(uart16550_state, tx_shift),
    STATE_FIELD(uart16550_state, tx_looped),
    STATE_FIELD(uart16550_state, rx_shift),
    STATE_FIELD(uart16550_state, tx_had_two),
    STATE_FIELD(uart16550_state, thre_interrupt),
    STATE_FIELD(uart16550_state, timeout_interrupt),
    STATE_ARRAY(uart16550_state, reserved),
};
STATE_DESC(uart16550_desc, uart16550_state, 1, fields);

/* --- time --- */

static uint64_t now_tick(const struct uart16550 *u)
{
    return clock_cycles_to_ticks(u->clock, clock_now(u->clock), BOARD_UART_HZ);
}

static void arm(struct uart16550 *u, unsigned timer, uint64_t tick)
{
    clock_arm(u->clock, timer,
              tick ? clock_ticks_to_cycles(u->clock, tick, BOARD_UART_HZ) : CLOCK_NEVER);
}

static void arm_tx(struct uart16550 *u)
{
    const struct uart16550_state *s = &u->s;
    arm(u, u->tx_timer, s->thre_at && s->thre_at < s->tx_end ? s->thre_at : s->tx_end);
}

static unsigned data_bits(const struct uart16550_state *s)
{
    return 5 + (s->lcr & 3u);
}

/* Input clock ticks of one stop element, in half bits: 1, 1.5 or 2 bits. */
static unsigned stop_half_bits(const struct uart16550_state *s)
{
    if (!(s->lcr & LCR_STOP))
        return 2;
    return data_bits(s) == 5 ? 3 : 4;
}

static uint64_t half_bits_to_ticks(const struct uart16550_state *s, unsigned half_bits)
{
    return (uint64_t)half_bits * 8 * (s->divisor ? s->divisor : 0x10000u);
}

static uint64_t character_ticks(const struct uart16550_state *s)
{
    unsigned bits = 1 + data_bits(s) + (s->lcr & LCR_PARITY ? 1 : 0);
    return half_bits_to_ticks(s, 2 * bits + stop_half_bits(s));
}

/* --- interrupts --- */

static bool fifos(const struct uart16550_state *s)
{
    return s->fcr & FCR_ENABLE;
}

static unsigned trigger_level(const struct uart16550_state *s)
{
    static const uint8_t levels[4] = {1, 4, 8, 14};
    return fifos(s) ? levels[s->fcr >> 6] : 1;
}

/* The interrupt of highest priority, as IIR shows it. */
static uint8_t interrupt_id(const struct uart16550_state *s)
{
    if ((s->ier & IER_LSR) && s->lsr_errors)
        return IIR_LSR;
    if ((s->ier & IER_RDA) && s->rx_count >= trigger_level(s))
        return IIR_RDA;
    if ((s->ier & IER_RDA) && s->timeout_interrupt)
        return IIR_TIMEOUT;
    if ((s->ier & IER_THRE) && s->thre_interrupt)
        return IIR_THRE;
    if ((s->ier & IER_MSR) && (s->msr & 0x0fu))
        return IIR_MSR;
    return IIR_NONE;
}

static bool out2(const struct uart16550 *u)
{
    return u->instant || ((u->s.mcr & MCR_OUT2) && !(u->s.mcr & MCR_LOOP));
}

static void update(struct uart16550 *u)
{
    irq_line_set(&u->out2, out2(u));
    irq_line_set(&u->intr, interrupt_id(&u->s) != IIR_NONE);
}

/* Sets the modem inputs; every change leaves a delta bit, RI only when it goes away. */
static void set_modem_inputs(struct uart16550_state *s)
{
    unsigned now = MSR_TERMINAL;
    if (s->mcr & MCR_LOOP)
        now = (s->mcr & MCR_RTS ? MSR_CTS : 0) | (s->mcr & MCR_DTR ? MSR_DSR : 0) |
              (s->mcr & MCR_OUT1 ? MSR_RI : 0) | (s->mcr & MCR_OUT2 ? MSR_DCD : 0);
    unsigned changed = (s->msr ^ now) & 0xf0u;
    unsigned deltas = (changed & ~MSR_RI) >> 4;
    if ((changed & MSR_RI) && !(now & MSR_RI))
        deltas |= MSR_TERI;
    s->msr = (uint8_t)(now | (s->msr & 0x0fu) | deltas);
}

/* --- receiver --- */

/* Restarts the character timeout: four character times without a character or a read, with
 * something in the FIFO. */
static void restart_timeout(struct uart16550 *u)
{
    struct uart16550_state *s = &u->s;
    bool runs = fifos(s) && s->rx_count;
    s->timeout_at = runs ? now_tick(u) + 4 * character_ticks(s) : 0;
    arm(u, u->timeout_timer, s->timeout_at);
}

static unsigned rx_capacity(const struct uart16550 *u)
{
    return fifos(&u->s) || u->instant ? UART16550_FIFO : 1;
}

/* A complete character arrives from the line or from our own transmitter. */
static void receive_complete(struct uart16550 *u, uint8_t byte)
{
    struct uart16550_state *s = &u->s;
    if (s->rx_count < rx_capacity(u)) {
        s->rx[s->rx_count++] = byte;
    } else {
        s->lsr_errors |= LSR_OE;
        if (!fifos(s))
            s->rx[0] = byte; /* the new character destroys the old; a full FIFO loses the new one */
    }
    restart_timeout(u);
}

static void on_rx_timer(void *device, uint64_t now)
{
    struct uart16550 *u = device;
    (void)now;
    u->s.rx_end = 0;
    if (!(u->s.mcr & MCR_LOOP)) /* the receive pin is disconnected in loopback */
        receive_complete(u, u->s.rx_shift);
    update(u);
}

static void on_timeout_timer(void *device, uint64_t now)
{
    struct uart16550 *u = device;
    (void)now;
    u->s.timeout_at = 0;
    u->s.timeout_interrupt = 1;
    update(u);
}

bool uart16550_receive(struct uart16550 *u, uint8_t byte)
{
    struct uart16550_state *s = &u->s;
    if (s->rx_end || (s->mcr & MCR_LOOP) || s->rx_count >= rx_capacity(u))
        return false;
    s->rx_shift = byte & (uint8_t)((1u << data_bits(s)) - 1);
    if (u->instant) {
        receive_complete(u, s->rx_shift);
        update(u);
        return true;
    }
    s->rx_end = now_tick(u) + character_ticks(s);
    arm(u, u->rx_timer, s->rx_end);
    return true;
}

static uint8_t read_rbr(struct uart16550 *u)
{
    struct uart16550_state *s = &u->s;
    uint8_t byte = s->rx[0]; /* an empty receiver shows the last character */
    s->timeout_interrupt = 0;
    if (s->rx_count) {
        s->rx_count--;
        memmove(s->rx, s->rx + 1, s->rx_count);
        if (s->rx_count)
            s->rx[s->rx_count] = 0;
    }
    restart_timeout(u);
    return byte;
}

/* --- transmitter --- */

/* Moves the oldest waiting byte into the idle shift register. */
static void start_character(struct uart16550 *u, uint64_t tick)
{
    struct uart16550_state *s = &u->s;
    s->tx_shift = s->tx[0] & (uint8_t)((1u << data_bits(s)) - 1);
    s->tx_count--;
    memmove(s->tx, s->tx + 1, s->tx_count);
    s->tx[s->tx_count] = 0;
    s->tx_looped = !!(s->mcr & MCR_LOOP);
    s->tx_end = tick + character_ticks(s);
    if (!s->tx_count) {
        if (!fifos(s) || s->tx_had_two)
            s->thre_interrupt = 1;
        else /* a lone character: FIFO Interrupt Mode Operation, delayed to before the last stop bit
              */
            s->thre_at = s->tx_end - half_bits_to_ticks(s, stop_half_bits(s));
        s->tx_had_two = 0;
    }
    arm_tx(u);
    if (!s->tx_looped && u->transmit)
        u->transmit(u->line, s->tx_shift);
}

static void on_tx_timer(void *device, uint64_t now)
{
    struct uart16550 *u = device;
    struct uart16550_state *s = &u->s;
    (void)now;
    uint64_t tick = now_tick(u);
    if (s->thre_at && s->thre_at <= tick) {
        s->thre_at = 0;
        s->thre_interrupt = !s->tx_count;
    }
    if (s->tx_end && s->tx_end <= tick) {
        uint64_t end = s->tx_end;
        s->tx_end = 0;
        if (s->tx_looped)
            receive_complete(u, s->tx_shift);
        if (s->tx_count)
            start_character(u, end); /* back to back: no drift */
    }
    arm_tx(u);
    update(u);
}

/* `instant`: the character is through before the store is. */
static void send_at_once(struct uart16550 *u, uint8_t byte)
{
    byte &= (uint8_t)((1u << data_bits(&u->s)) - 1);
    u->s.thre_interrupt = 0;
    update(u); /* the next request is a new edge */
    u->s.thre_interrupt = 1;
    if (u->s.mcr & MCR_LOOP)
        receive_complete(u, byte);
    else if (u->transmit)
        u->transmit(u->line, byte);
}

static void write_thr(struct uart16550 *u, uint8_t byte)
{
    struct uart16550_state *s = &u->s;
    if (u->instant) {
        send_at_once(u, byte);
        return;
    }
    unsigned capacity = fifos(s) ? UART16550_FIFO : 1;
    s->thre_interrupt = 0;
    s->thre_at = 0;
    if (s->tx_count < capacity)
        s->tx[s->tx_count++] = byte;
    else if (!fifos(s))
        s->tx[0] = byte; /* overwritten in the holding register; a full FIFO ignores it */
    if (s->tx_count >= 2)
        s->tx_had_two = 1;
    if (!s->tx_end)
        start_character(u, now_tick(u));
    else
        arm_tx(u);
}

void uart16550_drain(struct uart16550 *u)
{
    struct uart16550_state *s = &u->s;
    for (unsigned i = 0; i < s->tx_count; i++)
        if (u->transmit && !(s->mcr & MCR_LOOP))
            u->transmit(u->line, s->tx[i] & (uint8_t)((1u << data_bits(s)) - 1));
    s->tx_count = 0;
    memset(s->tx, 0, sizeof s->tx);
}

/* --- registers --- */

static void clear_rx(struct uart16550 *u)
{
    u->s.rx_count = 0;
    memset(u->s.rx, 0, sizeof u->s.rx);
    u->s.timeout_interrupt = 0;
    restart_timeout(u);
}

/* An emptied transmitter is ready at once; the character in the shift register goes on. */
static void clear_tx(struct uart16550 *u)
{
    struct uart16550_state *s = &u->s;
    if (s->tx_count || s->thre_at)
        s->thre_interrupt = 1;
    s->tx_count = 0;
    s->thre_at = 0;
    s->tx_had_two = 0;
    memset(s->tx, 0, sizeof s->tx);
    arm_tx(u);
}

static void write_fcr(struct uart16550 *u, uint8_t value)
{
    bool switched = (value ^ u->s.fcr) & FCR_ENABLE;
    u->s.fcr =
        value & FCR_ENABLE ? value & 0xc9 : 0; /* other bits count only together with the enable */
    if (switched || (value & (FCR_ENABLE | FCR_RESET_RX)) == (FCR_ENABLE | FCR_RESET_RX))
        clear_rx(u);
    if (switched || (value & (FCR_ENABLE | FCR_RESET_TX)) == (FCR_ENABLE | FCR_RESET_TX))
        clear_tx(u);
}

static void write_ier(struct uart16550_state *s, uint8_t value)
{
    bool enabled = (value & IER_THRE) && !(s->ier & IER_THRE);
    s->ier = value & 0x0f;
    if (enabled && !s->tx_count && !s->thre_at)
        s->thre_interrupt = 1;
}

static uint8_t read_lsr(struct uart16550_state *s)
{
    unsigned lsr = s->lsr_errors | (s->rx_count ? LSR_DR : 0) | (s->tx_count ? 0 : LSR_THRE) |
                   (s->tx_count || s->tx_end ? 0 : LSR_TEMT);
    s->lsr_errors = 0;
    return (uint8_t)lsr;
}

static uint8_t read_iir(struct uart16550_state *s)
{
    uint8_t id = interrupt_id(s);
    if (id == IIR_THRE)
        s->thre_interrupt = 0;
    return (uint8_t)(id | (fifos(s) ? IIR_FIFOS : 0));
}

static uint8_t read_msr(struct uart16550_state *s)
{
    uint8_t msr = s->msr;
    s->msr &= 0xf0;
    return msr;
}

static uint8_t read_register(struct uart16550 *u, uint32_t offset)
{
    struct uart16550_state *s = &u->s;
    bool dlab = s->lcr & LCR_DLAB;
    switch (offset) {
    case 0:
        return dlab ? (uint8_t)s->divisor : read_rbr(u);
    case 1:
        return dlab ? (uint8_t)(s->divisor >> 8) : s->ier;
    case 2:
        return read_iir(s);
    case 3:
        return s->lcr;
    case 4:
        return s->mcr;
    case 5:
        return read_lsr(s);
    case 6:
        return read_msr(s);
    default:
        return s->scr;
    }
}

static void write_register(struct uart16550 *u, uint32_t offset, uint8_t v)
{
    struct uart16550_state *s = &u->s;
    bool dlab = s->lcr & LCR_DLAB;
    switch (offset) {
    case 0:
        if (dlab)
            s->divisor = (uint16_t)((s->divisor & 0xff00u) | v);
        else
            write_thr(u, v);
        break;
    case 1:
        if (dlab)
            s->divisor = (uint16_t)((s->divisor & 0x00ffu) | (unsigned)v << 8);
        else
            write_ier(s, v);
        break;
    case 2:
        write_fcr(u, v);
        break;
    case 3:
        s->lcr = v;
        break;
    case 4:
        s->mcr = v & 0x1f;
        set_modem_inputs(s);
        break;
    case 7:
        s->scr = v;
        break;
    default: /* LSR is for factory tests, MSR is read only */
        break;
    }
}

static uint32_t uart_read(void *device, uint32_t offset, unsigned size)
{
    (void)size;
    uint8_t value = read_register(device, offset);
    update(device);
    return value;
}

static void uart_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    (void)size;
    write_register(device, offset, (uint8_t)value);
    update(device);
}

const struct io_ops uart16550_ops = {uart_read, uart_write};

/* --- life --- */

void uart16550_init(struct uart16550 *u, struct sim_clock *clock)
{
    u->clock = clock;
    u->tx_timer = clock_add_timer(clock, on_tx_timer, u);
    u->rx_timer = clock_add_timer(clock, on_rx_timer, u);
    u->timeout_timer = clock_add_timer(clock, on_timeout_timer, u);
}

void uart16550_reset(struct uart16550 *u)
{
    memset(&u->s, 0, sizeof u->s);
    u->s.divisor = 1;
    u->s.msr = MSR_TERMINAL;
    uart16550_restored(u);
}

bool uart16550_busy(const struct uart16550 *u)
{
    return u->s.tx_end || u->s.rx_end || u->s.timeout_at;
}

/* Below the trigger level it is the character timeout that interrupts. */
bool uart16550_listens(const struct uart16550 *u)
{
    const struct uart16550_state *s = &u->s;
    bool takes = !s->rx_end && !(s->mcr & MCR_LOOP) && s->rx_count < rx_capacity(u);
    return takes && out2(u) && (s->ier & IER_RDA) && interrupt_id(s) == IIR_NONE;
}

void uart16550_restored(struct uart16550 *u)
{
    if (u->s.tx_count > UART16550_FIFO)
        u->s.tx_count = UART16550_FIFO;
    if (u->s.rx_count > UART16550_FIFO)
        u->s.rx_count = UART16550_FIFO;
    arm_tx(u);
    arm(u, u->rx_timer, u->s.rx_end);
    arm(u, u->timeout_timer, u->s.timeout_at);
    update(u);
}
