/* What own.c and calls.c share: instructions as they stand in memory, and frames of events. */
#ifndef HV_SESSION_CALLS_H
#define HV_SESSION_CALLS_H

#include "session/internal.h"

enum flow { FLOW_NONE, FLOW_CALL, FLOW_RETURN, FLOW_REPEAT };

/* An instruction of the present guest, and where it stands. */
struct at {
    struct cpu_state guest;
    struct insn insn; /* len 0: none can be read */
    enum flow flow;
    uint32_t linear;
};

/* The instruction at a linear address of a guest; len 0 if none can be read. */
enum flow calls_decode(struct session *s, const struct cpu_state *guest, uint32_t linear,
                       struct insn *in);
/* The one that is next. False: there is no guest. */
bool calls_look(struct session *s, struct at *at);
/* Is it INT n and its like? */
bool calls_is_interrupt(const struct insn *in);

/* Where IRET will lead: what an event's delivery left on the handler's stack. */
struct event_frame {
    uint32_t slot; /* ESP when the handler began */
    uint32_t eip, esp, linear;
    bool user; /* a program's: then also its address space counts */
    uint32_t cr3;
};

/*
 * Reads it, at the handler's first instruction. `was`: the guest before (for its code segment and
 * address space). False: it cannot be read.
 */
bool own_frame(struct session *s, const struct spot *spot, const struct cpu_state *was,
               struct event_frame *f);
/* A silent point where it leads, on the same stack. 0: none could be made. */
unsigned own_return(struct session *s, const struct event_frame *f);
/* Adds a silent point of one kind for the present guest. 0: no memory. */
unsigned own_point(struct session *s, enum point_kind kind, uint32_t linear, const char *condition);
/* Has a guest done something between two looks at it? A jump to itself hides. */
bool own_progressed(const struct cpu_state *a, const struct cpu_state *b);
/* Did that instruction, carried out before `there`, return from a handler to there? */
bool own_returned(const struct at *at, const struct cpu_state *there);

/* Instructions of the present guest. over: INT n with what it leads to counts as one. */
void own_forward(struct session *s, uint64_t count, bool over, struct session_event *e);
/* SESSION_STEP with `own`, either way. */
void move_own(struct session *s, const struct session_move *m, struct session_event *e);

#endif
