/*
 * Which way each form of an instruction takes: a handler of the interpreter's own, or the row's
 * plain function. Every encoding of opcode, ModRM and prefixes is decoded, none executed.
 */
#include <criterion/criterion.h>

#include "cpu/exec.h"
#include "sim/insn.h"

#define MOST_ROWS 512

struct ways {
    bool plain[MOST_ROWS], handler[MOST_ROWS];
};

static void note(struct ways *w, const uint8_t *bytes, unsigned n, unsigned mode)
{
    struct insn in;
    if (insn_decode(bytes, n, mode, &in) != DECODE_OK)
        return;
    unsigned row = in.row;
    (in.fn == exec_plain ? w->plain : w->handler)[row] = true;
}

static void note_opcode(struct ways *w, unsigned opcode, unsigned mode)
{
    static const uint8_t prefixes[][2] = {{0, 0},    {0x66, 0}, {0x67, 0}, {0x66, 0x67},
                                          {0xf0, 0}, {0xf3, 0}, {0xf2, 0}, {0x26, 0}};
    for (unsigned p = 0; p < sizeof prefixes / sizeof *prefixes; p++)
        for (unsigned modrm = 0; modrm < 256; modrm++) {
            uint8_t bytes[24] = {0};
            unsigned n = 0;
            for (unsigned i = 0; i < 2 && prefixes[p][i]; i++)
                bytes[n++] = prefixes[p][i];
            if (opcode & 0x100)
                bytes[n++] = 0x0f;
            bytes[n++] = (uint8_t)opcode;
            bytes[n] = (uint8_t)modrm;
            note(w, bytes, sizeof bytes, mode);
        }
}

static bool plain_function_runs(const struct ways *w, insn_exec exec)
{
    for (unsigned i = 0; i < insn_row_count; i++)
        if (insn_rows[i].exec == exec && w->plain[i])
            return true;
    return false;
}

/* One that no form needs would be semantics that nothing ever runs; one that is missing, a crash.
 */
Test(insn_forms, plain_functions_are_there_exactly_where_forms_have_no_handler)
{
    static struct ways w;
    cr_assert_leq(insn_row_count, MOST_ROWS);
    for (unsigned mode = 0; mode < 8; mode++)
        for (unsigned opcode = 0; opcode < 0x200; opcode++)
            note_opcode(&w, opcode, mode);
    for (unsigned i = 0; i < insn_row_count; i++) {
        const struct insn_row *row = &insn_rows[i];
        if (row->attr & ROW_UNIMPLEMENTED)
            continue;
        cr_expect(w.plain[i] || w.handler[i], "%s (%x /%d): no encoding leads to it", row->mnemonic,
                  row->opcode, row->group);
        cr_expect(row->exec || !w.plain[i], "%s (%x /%d): a form has neither", row->mnemonic,
                  row->opcode, row->group);
        cr_expect(!row->exec || plain_function_runs(&w, row->exec),
                  "%s (%x /%d): no form runs its plain function", row->mnemonic, row->opcode,
                  row->group);
    }
}
