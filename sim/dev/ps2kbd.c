/* PS/2 keyboard: see ps2kbd.h. */
#include "dev/ps2kbd.h"

#include <string.h>

#define ACK               0xfa
#define RESEND            0xfe
#define TEST_PASSED       0xaa
#define RELEASE_PREFIX    0xf0
#define FIRST_COMMAND     0xed
#define TYPEMATIC_DEFAULT 0x2b /* 10.9 characters a second after 500 ms */

static const struct state_field fields[] = {
    STATE_ARRAY(ps2kbd_state, keys),      STATE_ARRAY(ps2kbd_state, replies),
    STATE_FIELD(ps2kbd_state, key_count), STATE_FIELD(ps2kbd_state, reply_count),
    STATE_FIELD(ps2kbd_state, expects),   STATE_FIELD(ps2kbd_state, scanning),
    STATE_FIELD(ps2kbd_state, set),       STATE_FIELD(ps2kbd_state, leds),
    STATE_FIELD(ps2kbd_state, typematic), STATE_FIELD(ps2kbd_state, last),
    STATE_FIELD(ps2kbd_state, release),   STATE_FIELD(ps2kbd_state, testing),
    STATE_ARRAY(ps2kbd_state, reserved),
};
STATE_DESC(ps2kbd_desc, ps2kbd_state, 1, fields);

/* clang-format off */
const uint8_t ps2_set2_to_set1[256] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59,
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b,
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f,
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61,
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f,
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
    0x80, 0x81, 0x82, 0x41, 0x54, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
    0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
    0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
    0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf,
    0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
    0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf,
    0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef,
    0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
/* clang-format on */

static void set_defaults(struct ps2kbd_state *s)
{
    s->set = 2;
    s->typematic = TYPEMATIC_DEFAULT;
    s->expects = 0;
    s->release = 0;
    s->key_count = 0;
    memset(s->keys, 0, sizeof s->keys);
}

void ps2kbd_reset(struct ps2kbd *k)
{
    memset(&k->s, 0, sizeof k->s);
    set_defaults(&k->s);
    k->s.scanning = 1;
}

static void reply(struct ps2kbd_state *s, uint8_t byte)
{
    if (s->reply_count < PS2KBD_REPLIES)
        s->replies[s->reply_count++] = byte;
}

/* ED, F0, F3: the parameter that was announced. */
static void take_parameter(struct ps2kbd_state *s, uint8_t command, uint8_t byte)
{
    if (command == 0xf0 && (byte > 2)) {
        reply(s, RESEND);
        return;
    }
    reply(s, ACK);
    if (command == 0xed)
        s->leds = byte & 7;
    else if (command == 0xf3)
        s->typematic = byte & 0x7f;
    else if (command == 0xf0 && byte == 0)
        reply(s, s->set);
    else if (command == 0xf0)
        s->set = byte;
}

static void take_command(struct ps2kbd_state *s, uint8_t byte)
{
    switch (byte) {
    case 0xee:
        reply(s, 0xee);
        return;
    case 0xfe:
        reply(s, s->last);
        return;
    case 0xed:
    case 0xf0:
    case 0xf3:
        s->expects = byte;
        break;
    case 0xf2:
        reply(s, ACK);
        reply(s, 0xab);
        reply(s, 0x83);
        return;
    case 0xf4:
        s->key_count = 0;
        s->scanning = 1;
        break;
    case 0xf5:
    case 0xf6:
        set_defaults(s);
        s->scanning = byte == 0xf6;
        break;
    case 0xff:
        set_defaults(s);
        s->leds = 0;
        s->scanning = 1;
        reply(s, ACK);
        reply(s, TEST_PASSED);
        s->testing = 1;
        return;
    default:
        if (byte < 0xf7) {
            reply(s, RESEND);
            return;
        }
        break; /* F7-FD: nothing to set outside set 3 */
    }
    reply(s, ACK);
}

/* A command byte in a parameter's place ends the old command and is carried out itself. */
void ps2kbd_command(struct ps2kbd *k, uint8_t byte)
{
    struct ps2kbd_state *s = &k->s;
    uint8_t expects = s->expects;
    s->expects = 0;
    if (byte != 0xfe) {
        s->reply_count = 0; /* what was not fetched yet is answered no more */
        s->testing = 0;
    }
    if (expects && byte < FIRST_COMMAND)
        take_parameter(s, expects, byte);
    else
        take_command(s, byte);
}

bool ps2kbd_key(struct ps2kbd *k, uint8_t byte)
{
    struct ps2kbd_state *s = &k->s;
    if (!s->scanning)
        return true;
    if (s->key_count == PS2KBD_KEYS)
        return false;
    if (s->set == 1) {
        if (byte == RELEASE_PREFIX) {
            s->release = 0x80;
            return true;
        }
        byte = ps2_set2_to_set1[byte] | s->release;
        s->release = 0;
    }
    s->keys[s->key_count++] = byte;
    return true;
}

void ps2kbd_restored(struct ps2kbd *k)
{
    if (k->s.key_count > PS2KBD_KEYS)
        k->s.key_count = PS2KBD_KEYS;
    if (k->s.reply_count > PS2KBD_REPLIES)
        k->s.reply_count = PS2KBD_REPLIES;
}

bool ps2kbd_has_byte(const struct ps2kbd *k)
{
    return k->s.reply_count || k->s.key_count;
}

static uint8_t shift_out(uint8_t *queue, uint8_t *count)
{
    uint8_t byte = queue[0];
    memmove(queue, queue + 1, --*count);
    queue[*count] = 0;
    return byte;
}

uint8_t ps2kbd_fetch(struct ps2kbd *k)
{
    struct ps2kbd_state *s = &k->s;
    s->last =
        s->reply_count ? shift_out(s->replies, &s->reply_count) : shift_out(s->keys, &s->key_count);
    if (!s->reply_count)
        s->testing = 0;
    return s->last;
}
