/*
 * Allocation n fails, for every n, in every mode: a clear error, nothing left allocated, and with
 * enough memory it works.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "hv/hv.h"

#include <string.h>

#include "tests/oom/lack.h"

static enum sim_status create(enum hv_mode_id mode, unsigned vms, unsigned failing,
                              struct sim_error *err)
{
    static struct cost_profile profile = {.clock_hz = 1000000};
    struct hv_config config;
    struct hv *hv = NULL;
    hv_config_init(&config, mode);
    config.profile = &profile;
    config.ram_bytes = 1u << 20;
    config.vms = vms;
    lack(failing, false);
    lack_forget();
    memset(err, 0, sizeof(*err));
    enum sim_status status = hv_create(&hv, &config, err);
    cr_assert_eq(status == SIM_OK, hv != NULL);
    hv_destroy(hv);
    return status;
}

struct scenario {
    int mode;
    unsigned vms;
};

static struct scenario scenarios[] = {
    {MODE_native, 1}, {MODE_trap, 1}, {MODE_trap, 3}, {MODE_pv, 1}, {MODE_pv, 2}};

ParameterizedTestParameters(oom_hv, every_failing_allocation_is_survived)
{
    return cr_make_param_array(struct scenario, scenarios,
                               sizeof(scenarios) / sizeof(scenarios[0]));
}

ParameterizedTest(struct scenario *s, oom_hv, every_failing_allocation_is_survived)
{
    struct sim_error err;
    cr_assert_eq(create((enum hv_mode_id)s->mode, s->vms, 0, &err), SIM_OK, "%s", err.text);
    cr_assert_eq(lack_held(), 0, "%ld blocks leaked by success", lack_held());
    unsigned sites = lack_calls();
    cr_expect_gt(sites, 5);
    for (unsigned n = 1; n <= sites; n++) {
        cr_expect_eq(create((enum hv_mode_id)s->mode, s->vms, n, &err), SIM_NO_MEMORY,
                     "allocation %u", n);
        cr_expect_gt(strlen(err.text), 5, "allocation %u fails without a word", n);
        cr_expect_eq(lack_held(), 0, "allocation %u: %ld blocks leaked", n, lack_held());
    }
}
