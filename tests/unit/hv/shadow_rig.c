/* A guest's page tables by hand. */
#include "shadow_rig.h"

#include <criterion/criterion.h>

void shadow_rig(struct rig *r, uint32_t cr0, uint32_t cr4)
{
    rig_create(r);
    RIG_CODE(r, 0, 0xeb, 0xfe);
    rig_run_exits(r, 1); /* fetching the first instruction */
    struct vcpu *v = rig_cpu(r);
    v->virt.s.cr0 = CR0_PE | CR0_ET | CR0_PG | cr0;
    v->virt.s.cr4 = cr4;
    v->virt.s.cr3 = PD;
    uint32_t root = shadow_root(v);
    cr_assert(root);
    r->hv->machine->cpu.s.cr3 = root;
}

void guest_pde(struct rig *r, unsigned slot, uint32_t entry)
{
    gpa_write(rig_vm(r, 0), PD + slot * 4, 4, entry);
}

void guest_pte(struct rig *r, unsigned table, unsigned slot, uint32_t entry)
{
    gpa_write(rig_vm(r, 0), PT(table) + slot * 4, 4, entry);
}

static bool read_entry(void *opaque, uint32_t pa, uint32_t *entry)
{
    const struct ram *ram = opaque;
    *entry = ram_read32(ram, pa);
    return true;
}

bool hardware(struct rig *r, uint32_t gva, enum cpu_access access, bool user, uint32_t *pa)
{
    static const struct walk_ops look = {read_entry, NULL};
    struct machine *m = r->hv->machine;
    const struct walk_mode mode = {.cr3 = m->cpu.s.cr3, .wp = true};
    struct walk_result w;
    if (!mmu_walk(&look, &m->ram, &mode, gva, access, user, &w))
        return false;
    *pa = w.frame | (gva & ~PAGE_MASK);
    return true;
}

bool touch(struct rig *r, uint32_t gva, enum cpu_access access, bool user)
{
    struct vcpu *v = rig_cpu(r);
    struct guest_walk w;
    uint32_t pa;
    if (hardware(r, gva, access, user, &pa))
        return true;
    if (!guest_walk(v, gva, access, user, true, &w) || p2m_lookup(v->vm, w.gpa, &pa) != P2M_RAM ||
        (access == ACCESS_WRITE && p2m_trace(v->vm, w.gpa)))
        return false;
    cr_assert_eq(shadow_fill(v, &w), HV_RETRY, "%s", v->vm->end_text);
    if (access == ACCESS_WRITE && p2m_trace(v->vm, w.gpa))
        return false; /* the fill itself made a table of the page that was to be written */
    cr_assert(hardware(r, gva, access, user, &pa), "a fill must make the access possible");
    return true;
}

uint32_t machine_address(struct rig *r, uint32_t gpa)
{
    uint32_t pa = 0;
    cr_assert_eq(p2m_lookup(rig_vm(r, 0), gpa, &pa), P2M_RAM);
    return pa;
}
