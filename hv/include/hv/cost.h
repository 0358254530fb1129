/*
 * The cost profile: what every atomic event of hardware and hypervisor costs, and where the number
 * comes from.
 *
 * Plain data, filled by whoever reads profiles (files are not this library's business). It knows no
 * mode and no benchmark: a mode is dear or cheap only through what it does.
 */
#ifndef HV_COST_H
#define HV_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cost.h"

enum hv_cost {
#define HV_COST(key, bucket, text) HV_COST_##key,
#include "hv/cost.def"
#undef HV_COST
    HV_COSTS
};

/* How a number came about. An assumed one is never printed as measured. */
enum cost_kind {
    COST_PUBLISHED, /* stands in the source */
    COST_DERIVED,   /* computed from published figures; the source gives the arithmetic */
    COST_ASSUMED,   /* nobody published it */
    COST_CHANGED,   /* set on the command line */
    COST_KINDS
};

/* Cycles per event of the hypervisor. */
struct hv_costs {
    uint32_t cycles[HV_COSTS];
};

/* One machine's prices. Value type; the strings of a profile file stay with its reader. */
struct cost_profile {
    char name[48];
    uint64_t clock_hz;
    struct sim_costs hw;
    struct hv_costs hv;
    uint8_t hw_kind[SIM_COSTS]; /* enum cost_kind */
    uint8_t hv_kind[HV_COSTS];
};

extern const char *const hv_cost_names[HV_COSTS];
extern const char *const hv_cost_texts[HV_COSTS];
extern const uint8_t hv_cost_buckets[HV_COSTS]; /* enum sim_bucket */
extern const char *const cost_kind_names[COST_KINDS];

/*
 * Finds a key by name among the hardware's (result 0 .. SIM_COSTS-1) and the hypervisor's
 * (SIM_COSTS .. SIM_COSTS+HV_COSTS-1). Returns -1 if there is none. The same numbering serves the
 * three functions below.
 */
int cost_find(const char *name);

#define COST_KEYS ((unsigned)SIM_COSTS + (unsigned)HV_COSTS)

/* Name, meaning and value of key number `key` (below COST_KEYS, asserted). */
const char *cost_name(unsigned key);
const char *cost_text(unsigned key);
uint32_t cost_value(const struct cost_profile *p, unsigned key);
enum cost_kind cost_kind_of(const struct cost_profile *p, unsigned key);

/* Sets one value and its kind. */
void cost_set(struct cost_profile *p, unsigned key, uint32_t cycles, enum cost_kind kind);

#endif
