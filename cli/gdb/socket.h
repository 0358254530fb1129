/*
 * The network under gdb's server: listening, one client at a time, and the turns between a session
 * that runs by itself, a client that drives it, and what is typed.
 */
#ifndef CLI_GDB_SOCKET_H
#define CLI_GDB_SOCKET_H

#include "complaint.h"
#include "gdb/gdb.h"

struct gdb_listener {
    int fd;         /* -1: closed */
    char where[80]; /* "127.0.0.1:1234" */
};

/* Listens at "[HOST:]PORT"; HOST is 127.0.0.1 unless given, port 0 is a free one. False: why. */
bool gdb_listen(struct gdb_listener *l, const char *where, struct complaint *why);
void gdb_listener_close(struct gdb_listener *l);

struct gdb_serving {
    struct gdb_host host; /* `wait` is the server's own: leave it null */
    bool runs;            /* the session goes on without a client */
    /* Standard input has something, or ended: false: do not look at it again. Null: never look. */
    bool (*typed)(void *opaque);
    bool types_input; /* what is typed is input for the guests */
    /* Shall the serving end? Asked between packets and while the session moves. */
    bool (*over)(void *opaque);
    /* The session stopped while no client was there; true: the serving ends. May be null. */
    bool (*stopped)(void *opaque, const struct session_event *e);
};

/* Serves one client after the other until a client kills it or it is over. Returns false if there
 * was no memory. */
bool gdb_serve(struct gdb_listener *l, const struct gdb_serving *how);

#endif
