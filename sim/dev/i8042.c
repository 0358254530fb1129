/* i8042 keyboard controller: see i8042.h. */
#include "dev/i8042.h"

#include <string.h>

#define CCB_KBD_IRQ      0x01u
#define CCB_SYS          0x04u
#define CCB_KBD_OFF      0x10u
#define CCB_AUX_OFF      0x20u
#define CCB_TRANSLATE    0x40u
#define STATUS_OBF       0x01u
#define STATUS_SYS       0x04u
#define STATUS_COMMAND   0x08u
#define STATUS_UNLOCKED  0x10u
#define STATUS_AUX       0x20u
#define OUTPUT_NO_RESET  0x01u
#define OUTPUT_A20       0x02u
#define OUTPUT_KBD_IRQ   0x10u
#define OUTPUT_KBD_LINES 0xc0u
#define INPUT_PORT       0xa0 /* keyboard not locked, manufacturing jumper out */

#define MICROSECONDS   1000000u
#define BYTE_TIME      880u    /* 11 bits at 12.5 kHz */
#define SELF_TEST_TIME 300000u /* BAT: 300 to 500 ms */

static const struct state_field fields[] = {
    STATE_FIELD(i8042_state, arrival),          STATE_ARRAY(i8042_state, ram),
    STATE_FIELD(i8042_state, output),           STATE_FIELD(i8042_state, output_full),
    STATE_FIELD(i8042_state, output_aux),       STATE_FIELD(i8042_state, answer),
    STATE_FIELD(i8042_state, answer_full),      STATE_FIELD(i8042_state, command),
    STATE_FIELD(i8042_state, last_was_command), STATE_FIELD(i8042_state, output_port),
    STATE_FIELD(i8042_state, release),          STATE_ARRAY(i8042_state, reserved),
};
STATE_DESC(i8042_desc, i8042_state, 1, fields);

static void drive_irq(struct i8042 *k)
{
    irq_line_set(&k->irq, k->s.output_full && !k->s.output_aux && (k->s.ram[0] & CCB_KBD_IRQ));
}

static void arm(struct i8042 *k)
{
    uint64_t due = k->s.arrival;
    clock_arm(k->clock, k->timer,
              due ? clock_ticks_to_cycles(k->clock, due, MICROSECONDS) : CLOCK_NEVER);
}

static void fill_output(struct i8042 *k, uint8_t byte, bool aux)
{
    k->s.output = byte;
    k->s.output_full = 1;
    k->s.output_aux = aux;
}

/* Starts the next byte on the cable if it may: the controller holds the clock while its buffer is
 * full or the port off. */
static void poll_keyboard(struct i8042 *k)
{
    struct i8042_state *s = &k->s;
    if (s->arrival || s->output_full || (s->ram[0] & CCB_KBD_OFF) || !ps2kbd_has_byte(&k->keyboard))
        return;
    const struct ps2kbd_state *kbd = &k->keyboard.s;
    bool slow = kbd->testing && kbd->reply_count == 1;
    s->arrival = clock_cycles_to_ticks(k->clock, clock_now(k->clock), MICROSECONDS) +
                 (slow ? SELF_TEST_TIME : BYTE_TIME);
    arm(k);
}

/* After any change: a waiting answer moves up, the line follows, the cable goes on. */
static void settle(struct i8042 *k)
{
    struct i8042_state *s = &k->s;
    if (s->answer_full && !s->output_full) {
        fill_output(k, s->answer, false);
        s->answer_full = 0;
    }
    drive_irq(k);
    poll_keyboard(k);
}

/* A byte has come in over the cable. The port may have been switched off meanwhile: the keyboard
 * sends it again later. */
static void on_arrival(void *device, uint64_t now)
{
    struct i8042 *k = device;
    struct i8042_state *s = &k->s;
    (void)now;
    s->arrival = 0;
    if (s->output_full || (s->ram[0] & CCB_KBD_OFF) || !ps2kbd_has_byte(&k->keyboard))
        return;
    uint8_t byte = ps2kbd_fetch(&k->keyboard);
    if (!(s->ram[0] & CCB_TRANSLATE)) {
        fill_output(k, byte, false);
    } else if (byte == 0xf0) {
        s->release = 0x80;
    } else {
        fill_output(k, ps2_set2_to_set1[byte] | s->release, false);
        s->release = 0;
    }
    settle(k);
}

static void answer(struct i8042 *k, uint8_t byte)
{
    k->s.answer = byte;
    k->s.answer_full = 1;
}

static void write_output_port(struct i8042 *k, uint8_t value)
{
    k->s.output_port = value & OUTPUT_A20;
    if (!(value & OUTPUT_NO_RESET) && k->reset)
        k->reset(k->board, "the keyboard controller's output port (command D1h)");
}

/* Port 64h. Commands with a parameter only note themselves. */
static void controller_command(struct i8042 *k, uint8_t command)
{
    struct i8042_state *s = &k->s;
    s->command = 0;
    if (command >= 0xf0) {
        if (!(command & 1) && k->reset)
            k->reset(k->board, "the keyboard controller (a pulse command at port 64h)");
        return;
    }
    if ((command & 0xe0) == 0x20) {
        answer(k, s->ram[command & 0x1f]);
        return;
    }
    switch (command) {
    case 0xa7:
        s->ram[0] |= CCB_AUX_OFF;
        break;
    case 0xa8:
        s->ram[0] &= (uint8_t)~CCB_AUX_OFF;
        break;
    case 0xa9:
        answer(k, 0xff);
        break;
    case 0xaa:
        s->ram[0] = (s->ram[0] & CCB_TRANSLATE) | CCB_SYS | CCB_KBD_OFF | CCB_AUX_OFF;
        s->output_full = 0;
        answer(k, 0x55);
        break;
    case 0xab:
        answer(k, 0x00);
        break;
    case 0xad:
        s->ram[0] |= CCB_KBD_OFF;
        break;
    case 0xae:
        s->ram[0] &= (uint8_t)~CCB_KBD_OFF;
        break;
    case 0xc0:
        answer(k, INPUT_PORT);
        break;
    case 0xd0:
        answer(k, (uint8_t)(OUTPUT_NO_RESET | s->output_port | OUTPUT_KBD_LINES |
                            (s->output_full ? OUTPUT_KBD_IRQ : 0)));
        break;
    case 0xe0:
        answer(k, 0x00);
        break;
    default:
        if ((command & 0xe0) == 0x60 || (command >= 0xd1 && command <= 0xd4))
            s->command = command;
        break;
    }
}

/* Port 60h while a command waits for its parameter. */
static void controller_parameter(struct i8042 *k, uint8_t command, uint8_t byte)
{
    k->s.command = 0;
    if ((command & 0xe0) == 0x60)
        k->s.ram[command & 0x1f] = byte;
    else if (command == 0xd1)
        write_output_port(k, byte);
    else if (command == 0xd2 || command == 0xd3)
        fill_output(k, byte, command == 0xd3);
}

/* Sending to the keyboard switches its port on (IBM: writing data enables the interface). */
static void send_to_keyboard(struct i8042 *k, uint8_t byte)
{
    k->s.ram[0] &= (uint8_t)~CCB_KBD_OFF;
    k->s.arrival = 0; /* the controller takes the line: a byte in flight is sent again */
    arm(k);
    ps2kbd_command(&k->keyboard, byte);
}

static uint32_t data_read(void *device, uint32_t offset, unsigned size)
{
    struct i8042 *k = device;
    (void)offset, (void)size;
    uint8_t byte = k->s.output;
    k->s.output_full = 0;
    k->s.output_aux = 0;
    drive_irq(k); /* falls before the next byte raises it */
    settle(k);
    return byte;
}

static void data_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct i8042 *k = device;
    (void)offset, (void)size;
    k->s.last_was_command = 0;
    if (k->s.command)
        controller_parameter(k, k->s.command, (uint8_t)value);
    else
        send_to_keyboard(k, (uint8_t)value);
    settle(k);
}

static uint32_t status_read(void *device, uint32_t offset, unsigned size)
{
    const struct i8042_state *s = &((struct i8042 *)device)->s;
    (void)offset, (void)size;
    return (s->output_full ? STATUS_OBF : 0) | (s->ram[0] & CCB_SYS ? STATUS_SYS : 0) |
           (s->last_was_command ? STATUS_COMMAND : 0) | STATUS_UNLOCKED |
           (s->output_full && s->output_aux ? STATUS_AUX : 0);
}

static void command_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct i8042 *k = device;
    (void)offset, (void)size;
    k->s.last_was_command = 1;
    controller_command(k, (uint8_t)value);
    settle(k);
}

const struct io_ops i8042_data_ops = {data_read, data_write};
const struct io_ops i8042_status_ops = {status_read, command_write};

void i8042_init(struct i8042 *k, struct sim_clock *clock)
{
    k->clock = clock;
    k->timer = clock_add_timer(clock, on_arrival, k);
}

void i8042_reset(struct i8042 *k)
{
    memset(&k->s, 0, sizeof k->s);
    k->s.ram[0] = CCB_TRANSLATE | CCB_AUX_OFF | CCB_SYS | CCB_KBD_IRQ;
    k->s.output_port = OUTPUT_A20;
    ps2kbd_reset(&k->keyboard);
    i8042_restored(k);
}

bool i8042_key(struct i8042 *k, uint8_t byte)
{
    bool taken = ps2kbd_key(&k->keyboard, byte);
    poll_keyboard(k);
    return taken;
}

bool i8042_busy(const struct i8042 *k)
{
    return k->s.arrival;
}

bool i8042_listens(const struct i8042 *k)
{
    const struct i8042_state *s = &k->s;
    return !s->output_full && (s->ram[0] & CCB_KBD_IRQ) && !(s->ram[0] & CCB_KBD_OFF) &&
           k->keyboard.s.scanning;
}

void i8042_restored(struct i8042 *k)
{
    ps2kbd_restored(&k->keyboard);
    drive_irq(k);
    arm(k);
}
