/* What the files of gdb's server share. */
#ifndef CLI_GDB_INTERNAL_H
#define CLI_GDB_INTERNAL_H

#include "gdb/gdb.h"
#include "hv/hv.h"

#define GDB_PACKET 16384u /* bytes of a packet's contents, either way */
#define GDB_QUEUE  65536u /* bytes that came while the session moves */
#define GDB_POINTS 512u   /* breakpoints and watchpoints of one client */

/* Error numbers of replies, as gdb knows them from Unix. */
enum {
    GDB_EPERM = 1,       /* the session does not allow it */
    GDB_EIO = 5,         /* unknown thread or register */
    GDB_EFAULT = 14,     /* no memory there */
    GDB_EINVAL = 22,     /* malformed */
    GDB_ENOSPC = 28,     /* too many */
    GDB_ENOANNEX = 0x100 /* E00: no such document */
};

enum gdb_space {
    GDB_CURRENT,  /* linear, through the tables in use */
    GDB_OTHER,    /* linear, through tables at g->cr3 */
    GDB_PHYSICAL, /* guest physical */
    GDB_MACHINE,
    GDB_SPACES
};

/* Where a packet's reading is. */
enum packet_state { PACKET_OUTSIDE, PACKET_INSIDE, PACKET_SUM1, PACKET_SUM2 };

struct packet_reader {
    enum packet_state state;
    uint8_t bytes[GDB_PACKET]; /* still escaped */
    size_t n;
    bool too_long;
    uint8_t sum, given; /* of the bytes; the first digit that came */
};

enum packet_event {
    PACKET_MORE,      /* nothing complete yet */
    PACKET_COMPLETE,  /* bytes[0..n) */
    PACKET_BAD,       /* the sum is wrong */
    PACKET_TOO_LONG,  /* complete, but not kept */
    PACKET_INTERRUPT, /* 0x03 outside a packet */
    PACKET_AGAIN      /* the client did not understand our last one */
};

/* One byte from the client. */
enum packet_event packet_byte(struct packet_reader *p, uint8_t byte);
/* The contents without their escapes, in place; the new length. */
size_t packet_unescape(uint8_t *bytes, size_t n);

/* A text being read, or written up to `room`. */
struct gdb_args {
    const uint8_t *at, *end;
};

struct gdb_point {
    unsigned number; /* the session's */
    uint8_t type;    /* the digit of Z */
    uint8_t space;   /* enum point_space */
    uint32_t address, kind, cr3;
    unsigned vm; /* POINT_ANY but for guest physical addresses */
};

struct gdb_server {
    struct gdb_host host;
    struct gdb_wire wire;
    struct packet_reader reader;
    enum gdb_wish wish;

    uint8_t queue[GDB_QUEUE]; /* a ring */
    size_t queue_first, queue_n;
    struct {
        enum packet_state state;
        size_t seen; /* bytes of the queue that were looked at */
    } ahead;         /* looks for an interrupt while the session moves */
    bool gone;

    char reply[GDB_PACKET + 1]; /* contents of the present reply */
    size_t reply_n;
    bool silent; /* no reply now: the handler has seen to it */
    uint8_t sent[GDB_PACKET * 2 + 4];
    size_t sent_n; /* the last packet as sent, for a repeat */

    bool no_ack, no_ack_next;
    bool swbreak, hwbreak; /* the client knows these words */
    unsigned thread;       /* that registers and memory are about, from 1 */
    unsigned running;      /* that c and s are about; 0: any */
    struct gdb_point point[GDB_POINTS];
    unsigned points;
    enum gdb_space space;
    uint32_t cr3; /* GDB_OTHER */

    struct session_event last; /* the stop told last */
    bool moved;                /* last is valid */
};

/* A row of packets.def. */
struct gdb_packet {
    const char *name;
    bool whole; /* the name is all of it; else arguments follow */
    /* Writes the reply; not 0: it is that error instead. */
    unsigned (*answer)(struct gdb_server *g, struct gdb_args *args);
};

#define PACKET(name, whole, function)                                                              \
    unsigned function(struct gdb_server *g, struct gdb_args *args);
#include "gdb/packets.def"
#undef PACKET

/* ---------------------------------------- reading arguments */

/* Hex digits, at least one and at most 16; false: none here, or too many. */
bool args_hex(struct gdb_args *a, uint64_t *value);
/* The same, of 32 bits. */
bool args_hex32(struct gdb_args *a, uint32_t *value);
/* That very character. */
bool args_char(struct gdb_args *a, char c);
bool args_end(const struct gdb_args *a);
/* Does it begin with that word? Then goes behind it. */
bool args_word(struct gdb_args *a, const char *word);
/* Two hex digits. */
bool args_byte(struct gdb_args *a, uint8_t *byte);
/* A thread: 0 any, -1 all, else its number. */
bool args_thread(struct gdb_args *a, int64_t *thread);

/* ---------------------------------------- writing the reply */

void reply_text(struct gdb_server *g, const char *text);
void reply_bytes(struct gdb_server *g, const void *bytes, size_t n); /* as they are */
void reply_hex(struct gdb_server *g, const void *bytes, size_t n);   /* two digits each */
void reply_number(struct gdb_server *g, uint64_t value);             /* hex, no leading zeros */
/* Instead of whatever was written. */
void reply_error(struct gdb_server *g, unsigned number);
size_t reply_room(const struct gdb_server *g);

/* Sends what was written as a packet of its own and begins a new reply. */
void reply_send(struct gdb_server *g);
/* Text for the user's eyes ('O' packets, as many as needed). */
void reply_console(struct gdb_server *g, const char *text, size_t n);

/* ---------------------------------------- pieces */

/* To the end of the queue, as far as there is room; from its beginning (it must not be empty). */
void gdb_queue(struct gdb_server *g, const uint8_t *bytes, size_t n);
uint8_t gdb_dequeue(struct gdb_server *g);

struct session *gdb_session(const struct gdb_server *g);
unsigned gdb_threads(const struct gdb_server *g);
/* The VM of the chosen thread. */
unsigned gdb_vm(const struct gdb_server *g);

/* memory.c: bytes that can be read from there on; 0: none. All or nothing written. */
size_t gdb_memory_read(struct gdb_server *g, uint32_t address, uint8_t *to, size_t n);
bool gdb_memory_write(struct gdb_server *g, uint32_t address, const uint8_t *from, size_t n);
/* `monitor space ...`: false: line is something else. */
bool gdb_space_command(struct gdb_server *g, const char *line, FILE *out, int *status);

/* points.c */
void gdb_points_clear(struct gdb_server *g);
/* The session is another one: sets them all again there. */
void gdb_points_again(struct gdb_server *g);
/* The client's point of that session number; null: none. */
const struct gdb_point *gdb_point_of(const struct gdb_server *g, unsigned number);

/* resume.c: writes why the session stands into the reply. */
void gdb_stop_reply(struct gdb_server *g);
/* What came while the session moves is looked through; true: the move ends. */
bool gdb_poll(void *server);
/* Makes that the session's poll, or its own again. */
void gdb_watch_client(struct gdb_server *g, bool on);

/* server.c: takes what has come off the wire into the queue. */
void gdb_fetch(struct gdb_server *g);

#endif
