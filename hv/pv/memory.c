/*
 * Guest memory seen from hypercalls: hostile pointers, copied once, through the guest's own
 * mappings.
 *
 * The loaded tables are the guest's and checked, so what they map is the guest's. They are walked
 * here as the CPU would for ring 1 (WP is set: a read-only page cannot be written), Accessed and
 * Dirty included.
 */
#include "pv/pv.h"

bool pv_range_ok(uint32_t gva, uint32_t count, uint32_t size)
{
    uint64_t end = (uint64_t)gva + (uint64_t)count * size;
    return end <= PV_HOLE;
}

static void set_bits(struct ram *ram, uint32_t pa, uint32_t entry, uint32_t bits)
{
    if ((entry & bits) != bits)
        ram_write32(ram, pa, entry | bits);
}

/* The machine address of a guest address, or 0. */
static uint32_t translate(struct vcpu *v, uint32_t gva, bool write)
{
    struct ram *ram = &v->hv->machine->ram;
    uint32_t root = pv_of(v)->mmu.root;
    if (!root || gva >= PV_HOLE)
        return 0;
    uint32_t pde_pa = root << PAGE_SHIFT | (gva >> 22) * 4u;
    uint32_t pde = ram_read32(ram, pde_pa);
    if (!(pde & PTE_P))
        return 0;
    uint32_t pte_pa = (pde & PTE_FRAME) | ((gva >> PAGE_SHIFT) & 1023u) * 4u;
    uint32_t pte = ram_read32(ram, pte_pa);
    if (!(pte & PTE_P) || (write && !(pde & pte & PTE_W)))
        return 0;
    set_bits(ram, pde_pa, pde, PTE_A);
    set_bits(ram, pte_pa, pte, PTE_A | (write ? PTE_D : 0));
    return (pte & PTE_FRAME) | (gva & ~PAGE_MASK);
}

static uint32_t in_page(uint32_t gva, uint32_t n)
{
    uint32_t room = PAGE_SIZE - (gva & ~PAGE_MASK);
    return n < room ? n : room;
}

int pv_copy_in(struct vcpu *v, void *to, uint32_t gva, uint32_t n)
{
    uint8_t *p = to;
    if (!pv_range_ok(gva, n, 1))
        return -PV_EFAULT;
    hv_charge_n(v->hv, HV_COST_guest_read, (n + 3) / 4);
    while (n) {
        uint32_t part = in_page(gva, n), pa = translate(v, gva, false);
        if (!pa || !ram_copy_out(&v->hv->machine->ram, pa, p, part))
            return -PV_EFAULT;
        gva += part;
        p += part;
        n -= part;
    }
    return 0;
}

int pv_copy_out(struct vcpu *v, uint32_t gva, const void *from, uint32_t n)
{
    const uint8_t *p = from;
    if (!pv_range_ok(gva, n, 1))
        return -PV_EFAULT;
    hv_charge_n(v->hv, HV_COST_guest_write, (n + 3) / 4);
    while (n) {
        uint32_t part = in_page(gva, n), pa = translate(v, gva, true);
        if (!pa || !ram_copy_in(&v->hv->machine->ram, pa, p, part))
            return -PV_EFAULT;
        gva += part;
        p += part;
        n -= part;
    }
    return 0;
}
