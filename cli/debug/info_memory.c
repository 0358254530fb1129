/*
 * info about memory: the guest's tables, the tables the hardware walks, who owns which frame.
 */
#include <string.h>

#include "debug/internal.h"

static void entry_bits(uint32_t e, char text[120])
{
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = {{PTE_W, "writable"},    {PTE_U, "user"},     {PTE_PWT, "write-through"},
                {PTE_PCD, "uncached"},  {PTE_A, "accessed"}, {PTE_D, "dirty"},
                {PTE_PS, "4 MiB page"}, {PTE_G, "global"}};
    (void)snprintf(text, 120, "%s", e & PTE_P ? "present" : "not present");
    for (unsigned i = 0; e & PTE_P && i < sizeof bits / sizeof *bits; i++)
        if (e & bits[i].bit)
            (void)snprintf(text + strlen(text), 120 - strlen(text), ", %s", bits[i].name);
}

static bool take_address(struct debugger *d, const char *what, const char *rest, uint32_t *to)
{
    uint64_t value;
    if (!*rest) {
        (void)refuse(d, CLI_USAGE, "info %s: which address?", what);
        return false;
    }
    if (!evaluate(d, rest, &value))
        return false;
    *to = (uint32_t)value;
    if (value <= UINT32_MAX)
        return true;
    (void)refuse(d, CLI_USAGE, "info %s %s: addresses end at 0xffffffff", what, rest);
    return false;
}

typedef bool entry_reader(struct debugger *d, uint32_t address, uint32_t *entry);

static bool read_guests(struct debugger *d, uint32_t address, uint32_t *entry)
{
    return read_physical(d, address, entry, 4);
}

static bool read_machines(struct debugger *d, uint32_t address, uint32_t *entry)
{
    return ram_get(&debug_hv(d)->machine->ram, address, entry, 4);
}

/* Both levels, with what each entry says. space: "guest physical" or "machine". */
static int put_walk(struct debugger *d, uint32_t root, bool pse, uint32_t linear,
                    entry_reader *read, const char *space)
{
    uint32_t pde_at = (root & PTE_FRAME) + (linear >> 22) * 4, pde, pte;
    char bits[120];
    if (!read(d, pde_at, &pde))
        return refuse(d, CLI_GUEST_FAILED, "the page directory at %s 0x%08x is not in memory",
                      space, root & PTE_FRAME);
    entry_bits(pde, bits);
    (void)fprintf(d->out, "Directory entry %u at %s 0x%08x: 0x%08x, %s\n", linear >> 22, space,
                  pde_at, pde, bits);
    if (!(pde & PTE_P)) {
        (void)fprintf(d->out, "0x%08x is not mapped.\n", linear);
        return CLI_OK;
    }
    if (pse && (pde & PTE_PS)) {
        (void)fprintf(d->out, "0x%08x is at %s 0x%08x, in a 4 MiB page.\n", linear, space,
                      (pde & PDE_4M_FRAME) | (linear & ~PDE_4M_FRAME));
        return CLI_OK;
    }
    uint32_t pte_at = (pde & PTE_FRAME) + (linear >> 12 & 0x3ff) * 4;
    if (!read(d, pte_at, &pte))
        return refuse(d, CLI_GUEST_FAILED, "the page table at %s 0x%08x is not in memory", space,
                      pde & PTE_FRAME);
    entry_bits(pte, bits);
    (void)fprintf(d->out, "Table entry %u at %s 0x%08x: 0x%08x, %s\n", linear >> 12 & 0x3ff, space,
                  pte_at, pte, bits);
    if (pte & PTE_P)
        (void)fprintf(d->out, "0x%08x is at %s 0x%08x.\n", linear, space,
                      (pte & PTE_FRAME) | (linear & ~PTE_FRAME));
    else
        (void)fprintf(d->out, "0x%08x is not mapped.\n", linear);
    return CLI_OK;
}

int info_pt(struct debugger *d, const char *rest)
{
    uint32_t linear;
    struct cpu_state s;
    const struct hv *hv = debug_hv(d);
    if (!take_address(d, "pt", rest, &linear))
        return CLI_USAGE;
    if (hv->mode->direct_paging) {
        (void)fprintf(d->out,
                      "In mode %s the guest's tables hold machine frames, and the CPU walks "
                      "them.\n",
                      hv->mode->name);
        return put_walk(d, hv->vm[session_vm(d->session)]->cpu.s.real_cr3, true, linear,
                        read_machines, "machine");
    }
    (void)debug_cpu(d, &s);
    if (!(s.cr0 & CR0_PG)) {
        (void)fprintf(d->out, "Paging is off: 0x%08x is guest physical 0x%08x.\n", linear, linear);
        return CLI_OK;
    }
    return put_walk(d, s.cr3, s.cr4 & CR4_PSE, linear, read_guests, "guest physical");
}

int info_shadow(struct debugger *d, const char *rest)
{
    uint32_t linear;
    const struct hv *hv = debug_hv(d);
    if (!take_address(d, "shadow", rest, &linear))
        return CLI_USAGE;
    if (!hv->mode->has_hypervisor || hv->mode->direct_paging)
        return refuse(d, CLI_USAGE, "info shadow: mode %s has none; the CPU walks %s tables",
                      hv->mode->name, hv->mode->tables_walked);
    uint32_t root = hv->vm[session_vm(d->session)]->cpu.s.real_cr3;
    if (!root)
        return refuse(d, CLI_GUEST_FAILED, "info shadow: the guest has not run yet");
    (void)fprintf(d->out, "Shadow root: machine 0x%08x\n", root);
    return put_walk(d, root, false, linear, read_machines, "machine");
}

int info_p2m(struct debugger *d, const char *rest)
{
    static const char *const types[] = {[P2M_NONE] = "nothing",
                                        [P2M_RAM] = "RAM",
                                        [P2M_ROM] = "ROM",
                                        [P2M_MMIO] = "a device's registers"};
    uint32_t gpa = 0, pa = 0, ram = 0;
    const struct hv *hv = debug_hv(d);
    if (!hv->mode->has_hypervisor)
        return refuse(d, CLI_USAGE, "info p2m: mode %s has none; guest physical is machine memory",
                      hv->mode->name);
    const struct vm *vm = hv->vm[session_vm(d->session)];
    if (*rest) {
        if (!take_address(d, "p2m", rest, &gpa))
            return CLI_USAGE;
        enum p2m_type type = p2m_lookup(vm, gpa, &pa);
        (void)fprintf(d->out, "Guest physical 0x%08x: %s", gpa, types[type]);
        if (type == P2M_RAM || type == P2M_ROM)
            (void)fprintf(d->out, ", machine 0x%08x", pa);
        unsigned trace = p2m_trace(vm, gpa);
        (void)fprintf(d->out, "%s%s%s\n",
                      trace & P2M_TRACE_SHADOW ? ", traced as a page table" : "",
                      trace & P2M_TRACE_GDT ? ", traced as a GDT" : "",
                      trace & P2M_TRACE_LDT ? ", traced as an LDT" : "");
        return CLI_OK;
    }
    for (uint32_t i = 0; i < vm->pages; i++)
        ram += p2m_lookup(vm, i * PAGE_SIZE, &pa) == P2M_RAM;
    (void)fprintf(d->out, "vm%u has %u pages of RAM; the first are:\n", vm->number, ram);
    for (uint32_t i = 0; i < vm->pages && i < 8; i++)
        if (p2m_lookup(vm, i * PAGE_SIZE, &pa) != P2M_NONE)
            (void)fprintf(d->out, "guest frame 0x%x is machine frame 0x%x\n", i, pa / PAGE_SIZE);
    return CLI_OK;
}

static const char *const frame_types[FRAME_TYPES] = {
    "plain",       "writable", "page directory",  "page table",
    "descriptors", "shadow",   "hypervisor table"};

static void owner_name(uint8_t owner, char text[24])
{
    if (owner == FRAME_FREE)
        (void)snprintf(text, 24, "free");
    else if (owner == FRAME_FOREIGN)
        (void)snprintf(text, 24, "foreign");
    else if (owner == FRAME_HYPERVISOR)
        (void)snprintf(text, 24, "hypervisor");
    else
        (void)snprintf(text, 24, "vm%u", owner - 1u);
}

static int put_frame(struct debugger *d, const struct frame *f, uint32_t mfn)
{
    char owner[24];
    owner_name(f->owner, owner);
    (void)fprintf(d->out,
                  "Machine frame 0x%x: owner %s, type %s%s, %u references, %u as its type, "
                  "guest frame 0x%x\n",
                  mfn, owner, f->type < FRAME_TYPES ? frame_types[f->type] : "?",
                  f->pinned ? ", pinned" : "", f->refs, f->type_refs, f->gfn);
    return CLI_OK;
}

int info_frames(struct debugger *d, const char *rest)
{
    static const struct table_column columns[] = {{"Owner", -12}, {"Type", -18}, {"Frames", 0}};
    static uint32_t count[256][FRAME_TYPES];
    struct hv *hv = debug_hv(d);
    uint64_t mfn;
    struct table t;
    char owner[24];
    if (!hv->mode->has_hypervisor)
        return refuse(d, CLI_USAGE, "info frames: mode %s has no hypervisor to own frames",
                      hv->mode->name);
    if (*rest) {
        if (!evaluate(d, rest, &mfn))
            return CLI_USAGE;
        if (mfn >= hv->frame_count)
            return refuse(d, CLI_USAGE, "info frames %s: the machine has 0x%x frames", rest,
                          hv->frame_count);
        return put_frame(d, frame_of(hv, (uint32_t)mfn), (uint32_t)mfn);
    }
    memset(count, 0, sizeof count);
    for (uint32_t i = 0; i < hv->frame_count; i++)
        count[frame_of(hv, i)->owner][frame_of(hv, i)->type % FRAME_TYPES]++;
    table_begin(&t, d->out, d->plain, columns, 3);
    for (unsigned o = 0; o < 256; o++)
        for (unsigned type = 0; type < FRAME_TYPES; type++) {
            if (!count[o][type])
                continue;
            owner_name((uint8_t)o, owner);
            table_put(&t, "%s", owner);
            table_put(&t, "%s", frame_types[type]);
            table_put(&t, "%u", count[o][type]);
        }
    return CLI_OK;
}
