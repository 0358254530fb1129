/*
 * The world around a paravirtual guest's virtual CPU, for the shared semantics: its memory is what
 * the CPU's own walk of the loaded tables gives, its ports are nobody's, and the saved state's
 * descriptors.
 */
#include "pv/pv.h"

#include "core/virt_ops.h"
#include "sim/walk.h"

static bool entry_read(void *opaque, uint32_t pa, uint32_t *entry)
{
    *entry = ram_read32(opaque, pa);
    return true;
}

static bool entry_write(void *opaque, uint32_t pa, uint32_t entry)
{
    ram_write32(opaque, pa, entry);
    return true;
}

static const struct walk_ops walk = {entry_read, entry_write};

/* The hypervisor's slots included: descriptors are read from there, and segments keep the guest
 * out. */
static bool translate(struct cpu *c, uint32_t linear, enum cpu_access access, bool user,
                      uint32_t *pa)
{
    struct vcpu *v = vcpu_of(c);
    struct walk_mode mode = {.cr3 = pv_of(v)->mmu.root << PAGE_SHIFT, .wp = true, .pse = true};
    struct walk_result r;
    if (!mmu_walk(&walk, &v->hv->machine->ram, &mode, linear, access, user, &r))
        return cpu_raise_pf(c, linear, r.error);
    *pa = r.frame | (linear & ~PAGE_MASK);
    return true;
}

static bool read_phys(struct cpu *c, uint32_t pa, unsigned size, uint32_t *value)
{
    *value = ram_read(&vcpu_of(c)->hv->machine->ram, pa, size);
    return true;
}

static bool write_phys(struct cpu *c, uint32_t pa, unsigned size, uint32_t value)
{
    struct vcpu *v = vcpu_of(c);
    hv_charge(v->hv, HV_COST_guest_write);
    ram_write(&v->hv->machine->ram, pa, size, value);
    return true;
}

/* No port is a paravirtual guest's: it reads all ones, and what it writes is lost, as on an empty
 * bus. */
static bool port_read(struct cpu *c, uint16_t port, unsigned size, uint32_t *value)
{
    struct vcpu *v = vcpu_of(c);
    *value = size == 4 ? 0xffffffffu : (1u << 8 * size) - 1;
    v->vm->stats.port_reads++;
    exit_note_access(v->hv, port, 0, size, false, *value);
    return true;
}

static bool port_write(struct cpu *c, uint16_t port, unsigned size, uint32_t value)
{
    struct vcpu *v = vcpu_of(c);
    v->vm->stats.port_writes++;
    exit_note_access(v->hv, port, 0, size, true, value);
    return true;
}

static void ignore_cr(struct cpu *c, unsigned n, uint32_t old)
{
    (void)c;
    (void)n;
    (void)old;
}

static void ignore_page(struct cpu *c, uint32_t linear)
{
    (void)c;
    (void)linear;
}

static void ignore_number(struct cpu *c, unsigned n)
{
    (void)c;
    (void)n;
}

const struct cpu_ops pv_cpu_ops = {
    .translate = translate,
    .read_phys = read_phys,
    .write_phys = write_phys,
    .port_read = port_read,
    .port_write = port_write,
    .cr_written = ignore_cr,
    .invlpg = ignore_page,
    .rdtsc = virt_rdtsc,
    .msr_read = virt_msr_read,
    .msr_write = virt_msr_write,
    .cpuid = virt_cpuid,
    .intr_ack = virt_intr_ack,
    .charge = virt_charge,
    .segment_loaded = ignore_number,
    .table_loaded = ignore_number,
};

/* ------------------------------------------------------------------------------ saved state */

/* Structures without padding count as bytes. */
#define BYTES(member)                                                                              \
    {                                                                                              \
#member, (uint32_t)offsetof(struct pv_state, member), 1,                                   \
            (uint32_t)sizeof(((struct pv_state *)0)->member)                                       \
    }

_Static_assert(sizeof(struct pv_callback) == 8 && sizeof(struct pv_channel) == 8, "no padding");

static const struct state_field pv_fields[] = {
    BYTES(trap),
    BYTES(event),
    BYTES(failsafe),
    STATE_FIELD(pv_state, kernel_ss),
    STATE_FIELD(pv_state, kernel_esp),
    STATE_FIELD(pv_state, root),
    STATE_FIELD(pv_state, flushes),
    STATE_ARRAY(pv_state, gdt_mfn),
    STATE_FIELD(pv_state, gdt_entries),
    STATE_ARRAY(pv_state, ldt_mfn),
    STATE_FIELD(pv_state, ldt_entries),
    STATE_FIELD(pv_state, shared_mfn),
    STATE_FIELD(pv_state, console_mfn),
    STATE_ARRAY(pv_state, block_mfn),
    STATE_FIELD(pv_state, console_port),
    STATE_ARRAY(pv_state, block_port),
    STATE_ARRAY(pv_state, block_next),
    STATE_ARRAY(pv_state, virq_port),
    STATE_FIELD(pv_state, segments_suspect),
    STATE_FIELD(pv_state, polling),
    STATE_FIELD(pv_state, woken),
    STATE_FIELD(pv_state, frames_held),
    STATE_FIELD(pv_state, runs_as),
    STATE_FIELD(pv_state, runs_since),
    STATE_ARRAY(pv_state, runs_time),
    BYTES(channel),
};
STATE_DESC(pv_state_desc, pv_state, 2, pv_fields);
