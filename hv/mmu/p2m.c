/*
 * The p2m: where a guest's physical pages are in the machine, and access to guest physical memory.
 *
 * Pages of RAM have an entry; above them a page is a device's registers or nothing, which the VM's
 * bus knows. A store that the hypervisor carries out for a guest goes through gpa_write, so that
 * whoever traces the page hears of it.
 */
#include "core/internal.h"

#include "sim/alloc.h"

#include <string.h>

enum sim_status p2m_create(struct vm *vm, struct sim_error *err)
{
    struct hv *hv = vm->hv;
    vm->pages = vm->s.ram_bytes / PAGE_SIZE;
    vm->p2m = sim_alloc(vm->pages, sizeof(*vm->p2m));
    if (!vm->p2m)
        return sim_fail(err, SIM_NO_MEMORY, "no memory for a p2m of %u pages", vm->pages);
    for (uint32_t gfn = 0; gfn < vm->pages; gfn++) {
        uint32_t mfn = frame_alloc(hv, vm->number + 1u, FRAME_NONE);
        if (!mfn)
            return sim_fail(err, SIM_NO_MEMORY, "the machine has no frame left for VM %u",
                            vm->number);
        hv->frames[mfn].gfn = gfn;
        vm->p2m[gfn] = (struct p2m_entry){.mfn = mfn, .type = P2M_RAM};
    }
    return SIM_OK;
}

enum p2m_type p2m_lookup(const struct vm *vm, uint32_t gpa, uint32_t *pa)
{
    uint32_t gfn = gpa >> PAGE_SHIFT;
    if (SIM_LIKELY(gfn < vm->pages)) {
        const struct p2m_entry *e = &vm->p2m[gfn];
        *pa = (e->mfn << PAGE_SHIFT) | (gpa & ~PAGE_MASK);
        return (enum p2m_type)e->type;
    }
    return bus_find_mmio(&vm->mmio, gpa) ? P2M_MMIO : P2M_NONE;
}

unsigned p2m_trace(const struct vm *vm, uint32_t gpa)
{
    uint32_t gfn = gpa >> PAGE_SHIFT;
    return gfn < vm->pages ? vm->p2m[gfn].trace : 0;
}

static uint32_t all_ones(unsigned size)
{
    return size == 4 ? 0xffffffffu : (1u << (8 * size)) - 1;
}

/* A device register. The device is brought up to date first, so that it answers as of now.
 */
static uint32_t mmio_access(struct vm *vm, uint32_t gpa, unsigned size, bool write, uint32_t value)
{
    struct hv *hv = vm->hv;
    const struct io_range *r = bus_find_mmio(&vm->mmio, gpa);
    enum hv_phase before = hv_phase_set(hv, PHASE_DEVICE);
    uint32_t result = all_ones(size);
    hv_charge(hv, HV_COST_device_model);
    vm_device_now(vm, r);
    vm->stats.mmio_accesses++;
    if (r && write && r->ops->write)
        r->ops->write(r->device, gpa - r->base, size, value);
    else if (r && !write && r->ops->read)
        result = r->ops->read(r->device, gpa - r->base, size);
    exit_note_access(hv, 0, gpa, size, write, write ? value : result);
    hv_phase_set(hv, before);
    return result;
}

uint32_t gpa_read(struct vm *vm, uint32_t gpa, unsigned size)
{
    uint32_t pa;
    switch (p2m_lookup(vm, gpa, &pa)) {
    case P2M_RAM:
    case P2M_ROM:
        if (size == 4)
            return ram_read32(&vm->hv->machine->ram, pa);
        return ram_read(&vm->hv->machine->ram, pa, size);
    case P2M_MMIO:
        return mmio_access(vm, gpa, size, false, 0);
    case P2M_NONE:
    default:
        return all_ones(size);
    }
}

void gpa_write(struct vm *vm, uint32_t gpa, unsigned size, uint32_t value)
{
    uint32_t pa;
    switch (p2m_lookup(vm, gpa, &pa)) {
    case P2M_RAM:
        ram_write(&vm->hv->machine->ram, pa, size, value);
        if (p2m_trace(vm, gpa) && vm->handlers.mmu_write)
            vm->handlers.mmu_write(vm, gpa, size);
        break;
    case P2M_MMIO:
        mmio_access(vm, gpa, size, true, value);
        break;
    case P2M_ROM:
    case P2M_NONE:
    default:
        break;
    }
}

/* Bytes of [gpa, gpa+n) that lie in gpa's page. */
static uint32_t in_page(uint32_t gpa, uint32_t n)
{
    uint32_t room = PAGE_SIZE - (gpa & ~PAGE_MASK);
    return n < room ? n : room;
}

bool gpa_copy_in(struct vm *vm, uint32_t gpa, const void *from, uint32_t n)
{
    const uint8_t *p = from;
    while (n) {
        uint32_t pa, part = in_page(gpa, n);
        if (gpa >> PAGE_SHIFT >= vm->pages || p2m_lookup(vm, gpa, &pa) != P2M_RAM ||
            !ram_copy_in(&vm->hv->machine->ram, pa, p, part))
            return false;
        gpa += part;
        p += part;
        n -= part;
    }
    return true;
}

bool gpa_copy_out(struct vm *vm, uint32_t gpa, void *to, uint32_t n)
{
    uint8_t *p = to;
    while (n) {
        uint32_t pa, part = in_page(gpa, n);
        if (gpa >> PAGE_SHIFT >= vm->pages || p2m_lookup(vm, gpa, &pa) != P2M_RAM ||
            !ram_copy_out(&vm->hv->machine->ram, pa, p, part))
            return false;
        gpa += part;
        p += part;
        n -= part;
    }
    return true;
}

static bool loader_write(void *opaque, uint32_t gpa, const void *bytes, uint32_t n)
{
    return gpa_copy_in(opaque, gpa, bytes, n);
}

struct loader_memory vm_loader_memory(struct vm *vm)
{
    return (struct loader_memory){
        .opaque = vm, .ram_bytes = vm->s.ram_bytes, .write = loader_write};
}
