/*
 * The box's memory, ports and tables; see box.h.
 */
#include "box.h"

#include <string.h>

static struct box *box_of(struct cpu *c)
{
    return c->owner;
}

static bool translate(struct cpu *c, uint32_t linear, enum cpu_access access, bool user,
                      uint32_t *pa)
{
    struct box *b = box_of(c);
    uint32_t error = (access == ACCESS_WRITE ? PFERR_W : 0) | (user ? PFERR_U : 0);
    uint8_t rights = linear < BOX_RAM ? b->page_rights[linear >> 12] : 0;
    if (!(rights & PTE_P))
        return cpu_raise_pf(c, linear, error);
    if ((access == ACCESS_WRITE && !(rights & PTE_W)) || (user && !(rights & PTE_U)))
        return cpu_raise_pf(c, linear, error | PFERR_P);
    *pa = linear;
    return true;
}

static bool read_phys(struct cpu *c, uint32_t pa, unsigned size, uint32_t *value)
{
    *value = box_read(box_of(c), pa, size);
    return true;
}

static bool write_phys(struct cpu *c, uint32_t pa, unsigned size, uint32_t value)
{
    box_write(box_of(c), pa, size, value);
    return true;
}

static bool port_read(struct cpu *c, uint16_t port, unsigned size, uint32_t *value)
{
    box_of(c)->last_port = port;
    box_of(c)->last_port_size = size;
    *value = box_of(c)->port_value;
    return true;
}

static bool port_write(struct cpu *c, uint16_t port, unsigned size, uint32_t value)
{
    box_of(c)->last_port = port;
    box_of(c)->last_port_size = size;
    box_of(c)->port_value = value;
    return true;
}

static void cr_written(struct cpu *c, unsigned n, uint32_t old)
{
    box_of(c)->crs_written |= 1u << n;
    box_of(c)->cr_old = old;
}

static void invlpg(struct cpu *c, uint32_t linear)
{
    box_of(c)->invalidated = linear;
}

static uint64_t rdtsc(struct cpu *c)
{
    (void)c;
    return 0x123456789abcdef0ull;
}

static bool rdmsr(struct cpu *c, uint32_t msr, uint64_t *value)
{
    (void)c;
    *value = 0xfee00900ull;
    return msr == MSR_APIC_BASE;
}

static bool wrmsr(struct cpu *c, uint32_t msr, uint64_t value)
{
    c->s.apic_base = value;
    return msr == MSR_APIC_BASE;
}

static void cpuid(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)c;
    out[0] = leaf;
    out[1] = 0xb;
    out[2] = subleaf;
    out[3] = 0xd;
}

static int intr_ack(struct cpu *c)
{
    (void)c;
    return -1;
}

static void charge(struct cpu *c, enum sim_cost key)
{
    box_of(c)->charged[key]++;
}

static void segment_loaded(struct cpu *c, unsigned seg)
{
    (void)c;
    (void)seg;
}

static void table_loaded(struct cpu *c, unsigned which)
{
    box_of(c)->tables_loaded |= 1u << which;
}

static const struct cpu_ops ops = {
    .translate = translate,
    .read_phys = read_phys,
    .write_phys = write_phys,
    .port_read = port_read,
    .port_write = port_write,
    .cr_written = cr_written,
    .invlpg = invlpg,
    .rdtsc = rdtsc,
    .msr_read = rdmsr,
    .msr_write = wrmsr,
    .cpuid = cpuid,
    .intr_ack = intr_ack,
    .charge = charge,
    .segment_loaded = segment_loaded,
    .table_loaded = table_loaded,
};

uint32_t box_read(const struct box *b, uint32_t at, unsigned size)
{
    uint32_t value = 0;
    cr_assert(at < BOX_RAM && size <= BOX_RAM - at, "box: read at %#x", at);
    memcpy(&value, b->ram + at, size);
    return value;
}

void box_write(struct box *b, uint32_t at, unsigned size, uint32_t value)
{
    cr_assert(at < BOX_RAM && size <= BOX_RAM - at, "box: write at %#x", at);
    memcpy(b->ram + at, &value, size);
}

void box_descriptor(struct box *b, uint32_t table, unsigned index, uint32_t base, uint32_t limit,
                    uint32_t access, uint32_t flags)
{
    box_write(b, table + 8 * index, 4, (limit & 0xffffu) | base << 16);
    box_write(b, table + 8 * index + 4, 4,
              (base >> 16 & 0xffu) | access << 8 | (limit & 0xf0000u) | flags |
                  (base & 0xff000000u));
}

void box_gate(struct box *b, uint32_t table, unsigned index, uint16_t sel, uint32_t offset,
              uint32_t access, unsigned count)
{
    box_write(b, table + 8 * index, 4, (offset & 0xffffu) | (uint32_t)sel << 16);
    box_write(b, table + 8 * index + 4, 4, count | access << 8 | (offset & 0xffff0000u));
}

void box_enter_ring(struct box *b, unsigned cpl)
{
    static const uint32_t top[4] = {BOX_STACK0, BOX_STACK1, BOX_STACK2, BOX_STACK3};
    struct cpu *c = &b->cpu;
    struct segment flat = {
        .limit = 0xffffffffu, .ar = 0xc000u | 0x93u | DPL(cpl), .sel = DATA(cpl)};
    for (unsigned i = 0; i < X86_SEGS; i++)
        c->s.seg[i] = flat;
    c->s.seg[SEG_CS].ar |= AR_CODE;
    c->s.seg[SEG_CS].sel = CODE(cpl);
    c->s.cpl = (uint8_t)cpl;
    c->s.gpr[R_ESP] = top[cpl] - 0x100;
}

static void build_tables(struct box *b)
{
    for (unsigned ring = 0; ring < 4; ring++) {
        box_descriptor(b, BOX_GDT, 1 + 2 * ring, 0, 0xfffff, A_CODE | 1 | DPL(ring), 0x00c00000u);
        box_descriptor(b, BOX_GDT, 2 + 2 * ring, 0, 0xfffff, A_DATA | 1 | DPL(ring), 0x00c00000u);
    }
    box_descriptor(b, BOX_GDT, GDT_TSS, BOX_TSS, 0x67, A_SYSTEM(SYS_TSS32_BUSY), 0);
    box_descriptor(b, BOX_GDT, GDT_LDT, BOX_LDT, 0x3f, A_SYSTEM(SYS_LDT), 0);
    box_descriptor(b, BOX_GDT, GDT_CONFORMING0, 0, 0xfffff, A_CONFORMING | 1, 0x00c00000u);
    box_descriptor(b, BOX_GDT, GDT_TSS16, BOX_TSS, 0x2b, A_SYSTEM(SYS_TSS16_AVAIL), 0);
    for (unsigned vector = 0; vector < 256; vector++)
        box_gate(b, BOX_IDT, vector, CODE(0), BOX_ENTRY, A_SYSTEM(SYS_INT_GATE32) | DPL(3), 0);
    const uint32_t stacks[3] = {BOX_STACK0, BOX_STACK1, BOX_STACK2};
    for (unsigned ring = 0; ring < 3; ring++) {
        box_write(b, BOX_TSS + 4 + 8 * ring, 4, stacks[ring]);
        box_write(b, BOX_TSS + 8 + 8 * ring, 4, DATA(ring));
    }
}

void box_init(struct box *b, unsigned cpl)
{
    static const struct sim_costs costs = {{0}};
    struct cpu *c = &b->cpu;
    memset(b, 0, sizeof *b);
    memset(b->page_rights, PTE_P | PTE_W | PTE_U, sizeof b->page_rights);
    cr_assert_eq(cpu_init(c, &ops, b, NULL, &costs, false, NULL), SIM_OK);
    cpu_reset(c);
    build_tables(b);
    c->s.cr0 = CR0_PE | CR0_ET;
    c->s.gdtr_base = BOX_GDT;
    c->s.gdtr_limit = 8 * GDT_ENTRIES - 1;
    c->s.idtr_base = BOX_IDT;
    c->s.idtr_limit = 0x7ff;
    c->s.seg[SEG_LDTR] =
        (struct segment){.base = BOX_LDT, .limit = 0x3f, .ar = 0x82, .sel = SEL(GDT_LDT, 0)};
    c->s.seg[SEG_TR] =
        (struct segment){.base = BOX_TSS, .limit = 0x67, .ar = 0x8b, .sel = SEL(GDT_TSS, 0)};
    memset(c->s.gpr, 0, sizeof c->s.gpr);
    cpu_set_eflags(c, FLAG_FIXED1 | FLAG_IF);
    c->s.eip = BOX_CODE;
    box_enter_ring(b, cpl);
}

bool box_run(struct box *b, const char *bytes, unsigned n)
{
    struct cpu *c = &b->cpu;
    struct insn in;
    uint8_t raw[INSN_MAX_LENGTH];
    unsigned mode = DECODE_CODE32 | ((c->s.seg[SEG_SS].ar & AR_DB) ? DECODE_STACK32 : 0u);
    uint32_t eip = c->s.eip;
    cr_assert_leq(n, sizeof raw);
    memcpy(raw, bytes, n);
    cr_assert_eq(insn_decode(raw, n, mode, &in), DECODE_OK, "box: bytes do not decode");
    cr_assert_eq(in.len, n, "box: %u bytes given, %u decoded", n, in.len);
    c->fault_pending = false;
    if (!insn_row_of(&in)->exec) /* it has a handler only */
        return cpu_execute(c, &in);
    c->s.eip = eip + in.len;
    if (insn_row_of(&in)->exec(c, &in))
        return true;
    c->s.eip = eip;
    return false;
}

void box_expect_fault(const struct box *b, const char *what, unsigned vector, int64_t error)
{
    const struct cpu_fault *f = &b->cpu.fault;
    cr_assert(b->cpu.fault_pending, "%s: no fault was raised", what);
    cr_assert_eq(f->vector, vector, "%s: vector %u, expected %u (error %#x)", what, f->vector,
                 vector, f->error);
    cr_assert_eq(f->has_error, error >= 0, "%s: error code or not", what);
    if (error >= 0)
        cr_assert_eq(f->error, (uint32_t)error, "%s: error code %#x, expected %#x", what, f->error,
                     (unsigned)error);
}

uint32_t box_stack(const struct box *b, unsigned n, unsigned size)
{
    const struct cpu *c = &b->cpu;
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    return box_read(b, c->s.seg[SEG_SS].base + (c->s.gpr[R_ESP] & mask) + n * size, size);
}

void box_push(struct box *b, unsigned size, uint32_t value)
{
    struct cpu *c = &b->cpu;
    uint32_t mask = (c->s.seg[SEG_SS].ar & AR_DB) ? 0xffffffffu : 0xffffu;
    uint32_t esp = (c->s.gpr[R_ESP] - size) & mask;
    c->s.gpr[R_ESP] = (c->s.gpr[R_ESP] & ~mask) | esp;
    box_write(b, c->s.seg[SEG_SS].base + esp, size, value);
}
