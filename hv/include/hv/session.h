/*
 * A session: one machine with what runs on it, its inputs, its stops and its history.
 *
 * Front ends (command line, gdb server, panel, labs) drive a session and nothing below it. A move
 * goes from one position to another, forwards or backwards, and says where it ended and why. Going
 * back is restoring a snapshot and running forward: the same inputs at the same positions give the
 * same states.
 *
 * A position is an instruction count and, among the positions that share it, an exit number; inside
 * an exit also a phase. A stop inside an exit is a view: the state is what it was at that moment,
 * complete and readable, and every move goes on from there.
 *
 * Memory only: files, terminals and sockets belong to front ends.
 */
#ifndef HV_SESSION_H
#define HV_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/hv.h"

struct session;

/* ---------------------------------------- positions and stops */

#define SESSION_OUTSIDE UINT32_MAX /* phase: not inside an exit */

struct session_position {
    uint64_t insn;  /* completed guest instructions, each REP iteration one */
    uint64_t exit;  /* number of the last exit that began, 0: none */
    uint64_t cycle; /* the machine's clock */
    uint32_t phase; /* inside exit `exit`: how many phases of it began before; SESSION_OUTSIDE */
};

/* Earlier: less than 0; the same: 0. */
int session_compare(const struct session_position *a, const struct session_position *b);

enum session_why {
    SESSION_DONE,      /* the move is complete */
    SESSION_POINT,     /* a breakpoint, watchpoint or catchpoint: event.point */
    SESSION_ENDED,     /* every guest has ended: event.text says how */
    SESSION_BEGINNING, /* going back: no more history */
    SESSION_PRESENT,   /* going on in a replay: the recording ends here */
    SESSION_INPUT,     /* all guests wait for input */
    SESSION_INTERRUPT, /* the poll callback asked */
    SESSION_REFUSED,   /* the move makes no sense here: event.text says why */
    SESSION_FAILED,    /* our own failure (memory, replay differs): event.text */
    SESSION_WHYS
};
extern const char *const session_why_names[SESSION_WHYS];

#define SESSION_NO_VECTOR 0xffu /* hit.to of a trap: a paravirtual event has none */

/* What a point saw. */
struct session_hit {
    unsigned point;    /* number, 0: none */
    uint32_t address;  /* linear or physical, as the point says; I/O: port */
    uint32_t size;     /* bytes of the access */
    uint32_t old, now; /* values (first four bytes at the point's address) */
    uint8_t access;    /* enum cpu_access; of a catch trap enum event_kind */
    uint8_t from, to;  /* rings; vector in `to` of a catch trap */
};

struct session_event {
    enum session_why why;
    struct session_position at;
    unsigned vm;      /* the guest it is about */
    uint32_t cs, eip; /* of that guest, as it believes */
    uint32_t linear;  /* CS base + EIP */
    struct session_hit hit;
    bool failed;    /* the command is a failing one (status 1): target not reached, refused */
    char text[192]; /* a sentence; may be empty for SESSION_DONE */
};

/* How much has happened up to a position, as a sink counts it (session_set_sink). */
struct session_happened {
    uint64_t exits;  /* that are over */
    uint64_t events; /* of all other kinds but idling */
    uint64_t cycle;  /* idling that began before it has happened */
};

/* ---------------------------------------- life */

struct session_config {
    struct hv_config hv;       /* host.serial_out/debug_out and disks: see below */
    struct loader_input input; /* the guest; borrowed during session_create only */
    /*
     * The base image of each VM's disks: only ever read. Writes go to the session's own overlay,
     * which is part of its state.
     */
    struct disk_backend disk[HV_MAX_VMS][2];
    /* New console output of a VM: never called again for what was told before (going back and on).
     */
    void (*output)(void *opaque, unsigned vm, uint8_t byte);
    /* Input in the past made another future: what a sink was told of the old one has not happened.
     * May be null. */
    void (*cut)(void *opaque, const struct session_happened *now);
    void *opaque;
    size_t history_bytes;   /* 0: 256 MiB */
    bool no_history;        /* only the beginning is kept */
    uint64_t history_every; /* 0: adapted; else instructions between snapshots */
};

/* Builds and loads everything; the position is the beginning: no instruction was executed. On
 * failure nothing is left, err has one line. */
enum sim_status session_create(struct session **out, const struct session_config *config,
                               struct sim_error *err);
void session_destroy(struct session *s);

/* What runs, to be looked at, never to be run or changed. Of the present position, views included.
 */
struct hv *session_hv(struct session *s);
const struct session_position *session_position(const struct session *s);
/* The last stop. */
const struct session_event *session_last(const struct session *s);
/* hv_hash with the disks' contents. */
uint64_t session_hash(struct session *s);
/* Registers of a guest as it believes them to be, at the present position. False: no such guest. */
bool session_guest(struct session *s, unsigned vm, struct cpu_state *out);
/* The guest that commands are about; session_set_vm chooses. */
unsigned session_vm(const struct session *s);
void session_set_vm(struct session *s, unsigned vm);

/*
 * Called every few milliseconds of a move. True: the move ends here (SESSION_INTERRUPT). It may add
 * and remove points and give input.
 */
void session_set_poll(struct session *s, bool (*poll)(void *opaque), void *opaque);

/*
 * Watches what happens, forward and new only: everything once, in order, whichever way one goes.
 * Idling may come in several pieces.
 */
void session_set_sink(struct session *s, struct trace_sink sink);
/* Up to the present position; inside a sink, up to and with the event that it is told. */
void session_happened(const struct session *s, struct session_happened *out);

/* ---------------------------------------- moves */

enum session_verb {
    SESSION_STEP,      /* count guest instructions */
    SESSION_PHASE,     /* count phases; outside an exit: into the next one */
    SESSION_NEXT,      /* one instruction, over calls, interrupts and REP */
    SESSION_FINISH,    /* out of the exit, or until the present function returns */
    SESSION_EXIT,      /* onto the count-th exit from here, with `reason` if that is not negative */
    SESSION_UNTIL,     /* until an instruction at linear `address` is about to run */
    SESSION_GOTO_INSN, /* to the first position with `count` instructions; forward or back */
    SESSION_GOTO_CYCLE,
    SESSION_GOTO_EXIT, /* onto exit `count` */
    SESSION_CONTINUE,
    SESSION_VERBS
};

struct session_move {
    enum session_verb verb;
    bool back;
    uint64_t count;   /* STEP, PHASE, EXIT: how many (0: one); GOTO: where */
    int reason;       /* EXIT: enum exit_reason, or -1 */
    uint32_t address; /* UNTIL */
    bool no_points;   /* do not stop at points on the way */
    bool own;         /* STEP: instructions of session_vm's guest outside interrupts, see below */
    uint64_t cycle;   /* CONTINUE, UNTIL, NEXT, FINISH, EXIT with a reason: forwards not beyond it;
                       0: no limit */
};

/*
 * Makes a move. Fills *event and returns !event->failed. Points stop every move on its way except
 * GOTO; SESSION_STEP and SESSION_PHASE do not stop at a point where they end anyway.
 *
 * SESSION_STEP counts instructions of the machine, whoever carries them out. With `own` it passes
 * an interrupt that comes first, handler and all, and forwards also what other guests do; an
 * exception ends it at its handler's first instruction. SESSION_NEXT does the same.
 */
bool session_go(struct session *s, const struct session_move *move, struct session_event *event);

/* To a position that was seen before (a bookmark, a hit). */
bool session_goto(struct session *s, const struct session_position *to,
                  struct session_event *event);

/* ---------------------------------------- points */

enum point_kind {
#define POINT(name, word, text) POINT_##name,
#include "hv/point.def"
#undef POINT
    POINT_KINDS
};
extern const char *const point_words[POINT_KINDS]; /* "break", "watch"... as a user types them */
extern const char *const point_texts[POINT_KINDS];

enum point_space { SPACE_LINEAR, SPACE_GUEST_PHYSICAL, SPACE_MACHINE, SPACES };

#define POINT_ANY UINT32_MAX

struct session_point {
    unsigned number; /* from 1, never used again; to add one: 0, or one above all that there were */
    uint8_t kind;    /* enum point_kind */
    uint8_t space;   /* enum point_space, of the address */
    uint8_t access;  /* data: bit 0 read, bit 1 write */
    bool enabled, temporary;
    bool silent;            /* an internal one, in no list */
    bool changes;           /* data: only stores that change a byte */
    uint32_t address, size; /* code, data, page table; size in bytes */
    uint32_t cr3;           /* linear: only in this address space; POINT_ANY */
    uint32_t value;         /* catch: reason, vector, hypercall, port, instruction (enum insn_trap);
                               POINT_ANY */
    unsigned vm;            /* POINT_ANY: every guest */
    uint64_t ignore;        /* so many more hits are passed */
    uint64_t hits;          /* counted going forward and back */
    char condition[120];    /* expr.h; "": always */
};

/* Adds a copy; takes effect at once, also during a move (from poll) and for going back. Returns its
 * number; 0: err says what is wrong (condition, size, too many). */
unsigned session_point_add(struct session *s, const struct session_point *p, struct sim_error *err);
bool session_point_remove(struct session *s, unsigned number);
/* To change `enabled`, `ignore`; null: there is none. Conditions: session_point_condition. */
struct session_point *session_point(struct session *s, unsigned number);
bool session_point_condition(struct session *s, unsigned number, const char *condition,
                             struct sim_error *err);
/* In order of numbers; null at the end. */
struct session_point *session_point_next(struct session *s, unsigned after);

/*
 * Goes to just before the last instruction (or phase of the hypervisor) before here that changed
 * the byte at an address. Failing: nobody did since the beginning.
 */
bool session_who_wrote(struct session *s, enum point_space space, uint32_t address,
                       struct session_event *event);

/* ---------------------------------------- what comes from outside */

enum session_input_kind {
    INPUT_CONSOLE,  /* value: a byte for COM1 or the pv console */
    INPUT_KEY,      /* value: a scan code byte (set 2) */
    INPUT_REGISTER, /* address: number (GPR_*, REG_EIP, REG_EFLAGS); value */
    INPUT_MEMORY,   /* space, address, value: a byte poked by the user */
    INPUT_MARK,     /* a bookmark; changes nothing */
    INPUT_KINDS
};

struct session_input {
    struct session_position at; /* filled by the session */
    uint8_t kind, space, vm;
    uint8_t reserved;
    uint32_t address, value;
    char name[24]; /* INPUT_MARK */
};

/*
 * Gives input here. Console bytes and keys wait in a queue until the device has room; the others
 * act at once. If there is a future (we went back), it is cut off: this is a new one. False: err
 * (no such guest, register or address; replaying: a recording takes no input).
 */
bool session_give(struct session *s, const struct session_input *in, struct sim_error *err);
/* All that came so far, in order; n: how many. */
const struct session_input *session_inputs(const struct session *s, size_t *n);
/* The bookmarks, in the order they were made. */
const struct session_input *session_marks(const struct session *s, size_t *n);
/* Bytes of console input that no device had room for yet. */
size_t session_waiting(const struct session *s);

/* The console transcript of a VM up to the present position. */
const char *session_console(const struct session *s, unsigned vm, size_t *n);

/* ---------------------------------------- history */

struct session_snapshot {
    struct session_position at;
    uint32_t pages; /* kept by this snapshot alone */
};

struct session_history {
    size_t bytes, limit;              /* host memory of snapshots */
    uint64_t snapshots, thinned;      /* kept; dropped to stay below the limit */
    uint64_t every;                   /* instructions between them now */
    struct session_position from, to; /* how far one can go back; the furthest point seen */
};
void session_history(const struct session *s, struct session_history *out);
/* Snapshot number n, oldest first; false: none. */
bool session_snapshot(const struct session *s, size_t n, struct session_snapshot *out);

/* ---------------------------------------- files (as bytes) */

/*
 * A recording: configuration digest, inputs, marks, and a hash every million instructions up to the
 * furthest point seen. A saved session: a recording with the whole state of the present position.
 * The bytes are the caller's to free with sim_free. Versioned, checksummed, little-endian. `note`
 * is kept beside (the front end's own configuration, as JSON text).
 */
enum sim_status session_record(struct session *s, const char *note, uint8_t **bytes, size_t *n,
                               struct sim_error *err);
enum sim_status session_save(struct session *s, const char *note, uint8_t **bytes, size_t *n,
                             struct sim_error *err);

/* Reads the note of such bytes, before a session exists. SIM_BAD_INPUT: foreign, truncated,
 * corrupt, or of another version. `kind`: 'R' or 'S'. */
enum sim_status session_note(const uint8_t *bytes, size_t n, char *kind, const char **note,
                             size_t *note_bytes, struct sim_error *err);

/*
 * Makes a new session of the same configuration replay a recording, or become a saved one. From
 * then on moves verify the hashes and fail where they first differ (SESSION_FAILED). SIM_BAD_INPUT:
 * does not fit; the session is as before.
 */
enum sim_status session_replay(struct session *s, const uint8_t *bytes, size_t n,
                               struct sim_error *err);
enum sim_status session_restore(struct session *s, const uint8_t *bytes, size_t n,
                                struct sim_error *err);

#endif
