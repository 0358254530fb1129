/*
 * Disassembly, and what Zydis knows of lengths and undefined flags. The only file that includes
 * Zydis.
 */
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

#include "sim/insn.h"

static bool open_decoder(ZydisDecoder *decoder, bool code16)
{
    ZydisMachineMode mode = code16 ? ZYDIS_MACHINE_MODE_LEGACY_16 : ZYDIS_MACHINE_MODE_LEGACY_32;
    ZydisStackWidth width = code16 ? ZYDIS_STACK_WIDTH_16 : ZYDIS_STACK_WIDTH_32;

    return ZYAN_SUCCESS(ZydisDecoderInit(decoder, mode, width));
}

unsigned insn_disassemble(const uint8_t *bytes, unsigned n, uint32_t eip, bool code16, char *text,
                          unsigned text_size)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisFormatter formatter;

    (void)snprintf(text, text_size, "(bad)");
    if (!open_decoder(&decoder, code16) ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &insn, operands)) ||
        !ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL)) ||
        !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
            &formatter, &insn, operands, insn.operand_count_visible, text, text_size, eip, NULL)))
        return 0;
    return insn.length;
}

uint32_t insn_undefined_flags(const uint8_t *bytes, unsigned n, unsigned *len)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

    *len = 0;
    if (!open_decoder(&decoder, false) ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &insn, operands)))
        return 0;
    *len = insn.length;
    return insn.cpu_flags ? insn.cpu_flags->undefined & FLAG_ARITH : 0;
}
