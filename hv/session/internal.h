/*
 * What the files of hv/session share: the session itself, and how it is moved.
 *
 *   position.c the order of positions
 *   store.c    the present state as numbered pages, for history.c
 *   inputs.c   what came from outside, when it is due, and what the guests said
 *   run.c      forwards to an aim, with inputs, snapshots and the poll
 *   travel.c   to a position, wherever it is; views inside exits
 *   points.c   the list of points; spot.c: what they see while the machine runs
 *   give.c     what front ends give, and what that does to the future; present.c: what they read
 *   search.c   the first hit from here on, the last one before
 *   move.c     the moves, in terms of all these; move_ways.c: what they have in common
 *   calls.c    moves that know what a call is; own.c: steps of one guest, without interrupts
 *   bytes_*.c  recordings and saved sessions
 *   work.c     guest work and its log; work_memory.c: what a process's memory holds
 */
#ifndef HV_SESSION_INTERNAL_H
#define HV_SESSION_INTERNAL_H

#include "core/internal.h"
#include "hv/expr.h"
#include "hv/hook.h"
#include "hv/session.h"
#include "session/history.h"
#include "session/work.h"
#include "sim/probe.h"

/* ---------------------------------------- parts */

/* A disk: the base image and the pages that were written. */
struct session_disk {
    struct disk_backend base;
    uint8_t **page; /* owned; HISTORY_PAGE bytes each, null: as in the base */
    uint8_t *dirty; /* owned; a bit a page: written since the last settle */
    uint32_t pages;
    uint32_t first; /* number of its first page in the history */
    bool *starved;  /* the session's */
};

/* What a guest said. The first `count` bytes of text are the past. */
struct session_output {
    char *text; /* owned */
    size_t size, room;
    uint64_t count; /* state: packed with the rest */
};

/* The session's own part of the packed state. */
enum { OWN_INPUT_NEXT, OWN_EVENTS, OWN_OUT, OWN_WORDS = OWN_OUT + HV_MAX_VMS };

/* A hit, as it was met. */
struct spot {
    struct session_hit hit;
    struct session_position at; /* the moment: before the instruction, or the phase it was in */
    bool in_exit;
    bool ring;      /* a change of rings: an event may follow */
    bool after;     /* what stops there stops behind the delivery, not behind an instruction */
    uint8_t vm;     /* whose */
    uint8_t event;  /* a catch trap: enum event_kind */
    bool has_error; /* and that an error code lies on its frame */
};

#define SPOTS_KEPT 64 /* of one run until it stops */

struct session_points {
    struct session_point **list; /* owned, in order of numbers */
    size_t count, room;
    unsigned last_number, last_silent;
    unsigned only; /* only this one counts; 0: all */
    bool changed;  /* the probe must be made anew */
};

struct session_view {
    bool live;                     /* the present position is inside an exit */
    struct history_snapshot *from; /* before that exit */
    uint64_t insn;                 /* the count when it began */
    struct cpu_state guest;        /* what the guest whose exit it is held when it came */
    bool has_guest;                /* phase 0: nothing was saved yet, `guest` says what will be */
};

/* The state at a phase, as it was caught in the middle of a run. */
struct capture {
    bool armed, done;
    uint64_t exit;
    unsigned phase;
    struct session_position at;
    uint64_t insn;   /* the count when the exit began */
    uint8_t *packed; /* owned, packed_bytes */
    uint32_t *page;  /* owned: RAM and disk pages that differ from the base... */
    uint8_t **bytes; /* ... and what was in them; null: as before the beginning */
    uint32_t count, room;
    bool failed;
    bool wants_guest;
    bool has_guest;
    struct cpu_state guest;
};

struct session {
    struct hv *hv; /* owned */
    struct session_position now;
    struct session_event last;
    unsigned vm;
    bool ended, waiting; /* as hv_run said last */
    bool torn;           /* the machine is at no position, for want of memory: see travel_mend */
    bool starved;        /* what the guests did now could not be kept, for the same reason */
    bool unmet;          /* an input, or an end, of a file is where this run never comes */
    bool first;          /* the present is known to be the first position with its count */

    /* State as pages. */
    struct history history;
    struct session_disk disk[HV_MAX_VMS][2];
    uint8_t *packed, *image; /* owned: the present, and as of history.base */
    size_t packed_bytes;     /* with our own words */
    uint32_t ram_pages, packed_pages, pages;
    bool packed_fresh;
    bool no_history;
    uint64_t every; /* work between snapshots */

    struct session_output out[HV_MAX_VMS];
    struct session_input *input; /* owned: all that took effect, in order */
    size_t inputs, input_room, input_next;
    struct session_input *queue; /* owned: waits for room */
    size_t queued, queue_room;
    uint64_t queue_cycle;       /* try again then */
    struct session_input *mark; /* owned */
    size_t marks, mark_room;
    void (*output)(void *opaque, unsigned vm, uint8_t byte);
    void *output_opaque;
    void (*cut)(void *opaque, const struct session_happened *now);
    struct session_guest_port {
        struct session *session;
        unsigned vm;
    } port[HV_MAX_VMS];

    /* State, packed with the rest: what happened so far, without exits and idling. */
    uint64_t events;
    uint64_t told_events, told_exit; /* how far anything was told... */
    uint64_t told_idle;              /* ... of idling: a cycle */
    struct session_position furthest;
    struct trace_sink sink;
    bool (*poll)(void *opaque);
    void *poll_opaque;

    struct session_points points;
    expr_resolver resolve;
    void *resolve_opaque;
    struct cpu_probe probe;
    bool searching;               /* points stop the run */
    bool spotting;                /* the probe and hooks are on */
    struct session_position pass; /* a breakpoint here was seen already... */
    uint32_t pass_linear;         /* ... at this address */
    bool all_count;               /* no, it was not: one stands here without having asked */
    struct spot spot[SPOTS_KEPT];
    unsigned spots, spots_lost;
    uint8_t ring[HV_MAX_VMS];    /* that each guest believes to be in, as last seen */
    struct cpu_state exit_guest; /* registers when the open exit came, for conditions */

    struct session_view view;
    struct capture capture;
    struct work *work; /* owned; null: guest work is not watched */

    /* A recording that is replayed. */
    bool replaying;
    struct session_check {
        uint64_t insn, hash;
    } * check; /* owned */
    size_t checks, check_next;
    uint64_t agreed; /* instructions at the last one that was equal */
    bool differs;    /* the last one was not */
    struct session_position replay_end;
};

/* ---------------------------------------- position.c (and session_compare) */

/* An exit costs the host about as much as so many instructions. */
#define EXIT_WORK 150u
/* Work between two positions: about how long the host needs, in instructions. */
uint64_t position_work(const struct session_position *from, const struct session_position *to);
/* The earlier of a limit (0: none) and another one. */
uint64_t limit_sooner(uint64_t limit, uint64_t other);

/* ---------------------------------------- store.c */

bool store_init(struct session *s, const struct session_config *config);
void store_fini(struct session *s);
/* The session's backend for a VM's disk. */
struct disk_backend store_disk(struct session_disk *d);
/* A snapshot of the present position. Null: no memory. */
struct history_snapshot *store_take(struct session *s, bool scratch);
/* Makes a snapshot the present. */
bool store_restore(struct session *s, struct history_snapshot *to);
/* The state that a capture holds becomes the present; the base is what it was. */
bool store_put(struct session *s, const struct capture *c);
/* The same for a capture that came from a file: its numbers are checked. */
enum sim_status store_put_foreign(struct session *s, const struct capture *c,
                                  struct sim_error *err);
/* Copies the present state, which differs from the base, into a capture. */
void store_catch(struct session *s, struct capture *c);
void store_release(struct capture *c);
/* The present, packed; valid until the next call of anything here. */
const uint8_t *store_packed(struct session *s);
/* Every page of RAM that is not zero or was not at the beginning, and of disks that was written:
 * whichever way one came here. */
void store_each_page(struct session *s,
                     void (*each)(void *context, uint32_t page, const uint8_t *bytes),
                     void *context);
/* Adds a copy of a page of RAM or disk to a capture. False: no such page, or no memory. */
bool store_keep(struct session *s, struct capture *c, uint32_t page, const uint8_t *bytes);
/* Where the machine is (outside of exits); makes it the present position. */
struct session_position store_place(const struct session *s);
void store_position(struct session *s);

/* ---------------------------------------- inputs.c */

void output_byte(void *opaque, uint8_t byte);
/* Makes n bytes what a guest has said. False: no memory. */
bool output_set(struct session *s, unsigned vm, const char *text, size_t n);
/* Limits that stop a run where the next input is due. */
/* How long a byte that no device had room for waits until it is tried again, in cycles. */
#define RETRY_CYCLES 100000u
void inputs_limit(const struct session *s, struct hv_limits *limits);
/* After a stop at a limit (idle: because all wait): what is due takes effect. False: a replay does
 * not fit. */
bool inputs_apply(struct session *s, bool idle);
/* Edits that are due exactly here. */
bool inputs_edits(struct session *s);
/* Is anything left that could end a wait? */
bool inputs_left(const struct session *s);
/* Edits, not bytes. */
bool inputs_is_edit(const struct session_input *in);
/* Makes an input happen. False: no room for it, no such place. */
bool inputs_take_effect(struct session *s, const struct session_input *in);
/* Room for one more; one more. False: no memory. */
bool inputs_reserve(struct session_input **list, size_t count, size_t *room);
bool inputs_append(struct session_input **list, size_t *count, size_t *room,
                   const struct session_input *in);

/* ---------------------------------------- give.c */

/* Adds a bookmark. */
bool session_mark(struct session *s, const struct session_input *in, struct sim_error *err);
/* The future after the present position is forgotten. */
void future_cut(struct session *s);

/* ---------------------------------------- run.c */

struct aim { /* 0: no such limit */
    uint64_t insn, cycle, exit;
};

enum ran { RAN_THERE, RAN_SPOT, RAN_ENDED, RAN_INPUT, RAN_INTERRUPT, RAN_PRESENT, RAN_FAILED };

/* Runs forwards until the aim is reached, something is spotted, or it cannot go on. */
enum ran run_to(struct session *s, const struct aim *aim);

/* ---------------------------------------- travel.c */

/* Out of a view: back to before its exit, and up to its instruction. */
enum ran travel_out(struct session *s);
/* To the first position with that many instructions; to that very position; onto a phase of an
 * exit (false in *found: the exit has no such phase; then behind it). Points are off. */
enum ran travel_insn(struct session *s, uint64_t insn);
enum ran travel_cycle(struct session *s, uint64_t cycle);
enum ran travel_to(struct session *s, const struct session_position *to);
enum ran travel_phase(struct session *s, uint64_t exit, unsigned phase, bool *found);
/* Behind an exit that is being looked at: its end, or the instruction it completed. */
enum ran travel_behind(struct session *s, uint64_t exit, uint64_t insn);
/* After a failure half way: back to the present position. False: still no memory. */
bool travel_mend(struct session *s);

/* ---------------------------------------- points.c, spot.c */

void points_fini(struct session *s);
/* Puts probe and hooks in place, or takes them away. */
void spot_on(struct session *s);
void spot_off(struct session *s);
/* The probe of a session that looks for no points: guest work's, or none. */
void spot_rest(struct session *s);
/* Is the point of a spot enabled, and its condition true at this stop? */
bool points_true(struct session *s, const struct spot *spot);
/* Counts a hit that is true. False: it is one of those to be ignored. */
bool points_count(struct session *s, const struct spot *spot);
/* The machine's address behind a guest address; false: none. */
bool points_machine(struct session *s, unsigned vm, enum point_space space, uint32_t address,
                    uint32_t *pa);
/* The machine's address behind a linear address of a guest; false: not mapped. */
bool points_linear(struct session *s, unsigned vm, uint32_t linear, uint32_t *pa);
/* Where the guest's directory entry (0) and table entry (1) for a point's address are in the
 * machine; false: there is none. */
bool points_entry(struct session *s, const struct session_point *p, unsigned level, uint32_t *pa);

/* The hooks, set for the life of the session (captures need them). */
void spot_hooks(struct session *s);

/* ---------------------------------------- search.c */

/* Forwards to the aim, or the first spot that counts: *spot, and the position is where one stops.
 */
enum ran search_forward(struct session *s, const struct aim *aim, struct spot *spot);
/*
 * To the last spot before here and not before `floor` (null: the beginning). RAN_THERE: there is
 * none; where the session then is, is not said.
 */
enum ran search_back(struct session *s, const struct session_position *floor, struct spot *spot);

/* ---------------------------------------- event.c */

void event_say(struct session_event *e, enum session_why why, bool failed, const char *text);
/* What a way that was to lead somewhere has come to. */
void event_conclude(struct session *s, struct session_event *e, enum ran ran, bool has_target);
/* A point stopped it; a temporary one goes, and its guest is the one that is talked about. */
void event_spot(struct session *s, struct session_event *e, const struct spot *spot);
/* Fills in where, and keeps it as the last. Returns !failed. */
bool event_end(struct session *s, struct session_event *e);

/* ---------------------------------------- calls.c */

void move_next(struct session *s, const struct session_move *m, struct session_event *e);
void move_finish(struct session *s, const struct session_move *m, struct session_event *e);

/* ---------------------------------------- move_ways.c: what moves are made of */

/* Forwards to an aim, or back to a position, with the user's points unless the move says none. */
void move_forward(struct session *s, const struct session_move *m, const struct aim *aim,
                  bool has_target, struct session_event *e);
void move_backward(struct session *s, const struct session_move *m,
                   const struct session_position *to, struct session_event *e);
/* Are there points that may stop this move on its way? */
bool move_meets_points(const struct session *s, const struct session_move *m);
void move_at_beginning(struct session *s, struct session_event *e, bool failed);
void move_step(struct session *s, const struct session_move *m, struct session_event *e);
/* Forwards or back to a point of our own, among the user's. */
void move_to_own_point(struct session *s, const struct session_move *m,
                       const struct session_point *p, struct session_event *e);
/* Forwards to a point of our own (which is then removed), or one of the user's on the way. */
void move_to_point(struct session *s, const struct session_move *m, unsigned number,
                   struct session_event *e);
/* Back to the last of some points of our own; they are removed. False: there is none. */
bool move_back_to_points(struct session *s, const unsigned *numbers, unsigned n,
                         struct session_event *e);
/* To a position; behind the exit that is being looked at. */
void move_arrive(struct session *s, const struct session_position *to, struct session_event *e);
void move_behind(struct session *s, struct session_event *e);
void move_refuse(struct session_event *e, const char *why);

#endif
