/*
 * The machine's CPU meets the machine: RAM, buses, TLB, interrupt acknowledge, and the cost of each
 * event.
 */
#include "cpu/cpuid.h"
#include "cpu/exec.h"
#include "mmu/tlb.h"
#include "sim/machine.h"

static struct machine *machine_of(const struct cpu *c)
{
    return c->owner;
}

static void charge_event(struct cpu *c, enum sim_cost key)
{
    uint32_t cycles = c->costs->cycles[key];

    c->events[key]++;
    c->s.cycle += cycles;
    c->s.settled_cycle += cycles;
    c->s.bucket[key == COST_walk_ref ? BUCKET_tlb_walk : BUCKET_guest_event] += cycles;
}

/* What an empty bus reads. */
static uint32_t all_ones(unsigned size)
{
    return size == 4 ? 0xffffffffu : (1u << (8 * size)) - 1;
}

/* --- memory --- */

/* A device must see the exact time, so what the running block charged ahead is given back first. */
static const struct io_range *device_at(struct cpu *c, uint32_t pa)
{
    const struct io_range *range = bus_find_mmio(&machine_of(c)->mmio, pa);

    exec_detach(c);
    cpu_kick(c);
    return range;
}

static bool hw_read_phys(struct cpu *c, uint32_t pa, unsigned size, uint32_t *value)
{
    if (SIM_LIKELY(ram_contains(c->ram, pa, size))) {
        *value = host_load((uintptr_t)(c->ram->bytes + pa), size);
        return true;
    }
    const struct io_range *range = device_at(c, pa);
    *value = all_ones(size);
    if (range && range->ops->read) {
        c->ops->charge(c, COST_apic_mmio_read);
        *value = range->ops->read(range->device, pa - range->base, size);
    }
    return true;
}

static bool hw_write_phys(struct cpu *c, uint32_t pa, unsigned size, uint32_t value)
{
    if (SIM_LIKELY(ram_contains(c->ram, pa, size))) {
        ram_tell(c->ram, pa, size, &value);
        ram_note_write(c->ram, pa);
        host_store((uintptr_t)(c->ram->bytes + pa), size, value);
        return true;
    }
    const struct io_range *range = device_at(c, pa);
    if (range && range->ops->write) {
        c->ops->charge(c, COST_apic_mmio_write);
        range->ops->write(range->device, pa - range->base, size, value);
    }
    return true;
}

/* --- ports --- */

/* Charges one port access and returns who answers, or null. */
static const struct io_range *open_port(struct cpu *c, uint16_t port, bool write)
{
    static const uint8_t key[IO_CLASSES][2] = {
        [IO_LEGACY] = {COST_io_legacy_read, COST_io_legacy_write},
        [IO_IDE_DATA] = {COST_io_ide_data_read, COST_io_ide_data_write},
        [IO_APIC] = {COST_apic_mmio_read, COST_apic_mmio_write},
    };
    const struct io_range *range = bus_find_port(&machine_of(c)->ports, port);

    charge_event(c, key[range ? range->class : IO_LEGACY][write]);
    return range;
}

/* Devices that arm an earlier timer kick the CPU themselves (struct sim_clock.earlier). */
static bool hw_port_read(struct cpu *c, uint16_t port, unsigned size, uint32_t *value)
{
    const struct io_range *range = open_port(c, port, false);

    if (range && range->ops->read && bus_takes_whole(range, port - range->base, size) &&
        SIM_LIKELY(!machine_of(c)->ports.watch))
        *value = range->ops->read(range->device, port - range->base, size) & all_ones(size);
    else
        *value = bus_port_read(&machine_of(c)->ports, port, size);
    return true;
}

static bool hw_port_write(struct cpu *c, uint16_t port, unsigned size, uint32_t value)
{
    const struct io_range *range = open_port(c, port, true);

    if (range && range->ops->write && bus_takes_whole(range, port - range->base, size) &&
        SIM_LIKELY(!machine_of(c)->ports.watch))
        range->ops->write(range->device, port - range->base, size, value);
    else
        bus_port_write(&machine_of(c)->ports, port, size, value);
    return true;
}

/* --- the rest --- */

static void hw_cr_written(struct cpu *c, unsigned n, uint32_t old)
{
    uint32_t changed;

    switch (n) {
    case 0:
        changed = old ^ c->s.cr0;
        if (changed & (CR0_PG | CR0_WP | CR0_PE))
            cpu_tlb_flush(c, true);
        cache_choose_fast(c);
        break;
    case 3:
        cpu_tlb_flush(c, false);
        break;
    case 4:
        if ((old ^ c->s.cr4) & (CR4_PSE | CR4_PGE))
            cpu_tlb_flush(c, true);
        break;
    }
}

static uint64_t hw_rdtsc(struct cpu *c)
{
    return c->s.cycle + c->s.tsc_offset;
}

static bool hw_msr_read(struct cpu *c, uint32_t msr, uint64_t *value)
{
    if (msr != MSR_APIC_BASE)
        return msr_read(c, msr, value);
    *value = pc_apic_base(machine_of(c)->pc);
    return true;
}

static bool hw_msr_write(struct cpu *c, uint32_t msr, uint64_t value)
{
    if (msr != MSR_APIC_BASE)
        return msr_write(c, msr, value);
    return pc_set_apic_base(machine_of(c)->pc, value);
}

static void hw_cpuid(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)subleaf;
    cpuid_answer((pc_apic_base(machine_of(c)->pc) & 0x800u) != 0, leaf, out);
}

static int hw_intr_ack(struct cpu *c)
{
    return pc_intr_ack(machine_of(c)->pc);
}

static void hw_charge(struct cpu *c, enum sim_cost key)
{
    charge_event(c, key);
}

/* A data segment that the fast path may serve: base 0, writable, expand-up, page-granular limit. */
static bool is_flat(const struct segment *s)
{
    const uint32_t want = AR_P | AR_S | AR_RW;

    return s->base == 0 && (s->limit & ~PAGE_MASK) == ~PAGE_MASK &&
           (s->ar & (want | AR_CODE | AR_EXPAND_DOWN | AR_UNUSABLE)) == want;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* SS, or after DS and ES: are all three flat, and how far may the fast path reach? */
static void stack_segment_changed(struct cpu *c)
{
    const struct segment *ss = &c->s.seg[SEG_SS];
    uint32_t limit = is_flat(ss) ? lower(c->data_limit, ss->limit) : 0;

    c->mode &= ~(uint32_t)(DECODE_FLAT | DECODE_STACK32);
    if (ss->ar & AR_DB)
        c->mode |= DECODE_STACK32;
    if (!limit)
        return;
    c->mode |= DECODE_FLAT;
    if (limit < c->fast_limit)
        cache_flush_fast(c);
    c->fast_limit = limit;
}

static void data_segments_changed(struct cpu *c)
{
    const struct segment *ds = &c->s.seg[SEG_DS], *es = &c->s.seg[SEG_ES];

    c->data_limit = is_flat(ds) && is_flat(es) ? lower(ds->limit, es->limit) : 0;
    stack_segment_changed(c);
}

static void hw_segment_loaded(struct cpu *c, unsigned seg)
{
    const struct segment *cs = &c->s.seg[SEG_CS];

    if (seg == SEG_CS) {
        c->mode = (c->mode & ~(uint32_t)DECODE_CODE32) | ((cs->ar & AR_DB) ? DECODE_CODE32 : 0);
        c->code_ragged = (cs->base & ~PAGE_MASK) || (cs->limit & ~PAGE_MASK) != ~PAGE_MASK;
        c->s.code_page_valid = 0;
    } else if (seg == SEG_SS) {
        stack_segment_changed(c);
    } else if (seg == SEG_DS || seg == SEG_ES) {
        data_segments_changed(c);
    }
}

static void hw_table_loaded(struct cpu *c, unsigned which)
{
    (void)c, (void)which;
}

const struct cpu_ops cpu_hw_ops = {
    .translate = tlb_translate,
    .read_phys = hw_read_phys,
    .write_phys = hw_write_phys,
    .port_read = hw_port_read,
    .port_write = hw_port_write,
    .cr_written = hw_cr_written,
    .invlpg = cpu_tlb_flush_page,
    .rdtsc = hw_rdtsc,
    .msr_read = hw_msr_read,
    .msr_write = hw_msr_write,
    .cpuid = hw_cpuid,
    .intr_ack = hw_intr_ack,
    .charge = hw_charge,
    .segment_loaded = hw_segment_loaded,
    .table_loaded = hw_table_loaded,
};
