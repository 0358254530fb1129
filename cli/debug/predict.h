/* Bands of cost that a student chooses from, and one question with its answer. */
#ifndef CLI_DEBUG_PREDICT_H
#define CLI_DEBUG_PREDICT_H

#include <stdint.h>

/* The band of a number of cycles: 0 under 500, 1 under 2,000, 2 under 8,000, 3 more. */
unsigned predict_band(uint64_t cycles);
extern const char *const predict_bands[4];

#endif
