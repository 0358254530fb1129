/*
 * Continuing and leaving: how one instruction hands over to the next, at the end of blocks and
 * after faults.
 */
#include "cpu/exec.h"

#include "cpu/probe.h"
#include "cpu/sensitive.h"

const struct insn *exec_fault(struct cpu *c, const struct insn *in)
{
    if (c->block) {
        c->s.cycle -= c->block->cycles - in->cycles;
        c->s.icount -= (uint64_t)(c->block->count - in->number);
        c->block = NULL;
    } else {
        c->s.cycle -= c->costs->cycles[insn_row_of(in)->cost];
        c->s.icount--;
    }
    c->s.eip = c->block_eip + in->offset;
    return NULL;
}

HANDLER(exec_leave)
{
    c->s.eip = c->block_eip + in->offset;
    c->block = NULL;
    return NULL;
}

/* Starts a block if its whole base cost fits before the next deadline and limit; otherwise leaves.
 */
static SIM_ALWAYS_INLINE const struct insn *enter(struct cpu *c, struct block *b, uint32_t eip)
{
    if (SIM_UNLIKELY(c->s.cycle + b->cycles > c->run_until ||
                     c->s.icount + b->count > c->run_insns)) {
        c->s.eip = eip;
        c->block = NULL;
        return NULL;
    }
    c->s.cycle += b->cycles;
    c->s.icount += b->count;
    c->block = b;
    c->block_eip = eip;
    EXEC_CONTINUE(b->insn);
}

/* Moves the code page to the one eip is in, if the code TLB has it; page-granular CS only. Not to
 * an instruction that the probe may stop before. */
static bool enter_code_page(struct cpu *c, uint32_t eip, uint32_t linear)
{
    const struct tlb_entry *e = &c->s.itlb[(linear >> PAGE_SHIFT) & (TLB_CODE_ENTRIES - 1)];

    if (!(c->s.cr0 & CR0_PG) || eip > c->s.seg[SEG_CS].limit || probe_marks(c, linear))
        return false;
    if (((e->page ^ linear) & PAGE_MASK) || !(e->page & TLB_VALID))
        return false;
    if (c->s.cpl == 3 && !(e->page & TLB_U))
        return false;
    c->s.code_page = linear & PAGE_MASK;
    c->s.code_frame = e->frame;
    c->s.code_page_valid = 1;
    return true;
}

static const struct insn *leave_to(struct cpu *c, uint32_t eip)
{
    c->s.eip = eip;
    c->block = NULL;
    return NULL;
}

/*
 * The run loop has to look before the next instruction. At a limit the code page must not move
 * either: it is state, and moves when an instruction is about to execute.
 */
static SIM_ALWAYS_INLINE bool must_leave(const struct cpu *c)
{
    return c->s.cycle >= c->run_until || c->s.icount >= c->run_insns || !c->cache ||
           c->code_ragged || c->s.shadow || c->s.halted || c->stop;
}

const struct insn *exec_goto(struct cpu *c, uint32_t eip)
{
    uint32_t linear = c->s.seg[SEG_CS].base + eip;

    if (SIM_UNLIKELY(must_leave(c)))
        return leave_to(c, eip);
    if (!c->s.code_page_valid || (linear & PAGE_MASK) != c->s.code_page) {
        if (!enter_code_page(c, eip, linear))
            return leave_to(c, eip);
    }
    struct block *b = cache_find(c->cache, c->s.code_frame | (linear & ~PAGE_MASK), c->mode);
    if (!b)
        return leave_to(c, eip);
    return enter(c, b, eip);
}

/* First time through a direct transfer: finds the successor and, if it lies in the same page, links
 * it. */
static SIM_NOINLINE const struct insn *goto_unlinked(struct cpu *c, uint32_t eip, unsigned slot)
{
    uint32_t linear = c->s.seg[SEG_CS].base + eip;
    struct block *from = c->block, *to;

    if (from && c->cache && c->s.code_page_valid && (linear & PAGE_MASK) == c->s.code_page &&
        from->key == c->mode) {
        to = cache_find(c->cache, c->s.code_frame | (linear & ~PAGE_MASK), c->mode);
        if (to && from->valid && (to->pa & PAGE_MASK) == (from->pa & PAGE_MASK))
            from->link[slot] = to;
    }
    return exec_goto(c, eip);
}

const struct insn *exec_goto_direct(struct cpu *c, uint32_t eip, unsigned slot)
{
    struct block *from = c->block;

    if (SIM_LIKELY(from != NULL)) {
        struct block *to = from->link[slot];
        if (SIM_LIKELY(to && to->valid))
            return enter(c, to, eip);
    }
    return goto_unlinked(c, eip, slot);
}

HANDLER(exec_fallthrough)
{
    return exec_goto_direct(c, c->block_eip + in->offset, 1);
}

HANDLER(exec_plain)
{
    const struct insn_row *row = insn_row_of(in);

    c->s.eip = exec_next_eip(c, in);
    c->slow_insn = in;
    if (SIM_UNLIKELY(row->trap && !sensitive_trap(c, in)))
        return exec_fault(c, in);
    if (SIM_UNLIKELY(!row->exec(c, in)))
        return exec_fault(c, in);
    if (row->attr & ROW_ENDS)
        return exec_goto(c, c->s.eip);
    if (SIM_UNLIKELY(c->block && c->s.cycle > c->run_until))
        exec_detach(c);
    if (SIM_UNLIKELY(!c->block))
        in = c->scratch;
    NEXT();
}

void exec_single(struct cpu *c, const struct insn *in)
{
    c->scratch[0] = *in;
    c->scratch[0].offset = 0;
    c->scratch[1].fn = exec_leave;
    c->scratch[1].offset = in->len;
    exec_run(c, c->scratch);
}
