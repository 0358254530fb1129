/*
 * The tables behind hv/cost.h: every fact comes from the two cost.def files.
 */
#include "hv/cost.h"

#include <assert.h>
#include <string.h>

const char *const hv_cost_names[HV_COSTS] = {
#define HV_COST(key, bucket, text) #key,
#include "hv/cost.def"
#undef HV_COST
};

const char *const hv_cost_texts[HV_COSTS] = {
#define HV_COST(key, bucket, text) text,
#include "hv/cost.def"
#undef HV_COST
};

const uint8_t hv_cost_buckets[HV_COSTS] = {
#define HV_COST(key, bucket, text) BUCKET_##bucket,
#include "hv/cost.def"
#undef HV_COST
};

const char *const cost_kind_names[COST_KINDS] = {"published", "derived", "assumed", "changed"};

int cost_find(const char *name)
{
    for (unsigned key = 0; key < COST_KEYS; key++)
        if (strcmp(cost_name(key), name) == 0)
            return (int)key;
    return -1;
}

const char *cost_name(unsigned key)
{
    assert(key < COST_KEYS);
    return key < SIM_COSTS ? sim_cost_names[key] : hv_cost_names[key - SIM_COSTS];
}

const char *cost_text(unsigned key)
{
    assert(key < COST_KEYS);
    return key < SIM_COSTS ? sim_cost_texts[key] : hv_cost_texts[key - SIM_COSTS];
}

uint32_t cost_value(const struct cost_profile *p, unsigned key)
{
    assert(key < COST_KEYS);
    return key < SIM_COSTS ? p->hw.cycles[key] : p->hv.cycles[key - SIM_COSTS];
}

enum cost_kind cost_kind_of(const struct cost_profile *p, unsigned key)
{
    assert(key < COST_KEYS);
    return (enum cost_kind)(key < SIM_COSTS ? p->hw_kind[key] : p->hv_kind[key - SIM_COSTS]);
}

void cost_set(struct cost_profile *p, unsigned key, uint32_t cycles, enum cost_kind kind)
{
    assert(key < COST_KEYS);
    if (key < SIM_COSTS) {
        p->hw.cycles[key] = cycles;
        p->hw_kind[key] = (uint8_t)kind;
    } else {
        p->hv.cycles[key - SIM_COSTS] = cycles;
        p->hv_kind[key - SIM_COSTS] = (uint8_t)kind;
    }
}
