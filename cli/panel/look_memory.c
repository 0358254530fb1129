/*
 * Parts of a snapshot: the guest's page tables beside those that the hardware walks, the walk in
 * words, and whose every frame is.
 */
#include <string.h>

#include "panel/driver.h"

#define ENTRIES 1024u
#define CELLS   32768u /* of the map: every frame of 128 MB */

struct tables {
    bool (*read)(struct panel_side *s, uint32_t address, uint32_t *value);
    const char *space;
    uint32_t root;
    bool pse;
};

static bool read_guests(struct panel_side *s, uint32_t address, uint32_t *value)
{
    return read_physical(s->d, address, value, 4);
}

static bool read_machines(struct panel_side *s, uint32_t address, uint32_t *value)
{
    return ram_get(&session_hv(s->d->session)->machine->ram, address, value, 4);
}

static const char *flags_of(struct snapshot *to, uint32_t e)
{
    if (!(e & PTE_P))
        return "not present";
    return snapshot_text(to, "P%s%s%s%s%s", e & PTE_W ? " W" : "", e & PTE_U ? " U" : "",
                         e & PTE_A ? " A" : "", e & PTE_D ? " D" : "", e & PTE_PS ? " 4M" : "");
}

/* Entries of one table that are there, and the one that the walk takes. */
static void look_level(struct panel_side *s, struct snapshot *to, const struct tables *t,
                       struct snap_level *l, uint32_t table, uint32_t here, const char *name)
{
    l->there = true;
    l->table = table;
    l->title = snapshot_text(to, "%s 0x%08x", name, (unsigned)table);
    l->entry = snapshot_alloc(to, ENTRIES, sizeof *l->entry);
    for (uint32_t i = 0; l->entry && i < ENTRIES; i++) {
        uint32_t value = 0;
        if (!t->read(s, table + i * 4, &value) || (!(value & PTE_P) && i != here))
            continue;
        l->entry[l->entries++] = (struct snap_entry){.index = i,
                                                     .value = value,
                                                     .flags = flags_of(to, value),
                                                     .here = i == here,
                                                     .tag = "",
                                                     .words = ""};
    }
}

static void add_step(struct snapshot *to, const char *text)
{
    struct snap_memory *m = &to->memory;
    if (!m->step)
        m->step = snapshot_alloc(to, 16, sizeof *m->step);
    if (m->step && m->steps < 16)
        m->step[m->steps++] = text;
}

/* Directory and table on the way to an address; *end: the last entry, 0 if it stops before. */
static void look_tables(struct panel_side *s, struct snapshot *to, const struct tables *t,
                        struct snap_level level[SNAP_LEVELS], const char *whose)
{
    uint32_t linear = to->memory.address, root = t->root & PTE_FRAME, pde = 0, pte = 0;
    uint32_t directory = linear >> 22, entry = linear >> 12 & 0x3ff;
    look_level(s, to, t, &level[0], root, directory, "directory");
    if (!t->read(s, root + directory * 4, &pde)) {
        add_step(to, snapshot_text(to, "%s: the directory at %s 0x%08x is not in memory.", whose,
                                   t->space, (unsigned)root));
        return;
    }
    add_step(to, snapshot_text(to, "%s: entry %u of the directory at %s 0x%08x is 0x%08x: %s.",
                               whose, (unsigned)directory, t->space, (unsigned)root, (unsigned)pde,
                               flags_of(to, pde)));
    if (!(pde & PTE_P) || (t->pse && pde & PTE_PS))
        return;
    look_level(s, to, t, &level[1], pde & PTE_FRAME, entry, "table");
    if (!t->read(s, (pde & PTE_FRAME) + entry * 4, &pte))
        return;
    add_step(
        to, snapshot_text(to, "%s: entry %u of the table at %s 0x%08x is 0x%08x: %s%s", whose,
                          (unsigned)entry, t->space, (unsigned)(pde & PTE_FRAME), (unsigned)pte,
                          pte & PTE_P ? flags_of(to, pte) : "not present, so it ends here.",
                          pte & PTE_P
                              ? snapshot_text(to, "; the byte is at %s 0x%08x.", t->space,
                                              (unsigned)((pte & PTE_FRAME) | (linear & ~PTE_FRAME)))
                              : ""));
}

struct difference {
    const char *tag, *words;
};

/* What it means that the guest's entry `a` and the hardware's `b` do not agree. */
static const struct difference *difference_of(uint32_t a, uint32_t b)
{
    static const struct difference missing = {"missing",
                                              "the shadow is filled when it is used first."},
                                   extra = {"hypervisor's",
                                            "the hypervisor keeps this part of every address space "
                                            "for itself."},
                                   watched = {"read-only",
                                              "stores are watched here: a page table, or a dirty "
                                              "bit not set yet."},
                                   other = {"differs", "the hypervisor chose other rights."};
    return !(b & PTE_P)                ? &missing
           : !(a & PTE_P)              ? &extra
           : !(b & PTE_W) && a & PTE_W ? &watched
                                       : &other;
}

/* Marks the shadow's entries whose rights are not the guest's; `guest` null: it has no tables. */
static void mark_differences(struct snapshot *to, const struct snap_level *guest,
                             struct snap_level *real)
{
    const uint32_t rights = PTE_P | PTE_W | PTE_U;
    size_t g = 0;
    for (size_t i = 0; i < real->entries; i++) {
        struct snap_entry *e = &real->entry[i];
        while (guest && g < guest->entries && guest->entry[g].index < e->index)
            g++;
        bool both = guest && g < guest->entries && guest->entry[g].index == e->index;
        uint32_t a = both ? guest->entry[g].value : 0, b = e->value;
        if (!guest && !(b & PTE_P)) {
            e->differs = true;
            e->tag = difference_of(PTE_P, b)->tag;
            e->words = snapshot_text(to, "It is not present: %s", difference_of(PTE_P, b)->words);
        }
        if (!guest || (a & rights) == (b & rights))
            continue;
        e->differs = true;
        e->words = snapshot_text(to, "The guest's says %s, the hardware's %s: %s", flags_of(to, a),
                                 flags_of(to, b), difference_of(a, b)->words);
        e->tag = difference_of(a, b)->tag;
    }
}

/* ---------------------------------------- frames */

enum cell_kind {
    CELL_FREE,
    CELL_FOREIGN,
    CELL_HYPERVISOR,
    CELL_SHADOW,
    CELL_GUEST,
    CELL_TABLE,
    CELL_OTHER,
    CELL_KINDS
};

static enum cell_kind kind_of(const struct frame *f, unsigned vm)
{
    if (f->owner == FRAME_FREE)
        return CELL_FREE;
    if (f->owner == FRAME_FOREIGN)
        return CELL_FOREIGN;
    if (f->type == FRAME_SHADOW)
        return CELL_SHADOW;
    if (f->owner == FRAME_HYPERVISOR || f->type == FRAME_HV_TABLE)
        return CELL_HYPERVISOR;
    if (f->owner != vm + 1)
        return CELL_OTHER;
    return f->type == FRAME_PD || f->type == FRAME_PT || f->type == FRAME_SEGDESC ? CELL_TABLE
                                                                                  : CELL_GUEST;
}

/* Whose a frame is. */
static int owner_of(const struct frame *f)
{
    return f->owner == FRAME_FREE         ? SNAP_FREE
           : f->owner == FRAME_FOREIGN    ? SNAP_FOREIGN
           : f->owner == FRAME_HYPERVISOR ? SNAP_HYPERVISOR
                                          : f->owner - 1;
}

static void look_frames(struct panel_side *s, struct snapshot *to, bool single)
{
    static const char *const types[FRAME_TYPES] = {
        "plain memory", "writable memory", "a page directory",           "a page table",
        "descriptors",  "a shadow table",  "a table of the hypervisor's"};
    static const struct snap_frame_kind kinds[CELL_KINDS] = {
        {"free", "nobody's: the hypervisor may give it out", 0, COLOUR_grid, HATCH_NONE, '.'},
        {"foreign", "memory of the machine that this hypervisor was not given", 0, COLOUR_grey,
         HATCH_CROSS, 'x'},
        {"hypervisor", "the hypervisor's own: tables, stacks, stubs", 0, COLOUR_orange, HATCH_NONE,
         'V'},
        {"shadow", "a shadow page table, which the hardware walks", 0, COLOUR_vermillion,
         HATCH_RISING, 'S'},
        {"guest", "memory of this guest", 0, COLOUR_sky, HATCH_NONE, 'G'},
        {"table", "a page table or descriptors of this guest, validated: not writable by it", 0,
         COLOUR_green, HATCH_NONE, 'T'},
        {"other", "memory of another guest", 0, COLOUR_purple, HATCH_DOTS, 'o'}};
    const struct hv *hv = session_hv(s->d->session);
    struct snap_memory *m = &to->memory;
    unsigned vm = session_vm(s->d->session);
    if (!hv->mode->has_hypervisor)
        return;
    m->frames = hv->frame_count;
    m->per_cell = (hv->frame_count + CELLS - 1) / CELLS;
    uint8_t *cell = snapshot_alloc(to, CELLS, 1);
    m->kind = snapshot_alloc(to, CELL_KINDS, sizeof *m->kind);
    struct snap_frame *frame = single ? snapshot_alloc(to, CELLS, sizeof *frame) : NULL;
    m->frame = frame;
    if (!cell || !m->kind)
        return;
    memcpy(m->kind, kinds, sizeof kinds);
    m->kinds = CELL_KINDS;
    m->cell = cell;
    for (uint32_t mfn = 0; mfn < hv->frame_count; mfn++) {
        const struct frame *f = frame_look(hv, mfn);
        unsigned kind = kind_of(f, vm);
        m->kind[kind].frames++;
        if (mfn % m->per_cell)
            continue;
        if (frame)
            frame[m->cells] = (struct snap_frame){f->type < FRAME_TYPES ? types[f->type] : "",
                                                  (uint32_t)f->gfn, owner_of(f)};
        cell[m->cells++] = (uint8_t)kind;
    }
}

/* ---------------------------------------- all of it */

/* The address asked for; else where the exit looked at faulted; else the present place. */
static void look_address(struct panel_side *s, struct snapshot *to, const struct panel_wants *focus,
                         uint32_t here)
{
    const struct hv *hv = session_hv(s->d->session);
    const struct vm_exit *x = focus->exit ? hv_exit(hv, focus->exit) : hv->open;
    struct snap_memory *m = &to->memory;
    m->address = here;
    if (focus->has_address) {
        m->address = focus->address;
        add_step(to, snapshot_text(to, "Address 0x%08x, as chosen.", (unsigned)m->address));
    } else if (x && x->vector == VEC_PF && !predict_waits(s->d)) {
        /* Its record has it when the hypervisor has asked for it; the processor from the first. */
        m->address = exit_is_classified(s->d) || x != hv->open ? x->cr2 : hv->machine->cpu.s.cr2;
        add_step(to, snapshot_text(to, "Address 0x%08x, where exit %" PRIu64 " faulted (CR2).",
                                   (unsigned)m->address, x->number));
    } else
        add_step(to, snapshot_text(to, "Address 0x%08x, of the instruction that comes next.",
                                   (unsigned)m->address));
}

/* Of the entries on the way, how the first one that differs is not the guest's. */
static void tell_differences(struct snapshot *to)
{
    for (unsigned i = SNAP_LEVELS; i-- > 0;)
        for (size_t n = 0; n < to->memory.real[i].entries; n++) {
            const struct snap_entry *e = &to->memory.real[i].entry[n];
            if (e->here && e->differs)
                to->memory.verdict =
                    snapshot_text(to, "The entry is number %u of the %s. %s", (unsigned)e->index,
                                  i ? "table" : "directory", e->words);
        }
}

void look_memory(struct panel_side *s, struct snapshot *to, const struct panel_wants *focus)
{
    const struct hv *hv = session_hv(s->d->session);
    struct snap_memory *m = &to->memory;
    struct cpu_state cpu;
    (void)debug_cpu(s->d, &cpu);
    look_address(s, to, focus, cpu.seg[SEG_CS].base + cpu.eip);
    look_frames(s, to, strcmp(focus->view, "memory") == 0);
    uint32_t real_root = hv->mode->has_hypervisor
                             ? hv->vm[session_vm(s->d->session)]->cpu.s.real_cr3
                             : hv->machine->cpu.s.cr3;
    bool direct = hv->mode->direct_paging || !hv->mode->has_hypervisor;
    m->real_name = !hv->mode->has_hypervisor ? "the guest's own"
                   : hv->mode->direct_paging ? "the guest's own, validated"
                                             : "shadow tables";
    bool paging = hv->mode->direct_paging || cpu.cr0 & CR0_PG;
    if (!paging)
        m->empty = "The guest has not switched paging on and has no tables: a linear address is "
                   "the physical one. Type `:until kmain` to go on until it has.";
    const struct tables guest = {direct ? read_machines : read_guests,
                                 direct ? "machine" : "guest physical",
                                 direct ? real_root : cpu.cr3, direct || cpu.cr4 & CR4_PSE};
    const struct tables real = {read_machines, "machine", real_root, direct};
    if (paging)
        look_tables(s, to, &guest, m->guest, "guest");
    if (real_root && !direct) {
        look_tables(s, to, &real, m->real, "hardware");
        for (unsigned i = 0; i < SNAP_LEVELS; i++)
            mark_differences(to, paging ? &m->guest[i] : NULL, &m->real[i]);
        tell_differences(to);
    } else if (direct)
        look_tables(s, to, &guest, m->real, "hardware");
}
