/*
 * The rig: tables in RAM, a template of the CPU's state, and running.
 */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

#include "sim/segment.h"

#define FLAT (AR_S | AR_P | AR_RW | AR_ACCESSED | AR_DB | AR_G)

/* ------------------------------------------------------------------------------------------ RAM */

void rig_put(struct rig *r, uint32_t at, const void *bytes, uint32_t n)
{
    ram_copy_in(&r->m->ram, at, bytes, n);
}

uint32_t rig_get(const struct rig *r, uint32_t at, unsigned size)
{
    return ram_read(&r->m->ram, at, size);
}

void rig_clear_code(struct rig *r)
{
    uint8_t fill[RIG_CODE_END - RIG_CODE];

    memset(fill, 0xcc, sizeof fill);
    rig_put(r, RIG_CODE, fill, sizeof fill);
}

void rig_descriptor(struct rig *r, uint16_t sel, uint32_t base, uint32_t limit, unsigned access,
                    unsigned flags)
{
    uint32_t at = RIG_GDT + (sel & SEL_INDEX);

    ram_write32(&r->m->ram, at, (limit & 0xffffu) | (base << 16));
    ram_write32(&r->m->ram, at + 4,
                ((base >> 16) & 0xffu) | (access << 8) | (limit & 0xf0000u) | (flags << 20) |
                    (base & 0xff000000u));
}

void rig_page(struct rig *r, uint32_t linear, uint32_t entry)
{
    ram_write32(&r->m->ram, RIG_TABLE + (linear >> 12) * 4, entry);
    cpu_tlb_flush_page(&r->m->cpu, linear & PAGE_MASK);
}

static void make_pages(struct rig *r)
{
    ram_write32(&r->m->ram, RIG_DIRECTORY, RIG_TABLE | PTE_P | PTE_W | PTE_U);
    for (uint32_t page = 0; page < RIG_RAM; page += PAGE_SIZE) {
        uint32_t entry = 0;
        if (page < RIG_LOW)
            entry = page | PTE_P | PTE_W;
        else if (page < RIG_LOW_END || (page >= RIG_DATA && page < RIG_DATA_END))
            entry = page | PTE_P | PTE_W | PTE_U;
        else if (page < RIG_CODE_END || page == RIG_EXIT)
            entry = page | PTE_P | PTE_U;
        ram_write32(&r->m->ram, RIG_TABLE + (page >> 12) * 4, entry);
    }
}

static void make_tables(struct rig *r)
{
    struct ram *ram = &r->m->ram;

    for (unsigned i = 0; i < RIG_GDT_ENTRIES; i++)
        rig_descriptor(r, (uint16_t)(i * 8), 0, 0, 0, 0);
    rig_descriptor(r, RIG_CODE0, 0, 0xfffff, 0x9b, 0xc);
    rig_descriptor(r, RIG_DATA0, 0, 0xfffff, 0x93, 0xc);
    rig_descriptor(r, RIG_CODE3, 0, 0xfffff, 0xfb, 0xc);
    rig_descriptor(r, RIG_DATA3, 0, 0xfffff, 0xf3, 0xc);
    rig_descriptor(r, RIG_TSS_SEL, RIG_TSS, 0x67, 0x8b, 0);
    rig_descriptor(r, RIG_LDT_SEL, RIG_LDT, 0xff, 0x82, 0);
    for (unsigned v = 0; v < 256; v++) { /* only INT3 and INTO are open to programs, as on Linux */
        uint32_t target = RIG_STUBS + 8 * v;
        ram_write32(ram, RIG_IDT + 8 * v, (RIG_CODE0 << 16) | target);
        ram_write32(ram, RIG_IDT + 8 * v + 4, v == VEC_BP || v == VEC_OF ? 0xee00 : 0x8e00);
        ram_write32(ram, target, 0xfeeb);
    }
    for (unsigned at = 0; at < 0x68; at += 4)
        ram_write32(ram, RIG_TSS + at, 0);
    ram_write32(ram, RIG_TSS + 4, RIG_STACK0);
    ram_write32(ram, RIG_TSS + 8, RIG_DATA0);
    ram_write(ram, RIG_TSS + 0x66, 2, 0x68); /* no I/O bitmap */
    ram_write32(ram, RIG_EXIT, 0xfeeb);
}

/* ------------------------------------------------------------------------------------------ CPU */

static void template_segments(struct cpu_state *s, unsigned cpl)
{
    uint16_t code = cpl ? RIG_CODE3 : RIG_CODE0, data = cpl ? RIG_DATA3 : RIG_DATA0;
    uint32_t ar = FLAT | (cpl << AR_DPL_SHIFT);

    for (unsigned i = 0; i < X86_SEGS; i++)
        s->seg[i] = (struct segment){0, 0xffffffffu, ar, data, 0};
    s->seg[SEG_CS] = (struct segment){0, 0xffffffffu, ar | AR_CODE, code, 0};
    s->seg[SEG_FS] = s->seg[SEG_GS] = segment_null(0);
    s->seg[SEG_TR] = (struct segment){RIG_TSS, 0x67, SYS_TSS32_BUSY | AR_P, RIG_TSS_SEL, 0};
    s->seg[SEG_LDTR] = segment_null(0);
}

static void make_template(struct rig *r, unsigned cpl)
{
    struct cpu_state *s = &r->fresh[cpl ? 1 : 0];

    cpu_reset(&r->m->cpu);
    *s = r->m->cpu.s;
    memset(s->gpr, 0, sizeof s->gpr);
    template_segments(s, cpl);
    s->cpl = (uint8_t)cpl;
    s->eip = RIG_CODE;
    s->gpr[R_ESP] = RIG_STACK;
    s->eflags = FLAG_FIXED1;
    s->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
    s->cr3 = RIG_DIRECTORY;
    s->gdtr_base = RIG_GDT;
    s->gdtr_limit = RIG_GDT_ENTRIES * 8 - 1;
    s->idtr_base = RIG_IDT;
    s->idtr_limit = 0x7ff;
}

void rig_clear(struct rig *r)
{
    make_tables(r);
    make_pages(r);
    rig_clear_code(r);
}

struct rig *rig_create(void)
{
    struct rig *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    for (unsigned i = 0; i < SIM_COSTS; i++)
        r->costs.cycles[i] = 1 + i % 7;
    const struct machine_config config = {
        .ram_bytes = RIG_RAM, .clock_hz = 100000000, .costs = &r->costs};
    if (machine_create(&r->m, &config, NULL) != SIM_OK) {
        free(r);
        return NULL;
    }
    make_template(r, 0);
    make_template(r, 3);
    rig_clear(r);
    rig_reset(r, 0);
    return r;
}

struct rig *rig_create_writable(void)
{
    struct rig *r = rig_create();
    for (uint32_t page = RIG_CODE; r && page < RIG_CODE_END; page += PAGE_SIZE)
        rig_page(r, page, page | PTE_P | PTE_W | PTE_U);
    if (r)
        rig_reset(r, 3);
    return r;
}

void rig_destroy(struct rig *r)
{
    if (!r)
        return;
    machine_destroy(r->m);
    free(r);
}

void rig_reset(struct rig *r, unsigned cpl)
{
    r->m->cpu.s = r->fresh[cpl ? 1 : 0];
    r->m->cpu.stop = CPU_STOP_NONE;
    r->m->cpu.fault_pending = false;
    cpu_state_changed(&r->m->cpu);
}

/* ------------------------------------------------------------------------------------------ running */

static int stub_vector(const struct cpu *c)
{
    uint32_t at = c->s.eip - RIG_STUBS;

    return c->s.cpl == 0 && at < 256 * 8 ? (int)(at / 8) : -1;
}

/* Error codes lie on top of the frame; the vectors that have one always do here (no INT n reaches
 * them). */
static void read_delivered(const struct rig *r, struct rig_end *end)
{
    const struct cpu *c = &r->m->cpu;

    end->vector = stub_vector(c);
    end->has_error = end->vector >= 0 && VEC_HAS_ERROR_CODE((unsigned)end->vector);
    if (end->has_error)
        end->error = rig_get(r, c->s.gpr[R_ESP], 4);
}

static struct rig_end execute_virtual(struct rig *r)
{
    struct cpu *c = &r->m->cpu;
    struct rig_end end = {.vector = -1};
    uint32_t start = c->s.eip;

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t extra = c->s.rep_extra;
        if (!cpu_step_virtual(c)) {
            end.stop = c->stop;
            if (c->fault_pending) {
                end.vector = c->fault.vector;
                end.has_error = c->fault.has_error;
                end.error = c->fault.error;
            }
            return end;
        }
        if (c->s.eip != start || c->s.rep_extra == extra)
            break;
    }
    end.stop = c->stop;
    end.vector = stub_vector(c); /* INT n, INT3, INTO are delivered by the instruction itself */
    return end;
}

static struct rig_end execute_run(struct rig *r, bool block)
{
    struct cpu *c = &r->m->cpu;
    struct rig_end end = {.vector = -1};
    uint32_t start = c->s.eip;

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t extra = c->s.rep_extra;
        end.stop = cpu_run(c, UINT64_MAX, c->s.icount + (block ? 2 : 1));
        if (end.stop != CPU_STOP_BUDGET || c->s.eip != start || c->s.rep_extra == extra)
            break;
    }
    read_delivered(r, &end);
    return end;
}

struct rig_end rig_execute(struct rig *r, enum rig_way way, unsigned length)
{
    static const uint8_t spin[2] = {0xeb, 0xfe};
    struct insn in;
    uint8_t bytes[INSN_MAX_LENGTH];
    uint32_t eip = r->m->cpu.s.eip;

    if (way == RIG_VIRTUAL)
        return execute_virtual(r);
    if (way == RIG_STEP)
        return execute_run(r, false);
    rig_put(r, eip + length, spin, sizeof spin);
    ram_copy_out(&r->m->ram, eip, bytes, sizeof bytes);
    bool ends = insn_decode(bytes, sizeof bytes, DECODE_CODE32, &in) == DECODE_OK &&
                (insn_row_of(&in)->attr & ROW_ENDS);
    return execute_run(r, !ends);
}

int rig_run(struct rig *r, uint64_t most)
{
    struct cpu *c = &r->m->cpu;

    cpu_run(c, UINT64_MAX, c->s.icount + most);
    return stub_vector(c);
}

void rig_undo_delivery(struct rig *r)
{
    struct cpu_state *s = &r->m->cpu.s;
    uint32_t at = s->gpr[R_ESP] == RIG_STACK0 - 24 ? s->gpr[R_ESP] + 4 : s->gpr[R_ESP];

    s->eip = rig_get(r, at, 4);
    s->eflags = rig_get(r, at + 8, 4) & ~FLAG_RF;
    s->gpr[R_ESP] = rig_get(r, at + 12, 4);
    s->cpl = 3;
    s->seg[SEG_CS] = r->fresh[1].seg[SEG_CS];
    s->seg[SEG_SS] = r->fresh[1].seg[SEG_SS];
    cpu_state_changed(&r->m->cpu);
}
