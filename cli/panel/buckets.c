/* Colours of buckets: see buckets.h. */
#include "panel/buckets.h"

#include "sim/cost.h"
#include "visualizer/theme.h"

struct bucket_look bucket_look(unsigned b)
{
    static const struct bucket_look looks[SIM_BUCKETS] = {
        [BUCKET_guest_user] = {COLOUR_sky, HATCH_NONE, "programs"},
        [BUCKET_guest_kernel] = {COLOUR_yellow, HATCH_NONE, "guest's kernel"},
        [BUCKET_guest_event] = {COLOUR_yellow, HATCH_RISING, "by hardware"},
        [BUCKET_transition_in] = {COLOUR_vermillion, HATCH_NONE, "going in"},
        [BUCKET_decode] = {COLOUR_orange, HATCH_RISING, "reading it"},
        [BUCKET_emulate] = {COLOUR_orange, HATCH_NONE, "doing it"},
        [BUCKET_memory] = {COLOUR_green, HATCH_NONE, "page tables"},
        [BUCKET_device] = {COLOUR_blue, HATCH_NONE, "devices"},
        [BUCKET_inject] = {COLOUR_purple, HATCH_NONE, "an event"},
        [BUCKET_schedule] = {COLOUR_grey, HATCH_NONE, "who runs next"},
        [BUCKET_transition_out] = {COLOUR_vermillion, HATCH_RISING, "going back"},
        [BUCKET_tlb_walk] = {COLOUR_green, HATCH_RISING, "TLB misses"},
        [BUCKET_idle] = {COLOUR_grey, HATCH_NONE, "nothing"},
    };
    return looks[b < SIM_BUCKETS ? b : BUCKET_idle];
}
