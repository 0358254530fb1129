/*
 * Descriptor tables: selectors that are none of the guest's, gates into ring 0, tables changed
 * behind the processor's back.
 */
#include "attack.h"

#define FREE KIT_GDT_FREE
#define SEL  (FREE * 8u)
#define MINE 0x600dfaceu

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static void load_gdtr(const void *table, unsigned limit)
{
    struct table_pointer p = {(uint16_t)limit, (uint32_t)table};
    __asm__ volatile("lgdt %0" : : "m"(p));
}

static uint64_t *idt(void)
{
    struct table_pointer p;
    __asm__ volatile("sidt %0" : "=m"(p));
    return (uint64_t *)p.base;
}

static uint64_t gate(uint32_t sel, uint32_t target, unsigned access)
{
    return (uint64_t)((target & 0xffff0000) | access << 8) << 32 | sel << 16 | (target & 0xffff);
}

static void load_fs(void *sel)
{
    __asm__ volatile("movl %0, %%fs" : : "r"(sel));
}

static void load_ss(void *sel)
{
    __asm__ volatile("movl %%ss, %%ecx; movl %0, %%ss; movl %%ecx, %%ss" : : "r"(sel) : "ecx");
}

static void far_call(void *sel)
{
    struct {
        uint32_t offset;
        uint16_t sel;
    } __attribute__((packed)) pointer = {0, (uint16_t)(uintptr_t)sel};
    __asm__ volatile("movl $1f, (%0); lcall *(%0); jmp 2f; 1: lret; 2:"
                     :
                     : "r"(&pointer)
                     : "eax", "ecx", "edx", "memory");
}

/*
 * Ring 0 with RPL 1 and a descriptor of DPL 0 is left out: the guest's ring 0 is the processor's
 * ring 1, and its DPL 0 looks like 1, so the load that #GP should refuse succeeds. It gives a
 * kernel nothing that RPL 0 would not.
 */
static bool compressed(unsigned ring, uint32_t sel)
{
    return ring == 0 && (sel & 7) == 1 && (sel >> 3 == 1 || sel >> 3 == 2);
}

/* Selectors of the hypervisor's own segments, and every other one. */
static uint32_t load_all(unsigned ring, void (*load)(void *), uint32_t step)
{
    uint32_t sum = 0;
    for (uint32_t sel = 0; sel < 0x10000; sel += sel < 0x180 || sel >= 0xfe00 ? 1 : step) {
        struct kit_fault f;
        if (compressed(ring, sel))
            continue;
        int vector = catch_in(ring, load, (void *)sel, &f);
        sum = fold(sum, (uint32_t)vector);
        sum = fold(sum, vector == KIT_NO_FAULT ? 0 : f.error);
    }
    return sum;
}

int attack_selectors_all(void)
{
    kit_gdt[FREE] = kit_descriptor(0, 0xfffff, 0x72, 0xc);                /* not present */
    kit_gdt[FREE + 1] = kit_descriptor(0, 0xfffff, 0xf8, 0xc);            /* execute only */
    kit_gdt[FREE + 2] = kit_descriptor(0, 0xfffff, 0xf0, 0xc);            /* read only */
    kit_gdt[FREE + 3] = kit_descriptor(0, 0xfffff, 0x9e, 0xc);            /* conforming */
    kit_gdt[FREE + 4] = kit_descriptor(0, 0xfffff, 0x12, 0xc);            /* not present, kernel */
    kit_gdt[FREE + 5] = kit_descriptor((uint32_t)kit_gdt, 0xff, 0xe2, 0); /* an LDT */
    for (unsigned ring = 0; ring < 4; ring++) {
        kit_printf("fs in ring %u: %08x\n", ring, load_all(ring, load_fs, 251));
        kit_printf("ss in ring %u: %08x\n", ring, load_all(ring, load_ss, 1021));
    }
    struct kit_fault f;
    for (uint32_t sel = ONE_AND_US; sel < 0x10000; sel += 8)
        kit_check(kit_catch(load_fs, (void *)sel, &f) == GP && f.error == sel, "not the guest's");
    return 0;
}

int attack_user_loads_kernel_data(void)
{
    for (uint32_t rpl = 0; rpl < 4; rpl++)
        for (unsigned ring = 0; ring < 3; ring++) {
            uint32_t sel = (KIT_DATA(ring) & ~3u) | rpl;
            kit_check(probe_in(3, "kernel data in ring 3", load_fs, (void *)sel) == GP &&
                          probed.error == (sel & ~3u),
                      "is #GP");
        }
    return 0;
}

int attack_far_transfers(void)
{
    for (unsigned ring = 0; ring < 4; ring++) {
        uint32_t sum = 0;
        for (uint32_t sel = 0; sel < 0x180; sel++) {
            struct kit_fault f;
            int vector = catch_in(ring, far_call, (void *)sel, &f);
            sum = fold(fold(sum, (uint32_t)vector), vector == KIT_NO_FAULT ? 0 : f.error);
        }
        kit_printf("far calls in ring %u: %08x\n", ring, sum);
    }
    kit_check(probe("far call to the hypervisor's code", far_call, (void *)ONE_AND_US) == GP,
              "is #GP");
    return 0;
}

/* A copy of the table; what lies behind its limit looks like the hypervisor's segments. */
static uint64_t *longer_gdt(void)
{
    uint64_t *gdt = (uint64_t *)PAGE(32);
    memcpy(gdt, kit_gdt, sizeof kit_gdt);
    for (unsigned n = ONE_AND_US / 8; n < 8192; n++)
        gdt[n] = kit_descriptor(0, 0xfffff, 0x9a, 0xc);
    load_gdtr(gdt, sizeof kit_gdt - 1);
    return gdt;
}

static uint32_t seen_cs;

void gate_target(void);

void gate_target(void)
{
    __asm__ volatile("movl %%cs, %0" : "=r"(seen_cs));
}
__asm__(".globl gate_entry\ngate_entry: call gate_target; lret");
extern const char gate_entry[];

/* A call gate of the guest's own leads into its own ring 0; one to the hypervisor's leads nowhere.
 */
int attack_call_gate(void)
{
    uint64_t *gdt = longer_gdt();
    gdt[FREE] = gate(KIT_CODE(0), (uint32_t)gate_entry, 0xec);
    kit_check(probe_in(3, "my call gate", far_call, (void *)(SEL | 3)) == KIT_NO_FAULT &&
                  seen_cs == KIT_CODE(0),
              "leads into my ring 0");
    kit_printf("cs %x\n", seen_cs);
    static const uint32_t targets[] = {ONE_AND_US, ONE_AND_US + 8, ONE_AND_US + 16, 0, 0x7ff8};
    for (unsigned i = 0; i < sizeof targets / sizeof *targets; i++) {
        gdt[FREE] = gate(targets[i], HV_STUBS, 0xec);
        kit_check(probe_in(3, "gate to what is not mine", far_call, (void *)(SEL | 3)) == GP,
                  "is #GP");
    }
    gdt[FREE + 1] = gate(KIT_CODE(0), (uint32_t)gate_entry, 0xec); /* still there at the end */
    probe_in(3, "another one", far_call, (void *)((SEL + 8) | 3));
    return 0;
}

__asm__(".globl int_stubs\n.align 4\nint_stubs:\n.set n, 0\n.rept 256\n.align 4\n"
        ".byte 0xcd, n\nret\n.set n, n + 1\n.endr");
extern const char int_stubs[];

static void int_n(void *n)
{
    ((void (*)(void))((uintptr_t)int_stubs + 4 * (uintptr_t)n))();
}

static unsigned handled;

static void count_it(struct kit_frame *frame)
{
    (void)frame;
    handled++;
}

static int int_all(unsigned ring)
{
    uint32_t sum = 0;
    for (uintptr_t n = 0; n < 256; n++) {
        struct kit_fault f;
        if (n == 0x7f)
            continue;
        int vector = catch_in(ring, int_n, (void *)n, &f);
        bool good =
            vector == GP && f.error == n * 8 + 2 && f.eip == (uint32_t)int_stubs + 4 * (uint32_t)n;
        if (!good)
            kit_printf("INT %u: vector %d error %x\n", n, vector, f.error);
        kit_failures += !good;
        sum = fold(sum, f.error);
    }
    kit_printf("all INT n in ring %u: %08x\n", ring, sum);
    static const unsigned open[] = {0x20, 0x80, 0x82, 0xe0, 0xf0, 0xfe, 0xff};
    for (unsigned i = 0; i < sizeof open / sizeof *open; i++) {
        kit_gate_dpl(open[i], 3);
        kit_on(open[i], count_it);
        for (unsigned again = 0; again < 3; again++)
            probe_in(ring, "INT through my gate", int_n, (void *)(uintptr_t)open[i]);
        kit_gate_dpl(open[i], 0);
        kit_check(probe_in(ring, "when it is closed", int_n, (void *)(uintptr_t)open[i]) == GP,
                  "is #GP");
    }
    kit_check(handled == 3 * sizeof open / sizeof *open, "each handler ran three times");
    return 0;
}

int attack_int_in_ring3(void)
{
    return int_all(3);
}

int attack_int_in_ring1(void)
{
    return int_all(1);
}

/* Gates of the guest's that name the hypervisor's segment, or an address in the hole. */
int attack_gate_into_ring0(void)
{
    uint64_t *table = idt();
    longer_gdt();
    for (unsigned type = 0x8e; type <= 0x8f; type++) {
        table[0x40] = gate(ONE_AND_US, HV_STUBS + 13 * 4, type | 0x60);
        kit_check(probe_in(3, "a gate to the hypervisor's code", int_n, (void *)0x40) == GP &&
                      (probed.error & ~7u) == ONE_AND_US,
                  "is #GP for that selector");
    }
    kit_paging_on();
    table[0x41] = gate(KIT_CODE(0), HV_STUBS + 13 * 4, 0xee);
    kit_check(probe_in(3, "a gate to an address in the hole", int_n, (void *)0x41) == PF &&
                  probed.cr2 == HV_STUBS + 13 * 4,
              "finds nothing there");
    return 0;
}

/* --- tables that change --- */

static void expect_read(const char *what, uint32_t sel, uint32_t offset, uint32_t value)
{
    struct through t = {sel, offset, 0};
    probe(what, read_through, &t);
    kit_check(t.value == value, what);
}

int attack_descriptor_changed(void)
{
    struct through t = {SEL, 0, 0};
    *(uint32_t *)PAGE(0) = 0x1111;
    *(uint32_t *)PAGE(1) = 0x2222;
    for (unsigned i = 0; i < 4; i++) {
        kit_gdt[FREE] = kit_descriptor(PAGE(0), 0xfff, 0x92, 4);
        expect_read("first base", SEL, 0, 0x1111);
        __asm__ volatile("movl %0, %%gs" : : "r"(SEL));
        kit_gdt[FREE] = kit_descriptor(PAGE(1), 0xfff, 0x92, 4);
        uint32_t held;
        __asm__ volatile("movl %%gs:0, %0" : "=r"(held));
        kit_check(held == 0x1111, "what is loaded stays");
        expect_read("second base", SEL, 0, 0x2222);
        ((uint8_t *)&kit_gdt[FREE])[5] &= 0x7f; /* one byte: not present */
        kit_check(probe("not present", read_through, &t) == 11, "is #NP");
        ((uint8_t *)&kit_gdt[FREE])[5] |= 0x80;
        __asm__ volatile("movw $3, %0" : "+m"(kit_gdt[FREE])); /* the limit, a word */
        t.offset = 4;
        kit_check(probe("past a shortened limit", read_through, &t) == GP, "is #GP");
        t.offset = 0;
        __asm__ volatile("movl %0, %%gs" : : "r"(KIT_DATA(0)));
    }
    kit_printf("accessed: %x\n", (unsigned)(kit_gdt[FREE] >> 40 & 0xff));
    return 0;
}

int attack_gdt_limits(void)
{
    struct through t = {SEL, PAGE(0), 0};
    kit_gdt[FREE] = kit_descriptor(0, 0xfffff, 0x92, 0xc);
    static const unsigned limits[] = {0xff, FREE * 8 + 7, FREE * 8 + 6, FREE * 8, FREE * 8 - 1};
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        load_gdtr(kit_gdt, limits[i]);
        kit_check((probe("under this limit", read_through, &t) == KIT_NO_FAULT) == (i < 2),
                  "the limit counts, and at once");
    }
    load_gdtr(kit_gdt, sizeof kit_gdt - 1);
    return 0;
}

/* The table's linear page shows another frame: what is loaded next comes from there. */
int attack_gdt_remapped(void)
{
    uint32_t first = PAGE(8), second = PAGE(9), here = 0x40000000;
    kit_paging_on();
    *(uint32_t *)PAGE(0) = 0x1111;
    *(uint32_t *)PAGE(1) = 0x2222;
    memcpy((void *)first, kit_gdt, sizeof kit_gdt);
    memcpy((void *)second, kit_gdt, sizeof kit_gdt);
    ((uint64_t *)first)[FREE] = kit_descriptor(PAGE(0), 0xfff, 0x92, 4);
    ((uint64_t *)second)[FREE] = kit_descriptor(PAGE(1), 0xfff, 0x92, 4);
    kit_map(here, first, KIT_PRESENT | KIT_WRITE);
    load_gdtr((void *)here, sizeof kit_gdt - 1);
    expect_read("through the first frame", SEL, 0, 0x1111);
    kit_map(here, second, KIT_PRESENT | KIT_WRITE);
    expect_read("through the second frame", SEL, 0, 0x2222);
    ((uint64_t *)second)[FREE] = kit_descriptor(PAGE(0), 0xfff, 0x92, 4);
    expect_read("changed in the second frame", SEL, 0, 0x1111);
    load_gdtr(kit_gdt, sizeof kit_gdt - 1);
    return 0;
}

int attack_ldt_in_own_memory(void)
{
    uint64_t *ldt = (uint64_t *)PAGE(10);
    *(uint32_t *)PAGE(0) = 0x1111;
    ldt[1] = kit_descriptor(PAGE(0), 0xfff, 0xf2, 4);
    ldt[2] = kit_descriptor(0, 0xfffff, 0x92, 0xc);
    kit_gdt[FREE] = kit_descriptor((uint32_t)ldt, 0x1f, 0x82, 0);
    __asm__ volatile("lldt %w0" : : "r"(SEL));
    expect_read("through the LDT", 0x0f, 0, 0x1111);
    struct through t = {0x0f, 0, 0};
    kit_check(probe_in(3, "in ring 3", read_through, &t) == KIT_NO_FAULT && t.value == 0x1111,
              "works");
    t.sel = 0x17;
    kit_check(probe_in(3, "its kernel segment in ring 3", read_through, &t) == GP, "is #GP");
    ldt[1] = kit_descriptor(0, 0, 0x72, 4);
    t.sel = 0x0f;
    kit_check(probe("not present", read_through, &t) == 11, "is #NP");
    __asm__ volatile("lldt %w0" : : "r"(0));
    kit_check(probe("without an LDT", read_through, &t) == GP, "is #GP");
    return 0;
}

/* Runs on code and stack from the hypervisor's indices: exits, exceptions and interrupts from there
 * enter through its own entries, which must still be there. */
static uint32_t run_up_there(void)
{
    uint32_t result = 0;
    __asm__ volatile("movw %w2, %%ss; ljmp %1, $1f; 1:"
                     "movl $0x5a, %%eax; outb %%al, $0x80; movl %%cr0, %%eax; int $0x41;"
                     "movw %%cs, %%ax; shll $16, %%eax; movw %%ss, %%ax; movl %%eax, %0;"
                     "movw %w4, %%ss; ljmp %3, $2f; 2:"
                     : "=m"(result)
                     : "i"(ONE_AND_US), "r"(ONE_AND_US + 0x10), "i"(KIT_CODE(0)), "r"(KIT_DATA(0))
                     : "eax", "memory");
    return result;
}

static volatile uint32_t calls;

static void on_call(struct kit_frame *f)
{
    (void)f;
    calls++;
}

/* A GDT so long that its last entries are where the hypervisor keeps its own. */
int attack_claims_last_selectors(void)
{
    uint64_t *table = (uint64_t *)PAGE(32);
    memcpy(table, kit_gdt, sizeof kit_gdt);
    table[ONE_AND_US / 8] = kit_descriptor(0, 0xfffff, 0x9a, 0xc);
    table[ONE_AND_US / 8 + 2] = kit_descriptor(0, 0xfffff, 0x92, 0xc);
    table[ONE_AND_US / 8 + 1] = kit_descriptor(PAGE(0), 0xfff, 0x92, 4);
    *(uint32_t *)PAGE(0) = MINE;
    load_gdtr(table, 0xffff);
    expect_read("data at the hypervisor's index", ONE_AND_US + 8, 0, MINE);
    kit_on(0x41, on_call);
    for (unsigned i = 0; i < 3; i++) {
        kit_printf("CS:SS %08x\n", run_up_there());
        kit_check(calls == i + 1, "and it is interrupted there");
    }
    return kit_failures;
}

static uint32_t look(void *argument)
{
    uint32_t sel = (uint32_t)argument, rights = 0, limit = 0, can = 0;
    __asm__ volatile("larl %3, %0; setz %b2; shll $8, %2; lsll %3, %1; setz %b2; shll $8, %2;"
                     "verr %w3; setz %b2; shll $8, %2; verw %w3; setz %b2"
                     : "+&r"(rights), "+&r"(limit), "+&q"(can)
                     : "r"(sel));
    return fold(fold(rights, limit), can);
}

static uint32_t look_sum;

static void look_at_all(void *unused)
{
    (void)unused;
    look_sum = 0;
    for (uint32_t sel = 0; sel < 0x10000; sel += sel < 0x180 || sel >= 0xff00 ? 1 : 509)
        look_sum = fold(look_sum, look((void *)sel));
}

/* LAR, LSL, VERR and VERW tell of the guest's own table, in full length, and of no other. */
int attack_lar_lsl(void)
{
    uint32_t limit = 0, found = 0;
    kit_gdt[FREE] = kit_descriptor(0xfc000000, 0xfffff, 0x9e, 0xc);
    kit_gdt[FREE + 1] = gate(KIT_CODE(0), 0, 0xec);
    for (unsigned ring = 0; ring < 4; ring += 3) {
        probe_in(ring, "looking", look_at_all, NULL);
        kit_printf("ring %u: %08x\n", ring, look_sum);
    }
    __asm__("lsll %1, %0" : "=r"(limit) : "r"(KIT_DATA(0)));
    kit_check(limit == 0xffffffff, "LSL gives the guest's own limit");
    __asm__("xorl %0, %0; larl %2, %1; setz %b0" : "=&q"(found), "=&r"(limit) : "r"(ONE_AND_US));
    kit_check(!found, "LAR does not see the hypervisor's segments");
    return 0;
}
