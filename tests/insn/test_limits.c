/*
 * Segment limits, types and bases, on the fast path and off it: the same access through segments of
 * every shape, and a segment that shrinks after the fast path has learnt the page.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "rig.h"

#define DATA32 (AR_S | AR_P | AR_RW | AR_ACCESSED | AR_DB | (3u << AR_DPL_SHIFT))
#define RO32   (DATA32 & ~AR_RW)
#define DOWN32 (DATA32 | AR_EXPAND_DOWN)
#define DOWN16 (DOWN32 & ~AR_DB)
#define XO32   ((RO32 | AR_CODE))
#define NONE   (-1)

struct limit_case {
    const char *what;
    uint32_t base, limit, ar;
    uint32_t offset;
    uint8_t size; /* bytes */
    bool write;
    int vector; /* through DS; SS gives #SS for a limit */
    bool type;  /* the type forbids it: #GP through SS too */
};

static struct limit_case cases[] = {
    {"within a flat segment", 0, 0xffffffff, DATA32, RIG_DATA, 4, true, NONE, false},
    {"the last bytes of a page-granular limit", 0, 0x20fff, DATA32, 0x20ffc, 4, true, NONE, false},
    {"one byte over a page-granular limit", 0, 0x20fff, DATA32, 0x20ffd, 4, true, VEC_GP, false},
    {"the same, reading", 0, 0x20fff, DATA32, 0x20ffd, 4, false, VEC_GP, false},
    {"a whole page over it", 0, 0x20fff, DATA32, 0x21000, 1, false, VEC_GP, false},
    {"the last byte of a ragged limit", 0, 0x20123, DATA32, 0x20123, 1, true, NONE, false},
    {"a word that sticks out of it", 0, 0x20123, DATA32, 0x20123, 2, true, VEC_GP, false},
    {"a doubleword that ends at it", 0, 0x20123, DATA32, 0x20120, 4, true, NONE, false},
    {"a base", RIG_DATA, 0xfff, DATA32, 0x10, 4, true, NONE, false},
    {"a ragged base", RIG_DATA + 7, 0xfff, DATA32, 0x10, 4, true, NONE, false},
    {"over the limit behind a base", RIG_DATA, 0xfff, DATA32, 0xffe, 4, true, VEC_GP, false},
    {"a base that wraps around 4 GiB", 0xfffff000, 0xffffffff, DATA32, RIG_DATA + 0x1000, 4, true,
     NONE, false},
    {"limit 0 holds one byte", RIG_DATA, 0, DATA32, 0, 1, true, NONE, false},
    {"but no word", RIG_DATA, 0, DATA32, 0, 2, false, VEC_GP, false},
    {"wrapping at the end of 4 GiB", 0, 0xffffffff, DATA32, 0xfffffffe, 4, false, VEC_GP, false},
    {"expand-down above its limit", 0, 0x1ffff, DOWN32, RIG_DATA, 4, true, NONE, false},
    {"expand-down at its limit", 0, RIG_DATA, DOWN32, RIG_DATA, 4, true, VEC_GP, false},
    {"expand-down just above", 0, RIG_DATA, DOWN32, RIG_DATA + 1, 4, true, NONE, false},
    {"expand-down with limit FFFFFFFF has nothing", 0, 0xffffffff, DOWN32, RIG_DATA, 1, false,
     VEC_GP, false},
    {"16-bit expand-down ends at FFFF", RIG_DATA, 0xff, DOWN16, 0x100, 4, true, NONE, false},
    {"16-bit expand-down beyond it", 0, 0xff, DOWN16, RIG_DATA, 4, false, VEC_GP, false},
    {"a read-only segment, reading", 0, 0xffffffff, RO32, RIG_DATA, 4, false, NONE, false},
    {"a read-only segment, writing", 0, 0xffffffff, RO32, RIG_DATA, 4, true, VEC_GP, true},
    {"execute-only code, reading", 0, 0xffffffff, XO32, RIG_DATA, 4, false, VEC_GP, true},
    {"a null selector", 0, 0, AR_UNUSABLE, RIG_DATA, 1, false, VEC_GP, false},
};

/* mov [ebx], r / mov r, [ebx] of the size, after an optional prefix. */
static unsigned put_access(struct rig *r, const struct limit_case *c, uint8_t prefix)
{
    uint8_t code[4];
    unsigned n = 0;

    if (prefix)
        code[n++] = prefix;
    if (c->size == 2)
        code[n++] = 0x66;
    code[n++] = (uint8_t)((c->write ? 0x88 : 0x8a) + (c->size > 1));
    code[n++] = 0x13;
    rig_put(r, RIG_CODE, code, n);
    return n;
}

static void try_case(struct rig *r, const struct limit_case *c, unsigned seg, uint8_t prefix,
                     enum rig_way way)
{
    struct cpu *cpu = &r->m->cpu;
    int expected = c->vector == VEC_GP && seg == SEG_SS && !c->type ? VEC_SS : c->vector;

    rig_reset(r, 3);
    unsigned n = put_access(r, c, prefix);
    rig_put(r, (c->base + c->offset) % RIG_RAM, "\x12\x34\x56\x78", 4);
    cpu->s.seg[seg] = (struct segment){c->base, c->limit, c->ar, RIG_DATA3, 0};
    cpu_state_changed(cpu);
    cpu->s.gpr[R_EBX] = c->offset;
    cpu->s.gpr[R_EDX] = 0xa5a5a5a5;
    struct rig_end end = rig_execute(r, way, n);
    cr_expect_eq(end.vector, expected, "%s, segment %u, way %d: vector %d, expected %d", c->what,
                 seg, way, end.vector, expected);
    if (expected >= 0)
        cr_expect_eq(end.error, 0);
    if (expected == NONE && c->write)
        cr_expect_eq(rig_get(r, c->base + c->offset, 1), 0xa5, "%s: not stored", c->what);
    if (expected == NONE && !c->write)
        cr_expect_eq(cpu->s.gpr[R_EDX] & 0xff, 0x12, "%s: not loaded", c->what);
}

ParameterizedTestParameters(limits, access_is_checked)
{
    return cr_make_param_array(struct limit_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct limit_case *c, limits, access_is_checked)
{
    struct rig *r = rig_create();

    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        try_case(r, c, SEG_DS, 0, way);
        try_case(r, c, SEG_ES, 0x26, way);
        try_case(r, c, SEG_FS, 0x64, way);
        try_case(r, c, SEG_SS, 0x36, way);
    }
    rig_destroy(r);
}

/* The fast path has learnt the page under the larger limit. */
Test(limits, a_segment_that_shrinks_is_obeyed_at_once)
{
    struct rig *r = rig_create();
    static const uint8_t code[] = {0x8b, 0x13, 0x8e, 0xd9,
                                   0x8b, 0x13, 0xeb, 0xfe}; /* mov; mov ds, cx; mov */

    rig_descriptor(r, RIG_FREE, 0, 0x20, 0xf3, 0xc); /* 4 KiB units: up to 20FFFh */
    rig_put(r, RIG_CODE, code, sizeof code);
    rig_reset(r, 3);
    struct cpu_state *s = &r->m->cpu.s;
    s->gpr[R_EBX] = RIG_DATA + 0x1000;
    s->gpr[R_ECX] = RIG_FREE | 3;
    cr_expect_eq(rig_run(r, 100), VEC_GP);
    rig_undo_delivery(r);
    cr_expect_eq(s->eip, RIG_CODE + 4);
    rig_destroy(r);
}

Test(limits, a_jump_beyond_the_code_segment_faults_on_the_jump)
{
    struct rig *r = rig_create();
    static const uint8_t code[] = {0xeb, 0x70};

    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_put(r, RIG_CODE, code, sizeof code);
        rig_reset(r, 3);
        r->m->cpu.s.seg[SEG_CS].limit = RIG_CODE + 0x71;
        cpu_state_changed(&r->m->cpu);
        struct rig_end end = rig_execute(r, way, 2);
        cr_expect_eq(end.vector, VEC_GP);
        cr_expect_eq(end.error, 0);
        if (way != RIG_VIRTUAL)
            rig_undo_delivery(r);
        cr_expect_eq(r->m->cpu.s.eip, RIG_CODE);
    }
    rig_destroy(r);
}

Test(limits, an_instruction_that_sticks_out_of_the_code_segment_faults)
{
    struct rig *r = rig_create();
    static const uint8_t code[] = {0xb8, 1, 2, 3, 4};

    for (uint32_t limit = RIG_CODE; limit < RIG_CODE + 4; limit++) {
        rig_put(r, RIG_CODE, code, sizeof code);
        rig_reset(r, 3);
        r->m->cpu.s.seg[SEG_CS].limit = limit;
        cpu_state_changed(&r->m->cpu);
        cr_expect_eq(rig_execute(r, RIG_STEP, 5).vector, VEC_GP);
    }
    rig_destroy(r);
}

/* The stack of a 16-bit SS wraps at 64 KiB and leaves the upper half of ESP alone. */
Test(limits, a_16_bit_stack_uses_sp)
{
    struct rig *r = rig_create();
    static const uint8_t code[] = {0x50, 0xeb, 0xfe};

    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_put(r, RIG_CODE, code, sizeof code);
        rig_reset(r, 3);
        struct cpu_state *s = &r->m->cpu.s;
        s->seg[SEG_SS].ar &= ~AR_DB;
        s->seg[SEG_SS].base = RIG_DATA - 0xc000;
        cpu_state_changed(&r->m->cpu);
        s->gpr[R_ESP] = 0xabcdc104;
        s->gpr[R_EAX] = 0x1234567;
        cr_expect_eq(rig_execute(r, way, 1).vector, -1);
        cr_expect_eq(s->gpr[R_ESP], 0xabcdc100);
        cr_expect_eq(rig_get(r, RIG_DATA + 0x100, 4), 0x1234567);
    }
    rig_destroy(r);
}

/* With 16-bit addresses or a segment prefix, page 0 must not be mistaken for an empty entry of the
 * fast path. */
Test(limits, segmented_operands_in_linear_page_0_take_the_careful_path)
{
    struct rig *r = rig_create();
    static const uint8_t code[] = {0x26, 0x80, 0x03, 0x01}; /* add byte es:[ebx], 1 */

    for (enum rig_way way = 0; way < RIG_WAYS; way++) {
        rig_put(r, RIG_CODE, code, sizeof code);
        rig_reset(r, 3);
        struct cpu_state *s = &r->m->cpu.s;
        s->seg[SEG_ES].base = 8;
        cpu_state_changed(&r->m->cpu);
        s->gpr[R_EBX] = 0x40;
        struct rig_end end = rig_execute(r, way, 4);
        cr_expect_eq(end.vector, VEC_PF);
        cr_expect_eq(end.error, PFERR_P | PFERR_W | PFERR_U);
    }
    rig_destroy(r);
}
