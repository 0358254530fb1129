/* The Debug view, and its layout for a class. */
#include "view.h"

static const struct column_spec columns[] = {{46, 5}, {44, 4}, {30, 3}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL},
    {{"code", "Code", 0, 80, 6, 16, 3, false}, pane_code, note_side},
    {{"exit", "Exit", 1, 70, 4, 17, 3, false}, pane_exit, note_scale},
    {{"exits", "VM exits by reason", 1, 50, 4, 12, 2, false}, pane_counters, note_scale},
    {{"registers", "Registers", 2, 60, 4, 22, 0, false}, pane_registers, NULL},
    {{"rings", "Rings", 2, 65, 4, 9, 0, false}, pane_rings, NULL},
    {{"log", "Answers", 2, 10, 2, 6, 1, false}, pane_log, NULL},
    {{"console", "Guest's console", 0, 30, 3, 8, 2, false}, pane_console, NULL},
    {{"timeline", "Timeline", LAYOUT_BOTTOM, 45, 4, 7, 0, false}, pane_timeline, note_scale},
};

const struct view view_debug = {"debug",
                                "Debug",
                                "one machine, step by step",
                                columns,
                                sizeof columns / sizeof *columns,
                                panes,
                                sizeof panes / sizeof *panes};

static const struct column_spec presenter_columns[] = {{40, 3}, {40, 4}};

static const struct view_pane presenter_panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL},
    {{"code", "Code", 0, 80, 5, 14, 3, false}, pane_code, note_side},
    {{"rings", "Rings", 0, 60, 4, 7, 0, false}, pane_rings, NULL},
    {{"exit", "Exit", 1, 70, 5, 16, 3, false}, pane_exit, note_scale},
    {{"timeline", "Timeline", LAYOUT_BOTTOM, 50, 4, 7, 0, false}, pane_timeline, note_scale},
};

const struct view view_presenter = {"presenter",
                                    "Presenter",
                                    "code, rings, story, timeline",
                                    presenter_columns,
                                    sizeof presenter_columns / sizeof *presenter_columns,
                                    presenter_panes,
                                    sizeof presenter_panes / sizeof *presenter_panes};
