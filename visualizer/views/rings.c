/*
 * The rings: where the processor really is, where the guest believes to be, and which of its two
 * privileges paging sees. Three facts that are one on a bare machine.
 */
#include <stdio.h>

#include "view.h"

#define RINGS    4
#define FACTS    3
#define REAL     "\xe2\x97\x8f"
#define BELIEVED "\xe2\x97\x8b"

static const char *const who[RINGS] = {"hypervisor", "guest kernel", "", "programs"};
static const char *const who_bare[RINGS] = {"kernel", "", "", "programs"};

static void draw_ring(struct pane *p, const struct snap_side *side, int ring, int row)
{
    const struct snap_rings *r = &side->rings;
    bool lit = r->real == ring, believed = r->believed == ring;
    if (lit)
        pane_shade(p, 0, row, p->columns, r->hypervisor ? COLOUR_orange : COLOUR_sky);
    enum colour ink = lit ? COLOUR_on_fill : COLOUR_ink;
    (void)pane_text(p, 1, row, 6, ink, lit ? PANE_BOLD : PANE_PLAIN, "ring %d", ring);
    (void)pane_text(p, 8, row, 13, ink, lit ? PANE_BOLD : PANE_PLAIN, "%s",
                    r->bare ? who_bare[ring] : who[ring]);
    (void)pane_text(p, 21, row, -1, ink, PANE_BOLD, "%s%s", lit ? REAL : " ",
                    believed ? " " BELIEVED : "");
}

void pane_rings(struct pane *p, const struct view_input *in)
{
    const struct snap_rings *r = &in->side->rings;
    for (int ring = 0; ring < RINGS && ring < p->rows; ring++)
        draw_ring(p, in->side, ring, ring);
    (void)pane_text(p, 1, RINGS, -1, COLOUR_ink, PANE_PLAIN, REAL " really in ring %u", r->real);
    (void)pane_text(p, 1, RINGS + 1, -1, COLOUR_ink, PANE_PLAIN, BELIEVED " believes ring %u",
                    r->believed);
    (void)pane_text(p, 1, RINGS + 2, -1, COLOUR_ink, PANE_PLAIN, "  paging sees %s",
                    r->supervisor ? "supervisor" : "user");
    if (pane_rows(r->words, p->columns - 1) <= p->rows - RINGS - FACTS)
        (void)pane_paragraph(p, 1, RINGS + FACTS, -1, p->rows, COLOUR_dim, PANE_PLAIN, r->words);
    pane_widget(
        p, 0, 0, p->columns, "real", "",
        "Real: the ring in the processor's CS. Believed: the ring the guest reads in its CS. "
        "Paging knows user (ring 3) and supervisor (0 to 2) only. SDM v3, Protection.");
}
