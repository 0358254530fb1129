/*
 * Single shadow entries, and the reverse maps that find them again: from a guest page to the slots
 * that map it, from a shadow table to the directory slots that hold it.
 *
 * An entry that goes may be in the TLB. Only what is below the root can be (loading CR3 empties the
 * TLB, nothing is global), and then its linear address is known from the directory slot above it.
 */
#include "mmu/shadow.h"

static uint32_t slot_pa(const struct shadow_page *p, unsigned slot)
{
    return (p->mfn << PAGE_SHIFT) + slot * 4u;
}

static uint32_t slot_number(const struct shadow *s, const struct shadow_page *p, unsigned slot)
{
    return (uint32_t)(p - s->page) * SHADOW_SLOTS + slot + 1;
}

uint32_t shadow_entry(const struct vm *vm, const struct shadow_page *p, unsigned slot)
{
    return ram_read32(&vm->hv->machine->ram, slot_pa(p, slot));
}

static void write_entry(struct vm *vm, const struct shadow_page *p, unsigned slot, uint32_t entry)
{
    ram_write32(&vm->hv->machine->ram, slot_pa(p, slot), entry);
}

static void link_in(struct shadow *s, uint32_t *head, uint32_t number)
{
    s->link[number - 1] = (struct shadow_link){.next = *head, .prev = 0};
    if (*head)
        s->link[*head - 1].prev = number;
    *head = number;
}

static void link_out(struct shadow *s, uint32_t *head, uint32_t number)
{
    struct shadow_link *l = &s->link[number - 1];
    if (l->prev)
        s->link[l->prev - 1].next = l->next;
    else
        *head = l->next;
    if (l->next)
        s->link[l->next - 1].prev = l->prev;
    *l = (struct shadow_link){0};
}

/* The list that a present entry is on: of the table it names, or of the guest page it maps. */
static uint32_t *list_of(struct vm *vm, const struct shadow_page *p, uint32_t entry)
{
    struct shadow *s = vm->shadow;
    uint32_t mfn = entry >> PAGE_SHIFT;
    if (!shadow_is_root_kind(p->role))
        return &s->mapped[vm->hv->frames[mfn].gfn];
    /* A directory entry: hypervisor frames remember in gfn which shadow page they are
     * (shadow_set_table). */
    return &s->parent[vm->hv->frames[mfn].gfn];
}

void shadow_set_leaf(struct vm *vm, struct shadow_page *p, unsigned slot, uint32_t entry,
                     uint32_t gfn)
{
    shadow_zap(vm, p, slot);
    write_entry(vm, p, slot, entry);
    link_in(vm->shadow, &vm->shadow->mapped[gfn], slot_number(vm->shadow, p, slot));
    p->live++;
    p->writes = 0;
    hv_charge(vm->hv, HV_COST_shadow_fill);
}

void shadow_set_table(struct vm *vm, struct shadow_page *p, unsigned slot, uint32_t entry,
                      struct shadow_page *table)
{
    struct shadow *s = vm->shadow;
    uint32_t index = (uint32_t)(table - s->page);
    shadow_zap(vm, p, slot);
    vm->hv->frames[table->mfn].gfn = index;
    write_entry(vm, p, slot, entry);
    link_in(s, &s->parent[index], slot_number(s, p, slot));
    p->live++;
    p->writes = 0;
    hv_charge(vm->hv, HV_COST_shadow_fill);
}

bool shadow_zap(struct vm *vm, struct shadow_page *p, unsigned slot)
{
    uint32_t entry = shadow_entry(vm, p, slot);
    if (!(entry & PTE_P))
        return false;
    link_out(vm->shadow, list_of(vm, p, entry), slot_number(vm->shadow, p, slot));
    write_entry(vm, p, slot, 0);
    p->live--;
    hv_charge(vm->hv, HV_COST_shadow_zap);
    vm->stats.mmu.entries_zapped++;
    shadow_flush_slot(vm, p, slot);
    return true;
}

void shadow_flush_tlb(struct vm *vm)
{
    if (vm->hv->current != &vm->cpu)
        return; /* another address space is loaded: nothing of this VM is in the TLB */
    cpu_tlb_flush(&vm->hv->machine->cpu, true);
    hv_charge_hw(vm->hv, COST_cr3_load);
    vm->stats.mmu.real_flushes++;
}

static void flush_page(struct vm *vm, uint32_t linear)
{
    if (vm->hv->current != &vm->cpu)
        return;
    cpu_tlb_flush_page(&vm->hv->machine->cpu, linear);
    hv_charge_hw(vm->hv, COST_invlpg);
    vm->stats.mmu.real_invlpg++;
}

void shadow_flush_slot(struct vm *vm, const struct shadow_page *p, unsigned slot)
{
    struct shadow *s = vm->shadow;
    uint32_t index = (uint32_t)(p - s->page);
    if (!s->root)
        return;
    if (shadow_is_root_kind(p->role)) {
        if (index + 1 == s->root)
            shadow_flush_tlb(vm);
        return;
    }
    for (uint32_t n = s->parent[index]; n; n = s->link[n - 1].next)
        if ((n - 1) / SHADOW_SLOTS + 1 == s->root)
            flush_page(vm, (((n - 1) % SHADOW_SLOTS) << 22) | (slot << PAGE_SHIFT));
}

void shadow_protect(struct vm *vm, uint32_t gfn)
{
    struct shadow *s = vm->shadow;
    for (uint32_t n = s->mapped[gfn]; n; n = s->link[n - 1].next) {
        struct shadow_page *p = &s->page[(n - 1) / SHADOW_SLOTS];
        unsigned slot = (n - 1) % SHADOW_SLOTS;
        uint32_t entry = shadow_entry(vm, p, slot);
        if (!(entry & PTE_W))
            continue;
        write_entry(vm, p, slot, entry & ~PTE_W);
        hv_charge(vm->hv, HV_COST_shadow_fill);
        shadow_flush_slot(vm, p, slot);
    }
}
