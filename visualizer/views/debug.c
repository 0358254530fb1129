/* The Debug view, and its layout for a class. */
#include "view.h"

/* What is chosen is not where the machine stands. */
static const char *note_code(const struct view_input *in)
{
    return state_focus_const(in->state)->has_eip ? "as chosen; Escape: the present"
                                                 : in->side->state;
}

static const struct column_spec columns[] = {{47, 4}, {47, 5}, {30, 2}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL, NULL},
    {{"code", "Code", 0, 80, 6, 16, 3, false}, pane_code, note_code, NULL},
    {{"exit", "Exit", 1, 70, 6, 16, 4, false}, pane_exit, note_scale, NULL},
    {{"exits", "VM exits by reason", 0, 50, 4, 12, 2, false}, pane_counters, note_scale, NULL},
    {{"registers", "Registers", 2, 60, 4, 14, 2, false}, pane_registers, NULL, NULL},
    {{"rings", "Rings", 2, 65, 4, 10, 0, false}, pane_rings, NULL, NULL},
    {{"log", "Answers", 1, 10, 2, 3, 1, false}, pane_log, NULL, NULL},
    {{"console", "Guest's console", 1, 30, 2, 3, 1, false}, pane_console, NULL, NULL},
    {{"timeline", "Timeline", LAYOUT_BOTTOM, 45, 4, 7, 0, false},
     pane_timeline,
     note_scale,
     bar_classes_of_one},
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
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL, NULL},
    {{"code", "Code", 0, 80, 5, 14, 3, false}, pane_code, note_code, NULL},
    {{"rings", "Rings", 0, 60, 4, 9, 0, false}, pane_rings, NULL, NULL},
    {{"exit", "Exit", 1, 70, 5, 16, 3, false}, pane_exit, note_scale, NULL},
    {{"timeline", "Timeline", LAYOUT_BOTTOM, 50, 4, 5, 0, false},
     pane_timeline,
     note_scale,
     bar_classes_of_one},
};

const struct view view_presenter = {"presenter",
                                    "Presenter",
                                    "code, rings, story, timeline",
                                    presenter_columns,
                                    sizeof presenter_columns / sizeof *presenter_columns,
                                    presenter_panes,
                                    sizeof presenter_panes / sizeof *presenter_panes};
