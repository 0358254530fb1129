/*
 * Making a hypervisor: what is refused, and in which words.
 */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(create, .init = setup, .fini = teardown);

static void refuse(const char *words)
{
    struct sim_error err = {0};
    cr_expect_eq(hv_create(&r.hv, &r.config, &err), SIM_BAD_INPUT);
    cr_expect(strstr(err.text, words), "'%s' does not say '%s'", err.text, words);
    cr_expect_null(r.hv);
}

Test(create, defaults_follow_the_mode)
{
    struct hv_config c;
    hv_config_init(&c, MODE_trap);
    cr_expect_str_eq(c.cpu.name, "virtualizable");
    cr_expect_eq(c.ram_bytes, 64u << 20);
    cr_expect_eq(c.vms, 1);
    hv_config_init(&c, MODE_native);
    cr_expect_str_eq(c.cpu.name, "classic");
}

Test(create, memory_outside_its_range_is_refused)
{
    r.config.ram_bytes = 0x80000;
    refuse("1 MiB to 1 GiB");
    r.config.ram_bytes = 0x40001000;
    refuse("1 MiB to 1 GiB");
    r.config.ram_bytes = 0x100800;
    refuse("4 KiB pages");
}

Test(create, the_number_of_vms_is_limited)
{
    r.config.vms = 0;
    refuse("0 VMs");
    r.config.vms = HV_MAX_VMS + 1;
    refuse("9 VMs");
}

Test(create, native_runs_one_guest)
{
    r.config.mode = MODE_native;
    r.config.vms = 2;
    refuse("native has no hypervisor");
}

Test(create, too_much_for_one_machine_is_refused)
{
    r.config.vms = 8;
    r.config.ram_bytes = 1u << 30;
    refuse("3.5 GiB");
}

Test(create, a_mode_refuses_an_io_it_does_not_have)
{
    r.config.io = HV_IO_RING;
    refuse("cannot use io ring");
}

Test(create, a_profile_is_needed)
{
    r.config.profile = NULL;
    refuse("cost profile");
    r.profile.clock_hz = 0;
    r.config.profile = &r.profile;
    refuse("clock_hz");
}

Test(create, an_image_that_is_none_is_refused_by_name)
{
    struct sim_error err = {0};
    static const uint8_t junk[100] = {1, 2, 3};
    const struct loader_input in = {
        .image = junk, .image_size = sizeof(junk), .image_name = "junk.elf", .cmdline = ""};
    rig_create(&r);
    cr_expect_eq(hv_load(r.hv, 0, &in, &err), SIM_BAD_INPUT);
    cr_expect(strstr(err.text, "junk.elf"), "%s", err.text);
    cr_expect_eq(hv_load(r.hv, 1, &in, &err), SIM_BAD_INPUT, "there is no VM 1");
}

Test(create, nothing_loaded_is_nothing_to_run)
{
    rig_create(&r);
    cr_expect_eq(rig_run(&r, 1000), HV_STOP_ENDED);
    cr_expect_eq(hv_cycle(r.hv), 0);
}

Test(create, destroying_nothing_is_allowed)
{
    hv_destroy(NULL);
}

Test(create, two_equal_ones_are_equal_and_independent)
{
    struct rig other;
    rig_init(&other, MODE_trap);
    rig_create(&r);
    rig_create(&other);
    RIG_CODE(&r, 0, 0xfa, 0x40, 0xeb, 0xfc);
    RIG_CODE(&other, 0, 0xfa, 0x40, 0xeb, 0xfc);
    for (uint64_t at = 1000; at < 100000; at += 1000) { /* interleaved */
        rig_run(&r, at);
        rig_run(&other, at + 500 < 100000 ? at + 500 : at);
    }
    rig_run(&r, 100000);
    rig_run(&other, 100000);
    cr_expect_eq(hv_hash(r.hv), hv_hash(other.hv));
    cr_expect_eq(hv_guest_hash(r.hv, 0), hv_guest_hash(other.hv, 0));
    rig_run(&other, 120000);
    cr_expect_neq(hv_hash(r.hv), hv_hash(other.hv));
    rig_destroy(&other);
}

Test(create, a_thousand_times_over)
{
    for (unsigned i = 0; i < 300; i++) {
        rig_create(&r);
        hv_destroy(r.hv);
        r.hv = NULL;
    }
}
