/* Colours of buckets: see buckets.h. */
#include "panel/buckets.h"

#include "visualizer/theme.h"

struct bucket_look bucket_look(unsigned b)
{
    static const struct bucket_look looks[] = {{COLOUR_sky, HATCH_NONE, "programs"},
                                               {COLOUR_yellow, HATCH_NONE, "guest's kernel"},
                                               {COLOUR_yellow, HATCH_RISING, "by hardware"},
                                               {COLOUR_vermillion, HATCH_NONE, "going in"},
                                               {COLOUR_orange, HATCH_RISING, "reading it"},
                                               {COLOUR_orange, HATCH_NONE, "doing it"},
                                               {COLOUR_green, HATCH_NONE, "page tables"},
                                               {COLOUR_blue, HATCH_NONE, "devices"},
                                               {COLOUR_purple, HATCH_NONE, "an event"},
                                               {COLOUR_grey, HATCH_NONE, "who runs next"},
                                               {COLOUR_vermillion, HATCH_RISING, "going back"},
                                               {COLOUR_green, HATCH_RISING, "TLB misses"}};
    return looks[b % (sizeof looks / sizeof *looks)];
}
