/*
 * Frames and the p2m: nobody's frame is where its number says, nobody's is somebody else's.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "mmu/shadow.h"
#include "rig.h"
#include "sim/alloc.h"

static struct rig r;

static void setup(void)
{
    rig_init(&r, MODE_trap);
    r.config.vms = 2;
    rig_create(&r);
}

static void teardown(void)
{
    rig_destroy(&r);
}

TestSuite(memory, .init = setup, .fini = teardown);

static uint32_t mfn_of(const struct vm *vm, uint32_t gfn)
{
    uint32_t pa = 0;
    cr_assert_eq(p2m_lookup(vm, gfn << PAGE_SHIFT, &pa), P2M_RAM);
    return pa >> PAGE_SHIFT;
}

Test(memory, p2m_is_nowhere_near_the_identity)
{
    unsigned same = 0, neighbours = 0;
    for (uint32_t gfn = 0; gfn + 1 < rig_vm(&r, 0)->pages; gfn++) {
        same += mfn_of(rig_vm(&r, 0), gfn) == gfn;
        neighbours += mfn_of(rig_vm(&r, 0), gfn) + 1 == mfn_of(rig_vm(&r, 0), gfn + 1);
    }
    cr_expect_lt(same, 8);
    cr_expect_lt(neighbours, 8);
}

Test(memory, every_frame_has_one_owner_who_sees_it_at_its_gfn)
{
    for (unsigned n = 0; n < 2; n++)
        for (uint32_t gfn = 0; gfn < rig_vm(&r, n)->pages; gfn++) {
            uint32_t mfn = mfn_of(rig_vm(&r, n), gfn);
            cr_assert(frame_is_vms(r.hv, mfn, rig_vm(&r, n)));
            cr_assert_not(frame_is_vms(r.hv, mfn, rig_vm(&r, !n)));
            cr_assert_eq(frame_of(r.hv, mfn)->gfn, gfn);
        }
}

Test(memory, foreign_frames_lie_between)
{
    unsigned foreign = 0;
    for (uint32_t mfn = 0; mfn < r.hv->frame_count; mfn++)
        foreign += frame_of(r.hv, mfn)->owner == FRAME_FOREIGN;
    cr_expect_gt(foreign, 16);
    cr_expect_null(frame_of(r.hv, r.hv->frame_count));
}

Test(memory, the_seed_decides_where_frames_are)
{
    struct rig other;
    rig_init(&other, MODE_trap);
    other.config.vms = 2;
    other.config.seed = 99;
    rig_create(&other);
    unsigned same = 0;
    for (uint32_t gfn = 0; gfn < 1024; gfn++)
        same += mfn_of(rig_vm(&r, 0), gfn) == mfn_of(rig_vm(&other, 0), gfn);
    cr_expect_lt(same, 16);
    rig_destroy(&other);
}

Test(memory, frames_are_zeroed_when_taken_back)
{
    uint32_t mfn = frame_alloc(r.hv, FRAME_HYPERVISOR, FRAME_HV_TABLE);
    cr_assert(mfn);
    ram_write32(&r.hv->machine->ram, mfn << PAGE_SHIFT, 0x12345678);
    frame_free(r.hv, mfn);
    cr_expect_eq(ram_read32(&r.hv->machine->ram, mfn << PAGE_SHIFT), 0);
    cr_expect_eq(frame_of(r.hv, mfn)->owner, FRAME_FREE);
    cr_expect_eq(frame_alloc(r.hv, 1, FRAME_NONE), mfn, "the last one back is the next one out");
}

Test(memory, an_empty_pool_says_so)
{
    while (frame_alloc(r.hv, FRAME_HYPERVISOR, FRAME_NONE))
        ;
    cr_expect_eq(r.hv->deal_count, 0);
    cr_expect_eq(frame_alloc(r.hv, 1, FRAME_NONE), 0);
}

static void expect_none_left(enum sim_status status, const struct sim_error *err)
{
    cr_expect_eq(status, SIM_NO_MEMORY);
    cr_expect(strstr(err->text, "the machine has no frame left"), "%s", err->text);
}

Test(memory, what_needs_frames_says_that_there_are_none)
{
    struct sim_error err;
    struct vm *vm = rig_vm(&r, 1);
    while (frame_alloc(r.hv, FRAME_HYPERVISOR, FRAME_NONE))
        ;
    sim_free(vm->p2m);
    vm->p2m = NULL;
    expect_none_left(p2m_create(vm, &err), &err);
    shadow_destroy(vm);
    expect_none_left(shadow_create(vm, 4, &err), &err);
    expect_none_left(own_vm_create(r.hv, vm, &err), &err);
    expect_none_left(own_create(r.hv, &err), &err);
}

/* A register that can only be read, or only be written, and one that nobody has. */
static uint32_t only_read(void *device, uint32_t offset, unsigned size)
{
    (void)device;
    return 0x1000u + offset + size;
}

Test(memory, half_a_device_answers_by_halves)
{
    static const struct io_ops half = {.read = only_read}, none = {.read = NULL};
    struct vm *vm = rig_vm(&r, 0);
    bus_add_mmio(&vm->mmio, &(struct io_range){.base = 0xd0000000, .size = 16, .ops = &half});
    bus_add_mmio(&vm->mmio, &(struct io_range){.base = 0xd0001000, .size = 16, .ops = &none});
    cr_expect_eq(gpa_read(vm, 0xd0000004, 4), 0x1008);
    gpa_write(vm, 0xd0000004, 4, 7);
    cr_expect_eq(gpa_read(vm, 0xd0000004, 4), 0x1008);
    cr_expect_eq(gpa_read(vm, 0xd0001004, 4), 0xffffffff);
}

Test(memory, outside_ram_reads_ones_and_swallows_writes)
{
    struct vm *vm = rig_vm(&r, 0);
    uint32_t beyond = vm->s.ram_bytes;
    cr_expect_eq(gpa_read(vm, beyond, 4), 0xffffffff);
    cr_expect_eq(gpa_read(vm, beyond, 2), 0xffff);
    cr_expect_eq(gpa_read(vm, beyond, 1), 0xff);
    gpa_write(vm, beyond, 4, 0);
    cr_expect_eq(gpa_read(vm, beyond, 4), 0xffffffff);
}

Test(memory, device_registers_answer_at_their_guest_address)
{
    struct vm *vm = rig_vm(&r, 0);
    uint32_t pa;
    cr_expect_eq(p2m_lookup(vm, 0xfee00000, &pa), P2M_MMIO);
    cr_expect_neq(gpa_read(vm, 0xfee00030, 4), 0xffffffff, "the local APIC's version");
    cr_expect_eq(vm->stats.mmio_accesses, 1);
    cr_expect_eq(p2m_lookup(vm, 0xf0000000, &pa), P2M_NONE);
}

Test(memory, copies_cross_pages_and_stop_at_the_end)
{
    struct vm *vm = rig_vm(&r, 0);
    uint8_t in[9000], out[9000] = {0};
    for (unsigned i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i * 7);
    cr_expect(gpa_copy_in(vm, 0x10ff0, in, sizeof(in)));
    cr_expect(gpa_copy_out(vm, 0x10ff0, out, sizeof(out)));
    cr_expect_arr_eq(in, out, sizeof(in));
    cr_expect_not(gpa_copy_in(vm, vm->s.ram_bytes - 100, in, 200));
    cr_expect_not(gpa_copy_out(vm, 0xfffffff0, out, 100));
    cr_expect_eq(gpa_read(rig_vm(&r, 1), 0x10ff0, 4), 0, "the other VM saw nothing");
}

Test(memory, the_real_machine_is_vms_times_memory_plus_the_reserve)
{
    uint32_t guests = 2 * rig_vm(&r, 0)->pages;
    cr_expect_eq(r.hv->frame_count, guests + r.hv->reserve_frames + r.hv->foreign_count);
}
