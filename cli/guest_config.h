/*
 * From the options and the files they name to what the hypervisor wants to be told: the same for a
 * run and for a session.
 */
#ifndef CLI_GUEST_CONFIG_H
#define CLI_GUEST_CONFIG_H

#include "inputs.h"

/*
 * Fills everything of a configuration that options decide; console callbacks and disks are the
 * caller's. cpu (may be null) goes before the options' model. Borrows from the inputs.
 */
void hv_config_from_options(struct hv_config *config, const struct options *o,
                            const struct inputs *in, enum hv_mode_id mode,
                            const struct cpu_model *cpu);

/* What is loaded into a guest; borrows from options and inputs. */
struct guest_load {
    struct loader_module modules[OPTIONS_MAX_MODULES];
    struct loader_input input; /* points to modules */
};

bool guest_load_from_options(struct guest_load *load, const struct options *o,
                             const struct inputs *in, enum hv_mode_id mode, struct complaint *why);

/* Takes over the loader's refusal, with the remedy that fits the mode. */
bool guest_refused(struct complaint *why, const struct sim_error *err, enum hv_mode_id mode);

#endif
