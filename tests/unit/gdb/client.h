/*
 * A client of gdb's server in memory, over a session of a guest of a few bytes.
 */
#ifndef TESTS_GDB_CLIENT_H
#define TESTS_GDB_CLIENT_H

#include "cli/gdb/gdb.h"
#include "hv/cost.h"
#include "hv/session.h"

/* The guest: where its instructions and its variable are. */
#define CODE     0x10000cu
#define VARIABLE 0x200000u
enum {
    AT_MOV = CODE,         /* mov eax, 1 */
    AT_STORE1 = CODE + 5,  /* mov [VARIABLE], eax */
    AT_INC = CODE + 10,    /* inc eax */
    AT_STORE2 = CODE + 11, /* mov [VARIABLE], eax */
    AT_LOAD = CODE + 16,   /* mov ebx, [VARIABLE] */
    AT_LOOP = CODE + 22,   /* jmp itself */
};

struct client {
    struct session *session;
    struct gdb_server *server;
    struct cost_profile profile;
    char sent[65536]; /* all that came from the server */
    size_t sent_n;
    const char *ahead;  /* what the server finds when it looks while the session moves */
    const char *always; /* the same, each time again */
    bool sent_whole;    /* sent was never begun anew for want of room */
    bool hangs_up;      /* it finds the connection closed then */
    enum gdb_wish wish;
    char monitored[64]; /* the last `monitor` line */
};

/* vms guests in a mode, at their first instruction. False: could not be built. */
bool client_open(struct client *c, enum hv_mode_id mode, unsigned vms);
void client_close(struct client *c);

/* Another connection to the same session. */
void client_connect(struct client *c);

/* Sends bytes as they are; what came back is in sent. */
void client_send(struct client *c, const void *bytes, size_t n);

/* Sends a packet and returns the contents of the last packet that came back, "" if none did. */
const char *client_ask(struct client *c, const char *packet);

#endif
