/*
 * The guest's page tables against what the processor does with them: rights, Accessed and Dirty, WP
 * = 0, 4 MiB pages, aliases, tables that change under a translation, recursion, the top of linear
 * space.
 */
#include "report.h"

#define VA 0x40000000u
#define PA 0x00800000u

static uint32_t at = VA;

static void read_at(void *unused)
{
    (void)unused;
    out[0] = *(volatile uint32_t *)at;
}

static void write_at(void *unused)
{
    (void)unused;
    *(volatile uint32_t *)at = 0x1234;
}

static void write_across(void *unused)
{
    (void)unused;
    *(volatile uint32_t *)(at + 0xffe) = 0x89abcdef;
}

static uint32_t read_cr0(void)
{
    uint32_t v;
    ASM("movl %%cr0, %0" : "=r"(v));
    return v;
}

static void set_cr0(uint32_t v)
{
    ASM("movl %0, %%cr0" : : "r"(v) : "memory");
}

static void set_cr4(uint32_t v)
{
    ASM("movl %0, %%cr4" : : "r"(v) : "memory");
}

static uint32_t *directory(void)
{
    uint32_t v;
    ASM("movl %%cr3, %0" : "=r"(v));
    return (uint32_t *)v;
}

static void reload_cr3(void)
{
    ASM("movl %%cr3, %%eax; movl %%eax, %%cr3" : : : "eax", "memory");
}

static void try_all(const char *name)
{
    volatile uint32_t *pte = kit_pte(VA);
    snippet *const access[] = {read_at, write_at};
    for (unsigned ring = 0; ring < 4; ring++)
        for (unsigned i = 0; i < 2; i++) {
            *pte &= ~0x60u; /* Accessed, Dirty */
            kit_flush(VA);
            report(name, ring, access[i]);
            show("  pte", *pte);
        }
}

static void rights(void)
{
    static const uint32_t flags[] = {0, 1, 3, 5, 7};
    for (unsigned wp = 0; wp < 2; wp++) {
        set_cr0(wp ? read_cr0() | 0x10000 : read_cr0() & ~0x10000u);
        for (unsigned d = 0; d < 5; d++)
            for (unsigned t = 0; t < 5; t++) {
                uint32_t *pde = &directory()[VA >> 22];
                *pde = (*pde & ~0x27u) | flags[d];
                kit_map(VA, PA, flags[t]);
                reload_cr3();
                kit_printf("wp %u pde %u pte %u: ", wp, flags[d], flags[t]);
                try_all("rights");
                show("  pde", *pde & 0xfff);
            }
        directory()[VA >> 22] |= 7;
        reload_cr3();
    }
}

static void large_pages(void)
{
    uint32_t *pd = directory();
    uint32_t old = pd[0x100];
    set_cr4(0x10);
    for (uint32_t f = 0; f < 8; f += 2) {
        pd[0x100] = PA | 0x81 | f;
        reload_cr3();
        for (unsigned ring = 0; ring < 4; ring += 3) {
            pd[0x100] &= ~0x60u;
            reload_cr3();
            report("4 MiB", ring, read_at);
            show("  pde", pd[0x100]);
            report("4 MiB", ring, write_at);
            show("  pde", pd[0x100]);
        }
    }
    pd[0x100] = PA | 0x83 | 0x2000; /* a reserved bit */
    reload_cr3();
    report("reserved bit", 0, read_at);
    pd[0x100] = PA | 0x87;
    reload_cr3();
    at = VA + 0x3ff004;
    *(volatile uint32_t *)(PA + 0x3ff004) = 77;
    report("its last page", 3, read_at);
    at = VA;
    pd[0x100] = old;
    set_cr4(0);
}

/* Every change is seen at the next use; no stale entry is ever used against the tables. */
static void changes(void)
{
    kit_map(VA, PA, 7);
    kit_map(VA + 0x1000, PA + 0x1000, 7);
    report("mapped", 3, write_at);
    report("across", 3, write_across);
    show("low", *(volatile uint32_t *)(PA + 0xffc));
    show("high", *(volatile uint32_t *)(PA + 0x1000));
    kit_map(VA + 0x1000, PA + 0x1000, 5);
    report("across into read-only", 3, write_across);
    show("  nothing was written", *(volatile uint32_t *)(PA + 0xffc));
    *kit_pte(VA) = (PA + 0x2000) | 7;
    kit_flush(VA);
    *(volatile uint32_t *)(PA + 0x2000) = 0x22;
    report("moved", 3, read_at);
    *(uint8_t *)kit_pte(VA) = 0;
    kit_flush(VA);
    report("one byte of the entry", 3, read_at);
    kit_map(VA, PA, 7);
    for (uint32_t i = 0; i < 64;
         i++) /* many writes without a use: the table is let go, and found again */
        *kit_pte(VA + 0x100000 + i * 0x1000) = (PA + i * 0x1000) | 7;
    at = VA + 0x100000 + 0x1000 * 63;
    *(volatile uint32_t *)(PA + 0x1000 * 63) = 0x63;
    report("after many", 3, read_at);
    memset(kit_pte(VA + 0x200000), 0, 256);
    at = VA + 0x200000;
    report("cleared by a string", 3, read_at);
    at = VA;
    kit_map(VA, 0x10000000, 7); /* no memory there */
    report("no memory", 0, read_at);
    report("no memory", 0, write_at);
    report("no memory", 0, read_at);
    kit_map(VA, PA, 7);
}

/* A page table that maps itself, and a directory as its own table at the very top of linear space.
 */
static void recursion(void)
{
    uint32_t *pd = directory();
    uint32_t table = pd[VA >> 22] & ~0xfffu;
    kit_map(VA + 0x5000, table, 3);
    volatile uint32_t *through = (volatile uint32_t *)(VA + 0x5000);
    show("table through itself", through[5] & 0xfff);
    through[6] = (PA + 0x6000) | 3;
    kit_flush(VA + 0x6000);
    *(volatile uint32_t *)(PA + 0x6000) = 0x66;
    show("entry written through it", *(volatile uint32_t *)(VA + 0x6000));
    pd[1023] = (uint32_t)(uintptr_t)pd | 3;
    reload_cr3();
    volatile uint32_t *top = (volatile uint32_t *)0xfffff000;
    show("directory at the top", top[1023] & 0xfff);
    volatile uint32_t *tables = (volatile uint32_t *)0xffc00000;
    show("entry at the top", tables[VA >> 12] & ~0x60u);
    tables[(VA >> 12) + 7] = (PA + 0x7000) | 3;
    kit_flush(VA + 0x7000);
    *(volatile uint32_t *)(PA + 0x7000) = 0x77;
    show("written at the top", *(volatile uint32_t *)(VA + 0x7000));
    at = 0xfffffffc;
    report("user at the top", 3, read_at);
    at = 0xff000000;
    report("nothing in the hole", 0, read_at);
    report("nothing in the hole", 3, write_at);
    at = 0xfffffffe;
    report("across the end", 0, read_at);
    at = VA;
    pd[1023] = 0;
    reload_cr3();
}

/* A page table where there is no memory: every entry reads as all ones, stores to it are lost. */
static void floating_table(void)
{
    uint32_t *pd = directory(), was = pd[VA >> 22];
    pd[VA >> 22] = 0x7ff00000 | 7;
    reload_cr3();
    report("through a floating table", 0, read_at);
    report("through a floating table", 0, write_at);
    report("through a floating table", 3, read_at);
    show("its entry is Accessed", pd[VA >> 22]);
    pd[VA >> 22] = was;
    reload_cr3();
    report("a table again", 0, read_at);
}

static void load_fs(void *unused)
{
    (void)unused;
    ASM("movw %0, %%fs" : : "r"((uint16_t)KIT_DATA(3)));
}

/* Loading a segment register reads the table through the page tables, as any access does. */
static void descriptor_table(void)
{
    volatile uint32_t *pte = kit_pte((uint32_t)(uintptr_t)kit_gdt);
    uint32_t *pd = directory();
    load_fs(0);
    load_fs(0);
    show("the table's page", *pte & 0x20);
    *pte &= ~0x20u;
    kit_flush((uint32_t)(uintptr_t)kit_gdt);
    show("cleared", *pte & 0x20);
    load_fs(0);
    show("loaded again", *pte & 0x20);
    *pte &= ~0x20u;
    pd[0] &= ~0x20u;
    reload_cr3();
    *(volatile uint32_t *)&pd[1023]; /* everything lies below the same directory entry */
    load_fs(0);
    show("loaded behind CR3", *pte & 0x20);
    *pte &= ~0x20u;
    kit_flush((uint32_t)(uintptr_t)kit_gdt);
    report("by ring 3", 3, load_fs);
    show("loaded by ring 3", *pte & 0x20);
}

int main(void)
{
    *(volatile uint32_t *)PA = 0x1111;
    kit_paging_on();
    rights();
    large_pages();
    changes();
    recursion();
    floating_table();
    descriptor_table();
    set_cr0(read_cr0() & 0x7fffffff); /* paging off and on again */
    show("paging off", *(volatile uint32_t *)PA);
    set_cr0(read_cr0() | 0x80000000);
    report("paging on again", 3, read_at);
    return 0;
}
