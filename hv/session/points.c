/*
 * Points: what a session shall stop at. The list, and whether a spot counts.
 */
#include "session/internal.h"

#include <stdio.h>
#include <string.h>

#include "sim/alloc.h"

#define MAX_POINTS 1000u
#define MAX_OWN    32u /* besides: a move's own */
#define MAX_WATCH  4096u

#define SILENT_NUMBERS (1u << 30) /* ours are above, the user's below */

const char *const point_words[POINT_KINDS] = {
#define POINT(name, word, text) [POINT_##name] = word,
#include "hv/point.def"
#undef POINT
};

const char *const point_texts[POINT_KINDS] = {
#define POINT(name, word, text) [POINT_##name] = text,
#include "hv/point.def"
#undef POINT
};

/* ---------------------------------------- addresses */

bool points_machine(struct session *s, unsigned vm, enum point_space space, uint32_t address,
                    uint32_t *pa)
{
    struct hv *hv = s->hv;
    if (space == SPACE_GUEST_PHYSICAL && hv->mode->has_hypervisor)
        return vm < hv->vms && p2m_lookup(hv->vm[vm], address, pa) == P2M_RAM;
    *pa = address;
    return ram_contains(&hv->machine->ram, address, 1);
}

bool points_entry(struct session *s, const struct session_point *p, unsigned level, uint32_t *pa)
{
    struct hv *hv = s->hv;
    unsigned vm = p->vm;
    bool direct = hv->mode->direct_paging;
    enum point_space space = direct ? SPACE_MACHINE : SPACE_GUEST_PHYSICAL;
    uint32_t entry = p->cr3 & PAGE_MASK;
    for (unsigned l = 0;; l++) {
        unsigned shift = l ? 12 : 22;
        if (!points_machine(s, vm, space, entry + (p->address >> shift & 0x3ffu) * 4, pa))
            return false;
        if (l == level)
            return true;
        entry = ram_read32(&hv->machine->ram, *pa);
        if (!(entry & PTE_P) || (entry & PTE_PS))
            return false;
        entry &= PAGE_MASK;
    }
}

bool points_linear(struct session *s, unsigned vm, uint32_t linear, uint32_t *pa)
{
    struct cpu_state guest;
    if (!session_guest(s, vm, &guest))
        return false;
    if (!(guest.cr0 & CR0_PG))
        return points_machine(s, vm, SPACE_GUEST_PHYSICAL, linear, pa);
    bool direct = s->hv->mode->direct_paging;
    struct session_point p = {
        .address = linear, .vm = vm, .cr3 = direct ? s->hv->vm[vm]->cpu.s.real_cr3 : guest.cr3};
    enum point_space space = direct ? SPACE_MACHINE : SPACE_GUEST_PHYSICAL;
    uint32_t at, entry;
    if (!points_entry(s, &p, 0, &at))
        return false;
    entry = ram_read32(&s->hv->machine->ram, at);
    if ((entry & PTE_P) && (entry & PTE_PS) && (guest.cr4 & CR4_PSE))
        return points_machine(s, vm, space, (entry & 0xffc00000u) | (linear & 0x3fffffu), pa);
    if (!points_entry(s, &p, 1, &at))
        return false;
    entry = ram_read32(&s->hv->machine->ram, at);
    return (entry & PTE_P) &&
           points_machine(s, vm, space, (entry & PAGE_MASK) | (linear & ~PAGE_MASK), pa);
}

/* ---------------------------------------- the list */

void points_fini(struct session *s)
{
    for (size_t i = 0; i < s->points.count; i++)
        sim_free(s->points.list[i]);
    sim_free(s->points.list);
}

static struct session_point *find(struct session *s, unsigned number)
{
    for (size_t i = 0; i < s->points.count; i++)
        if (s->points.list[i]->number == number)
            return s->points.list[i];
    return NULL;
}

static bool condition_ok(struct session *s, const char *condition, struct sim_error *err)
{
    const struct expr_scope scope = {
        .session = s, .resolve = s->resolve, .opaque = s->resolve_opaque};
    if (strlen(condition) >= sizeof(((struct session_point *)0)->condition))
        return sim_fail(err, SIM_BAD_INPUT, "the condition is longer than %zu characters",
                        sizeof(((struct session_point *)0)->condition) - 1) == SIM_OK;
    return !condition[0] || expr_check(&scope, condition, err) == SIM_OK;
}

static bool sensible(struct session *s, const struct session_point *p, struct sim_error *err)
{
    if (p->kind >= POINT_KINDS || p->space >= SPACES)
        return sim_fail(err, SIM_BAD_INPUT, "there is no such kind of point") == SIM_OK;
    if (p->vm != POINT_ANY && p->vm >= s->hv->vms)
        return sim_fail(err, SIM_BAD_INPUT, "there is no guest %u", p->vm) == SIM_OK;
    if (p->kind == POINT_DATA && (!p->size || p->size > MAX_WATCH))
        return sim_fail(err, SIM_BAD_INPUT, "a watchpoint is 1 to %u bytes long, not %u", MAX_WATCH,
                        (unsigned)p->size) == SIM_OK;
    bool exits = p->kind == POINT_EXIT || p->kind == POINT_HYPERCALL || p->kind == POINT_SILENT;
    if (exits && !s->hv->mode->has_hypervisor)
        return sim_fail(err, SIM_BAD_INPUT,
                        "in native mode there is no hypervisor: nothing exits to it") == SIM_OK;
    if (s->points.count >= MAX_POINTS + (p->silent ? MAX_OWN : 0))
        return sim_fail(err, SIM_BAD_INPUT, "more than %u points", MAX_POINTS) == SIM_OK;
    return condition_ok(s, p->condition, err);
}

static bool make_room(struct session_points *points)
{
    if (points->count < points->room)
        return true;
    size_t room = points->room ? points->room * 2 : 8;
    struct session_point **list = sim_alloc(room, sizeof(struct session_point *));
    if (!list)
        return false;
    for (size_t i = 0; i < points->count; i++)
        list[i] = points->list[i];
    sim_free(points->list);
    points->list = list;
    points->room = room;
    return true;
}

/* What the user left open. */
static void complete(struct session *s, struct session_point *p)
{
    struct cpu_state guest;
    if (!p->access)
        p->access = p->kind == POINT_DATA ? 2 : 3;
    if (!p->size)
        p->size = 1;
    if (p->vm == POINT_ANY && (p->kind == POINT_PAGETABLE || p->space == SPACE_GUEST_PHYSICAL))
        p->vm = s->vm;
    if (p->kind == POINT_PAGETABLE && p->cr3 == POINT_ANY && session_guest(s, p->vm, &guest))
        p->cr3 = s->hv->mode->direct_paging ? s->hv->vm[p->vm]->cpu.s.real_cr3 : guest.cr3;
}

unsigned session_point_add(struct session *s, const struct session_point *point,
                           struct sim_error *err)
{
    if (!sensible(s, point, err))
        return 0;
    struct session_point *p = sim_alloc(1, sizeof(*p));
    if (!p || !make_room(&s->points)) {
        sim_free(p);
        sim_fail(err, SIM_NO_MEMORY, "no host memory for a point");
        return 0;
    }
    *p = *point;
    if (p->silent)
        p->number = SILENT_NUMBERS + ++s->points.last_silent;
    else if (p->number <= s->points.last_number || p->number >= SILENT_NUMBERS)
        p->number = s->points.last_number + 1;
    if (!p->silent)
        s->points.last_number = p->number;
    p->hits = 0;
    complete(s, p);
    s->points.list[s->points.count++] = p;
    s->points.changed = true;
    return p->number;
}

bool session_point_remove(struct session *s, unsigned number)
{
    for (size_t i = 0; i < s->points.count; i++) {
        if (s->points.list[i]->number != number)
            continue;
        sim_free(s->points.list[i]);
        s->points.count--;
        for (; i < s->points.count; i++)
            s->points.list[i] = s->points.list[i + 1];
        s->points.changed = true;
        return true;
    }
    return false;
}

struct session_point *session_point(struct session *s, unsigned number)
{
    s->points.changed = true; /* whoever looks may change it */
    return find(s, number);
}

bool session_point_condition(struct session *s, unsigned number, const char *condition,
                             struct sim_error *err)
{
    struct session_point *p = find(s, number);
    if (!p)
        return sim_fail(err, SIM_BAD_INPUT, "there is no breakpoint %u", number) == SIM_OK;
    if (!condition_ok(s, condition, err))
        return false;
    (void)snprintf(p->condition, sizeof(p->condition), "%s", condition);
    return true;
}

struct session_point *session_point_next(struct session *s, unsigned after)
{
    for (size_t i = 0; i < s->points.count; i++)
        if (s->points.list[i]->number > after && !s->points.list[i]->silent)
            return s->points.list[i];
    return NULL;
}

void session_set_resolver(struct session *s, expr_resolver resolve, void *opaque)
{
    s->resolve = resolve;
    s->resolve_opaque = opaque;
}

/* ---------------------------------------- does it count? */

static bool condition_holds(struct session *s, const struct session_point *p,
                            const struct spot *spot)
{
    bool exit = p->kind == POINT_EXIT || p->kind == POINT_HYPERCALL;
    const struct expr_scope scope = {
        .session = s,
        .exit = exit ? hv_exit(s->hv, spot->at.exit) : NULL,
        .guest = exit ? &s->exit_guest : NULL,
        .hit = &spot->hit,
        .resolve = s->resolve,
        .opaque = s->resolve_opaque,
    };
    uint64_t value = 0;
    struct sim_error err;
    if (!p->condition[0])
        return true;
    unsigned vm = s->vm;
    s->vm = spot->vm; /* registers and memory are those of the guest that met it */
    enum sim_status status = expr_eval(&scope, p->condition, &value, NULL, &err);
    s->vm = vm;
    /* One that cannot be evaluated (memory that is not there) stops: better once too often. */
    return status != SIM_OK || value;
}

bool points_true(struct session *s, const struct spot *spot)
{
    const struct session_point *p = find(s, spot->hit.point);
    return p && p->enabled && (!s->points.only || p->number == s->points.only) &&
           condition_holds(s, p, spot);
}

bool points_count(struct session *s, const struct spot *spot)
{
    struct session_point *p = find(s, spot->hit.point);
    if (!p)
        return false;
    p->hits++;
    if (!p->ignore)
        return true;
    p->ignore--;
    return false;
}
