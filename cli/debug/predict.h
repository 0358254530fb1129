/* Questions of --predict: what asks them (predict.c) and what judges their answers (answer.c)
 * share. */
#ifndef CLI_DEBUG_PREDICT_H
#define CLI_DEBUG_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct question {
    uint64_t exit, cycles;
    uint32_t eip;
    char instruction[64];
    uint8_t reason, outcome, band;                /* as it was */
    uint8_t said_reason, said_outcome, said_band; /* as predicted */
};

struct predict {
    struct question *question; /* owned */
    size_t count, room;
    unsigned point; /* the silent one before every exit */
    bool waits;     /* the last question has no answer yet */
};

/* The band of a number of cycles: 0 under 500, 1 under 2,000, 2 under 8,000, 3 more. */
unsigned predict_band(uint64_t cycles);
extern const char *const predict_bands[4];
/* Of three: reason, outcome, band. */
unsigned predict_points(const struct question *q);

#endif
