/* Parts of a snapshot: where cycles were booked, and by which keys of the profile they were
 * charged. */
#include "number.h"
#include "panel/buckets.h"
#include "panel/driver.h"

/* The dearest keys that the hypervisor was charged in a bucket: price, times, kind of figure. */
static const char *keys_of(const struct panel_side *s, struct snapshot *to, unsigned bucket)
{
    const struct hv *hv = session_hv(s->d->session);
    const struct cost_profile *p = hv->config.profile;
    const char *text = "";
    uint64_t below = UINT64_MAX;
    for (int shown = 0; shown < 3; shown++) {
        uint64_t most = 0;
        unsigned best = 0;
        for (unsigned k = 0; k < HV_COSTS; k++) {
            uint64_t cycles = hv->events[k] * p->hv.cycles[k];
            if (hv_cost_buckets[k] == bucket && cycles > most && cycles < below) {
                most = cycles;
                best = k;
            }
        }
        if (!most)
            break;
        const char *source = s->d->inputs->profile.source[SIM_COSTS + best];
        text =
            snapshot_text(to, "%s%s %s: %" PRIu64 " times %u cycles (%s%s%s).", text,
                          *text ? "" : "In the run so far:", hv_cost_names[best], hv->events[best],
                          p->hv.cycles[best], cost_kind_names[p->hv_kind[best]], source ? ": " : "",
                          source ? source : "");
        below = most;
    }
    return text;
}

const char *look_tip(const struct panel_side *s, struct snapshot *to, unsigned bucket,
                     const char *what, uint64_t cycles)
{
    char digits[NUMBER_TEXT];
    return snapshot_text(to, "%s: %s cycles, modelled. %s. %s", what,
                         number_grouped(digits, cycles), sim_bucket_texts[bucket],
                         keys_of(s, to, bucket));
}

void look_costs(struct panel_side *s, struct snapshot *to, struct snap_side *side)
{
    const struct hv *hv = session_hv(s->d->session);
    const uint64_t *bucket = hv->machine->cpu.s.bucket;
    side->cost = snapshot_alloc(to, SIM_BUCKETS, sizeof *side->cost);
    for (unsigned b = 0; side->cost && b < SIM_BUCKETS; b++) {
        if (b == BUCKET_idle)
            continue;
        struct snap_cost *c = &side->cost[side->costs++];
        const struct bucket_look look = bucket_look(b);
        *c = (struct snap_cost){.name = sim_bucket_names[b],
                                .words = sim_bucket_texts[b],
                                .brief = look.brief,
                                .cycles = bucket[b],
                                .colour = look.colour,
                                .hatch = look.hatch};
        c->tip = look_tip(s, to, b, snapshot_text(to, "%s in %s", c->name, side->label), c->cycles);
        side->busy += bucket[b];
    }
}
