/*
 * Segments of all shapes, in and around the hypervisor's hole: limits, expand-down, byte
 * granularity, wrapping bases, descriptors that change while they are loaded, an LDT.
 */
#include "report.h"

static uint8_t *const probe_page = (uint8_t *)0x800000;
static uint32_t offset, base_index;
static uint64_t ldt[4] __attribute__((aligned(8)));

#define FREE(n) ((KIT_GDT_FREE + (n)) * 8)

/* Reads one byte at fs:offset. */
static void read_fs(void *unused)
{
    (void)unused;
    ASM("movl %1, %%fs; movzbl %%fs:(%2), %0"
        : "=r"(out[0])
        : "r"(FREE(base_index) | 3), "r"(offset));
}

static void write_fs(void *unused)
{
    (void)unused;
    ASM("movl %0, %%fs; movb $0x77, %%fs:(%1)"
        :
        : "r"(FREE(base_index) | 3), "r"(offset)
        : "memory");
}

static void read_gs_loaded(void *unused)
{
    (void)unused;
    ASM("movzbl %%gs:(%1), %0" : "=r"(out[0]) : "r"(offset));
}

struct shape {
    const char *name;
    uint32_t base, limit;
    uint8_t access, flags;
    uint32_t offsets[6];
};

static const struct shape shapes[] = {
    {"flat", 0, 0xfffff, 0xf2, 0xc, {0x800000, 0x800fff, 0xfbfffffe, 0xfc000000, 0xfffffffe, 0}},
    {"flat read-only", 0, 0xfffff, 0xf0, 0xc, {0x800000, 0x800001, 0, 0, 0, 0}},
    {"byte limit", 0x800000, 0x10, 0xf2, 0x4, {0, 0x10, 0x11, 0xffffffff, 0x1000, 1}},
    {"page limit", 0x800000, 0, 0xf2, 0xc, {0, 0xfff, 0x1000, 0xffffffff, 1, 2}},
    {"expand-down", 0x800000, 0x7ff, 0xf6, 0x4, {0, 0x7ff, 0x800, 0x801, 0xfff, 0x10000}},
    {"expand-down, 16 bit", 0x800000, 0x7ff, 0xf6, 0x0, {0, 0x7ff, 0x800, 0xffff, 0x10000, 0x801}},
    {"expand-down, pages",
     0x0,
     0x7ff,
     0xf6,
     0xc,
     {0x7fffff, 0x800000, 0x800001, 0xfbffffff, 0xfc000000, 0}},
    {"based in the hole",
     0xff000000,
     0xfffff,
     0xf2,
     0xc,
     {0x1800000, 0x1800fff, 0, 0xffffffff, 0x1000000, 5}},
    {"based in the hole, bytes",
     0xfff00000,
     0xfffff,
     0xf2,
     0x4,
     {0, 0xfffff, 0x100000, 0x80000, 1, 2}},
    {"wraps into the hole",
     0xf0000000,
     0xfffff,
     0xf2,
     0xc,
     {0x10800000, 0x10800001, 0xc000000, 0, 0xfffffff, 1}},
    {"expand-down in the hole",
     0xff000000,
     0xfff,
     0xf6,
     0xc,
     {0x1800000, 0x1000, 0x1000000, 0x1800001, 0, 0xffffffff}},
    {"readable code", 0x800000, 0xffff, 0xfa, 0x4, {0, 0xffff, 0x10000, 1, 2, 3}},
    {"code not readable", 0x800000, 0xffff, 0xf8, 0x4, {0, 1, 0, 0, 0, 0}},
    {"readable code in the hole",
     0xff000000,
     0xfffff,
     0xfa,
     0xc,
     {0x1800000, 0x1800001, 0, 1, 0, 0}},
    {"not present", 0x800000, 0xffff, 0x72, 0x4, {0, 1, 0, 0, 0, 0}},
    {"ring 0 data", 0x800000, 0xffff, 0x92, 0x4, {0, 1, 0, 0, 0, 0}},
    {"ring 1 data", 0x800000, 0xffff, 0xb2, 0x4, {0, 1, 0, 0, 0, 0}},
    {"conforming code", 0x800000, 0xffff, 0x9e, 0x4, {0, 1, 0xffff, 0x10000, 0, 0}},
    {"a gate", 0x800000, 0xffff, 0xec, 0x0, {0, 0, 0, 0, 0, 0}},
};

static void all_shapes(void)
{
    for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *s = &shapes[i];
        base_index = 0;
        kit_gdt[KIT_GDT_FREE] = kit_descriptor(s->base, s->limit, s->access, s->flags);
        for (unsigned k = 0; k < 6; k++) {
            offset = s->offsets[k];
            kit_printf("%x ", offset);
            for (unsigned ring = 0; ring < 4; ring += 3) {
                report(s->name, ring, read_fs);
                report(s->name, ring, write_fs);
            }
        }
        show("accessed", (uint32_t)(kit_gdt[KIT_GDT_FREE] >> 40) & 0xff);
    }
}

/* A loaded segment keeps what it was loaded with; the next load sees the change. */
static void changes_while_loaded(void)
{
    for (uint32_t i = 0; i < 16; i++)
        probe_page[i] = (uint8_t)(0x40 + i);
    offset = 1;
    kit_gdt[KIT_GDT_FREE] = kit_descriptor(0x800000, 0xffff, 0x92, 4);
    ASM("movl %0, %%gs" : : "r"(FREE(0)));
    report("loaded", 0, read_gs_loaded);
    kit_gdt[KIT_GDT_FREE] = kit_descriptor(0x800004, 0xffff, 0x92, 4);
    report("changed", 0, read_gs_loaded);
    kit_gdt[KIT_GDT_FREE] = 0;
    report("gone", 0, read_gs_loaded);
    ASM("movl %0, %%fs" : : "r"(0)); /* an exit or two do not lose it */
    kit_out8(0x80, 1);
    report("still", 0, read_gs_loaded);
    kit_gdt[KIT_GDT_FREE] = kit_descriptor(0x800008, 0xffff, 0x92, 4);
    ASM("movl %0, %%gs" : : "r"(FREE(0)));
    report("loaded again", 0, read_gs_loaded);
    *((uint8_t *)&kit_gdt[KIT_GDT_FREE] + 2) = 0xc; /* one byte of the base */
    ASM("movl %0, %%gs" : : "r"(FREE(0)));
    report("one byte changed", 0, read_gs_loaded);
    ASM("movl %0, %%gs" : : "r"(0x10));
}

static void load_from_ldt(void *unused)
{
    (void)unused;
    ASM("movl %1, %%fs; movzbl %%fs:1, %0; movl %%fs, %2" : "=r"(out[0]) : "r"(0xc | 3), "r"(0));
}

static void local_descriptors(void)
{
    report("no LDT", 3, load_from_ldt);
    ldt[1] = kit_descriptor(0x800002, 0xffff, 0xf2, 4);
    kit_gdt[KIT_GDT_FREE + 1] = kit_descriptor((uint32_t)(uintptr_t)ldt, sizeof ldt - 1, 0x82, 0);
    ASM("lldt %w0" : : "r"(FREE(1)));
    report("LDT", 3, load_from_ldt);
    report("LDT", 0, load_from_ldt);
    ldt[1] = kit_descriptor(0x800006, 0xffff, 0xf2, 4);
    report("LDT changed", 3, load_from_ldt);
    uint32_t sel;
    ASM("sldt %0" : "=r"(sel));
    show("sldt", sel);
    ASM("lldt %w0" : : "r"(0));
    report("LDT gone", 3, load_from_ldt);
}

int main(void)
{
    for (uint32_t i = 0; i < 0x2000; i++)
        probe_page[i] = (uint8_t)i;
    all_shapes();
    kit_paging_on();
    all_shapes();
    changes_while_loaded();
    local_descriptors();
    return 0;
}
