/*
 * Cost keys and buckets of the hardware, and the account that cycles are booked to.
 */
#ifndef SIM_COST_H
#define SIM_COST_H

#include <stdint.h>

enum sim_cost {
#define COST(key, text) COST_##key,
#include "sim/cost.def"
#undef COST
    SIM_COSTS
};

enum sim_bucket {
#define BUCKET(name, text) BUCKET_##name,
#include "sim/bucket.def"
#undef BUCKET
    SIM_BUCKETS
};

/* Cycles per event; a wire of the CPU, filled from a profile. */
struct sim_costs {
    uint32_t cycles[SIM_COSTS];
};

extern const char *const sim_cost_names[SIM_COSTS];
extern const char *const sim_cost_texts[SIM_COSTS];
extern const char *const sim_bucket_names[SIM_BUCKETS];
extern const char *const sim_bucket_texts[SIM_BUCKETS];

#endif
