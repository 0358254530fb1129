/*
 * Predict mode in the panel: before an exit is shown, the student says what it will be, in up to
 * four questions of at most nine answers: what kind of event, which reason, which outcome, which
 * band of cost. The debugger judges and keeps the score (debug/predict.c).
 *
 * Which answers there are to choose from never depends on what will happen.
 */
#ifndef CLI_PANEL_ASK_H
#define CLI_PANEL_ASK_H

#include "panel/driver.h"

/* Does a question of this side wait? */
bool ask_waits(const struct panel_side *s);
/* Does one of any side? */
bool ask_any(const struct driver *v);

/* After a move: a question has come, or is gone. */
void ask_note(struct driver *v, struct panel_side *s);
/* Was that stop made for a question? Then the side does not run on. *passed: the question of this
 * exit was answered before. */
bool ask_stops(struct driver *v, struct panel_side *s, const struct session_event *e, bool *passed);

/* `predict`, and `answer N`. */
int ask_toggle(struct driver *v);
int ask_answer(struct driver *v, unsigned choice);

/* The open question of the front side. */
void ask_look(struct driver *v, struct snapshot *to);
/* The timelines as they were before the exit that is asked about; null where memory is short. */
void ask_timelines(struct panel_side *s, struct snap_side *side);
void ask_free(struct panel_side *s);

#endif
