/*
 * What drives the panel: one or two debuggers, the timelines of their runs, and the snapshots that
 * the panel draws. The panel knows none of this.
 */
#ifndef CLI_PANEL_DRIVER_H
#define CLI_PANEL_DRIVER_H

#include "debug/internal.h"
#include "hv/work.h"
#include "visualizer/snapshot.h"
#include "visualizer/panel.h"
#include "visualizer/theme.h"

#define PANEL_LOG  200u
#define PANEL_BINS 96u /* of a reason's history; SNAP_SPARKS of them are shown */

/* An exit, or with number 0 a time when nothing ran. */
struct exit_note {
    uint64_t begin, end;
    uint64_t number;
    uint8_t reason, vm;
};

/* A question of predict mode that waits for its answer: panel/ask.h. */
struct asking {
    uint64_t exit;                  /* which one is asked about; 0: none */
    unsigned stage;                 /* what of it */
    uint8_t class, reason, outcome; /* as answered */
    size_t log_from;                /* what verbs answer from here on may be seen */
    /* Owned; as far as the exit's beginning; and those before, which a snapshot may still show. */
    struct asked_times {
        struct timeline *past, *turn[SNAP_VMS];
    } times, last;
};

/* When each VM had the processor, or waited for it. */
struct turns {
    struct vm_turns {
        struct timeline *time; /* owned */
        enum snap_turn now;    /* its last span */
        uint64_t since;        /* ... and where it begins */
    } vm[SNAP_VMS];
    unsigned owner; /* whose the processor is; SNAP_VMS: nobody's */
    uint64_t begin; /* what was before is not known */
};

/* One session with what the panel remembers of its run. */
struct panel_side {
    struct options options;    /* the driver's, with this side's mode first */
    struct debugger *d;        /* owned */
    struct timeline *timeline; /* owned */
    struct turns turns;
    struct exit_note *note; /* exits not in the timeline yet; owned */
    size_t notes, note_room;
    size_t stretches; /* of guest work that are in the timeline, wholly */
    bool begun;       /* ... and the beginning of the next one too */
    bool user;        /* a program runs at the timeline's end */
    uint64_t *entry;  /* owned; cycles at which programs went on from their kernel */
    size_t entries, entry_room;
    uint64_t placed;                          /* cycle up to which the timeline is filled */
    bool placing;                             /* its first span is there */
    unsigned loads;                           /* of the debugger, whose run all this is about */
    uint64_t shown[EXIT_REASONS][PANEL_BINS]; /* exits by time */
    uint64_t bin_cycles;
    struct cpu_state before; /* registers at the stop before */
    bool has_before, ended;
    char end[200];
    enum { PANEL_PAUSED, PANEL_RUNS, PANEL_RUNS_BACK } running;
    uint64_t run_to; /* a run ends at that cycle; 0: nowhere */
    bool lost;       /* no memory for the timeline */
    struct asking ask;
};

struct driver {
    struct panel_side side[SNAP_SIDES];
    unsigned sides, front;
    struct snapshot snapshot;
    char *log[PANEL_LOG]; /* owned; what verbs answered */
    size_t logged;
    const struct lock *lock; /* borrowed; null: everything is allowed */
    char message[200];
    char reason[24];       /* that is looked at */
    uint32_t looked;       /* the code's address that is looked at, or the present one */
    unsigned patience;     /* milliseconds that a verb may take; 0: what it needs */
    bool quits, comparing; /* the Compare view is seen */
    uint64_t work_goal;    /* both sides stood at the same guest work last */
};

/* Builds a side for each of the options' modes; options and inputs are borrowed. */
bool driver_open(struct driver *v, const struct options *o, struct inputs *in,
                 struct complaint *why);
void driver_close(struct driver *v);
/* What is locked from here on; borrowed; null: nothing. */
void driver_lock(struct driver *v, const struct lock *lock);

/* A line that the panel does not do itself. Returns the command's status. */
int driver_command(struct driver *v, const char *line);
/* Runs on for so many milliseconds, if a side runs. True: something has changed. */
bool driver_run(struct driver *v, unsigned milliseconds);
bool driver_runs(const struct driver *v);
/* What runs stops after so many simulated milliseconds. */
void driver_run_to(struct driver *v, uint64_t milliseconds);

/* Lines for the log. */
void driver_log(struct driver *v, const char *text);
/* Has the guest ended with the last move? */
void driver_note_end(struct panel_side *s);
/* Before it moves: what its registers are. */
void driver_note_before(struct panel_side *s);

/* What the panel wants to see is what commands are about. */
void driver_wants(struct driver *v, const struct panel_wants *wants);
/* The front side's moment and guest, such as `moment` goes to; returns text. */
#define DRIVER_MOMENT 100u
const char *driver_moment(const struct driver *v, char text[DRIVER_MOMENT]);
/* Every side to where its first program begins. */
void driver_boot(struct driver *v);
/*
 * The other side to the guest work where the front one stands. spent: asked on the way, true ends
 * it; may be null.
 */
enum meeting {
    MET,
    MEETING_NEVER, /* or no program ran yet: it is where it was, or at its guest's end */
    MEETING_SPENT, /* it is on its way */
    MEETING_LOCKED /* the way leads back: it is where it was */
};
enum meeting driver_meet(struct driver *v, bool (*spent)(void *opaque), void *opaque);

/* What there is to see; valid until the next call. */
const struct snapshot *driver_look(struct driver *v, const struct panel_wants *wants);

/* ---------------------------------------- parts of a snapshot */

void look_side(struct driver *v, unsigned side, const struct panel_wants *wants,
               struct snapshot *to);
/* What is said of cycles of a bucket: `what` and how many they are, what the bucket is, and by what
 * it was charged: its dearest cost keys, with price, kind of figure and source. */
const char *look_tip(const struct panel_side *s, struct snapshot *to, unsigned bucket,
                     const char *what, uint64_t cycles);
void look_costs(struct panel_side *s, struct snapshot *to, struct snap_side *side);
void look_code(struct panel_side *s, struct snapshot *to, struct snap_side *side,
               const struct panel_wants *focus);
void look_registers(struct panel_side *s, struct snapshot *to, struct snap_side *side);
void look_exit(struct panel_side *s, struct snapshot *to, struct snap_side *side, uint64_t number);
void look_counters(struct panel_side *s, struct snapshot *to, struct snap_side *side);
void look_memory(struct panel_side *s, struct snapshot *to, const struct panel_wants *focus);
void look_vms(struct panel_side *s, struct snapshot *to);
void look_differences(struct snapshot *to);
void look_story(struct driver *v, struct snapshot *to, const struct panel_wants *wants);

/* The class that the panel draws a reason's exits in. */
enum span_class class_of_reason(unsigned reason);

/* ---------------------------------------- the timeline */

/* Takes what happened, as it happens. */
void track_event(void *side, const struct trace_event *e);
/* Brings the timeline up to the present position. */
void track_present(struct panel_side *s);
/* Turns from here on, as they stand; what is known of later ones goes. */
bool turns_begin(struct turns *t, const struct hv *hv, uint64_t cycle);
/* What the trace says of them. These return false where memory is short. */
bool turns_event(struct turns *t, const struct trace_event *e);
/* Up to the present, where the guests stand as hv says. */
bool turns_present(struct turns *t, const struct hv *hv, uint64_t cycle);
/* After a verb: has the session become another one? Then nothing is known of its past. */
void track_loaded(struct panel_side *s);

#endif
