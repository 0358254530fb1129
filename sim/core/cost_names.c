/* Names and meanings of cost keys and buckets, from their tables (sim/cost.def, sim/bucket.def). */
#include "sim/cost.h"

const char *const sim_cost_names[SIM_COSTS] = {
#define COST(key, text) #key,
#include "sim/cost.def"
#undef COST
};

const char *const sim_cost_texts[SIM_COSTS] = {
#define COST(key, text) text,
#include "sim/cost.def"
#undef COST
};

const char *const sim_bucket_names[SIM_BUCKETS] = {
#define BUCKET(name, text) #name,
#include "sim/bucket.def"
#undef BUCKET
};

const char *const sim_bucket_texts[SIM_BUCKETS] = {
#define BUCKET(name, text) text,
#include "sim/bucket.def"
#undef BUCKET
};
