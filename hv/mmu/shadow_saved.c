/*
 * Saved shadow pages: the pool's records are state, the tables are in RAM, and the reverse maps are
 * read off the tables again.
 *
 * Lists come out in another order than they grew in. Nobody can tell: whoever walks one does the
 * same for each member. Which frame a page has is fixed when the pool is made, and not saved.
 */
#include "core/saved.h"
#include "mmu/shadow.h"

#include <string.h>

static const struct state_field page_fields[] = {
    STATE_FIELD(shadow_page, gfn),  STATE_FIELD(shadow_page, role),
    STATE_FIELD(shadow_page, used), STATE_FIELD(shadow_page, writes),
    STATE_FIELD(shadow_page, live), STATE_FIELD(shadow_page, given),
};
static STATE_DESC(page_desc, shadow_page, 1, page_fields);

static const struct state_field pool_fields[] = {
    STATE_FIELD(shadow, sequence),
    STATE_FIELD(shadow, root),
};
static STATE_DESC(pool_desc, shadow, 1, pool_fields);

void shadow_saved(struct vm *vm, struct saved *saved)
{
    saved_add(saved, "shadow", (int)vm->number, &pool_desc, vm->shadow, 1);
    saved_add(saved, "shadow pages", (int)vm->number, &page_desc, vm->shadow->page,
              vm->shadow->count);
}

/* ---------------------------------------- links */

static enum sim_status wrong(const struct vm *vm, uint32_t index, const char *what,
                             struct sim_error *err)
{
    return sim_fail(err, SIM_BAD_INPUT, "saved state of VM %u: shadow page %u %s", vm->number,
                    (unsigned)index, what);
}

/* The list that a present entry belongs to; null: it names nothing of this VM's. */
static uint32_t *list_of(struct vm *vm, const struct shadow_page *p, uint32_t entry)
{
    struct shadow *s = vm->shadow;
    uint32_t mfn = entry >> PAGE_SHIFT, gfn;
    const struct frame *f = frame_look(vm->hv, mfn);
    if (!f)
        return NULL;
    gfn = f->gfn;
    if (!shadow_is_root_kind(p->role))
        return gfn < vm->pages && frame_is_vms(vm->hv, mfn, vm) ? &s->mapped[gfn] : NULL;
    if (gfn >= s->count || s->page[gfn].mfn != mfn || !s->page[gfn].used ||
        shadow_is_root_kind(s->page[gfn].role))
        return NULL;
    return &s->parent[gfn];
}

static void link_in(struct shadow *s, uint32_t *head, uint32_t number)
{
    s->link[number - 1] = (struct shadow_link){.next = *head, .prev = 0};
    if (*head)
        s->link[*head - 1].prev = number;
    *head = number;
}

static enum sim_status link_page(struct vm *vm, uint32_t index, struct sim_error *err)
{
    struct shadow *s = vm->shadow;
    const struct shadow_page *p = &s->page[index];
    const uint8_t *table = ram_page(&vm->hv->machine->ram, p->mfn << PAGE_SHIFT);
    if (!table)
        return wrong(vm, index, "lies outside memory", err);
    uint32_t slots = shadow_is_root_kind(p->role) ? HV_HOLE_SLOT : SHADOW_SLOTS, live = 0;
    for (uint32_t slot = 0; slot < slots; slot += 2) { /* most are empty: two at a time */
        uint64_t two;
        memcpy(&two, table + slot * 4u, 8);
        for (uint32_t i = slot; two; two >>= 32, i++) {
            if (!(two & PTE_P))
                continue;
            uint32_t *head = list_of(vm, p, (uint32_t)two);
            if (!head)
                return wrong(vm, index, "names a frame that is not the guest's", err);
            link_in(s, head, index * SHADOW_SLOTS + i + 1);
            live++;
        }
    }
    return live == p->live ? SIM_OK : wrong(vm, index, "has lost count of its entries", err);
}
_Static_assert(HV_HOLE_SLOT % 2 == 0, "tables are read two entries at a time");

static bool is_role(uint32_t role)
{
    return (role & SHADOW_KIND_MASK) < SHADOW_KINDS &&
           !(role & ~(SHADOW_KIND_MASK | SHADOW_WP0 | SHADOW_PARENT_W | SHADOW_PARENT_U));
}

enum sim_status shadow_restored(struct vm *vm, struct sim_error *err)
{
    struct shadow *s = vm->shadow;
    enum sim_status status = SIM_OK;
    memset(s->mapped, 0, vm->pages * sizeof(*s->mapped));
    memset(s->parent, 0, s->count * sizeof(*s->parent));
    shadow_hash_clear(s);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct shadow_page *p = &s->page[i];
        if (p->used > 1 || (p->used && (!is_role(p->role) || shadow_find(s, p->gfn, p->role))))
            return wrong(vm, i, "is none, or there twice", err);
        if (p->used)
            shadow_hash_insert(s, i);
    }
    if (s->root > s->count || (s->root && (!s->page[s->root - 1].used ||
                                           !shadow_is_root_kind(s->page[s->root - 1].role))))
        return wrong(vm, s->root - 1, "is no root", err);
    for (uint32_t i = 0; i < s->count && status == SIM_OK; i++)
        if (s->page[i].used)
            status = link_page(vm, i, err);
    return status;
}
