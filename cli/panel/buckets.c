/* Colours of buckets: see buckets.h. */
#include "panel/buckets.h"

#include "visualizer/theme.h"

struct bucket_look bucket_look(unsigned b)
{
    static const struct bucket_look looks[] = {
        {COLOUR_sky, HATCH_NONE},          {COLOUR_yellow, HATCH_NONE},
        {COLOUR_yellow, HATCH_RISING},     {COLOUR_vermillion, HATCH_NONE},
        {COLOUR_orange, HATCH_RISING},     {COLOUR_orange, HATCH_NONE},
        {COLOUR_green, HATCH_NONE},        {COLOUR_blue, HATCH_NONE},
        {COLOUR_purple, HATCH_NONE},       {COLOUR_grey, HATCH_NONE},
        {COLOUR_vermillion, HATCH_RISING}, {COLOUR_green, HATCH_RISING}};
    return looks[b % (sizeof looks / sizeof *looks)];
}
