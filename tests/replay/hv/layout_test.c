/*
 * Which states fit: size and layout.
 */
#include <criterion/criterion.h>

#include "hv/saved.h"
#include "snap.h"

#define WORK "hz=1000 run=\"halt\""

Test(layout, another_size_is_refused)
{
    struct rig r;
    struct sim_error err = {SIM_OK, ""};
    way_start(&r, &ways_few[1], WORK);
    struct snap base = snap_take(&r);
    cr_assert_eq(hv_saved_unpack(r.hv, base.state, base.size - 1, &err), SIM_BAD_INPUT);
    cr_assert_eq(hv_saved_unpack(r.hv, base.state, 0, NULL), SIM_BAD_INPUT);
    snap_put(&r, &base);
    snap_free(&base);
    rig_stop(&r);
}

Test(layout, another_configuration_has_another_layout)
{
    struct rig a, b;
    uint64_t seen[WAYS_FEW];
    for (unsigned i = 0; i < WAYS_FEW; i++) {
        way_start(&a, &ways_few[i], WORK);
        seen[i] = hv_saved_layout(a.hv);
        rig_run(&a, 100000);
        cr_assert_eq(hv_saved_layout(a.hv), seen[i], "running changes no layout");
        way_start(&b, &ways_few[i], "other words");
        cr_assert_eq(hv_saved_layout(b.hv), seen[i], "the guest is state, not layout");
        rig_stop(&a);
        rig_stop(&b);
        for (unsigned k = 0; k < i; k++)
            cr_assert_neq(seen[k], seen[i]);
    }
}
