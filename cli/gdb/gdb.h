/*
 * gdb's remote protocol over a session: everything but the socket. Bytes come in, bytes go out, and
 * in between the session moves; so it is tested and fuzzed without a network.
 *
 * Each VM is a thread, numbered from 1. What it does not do: extended mode, files, tracepoints,
 * non-stop mode (one machine runs or stands).
 */
#ifndef CLI_GDB_GDB_H
#define CLI_GDB_GDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "hv/session.h"

struct gdb_server;

/* What the server is part of. */
struct gdb_host {
    void *opaque;
    /* The session, which a command may have replaced. */
    struct session *(*session)(void *opaque);
    /* `monitor LINE`: answers into out, returns 0 or what went wrong. Null: there is no monitor. */
    int (*monitor)(void *opaque, const char *line, FILE *out);
    /* Says in words where the session stopped, for stops that gdb has no word for. May be null. */
    void (*tell)(void *opaque, const struct session_event *e, FILE *out);
    /*
     * The session's own poll while gdb moves it, as of session_set_poll; after each move it is the
     * session's again. May be null.
     */
    bool (*poll)(void *opaque);
    /*
     * A question waits for its answer (--predict), which a monitor command gives: until then the
     * session does not move. Says so in words, and returns true. May be null: no questions.
     */
    bool (*asks)(void *opaque, FILE *out);
    /*
     * All guests wait for input. Waits a little for it and gives it to the session: true; false:
     * none can come, the move ends here. May be null: none can come.
     */
    bool (*wait)(void *opaque);
};

/* The way to the client. */
struct gdb_wire {
    void *opaque;
    /* Sends all of it; false: the client is gone. */
    bool (*send)(void *opaque, const void *bytes, size_t n);
    /* What has come and was not told yet, without waiting; less than 0: the client is gone. */
    int (*receive)(void *opaque, void *bytes, size_t room);
};

/* What the client wants of whoever serves it. */
enum gdb_wish {
    GDB_GOES_ON,  /* more packets */
    GDB_DETACHED, /* it has left by D: the session shall go on without it */
    GDB_LEFT,     /* it is gone without a word: the session stands where it is */
    GDB_KILLED,   /* k: everything shall end */
};

/* Null: no memory. host and wire are copied. */
struct gdb_server *gdb_create(const struct gdb_host *host, const struct gdb_wire *wire);

/* Removes what the client has set, and frees the server. */
void gdb_destroy(struct gdb_server *g);

/* Bytes from the client. Answers them, moving the session as they say. */
enum gdb_wish gdb_input(struct gdb_server *g, const void *bytes, size_t n);

#endif
