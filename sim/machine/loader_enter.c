/*
 * A CPU at a Multiboot kernel's entry (Multiboot Specification, Machine state): protected mode,
 * flat 4 GiB segments, paging and interrupts off. Selectors and the GDT are undefined there; ours
 * are 8 and 16, and no GDT stands behind them.
 */
#include "sim/segment.h"
#include "sim/machine.h"

#define FLAT_LIMIT         0xffffffffu
#define FLAT_CODE_SELECTOR 0x08
#define FLAT_DATA_SELECTOR 0x10
#define FLAT_AR            (AR_S | AR_P | AR_DB | AR_G | AR_RW | AR_ACCESSED)

static void set_flat(struct cpu *c, unsigned seg, uint16_t sel, uint32_t type)
{
    segment_set(c, seg, (struct segment){.limit = FLAT_LIMIT, .ar = FLAT_AR | type, .sel = sel});
}

void loader_enter(struct cpu *c, const struct loader_entry *entry)
{
    struct cpu_state *s = &c->s;
    uint32_t old_cr0 = s->cr0;
    for (unsigned i = 0; i < X86_GPRS; i++)
        s->gpr[i] = 0;
    s->gpr[R_EAX] = entry->eax;
    s->gpr[R_EBX] = entry->ebx;
    s->eip = entry->eip;
    s->cpl = 0;
    s->halted = s->shutdown = s->shadow = 0;
    s->code_page_valid = 0;
    s->cr3 = s->cr4 = 0;
    s->cr0 = CR0_PE | CR0_ET;
    cpu_set_eflags(c, FLAG_FIXED1);
    c->ops->cr_written(c, 0, old_cr0);
    set_flat(c, SEG_CS, FLAT_CODE_SELECTOR, AR_CODE);
    for (unsigned seg = SEG_ES; seg <= SEG_GS; seg++)
        if (seg != SEG_CS)
            set_flat(c, seg, FLAT_DATA_SELECTOR, 0);
}

static bool write_ram(void *opaque, uint32_t gpa, const void *bytes, uint32_t n)
{
    struct machine *m = opaque;
    return ram_copy_in(&m->ram, gpa, bytes, n);
}

struct loader_memory machine_loader_memory(struct machine *m)
{
    return (struct loader_memory){.opaque = m, .ram_bytes = m->ram.size, .write = write_ram};
}
