/*
 * A panel with its driver, as front ends have them: a window, a picture, a script.
 */
#ifndef CLI_PANEL_SHOW_H
#define CLI_PANEL_SHOW_H

#include <stdio.h>

#include "debug/origin.h"
#include "panel/driver.h"

struct scene;

struct show {
    struct options options;
    struct options said;  /* the command line's, if a recording says what else there is */
    struct origin origin; /* the recording */
    struct lock lock;
    struct inputs inputs;
    bool has_inputs;
    struct driver driver;
    struct panel *panel; /* owned */
    FILE *script;        /* owned unless it is standard input; null: none, or at its end */
    void (*push)(const struct panel_event *event); /* null: a script's events go straight in */
    int status;                                    /* of the script */
    unsigned settle;                               /* frames until its next line */
};

/* Reads the options of a verb (V_PANEL, V_SHOT), builds sessions and panel. False: why; show_close
 * may be called in any case. */
bool show_open(struct show *w, unsigned verb, int argc, char *const *argv, struct complaint *why);
void show_close(struct show *w);

/* Puts what was written in place: the score of --predict. */
bool show_commit(struct show *w, struct complaint *why);

/* The scene; fresh: of a new snapshot, else of the last one. */
const struct scene *show_draw(struct show *w, bool fresh);
/* Hands the driver what the panel asks for. Returns the status of the command. */
int show_do(struct show *w, const struct panel_command *command);
int show_event(struct show *w, const struct panel_event *event);
/* Writes what is to be seen, as its suffix says. */
bool show_picture(struct show *w, const char *path, struct complaint *why);

#endif
