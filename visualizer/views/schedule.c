/* The Schedule view: which VM had the processor, who waited, what world switches cost. */
#include <stdio.h>

#include "view.h"

#define NUMBER_CELLS 16 /* up to 999,999,999,999 and a blank */

#define NAME_CELLS 30

static void draw_vm(struct pane *p, int row, const struct snap_vm *v, int shown, int wide,
                    bool choice)
{
    const uint64_t values[] = {v->ran, v->waited, v->switches};
    char name[16], command[16] = "";
    (void)pane_text(p, 0, row, 6, COLOUR_ink, PANE_BOLD, "%s", v->name);
    (void)pane_text(p, 7, row, 22, COLOUR_ink, PANE_PLAIN, "%s", v->state);
    for (int c = 0; c < shown; c++)
        pane_number(p, NAME_CELLS + c * wide, row, wide - 1, COLOUR_ink, PANE_PLAIN, values[c]);
    (void)snprintf(name, sizeof name, "vm%d", row - 1);
    if (choice)
        (void)snprintf(command, sizeof command, "vm %d", row - 1);
    pane_widget(p, 0, row, p->columns, name, command,
                choice ? "Had it: the processor was this VM's, its exits included. Waited: ready, "
                         "while another had it (steal time). Switches: times it was put on the "
                         "processor. A click chooses the VM that verbs and other views are about."
                       : "Had it: the processor was this VM's, its exits included. Waited: ready, "
                         "while another had it (steal time). Switches: times it was put on the "
                         "processor.");
}

static void pane_vms(struct pane *p, const struct view_input *in)
{
    const struct snapshot *s = in->snapshot;
    static const char *const heads[] = {"had it, cycles", "waited, cycles", "switches"};
    if (!s->vms) {
        draw_empty(p, "No VM here. In mode native the guest has the machine for itself.");
        return;
    }
    int shown = 3; /* columns; the last ones are left out where a number would not fit */
    while (shown > 0 && (p->columns - NAME_CELLS) / shown < NUMBER_CELLS)
        shown--;
    int wide = shown ? (p->columns - NAME_CELLS) / shown : 0, row = 1;
    wide = wide > 24 ? 24 : wide; /* figures stand beside their names, however wide the window */
    for (int i = 0; i < shown; i++)
        (void)pane_text(p, NAME_CELLS + i * wide, 0, wide - 1, COLOUR_dim, PANE_RIGHT, "%s",
                        heads[i]);
    for (size_t i = 0; i < s->vms && row < p->rows; i++)
        draw_vm(p, row++, &s->vm[i], shown, wide, s->vms > 1);
    if (!shown || row >= p->rows)
        return;
    (void)pane_text(p, 0, row, NAME_CELLS - 1, COLOUR_dim, PANE_PLAIN, "%s",
                    in->side->rings.bare ? "nobody: it waits in HLT" : "nobody: all VMs halted");
    pane_number(p, NAME_CELLS, row, wide - 1, COLOUR_ink, PANE_PLAIN, in->side->idle);
    pane_widget(p, 0, row, p->columns, "nobody", "",
                "The hypervisor had nothing to run, and halted the processor until an interrupt.");
}

static const struct column_spec columns[] = {{60, 1}};

static const struct view_pane panes[] = {
    {{"story", "", LAYOUT_TOP, 90, 2, 2, 0, true}, pane_story_bar, NULL, NULL},
    {{"vms", "VMs, and the processor", 0, 80, 3, 5, 0, false}, pane_vms, note_scale, NULL},
    {{"who", "Who had the processor, who waited", 0, 75, 4, 4, 1, false},
     pane_turns,
     note_scale,
     bar_turns},
    {{"timelines", "By privilege", 0, 70, 5, 14, 2, false},
     pane_timelines,
     note_scale,
     bar_classes},
    {{"log", "Answers", 0, 10, 2, 5, 1, false}, pane_log, NULL, NULL},
};

const struct view view_schedule = {"schedule",
                                   "Schedule",
                                   "who had the processor",
                                   columns,
                                   sizeof columns / sizeof *columns,
                                   panes,
                                   sizeof panes / sizeof *panes};
