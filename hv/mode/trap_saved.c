/*
 * The saved state of a trapped guest: shadow descriptor tables, what was last put on the real CPU,
 * shadow pages.
 *
 * The real tables are in RAM. `lent` is empty whenever the hypervisor is left: it is filled for one
 * IRET.
 */
#include "core/saved.h"
#include "mode/trap.h"

static const struct state_field trap_fields[] = {
    STATE_BYTES(trap, guest),          STATE_BYTES(trap, filled),
    STATE_BYTES(trap, traced),         STATE_ARRAY(trap, traced_count),
    STATE_BYTES(trap, real_cs),        STATE_BYTES(trap, real_ss),
    STATE_FIELD(trap, resumed_cs),     STATE_FIELD(trap, resumed_ss),
    STATE_FIELD(trap, resumed_icount),
};
static STATE_DESC(trap_desc, trap, 1, trap_fields);

void trap_saved(struct vm *vm, struct saved *saved)
{
    saved_add(saved, "trap", (int)vm->number, &trap_desc, trap_of(&vm->cpu), 1);
    shadow_saved(vm, saved);
}

/* A virtual CPU in hand that will not look its root up again walks the shadow's. */
static bool has_root(const struct vm *vm)
{
    const struct shadow *s = vm->shadow;
    if (vm->hv->current != &vm->cpu || vm->cpu.mmu_dirty || vm->cpu.s.run == VCPU_DEAD)
        return true;
    return s->root && s->page[s->root - 1].mfn << PAGE_SHIFT == vm->cpu.s.real_cr3;
}

enum sim_status trap_restored(struct vm *vm, bool foreign, struct sim_error *err)
{
    struct trap *t = trap_of(&vm->cpu);
    t->lent_count = 0;
    for (unsigned table = 0; table < TABLES; table++)
        if (t->traced_count[table] > TABLE_PAGES)
            return sim_fail(err, SIM_BAD_INPUT,
                            "saved state of VM %u: %u traced pages of a descriptor table",
                            vm->number, t->traced_count[table]);
    enum sim_status status = shadow_restored(vm, err);
    if (status == SIM_OK && foreign && !has_root(vm))
        return sim_fail(err, SIM_BAD_INPUT, "saved state of VM %u: its CPU walks no shadow page",
                        vm->number);
    return status; /* what is derived was checked on the way */
}
