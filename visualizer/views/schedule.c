/* The Schedule view: which VM had the processor, who waited, what world switches cost. */
#include <stdio.h>

#include "view.h"

#define NUMBER_CELLS 16 /* up to 999,999,999,999 and a blank */

static void pane_vms(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    static const char *const heads[] = {"ran, cycles", "waited, cycles", "idle, cycles",
                                        "switches"};
    if (!s->vms) {
        draw_empty(p, "No VM here. In mode native the guest has the machine for itself.");
        return;
    }
    int shown = 4; /* columns; the last ones are left out where a number would not fit */
    while (shown > 0 && (p->columns - 30) / shown < NUMBER_CELLS)
        shown--;
    int wide = shown ? (p->columns - 30) / shown : 0;
    for (int i = 0; i < shown; i++)
        (void)pane_text(p, 30 + i * wide, 0, wide - 1, COLOUR_dim, PANE_RIGHT, "%s", heads[i]);
    for (size_t i = 0; i < s->vms && (int)i + 1 < p->rows; i++) {
        const struct snap_vm *v = &s->vm[i];
        const uint64_t values[] = {v->ran, v->waited, v->idle, v->switches};
        int row = (int)i + 1;
        (void)pane_text(p, 0, row, 6, COLOUR_ink, PANE_BOLD, "%s", v->name);
        (void)pane_text(p, 7, row, 22, COLOUR_ink, PANE_PLAIN, "%s", v->state);
        for (int c = 0; c < shown; c++)
            pane_number(p, 30 + c * wide, row, wide - 1, COLOUR_ink, PANE_PLAIN, values[c]);
        char name[16];
        (void)snprintf(name, sizeof name, "vm%u", (unsigned)i);
        pane_widget(p, 0, row, p->columns, name, "",
                    "Ran: the processor was this VM's, its exits included. Waited: ready, while "
                    "another ran (steal time). Idle: halted.");
    }
}

static const struct column_spec columns[] = {{60, 1}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL},
    {{"vms", "VMs", 0, 80, 3, 6, 0, false}, pane_vms, note_scale},
    {{"who", "Who had the processor", 0, 75, 4, 10, 2, false}, pane_who, note_scale},
    {{"timelines", "By privilege", 0, 70, 5, 10, 2, false}, pane_timelines, note_scale},
    {{"log", "Answers", 0, 10, 2, 5, 1, false}, pane_log, NULL},
};

const struct view view_schedule = {"schedule",
                                   "Schedule",
                                   "who had the processor",
                                   columns,
                                   sizeof columns / sizeof *columns,
                                   panes,
                                   sizeof panes / sizeof *panes};
