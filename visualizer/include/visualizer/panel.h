/*
 * The panel: what front ends (a window, a picture, a script) and whoever drives the sessions see.
 *
 * Three passes, apart from each other: the driver builds a snapshot; panel_draw writes a scene of
 * it; panel_event changes the panel's own state and says what is to be done, as a line: a verb of
 * the debugger, or one of the driver's own words below. Nothing here runs a machine, opens a file
 * or a window.
 */
#ifndef VISUALIZER_PANEL_H
#define VISUALIZER_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct panel;
struct scene;
struct snapshot;

enum panel_event_kind {
    PANEL_KEY,    /* key, modifiers */
    PANEL_TEXT,   /* text: a character typed, for lines and the guest */
    PANEL_CLICK,  /* x, y */
    PANEL_DRAG,   /* x, y; with the button down */
    PANEL_DROP,   /* x, y: the button came up */
    PANEL_MOVE,   /* x, y */
    PANEL_WHEEL,  /* x, y, by: up is positive */
    PANEL_RESIZE, /* x, y: pixels */
    PANEL_EVENTS
};

struct panel_event {
    enum panel_event_kind kind;
    unsigned modifiers; /* enum key_modifier */
    bool other;         /* PANEL_CLICK: another button than the left one, whose drag pans */
    int x, y, by;
    char key[16]; /* as keys.def spells it */
    char text[8]; /* UTF-8 */
};

#define PANEL_LINE 192

/*
 * What the driver is to do: "" nothing. A verb of the debugger with its arguments, or one of:
 * `run`, `run back`, `pause`, `exit same [back]`, `point here`, `point reason`, `predict`,
 * `answer N`, `shot png|svg`, `keys TEXT` (for the guest), `quit`; or what came of what the panel
 * did itself: `locked WHAT`, `found`, `unfound TEXT`.
 */
struct panel_command {
    char line[PANEL_LINE];
};

/* What the panel looks at, for whoever builds the snapshot. */
struct panel_wants {
    const char *view; /* "debug", "compare"...; "presenter" */
    unsigned side;
    uint64_t exit;    /* 0: the present one */
    uint32_t address; /* if has_address; else the present place */
    uint32_t eip;     /* the same, of the code */
    bool has_address, has_eip;
    char reason[24]; /* of exits that is looked at; "": the present one's */
};

/* How the panel looks: what a front end may keep for the next time. */
struct panel_looks {
    char theme[8];     /* "dark"; "": as ever */
    int text;          /* pixels of the text; 0: as fits the window */
    int width, height; /* of the window; 0: as ever */
};

/* Is there a key of that name: a character, one of the panel's keys, or one that guests know? */
bool panel_has_key(const char *name);
/* Is there text of so many pixels? */
bool panel_has_text(int pixels);
/* Theme and text size at present, and the window's size. */
struct panel_looks panel_looks(const struct panel *p);

/* Null: no memory. */
struct panel *panel_create(int width, int height);
void panel_destroy(struct panel *p);
struct panel_wants panel_wants(const struct panel *p);

/* Writes the scene of a snapshot; it is the panel's, and stays until the next one. */
const struct scene *panel_draw(struct panel *p, const struct snapshot *snapshot);

/* Takes an event, which is about the scene drawn last. */
struct panel_command panel_take(struct panel *p, const struct snapshot *snapshot,
                                const struct panel_event *event);

/*
 * Carries out a line of the panel's language as if its key had been pressed: what is the panel's
 * own is done, the rest is returned.
 */
struct panel_command panel_say(struct panel *p, const struct snapshot *snapshot, const char *line);

/*
 * A point of a widget of the scene drawn last, by name: so many hundredths of its width from its
 * left edge (50: its middle), in the middle of its height. False: there is none.
 */
bool panel_find(const struct panel *p, const char *widget, int hundredths, int *x, int *y);

#endif
