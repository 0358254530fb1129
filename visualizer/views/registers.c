/* Registers: what the guest believes beside what the processor holds. */
#include <stdio.h>

#include "view.h"

void pane_registers(struct pane *p, const struct view_input *in)
{
    const struct snap_side *side = in->side;
    bool words = p->columns >= 40;
    (void)pane_text(p, 7, 0, 8, COLOUR_dim, PANE_PLAIN, "guest");
    (void)pane_text(p, 17, 0, 8, COLOUR_dim, PANE_PLAIN, "real");
    size_t first = pane_first(p, 1, side->regs);
    for (int row = 1; row < p->rows; row++) {
        size_t i = (size_t)row - 1 + first;
        if (i >= side->regs)
            break;
        const struct snap_register *r = &side->reg[i];
        if (r->changed)
            pane_shade(p, 0, row, 15, COLOUR_changed);
        (void)pane_text(p, 0, row, 6, COLOUR_dim, PANE_PLAIN, "%s", r->name);
        (void)pane_text(p, 7, row, 8, COLOUR_ink, r->changed ? PANE_BOLD : PANE_PLAIN, "%08x",
                        (unsigned)r->guest);
        if (r->has_real && r->real == r->guest)
            (void)pane_text(p, 17, row, 8, COLOUR_dim, PANE_PLAIN, "same");
        else if (r->has_real)
            (void)pane_text(p, 17, row, 8, COLOUR_ink, PANE_BOLD, "%08x", (unsigned)r->real);
        if (words)
            (void)pane_text(p, 27, row, -1, COLOUR_dim, PANE_PLAIN, "%s", r->words);
        char command[40] = "", tip[200];
        if (r->points)
            (void)snprintf(command, sizeof command, "look address 0x%x", (unsigned)r->guest);
        (void)snprintf(tip, sizeof tip, "%s%s%s",
                       r->has_real && r->real != r->guest
                           ? "The guest reads the left value; the processor holds the right one, "
                             "which the hypervisor chose."
                       : r->has_real ? "Both the guest and the processor have this value."
                                     : "What the guest reads.",
                       r->changed ? " Changed by the last command." : "",
                       r->points ? " A click looks at it as an address, in Memory." : "");
        pane_widget(p, 0, row, p->columns, r->name, command, tip);
    }
}
