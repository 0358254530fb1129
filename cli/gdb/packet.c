/*
 * Packets: $contents#sum, in bytes. Reading takes one byte at a time and cannot fail; writing is
 * into the server's one reply. No session here.
 */
#include "gdb/internal.h"

#include <string.h>

/* ---------------------------------------- reading */

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum packet_event byte_outside(struct packet_reader *p, uint8_t byte)
{
    if (byte == '$') {
        p->state = PACKET_INSIDE;
        p->n = 0;
        p->sum = 0;
        p->too_long = false;
    }
    if (byte == 3)
        return PACKET_INTERRUPT;
    return byte == '-' ? PACKET_AGAIN : PACKET_MORE;
}

/* Contents never hold a bare $ or #: they are escaped. A $ is a new packet, the old one was cut. */
static void byte_inside(struct packet_reader *p, uint8_t byte)
{
    if (byte == '#') {
        p->state = PACKET_SUM1;
    } else if (byte == '$') {
        (void)byte_outside(p, byte);
    } else {
        p->sum = (uint8_t)(p->sum + byte);
        if (p->n < sizeof p->bytes)
            p->bytes[p->n++] = byte;
        else
            p->too_long = true;
    }
}

static enum packet_event byte_last(struct packet_reader *p, uint8_t byte)
{
    int high = hex_value(p->given), low = hex_value(byte);
    p->state = PACKET_OUTSIDE;
    if (high < 0 || low < 0 || high * 16 + low != p->sum)
        return PACKET_BAD;
    return p->too_long ? PACKET_TOO_LONG : PACKET_COMPLETE;
}

enum packet_event packet_byte(struct packet_reader *p, uint8_t byte)
{
    switch (p->state) {
    case PACKET_OUTSIDE:
        return byte_outside(p, byte);
    case PACKET_INSIDE:
        byte_inside(p, byte);
        return PACKET_MORE;
    case PACKET_SUM1:
        p->given = byte;
        p->state = PACKET_SUM2;
        return PACKET_MORE;
    case PACKET_SUM2:
        return byte_last(p, byte);
    }
    return PACKET_MORE;
}

size_t packet_unescape(uint8_t *bytes, size_t n)
{
    size_t to = 0;
    for (size_t from = 0; from < n; from++) {
        bool escaped = bytes[from] == '}' && from + 1 < n;
        bytes[to++] = escaped ? bytes[++from] ^ 0x20u : bytes[from];
    }
    return to;
}

/* ---------------------------------------- arguments */

bool args_end(const struct gdb_args *a)
{
    return a->at == a->end;
}

bool args_char(struct gdb_args *a, char c)
{
    if (args_end(a) || *a->at != (uint8_t)c)
        return false;
    a->at++;
    return true;
}

bool args_word(struct gdb_args *a, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(a->end - a->at) < n || memcmp(a->at, word, n) != 0)
        return false;
    a->at += n;
    return true;
}

bool args_hex(struct gdb_args *a, uint64_t *value)
{
    unsigned digits = 0;
    *value = 0;
    for (; !args_end(a) && hex_value(*a->at) >= 0; a->at++) {
        if (*value >> 60)
            return false;
        *value = *value << 4 | (unsigned)hex_value(*a->at);
        digits++;
    }
    return digits != 0;
}

bool args_hex32(struct gdb_args *a, uint32_t *value)
{
    uint64_t wide;
    if (!args_hex(a, &wide) || wide > UINT32_MAX)
        return false;
    *value = (uint32_t)wide;
    return true;
}

bool args_byte(struct gdb_args *a, uint8_t *byte)
{
    if (a->end - a->at < 2 || hex_value(a->at[0]) < 0 || hex_value(a->at[1]) < 0)
        return false;
    *byte = (uint8_t)(hex_value(a->at[0]) * 16 + hex_value(a->at[1]));
    a->at += 2;
    return true;
}

bool args_thread(struct gdb_args *a, int64_t *thread)
{
    uint64_t value;
    if (args_word(a, "-1")) {
        *thread = -1;
        return true;
    }
    if (!args_hex(a, &value) || value > INT32_MAX)
        return false;
    *thread = (int64_t)value;
    return true;
}

/* ---------------------------------------- the reply */

size_t reply_room(const struct gdb_server *g)
{
    return GDB_PACKET - g->reply_n;
}

void reply_bytes(struct gdb_server *g, const void *bytes, size_t n)
{
    if (n > reply_room(g))
        n = reply_room(g);
    memcpy(g->reply + g->reply_n, bytes, n);
    g->reply_n += n;
}

void reply_text(struct gdb_server *g, const char *text)
{
    reply_bytes(g, text, strlen(text));
}

void reply_hex(struct gdb_server *g, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    for (size_t i = 0; i < n; i++) {
        const char pair[2] = {digits[from[i] >> 4], digits[from[i] & 15u]};
        reply_bytes(g, pair, 2);
    }
}

void reply_number(struct gdb_server *g, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llx", (unsigned long long)value);
    reply_text(g, text);
}

void reply_error(struct gdb_server *g, unsigned number)
{
    char text[8];
    (void)snprintf(text, sizeof text, "E%02x", number & 0xffu);
    g->reply_n = 0;
    reply_text(g, text);
}

static void put_escaped(struct gdb_server *g, uint8_t byte, uint8_t *sum)
{
    if (byte == '#' || byte == '$' || byte == '}' || byte == '*') {
        g->sent[g->sent_n++] = '}';
        *sum = (uint8_t)(*sum + '}');
        byte ^= 0x20u;
    }
    g->sent[g->sent_n++] = byte;
    *sum = (uint8_t)(*sum + byte);
}

void reply_send(struct gdb_server *g)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum = 0;
    g->sent_n = 0;
    g->sent[g->sent_n++] = '$';
    for (size_t i = 0; i < g->reply_n; i++)
        put_escaped(g, (uint8_t)g->reply[i], &sum);
    g->sent[g->sent_n++] = '#';
    g->sent[g->sent_n++] = (uint8_t)digits[sum >> 4];
    g->sent[g->sent_n++] = (uint8_t)digits[sum & 15u];
    g->reply_n = 0;
    if (!g->gone && !g->wire.send(g->wire.opaque, g->sent, g->sent_n))
        g->gone = true;
}

void reply_console(struct gdb_server *g, const char *text, size_t n)
{
    size_t most = (GDB_PACKET - 1) / 2;
    while (n) {
        size_t part = n < most ? n : most;
        g->reply_n = 0;
        reply_text(g, "O");
        reply_hex(g, text, part);
        reply_send(g);
        text += part;
        n -= part;
    }
}
