/* How the panel and its charts draw each bucket of cycles. */
#ifndef CLI_PANEL_BUCKETS_H
#define CLI_PANEL_BUCKETS_H

#include <stdint.h>

struct bucket_look {
    uint8_t colour, hatch; /* enum colour, enum hatch */
    const char *brief;     /* what it is, in at most 16 characters */
};

/* Of bucket number b. */
struct bucket_look bucket_look(unsigned b);

#endif
