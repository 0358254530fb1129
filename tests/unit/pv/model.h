/*
 * An exhaustive small model of the validator: three frames of two slots, every operation in every
 * order.
 */
#ifndef TESTS_UNIT_PV_MODEL_H
#define TESTS_UNIT_PV_MODEL_H

#include <stdint.h>

#include "mmu/pv_direct.h"

struct model_config {
    const struct pv_policy *policy;
    unsigned guest_slots; /* of two */
    unsigned depth;       /* operations */
    bool large;           /* also try entries with PS */
    bool forget_flush;    /* a planted bug: nobody notes when a writable mapping goes */
};

struct model_result {
    uint64_t states;      /* different ones, frames' names aside */
    uint64_t steps;       /* operations tried */
    unsigned depth_found; /* operations until the first violation; 0: none */
    char violation[160];
};

/* Breadth first, so a violation is found by a shortest sequence. Ends at the first. */
void model_explore(const struct model_config *config, struct model_result *result);

#endif
