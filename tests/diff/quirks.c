/*
 * Unicorn's quirks. A row is as narrow as the quirk; what is left over is our fault until shown
 * otherwise.
 */
#include "quirks.h"

#include <string.h>

static const struct insn_row *row_of(const struct quirk_case *c)
{
    return insn_row_of(c->in);
}

static bool named(const struct quirk_case *c, const char *mnemonic)
{
    return !strcmp(row_of(c)->mnemonic, mnemonic);
}

/* ------------------------------------------------------------------------------------------ not run */

static bool is_system(const struct quirk_case *c)
{
    unsigned class = row_of(c)->class;
    return class == CLASS_PRIVILEGED || class == CLASS_IO ||
           (class == CLASS_SENSITIVE && !named(c, "pushf") && !named(c, "popf"));
}

static bool loads_or_stores_segment(const struct quirk_case *c)
{
    unsigned operands = row_of(c)->operands;
    return operands == OPS_S || operands == OPS_E_S || operands == OPS_S_E ||
           (operands == OPS_G_M && !named(c, "lea") && !named(c, "bound"));
}

static bool is_fpu(const struct quirk_case *c)
{
    return named(c, "fpu") || named(c, "fwait");
}

static bool is_time_or_counter(const struct quirk_case *c)
{
    return named(c, "rdtsc") || named(c, "rdpmc") || named(c, "cpuid");
}

static bool is_icebp(const struct quirk_case *c)
{
    return named(c, "int1");
}

const struct quirk quirks_not_run[] = {
    {"privileged, sensitive and I/O instructions: no segment rights, ports never #GP, CR changes "
     "are not judged",
     is_system},
    {"segment registers: Unicorn has no GDT here", loads_or_stores_segment},
    {"x87: Unicorn has an FPU, this machine has none", is_fpu},
    {"RDTSC is host time, RDPMC and CPUID are another processor's", is_time_or_counter},
    {"INT1 is not an exception to Unicorn", is_icebp},
};
const unsigned quirks_not_run_count = sizeof quirks_not_run / sizeof quirks_not_run[0];

/* ------------------------------------------------------------------------------------------ explained */

/* The target of a transfer is translated in the same step. */
static bool target_not_mapped(const struct quirk_case *c)
{
    return row_of(c)->class == CLASS_CONTROL && c->our_vector == -1 && c->their_vector == 14 &&
           c->ours->eip == c->theirs->eip;
}

static bool writes_code_segment(const struct quirk_case *c)
{
    return c->in->mem && c->in->seg == SEG_CS && c->our_vector == VEC_GP;
}

static bool test_alias(const struct quirk_case *c)
{
    return named(c, "test") && row_of(c)->group == 1 && c->their_vector == VEC_UD;
}

static bool ud2(const struct quirk_case *c)
{
    return row_of(c)->opcode == 0x0f0b && c->our_vector == VEC_UD && c->their_vector == -1;
}

/* Every INT n is taken to its handler: there is no IDT, so no gate's DPL forbids it. */
static bool int_n(const struct quirk_case *c)
{
    return named(c, "int") && c->our_vector == VEC_GP &&
           c->their_vector == (int)(c->in->imm & 0xffu);
}

/* The oracle runs at CPL 0, we at CPL 3 with IOPL 0. */
static bool popf_privilege(const struct quirk_case *c)
{
    const struct oracle_state *a = c->ours, *b = c->theirs;
    return named(c, "popf") && c->our_vector == c->their_vector && a->eip == b->eip &&
           !memcmp(a->gpr, b->gpr, sizeof a->gpr) && !c->memory_differs &&
           !((a->eflags ^ b->eflags) & (FLAG_ARITH | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID));
}

/* RET imm16 adds its operand sign-extended; it is unsigned (SDM v2, RET; diff-host). */
static bool ret_sign_extends(const struct quirk_case *c)
{
    return named(c, "ret") && (c->in->imm & 0x8000u) && c->our_vector == -1 &&
           c->ours->gpr[R_ESP] - c->theirs->gpr[R_ESP] == 0x10000u;
}

/* ENTER does not probe the new top of the stack (SDM v2, ENTER: "a write ... would cause";
 * diff-host). */
static bool enter_does_not_probe(const struct quirk_case *c)
{
    return named(c, "enter") && c->our_vector == VEC_PF && c->their_vector == -1;
}

/* SDM v3, Limit Checking: an access that wraps at the end of a 4 GiB segment may fault or not;
 * processors do. */
static bool is_wrap(const struct quirk_case *c)
{
    uint32_t r[9] = {0};
    memcpy(r, c->before->gpr, sizeof c->before->gpr);
    uint32_t at = r[c->in->base] + (r[c->in->index] << c->in->scale) + c->in->disp;
    bool implied = row_of(c)->operands == OPS_STR || (row_of(c)->attr & ROW_STACK) ||
                   named(c, "pop") || named(c, "pusha") || named(c, "popa") || named(c, "pushf") ||
                   named(c, "popf") || named(c, "enter") || named(c, "leave") ||
                   row_of(c)->flags_written == FLAG_CF;
    if ((c->our_vector != VEC_GP && c->our_vector != VEC_SS) || c->their_vector == c->our_vector)
        return false;
    return (c->in->mem && at > 0xfffffff0u) || implied;
}

static bool prefetch_register(const struct quirk_case *c)
{
    return row_of(c)->opcode == 0x0f18 && !c->in->mem && c->their_vector == VEC_UD;
}

/* LOCK NEG computes its flags from the wrong operand. */
static bool lock_neg(const struct quirk_case *c)
{
    return named(c, "neg") && (c->in->prefix & PREFIX_LOCK) && c->our_vector == -1 &&
           c->their_vector == -1 && !c->memory_differs &&
           !memcmp(c->ours->gpr, c->theirs->gpr, sizeof c->ours->gpr);
}

static bool has_prefix(const struct quirk_case *c, uint8_t prefix)
{
    unsigned opcode = row_of(c)->opcode > 0xff ? 0x0f : row_of(c)->opcode;
    for (unsigned i = 0; i < c->in->len && c->bytes[i] != opcode; i++)
        if (c->bytes[i] == prefix)
            return true;
    return false;
}

/* Of F2 and F3 the last one counts (diff-host); Unicorn prefers F2. */
static bool both_repeats(const struct quirk_case *c)
{
    return (row_of(c)->attr & ROW_REP) && has_prefix(c, 0xf2) && has_prefix(c, 0xf3);
}

/* CPUID of this machine lists neither, so F3 is ignored. */
static bool tzcnt_lzcnt(const struct quirk_case *c)
{
    return has_prefix(c, 0xf3) && (named(c, "bsf") || named(c, "bsr"));
}

/* Undefined (SDM v2, BSWAP); processors clear the word (diff-host). */
static bool bswap_word(const struct quirk_case *c)
{
    return named(c, "bswap") && c->in->opsize == 2;
}

/* ARPL writes only when it raises RPL (diff-host). */
static bool arpl_writes_always(const struct quirk_case *c)
{
    return named(c, "arpl") && c->our_vector == -1 && c->their_vector == VEC_PF &&
           !(c->ours->eflags & FLAG_ZF);
}

/* ENTER with a 16-bit operand changes BP alone (diff-host). */
static bool enter_word(const struct quirk_case *c)
{
    return named(c, "enter") && c->in->opsize == 2 && c->our_vector == -1 &&
           c->their_vector == -1 && !((c->ours->gpr[R_EBP] ^ c->theirs->gpr[R_EBP]) & 0xffffu);
}

const struct quirk quirks_explained[] = {
    {"a transfer to a page that is not mapped faults one step early", target_not_mapped},
    {"segment rights are not checked: a store through CS succeeds", writes_code_segment},
    {"TEST F6 /1 and F7 /1 are #UD; hardware executes them (diff-host)", test_alias},
    {"INT n ignores the gate's DPL", int_n},
    {"POPF at CPL 0 sets what it may not at CPL 3", popf_privilege},
    {"RET imm16 is taken as signed", ret_sign_extends},
    {"ENTER does not probe the new top of the stack", enter_does_not_probe},
    {"an access that wraps at 4 GiB raises no #GP or #SS", is_wrap},
    {"0F 18 with a register is #UD; it is a NOP (SDM v2, NOP; diff-host)", prefetch_register},
    {"LOCK NEG gives wrong flags", lock_neg},
    {"F2 wins over a later F3", both_repeats},
    {"F3 BSF, BSR are TZCNT, LZCNT", tzcnt_lzcnt},
    {"BSWAP of a word swaps four bytes", bswap_word},
    {"ARPL writes its operand even if it does not change", arpl_writes_always},
    {"ENTER with a 16-bit operand loads all of EBP", enter_word},
    {"UD2 ends the run without an exception", ud2},
};
const unsigned quirks_explained_count = sizeof quirks_explained / sizeof quirks_explained[0];
