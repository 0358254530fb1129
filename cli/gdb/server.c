/*
 * One client: its packets in order, each answered by its row of packets.def.
 */
#include "gdb/internal.h"

#include <stdlib.h>
#include <string.h>

static const struct gdb_packet packets[] = {
#define PACKET(name, whole, function) {name, whole, function},
#include "gdb/packets.def"
#undef PACKET
};

/* ---------------------------------------- one packet */

static void acknowledge(struct gdb_server *g, char sign)
{
    if (!g->no_ack && !g->gone && !g->wire.send(g->wire.opaque, &sign, 1))
        g->gone = true;
}

static const struct gdb_packet *row_of(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        size_t length = strlen(packets[i].name);
        if (n >= length && !memcmp(bytes, packets[i].name, length) &&
            (!packets[i].whole || n == length))
            return &packets[i];
    }
    return NULL;
}

unsigned packet_unknown(struct gdb_server *g, struct gdb_args *args)
{
    (void)g, (void)args;
    return 0;
}

static void answer(struct gdb_server *g)
{
    static uint8_t empty[1];
    uint8_t *bytes = g->reader.n ? g->reader.bytes : empty;
    size_t n = packet_unescape(bytes, g->reader.n);
    const struct gdb_packet *row = row_of(bytes, n);
    acknowledge(g, '+');
    g->reply_n = 0;
    g->silent = false;
    if (row) {
        struct gdb_args args = {bytes + strlen(row->name), bytes + n};
        unsigned error = row->answer(g, &args);
        if (error)
            reply_error(g, error);
    }
    if (!g->silent)
        reply_send(g);
    g->no_ack = g->no_ack_next;
}

static void take(struct gdb_server *g, uint8_t byte)
{
    switch (packet_byte(&g->reader, byte)) {
    case PACKET_COMPLETE:
        answer(g);
        break;
    case PACKET_BAD:
        if (g->no_ack)
            break; /* nothing asks for it again; the client has its own time limit */
        acknowledge(g, '-');
        break;
    case PACKET_TOO_LONG:
        acknowledge(g, '+');
        reply_error(g, GDB_EINVAL);
        reply_send(g);
        break;
    case PACKET_AGAIN:
        if (!g->no_ack && g->sent_n && !g->gone)
            g->gone = !g->wire.send(g->wire.opaque, g->sent, g->sent_n);
        break;
    case PACKET_INTERRUPT: /* nothing runs */
    case PACKET_MORE:
        break;
    }
}

/* ---------------------------------------- life */

struct gdb_server *gdb_create(const struct gdb_host *host, const struct gdb_wire *wire)
{
    struct gdb_server *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->host = *host;
    g->wire = *wire;
    g->thread = session_vm(gdb_session(g)) + 1u;
    g->last = *session_last(gdb_session(g));
    return g;
}

void gdb_destroy(struct gdb_server *g)
{
    if (g)
        gdb_points_clear(g);
    free(g);
}

enum gdb_wish gdb_input(struct gdb_server *g, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (g->wish == GDB_GOES_ON && !g->gone && (n || g->queue_n)) {
        size_t room = GDB_QUEUE - g->queue_n;
        size_t part = n < room ? n : room;
        gdb_queue(g, from, part);
        from += part;
        n -= part;
        take(g, gdb_dequeue(g));
    }
    if (g->gone && g->wish == GDB_GOES_ON)
        g->wish = GDB_LEFT;
    return g->wish;
}
