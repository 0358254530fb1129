/*
 * A client's two ends: the session that it moves, and the queue of what it sent.
 *
 * All that arrives goes through the queue. While the session moves, what has come is looked at for
 * an interrupt and stays there, so that a client may send ahead.
 */
#include "gdb/internal.h"

struct session *gdb_session(const struct gdb_server *g)
{
    return g->host.session(g->host.opaque);
}

unsigned gdb_threads(const struct gdb_server *g)
{
    return session_hv(gdb_session(g))->vms;
}

unsigned gdb_vm(const struct gdb_server *g)
{
    unsigned n = gdb_threads(g);
    return g->thread >= 1 && g->thread <= n ? g->thread - 1u : 0;
}

/* ---------------------------------------- the queue */

void gdb_queue(struct gdb_server *g, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n && g->queue_n < GDB_QUEUE; i++)
        g->queue[(g->queue_first + g->queue_n++) % GDB_QUEUE] = bytes[i];
}

uint8_t gdb_dequeue(struct gdb_server *g)
{
    uint8_t byte = g->queue[g->queue_first];
    g->queue_first = (g->queue_first + 1) % GDB_QUEUE;
    g->queue_n--;
    return byte;
}

void gdb_fetch(struct gdb_server *g)
{
    uint8_t bytes[4096];
    size_t room = GDB_QUEUE - g->queue_n;
    if (g->gone || !g->wire.receive)
        return;
    if (!room) { /* no client sends so much ahead */
        g->gone = true;
        return;
    }
    int n = g->wire.receive(g->wire.opaque, bytes, room < sizeof bytes ? room : sizeof bytes);
    if (n < 0)
        g->gone = true;
    else
        gdb_queue(g, bytes, (size_t)n);
}
