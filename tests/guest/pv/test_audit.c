/*
 * The audit of a paravirtual guest finds what is planted behind the validator's back: one bad entry
 * of each kind, in the tables of a Bantam that runs beside another.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

#include "core/internal.h"
#include "machine.h"
#include "pv/pv.h"

/* Where in the guest's memory things are, when the planting begins. */
struct site {
    struct hv *hv;
    struct vm *vm;
    uint32_t root;     /* mfn of the directory in use */
    uint32_t table;    /* mfn of a page table under it */
    uint32_t empty_at; /* pa of a free entry of that table */
    uint32_t slot_at;  /* pa of the directory's entry that names it */
};

static uint32_t word(const struct site *s, uint32_t pa)
{
    return ram_read32(&s->hv->machine->ram, pa);
}

static void put(const struct site *s, uint32_t pa, uint32_t value)
{
    ram_write32(&s->hv->machine->ram, pa, value);
}

static uint32_t frame_owned_by(const struct site *s, unsigned owner, unsigned type)
{
    for (uint32_t mfn = 1; mfn < s->hv->frame_count; mfn++)
        if (frame_of(s->hv, mfn)->owner == owner && frame_of(s->hv, mfn)->type == type)
            return mfn << PAGE_SHIFT;
    cr_assert_fail("no frame of owner %u and type %u", owner, type);
    return 0;
}

static void put_gate(const struct site *s, uint32_t vector, uint32_t selector, uint32_t target)
{
    uint32_t at = (s->hv->own.idt_mfn[s->vm->number] << PAGE_SHIFT) + vector * 8;
    put(s, at, selector << 16 | (target & 0xffffu));
    put(s, at + 4, (target & 0xffff0000u) | 0xee00u);
}

#define MINE   (s->vm->number + 1u)
#define OTHERS (s->vm->number + 2u)

static void neighbours_page(const struct site *s)
{
    put(s, s->empty_at, frame_owned_by(s, OTHERS, FRAME_NONE) | PTE_P);
}
static void nobodys_page(const struct site *s)
{
    put(s, s->empty_at, frame_owned_by(s, FRAME_FOREIGN, FRAME_NONE) | PTE_P | PTE_W);
}
static void hypervisors_page(const struct site *s)
{
    put(s, s->empty_at, s->hv->own.idt_mfn[0] << PAGE_SHIFT | PTE_P);
}
static void page_beyond_the_machine(const struct site *s)
{
    put(s, s->empty_at, 0xfffff000u | PTE_P);
}
static void writable_table(const struct site *s)
{
    put(s, s->empty_at, s->table << PAGE_SHIFT | PTE_P | PTE_W);
}
static void writable_root(const struct site *s)
{
    put(s, s->empty_at, s->root << PAGE_SHIFT | PTE_P | PTE_W);
}
static void writable_descriptors(const struct site *s)
{
    put(s, s->empty_at, frame_owned_by(s, MINE, FRAME_SEGDESC) | PTE_P | PTE_W);
}
static void hypervisor_slot(const struct site *s)
{
    uint32_t at = (s->root << PAGE_SHIFT) + 1023 * 4;
    put(s, at, word(s, at) ^ PTE_U);
}
static void neighbours_table(const struct site *s)
{
    put(s, s->slot_at, frame_owned_by(s, OTHERS, FRAME_PT) | PTE_P | PTE_W | PTE_U);
}
static void large_page(const struct site *s)
{
    put(s, s->slot_at, word(s, s->slot_at) | PTE_PS);
}
static void unchecked_table(const struct site *s)
{
    put(s, s->slot_at, frame_owned_by(s, MINE, FRAME_NONE) | PTE_P);
}
static void writable_linear_map(const struct site *s)
{
    put(s, s->slot_at, s->root << PAGE_SHIFT | PTE_P | PTE_W);
}
static void unchecked_root(const struct site *s)
{
    s->vm->pv->mmu.root = s->table;
}
static void neighbours_root(const struct site *s)
{
    s->vm->pv->mmu.root = s->hv->vm[1]->pv->mmu.root;
}
static void flat_descriptor(const struct site *s)
{
    uint32_t at = s->vm->pv->s.gdt_mfn[0] << PAGE_SHIFT;
    put(s, at + 511 * 8, 0x0000ffffu);
    put(s, at + 511 * 8 + 4, 0x00cfba00u); /* ring 1 code, base 0, 4 GiB */
}
static void call_gate(const struct site *s)
{
    uint32_t at = s->vm->pv->s.gdt_mfn[0] << PAGE_SHIFT;
    put(s, at + 511 * 8, HV_SEL_CS << 16);
    put(s, at + 511 * 8 + 4, 0x0000ec00u);
}
static void neighbours_descriptors(const struct site *s)
{
    s->vm->pv->s.gdt_mfn[0] = s->hv->vm[1]->pv->s.gdt_mfn[0];
}
static void flat_segment_grown(const struct site *s)
{
    uint32_t pa = own_descriptor_pa(s->hv, s->vm->number, false, PV_FLAT_RING3_DS >> 3);
    put(s, pa, 0xffffu);
    put(s, pa + 4, word(s, pa + 4) | 0xf0000u);
}
static void gate_beside_its_stub(const struct site *s)
{
    put_gate(s, 0x21, HV_SEL_CS, area_address(HV_AREA_STUBS) + 0x21 * CPU_ENTRY_STRIDE + 1);
}
static void second_direct_gate(const struct site *s)
{
    put_gate(s, 0x81, PV_FLAT_RING1_CS, 0xc0100000u);
}
static void direct_gate_into_the_hole(const struct site *s)
{
    put_gate(s, PV_SYSCALL_VECTOR, PV_FLAT_RING1_CS, PV_HOLE);
}
static void io_bitmap(const struct site *s)
{
    put(s, (s->hv->own.tss_mfn << PAGE_SHIFT) + 100, 0);
}

static const struct planted {
    void (*plant)(const struct site *s);
    size_t counter;   /* offset in struct hv_audit */
    const char *what; /* in the first finding */
    uint64_t times;   /* 2: what all modes have in common looks first, and pv again */
} planted[] = {
#define FOUND(plant, counter, what) FOUND_TIMES(plant, counter, what, 1)
#define FOUND_TIMES(plant, counter, what, n)                                                       \
    {                                                                                              \
        plant, offsetof(struct hv_audit, counter), what, n                                         \
    }
    FOUND(neighbours_page, foreign, "a page of somebody else's"),
    FOUND(nobodys_page, foreign, "a page of somebody else's"),
    FOUND(hypervisors_page, foreign, "a page of somebody else's"),
    FOUND(page_beyond_the_machine, foreign, "a page of somebody else's"),
    FOUND(writable_table, inconsistent, "mapped writable"),
    FOUND(writable_root, inconsistent, "mapped writable"),
    FOUND(writable_descriptors, inconsistent, "mapped writable"),
    FOUND(hypervisor_slot, inconsistent, "a slot of the hypervisor's"),
    FOUND(neighbours_table, foreign, "a page table of somebody else's"),
    FOUND(large_page, foreign, "four megabytes"),
    FOUND(unchecked_table, inconsistent, "a page table that was not checked"),
    FOUND(writable_linear_map, inconsistent, "a page table that was not checked"),
    FOUND(unchecked_root, foreign, "no checked directory"),
    FOUND(neighbours_root, foreign, "no checked directory"),
    FOUND(flat_descriptor, gates, "a descriptor reaches"),
    FOUND(call_gate, gates, "a descriptor reaches"),
    FOUND(neighbours_descriptors, foreign, "a descriptor page"),
    FOUND(flat_segment_grown, gates, "a flat segment"),
    FOUND_TIMES(gate_beside_its_stub, gates, "gate that leads elsewhere", 2),
    FOUND(second_direct_gate, gates, "leads where it should not"),
    FOUND(direct_gate_into_the_hole, gates, "leads where it should not"),
    FOUND_TIMES(io_bitmap, ports, "I/O bitmap within the TSS", 2),
#undef FOUND
#undef FOUND_TIMES
};

/* A table of the guest's with a writable entry of its own and a free one. */
static void find_table(struct site *s)
{
    for (uint32_t slot = 0; slot < PV_GUEST_SLOTS; slot++) {
        s->slot_at = (s->root << PAGE_SHIFT) + slot * 4;
        uint32_t pde = word(s, s->slot_at);
        s->table = pde >> PAGE_SHIFT;
        if (!(pde & PTE_P) || !(pde & PTE_W) || s->table == s->root)
            continue;
        for (uint32_t i = 0; i < 1024; i++) {
            s->empty_at = (s->table << PAGE_SHIFT) + i * 4;
            if (!(word(s, s->empty_at) & PTE_P))
                return;
        }
    }
    cr_assert_fail("no page table with room");
}

/* Bantam is content with the flat segments: an empty table, as set_gdt would have left it. */
static void give_descriptors(const struct site *s, unsigned n)
{
    uint32_t pa = frame_owned_by(s, n + 1u, FRAME_NONE);
    for (uint32_t i = 0; i < PAGE_SIZE; i += 4)
        put(s, pa + i, 0);
    s->hv->frames[pa >> PAGE_SHIFT].type = FRAME_SEGDESC;
    s->hv->vm[n]->pv->s.gdt_mfn[0] = pa >> PAGE_SHIFT;
}

static void start(struct pv_machine *m, struct site *s)
{
    pv_machine_start(m, &(struct pv_start){.image = "bantam-pv.elf",
                                           .disk = "disk.img",
                                           .cmdline = "run=\"forkwait 5000; halt\"",
                                           .mode = MODE_pv,
                                           .vms = 2,
                                           .loaded = 2,
                                           .ram_bytes = 8u << 20});
    enum hv_stop stop = pv_machine_run(m, 10000000);
    cr_assert_eq(stop, HV_STOP_LIMIT, "stopped by %s after %s", hv_stop_names[stop], m->console);
    *s = (struct site){.hv = m->hv, .vm = m->hv->vm[0], .root = m->hv->vm[0]->pv->mmu.root};
    for (unsigned i = 0; i < 2; i++)
        give_descriptors(s, i);
    find_table(s);
}

#define PLANTED (sizeof planted / sizeof *planted)

/* By number: a worker process has its functions elsewhere. */
ParameterizedTestParameters(pv_audit, finds_what_is_planted)
{
    static unsigned numbers[PLANTED];
    for (unsigned i = 0; i < PLANTED; i++)
        numbers[i] = i;
    return cr_make_param_array(unsigned, numbers, PLANTED);
}

ParameterizedTest(unsigned *number, pv_audit, finds_what_is_planted)
{
    const struct planted *p = &planted[*number];
    struct pv_machine m;
    struct site s;
    struct hv_audit before, after;
    uint64_t found;
    start(&m, &s);
    hv_audit(m.hv, &before);
    cr_assert_eq(before.foreign + before.gates + before.ports + before.inconsistent, 0, "%s",
                 before.first);
    p->plant(&s);
    hv_audit(m.hv, &after);
    memcpy(&found, (const char *)&after + p->counter, sizeof found);
    cr_expect_geq(found, p->times, "%s: counted %lu times; first: %s", p->what,
                  (unsigned long)found, after.first);
    cr_expect(strstr(after.first, p->what), "%s: first: %s", p->what, after.first);
    pv_machine_stop(&m);
}
