/*
 * The decoder against Zydis: diff-decoder [--cases N] [--seed N] [--from N]
 *
 * Random strings of 1 to 15 bytes, half of them made from rows of insns.def, as 32-bit and as
 * 16-bit code. Both must agree on: an instruction, and of what length; no instruction; more than 15
 * bytes; or bytes that ran out. Status 0: every difference is in the list of reasons below.
 */
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

#include "children.h"
#include "cpu/exec.h"
#include "cpu/insns.h"
#include "generate.h"

enum { LONGEST = INSN_MAX_LENGTH + 9 };

struct zydis_case {
    const struct insn *in; /* ours, if we decoded it */
    const uint8_t *bytes;
    unsigned n;
    bool code16;
    enum decode_status ours, theirs;
    ZydisDecodedInstruction insn; /* with theirs == DECODE_OK */
};

/* ------------------------------------------------------------------------------------------ reasons */

/* Zydis names no set of their own for these. */
static bool is_mnemonic_not_listed(ZydisMnemonic mnemonic)
{
    return mnemonic == ZYDIS_MNEMONIC_SYSENTER || mnemonic == ZYDIS_MNEMONIC_SYSEXIT ||
           mnemonic == ZYDIS_MNEMONIC_RSM;
}

static bool reason_isa_not_listed(const struct zydis_case *c)
{
    if (c->ours != DECODE_UD || c->theirs != DECODE_OK)
        return false;
    switch (c->insn.meta.isa_set) {
    case ZYDIS_ISA_SET_I86:
    case ZYDIS_ISA_SET_I186:
    case ZYDIS_ISA_SET_I286PROTECTED:
    case ZYDIS_ISA_SET_I286REAL:
    case ZYDIS_ISA_SET_I386:
    case ZYDIS_ISA_SET_I486:
    case ZYDIS_ISA_SET_I486REAL:
    case ZYDIS_ISA_SET_PENTIUMREAL:
    case ZYDIS_ISA_SET_PPRO:
    case ZYDIS_ISA_SET_CMOV:
    case ZYDIS_ISA_SET_FAT_NOP:
    case ZYDIS_ISA_SET_X87:
        return is_mnemonic_not_listed(c->insn.mnemonic);
    default:
        return true;
    }
}

/* The last opcode byte, and whether it came behind 0F; what prefixes there are is known to our
 * decoder. */
static bool opcode_is(const struct zydis_case *c, bool two_bytes, uint8_t lowest, uint8_t highest)
{
    unsigned at = 0;

    while (at + 1 < c->n && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", c->bytes[at]) &&
           c->bytes[at])
        at++;
    if (two_bytes && (c->bytes[at++] != 0x0f || at >= c->n))
        return false;
    return c->bytes[at] >= lowest && c->bytes[at] <= highest;
}

static bool reason_no_coprocessor(const struct zydis_case *c)
{
    return c->theirs == DECODE_UD && c->ours != DECODE_UD && opcode_is(c, false, 0xd8, 0xdf);
}

static bool reason_mpx(const struct zydis_case *c)
{
    return c->theirs == DECODE_UD && c->ours != DECODE_UD && opcode_is(c, true, 0x1a, 0x1b);
}

/* How long an instruction of another processor would be is nobody's business here: #UD, not #GP. */
static bool reason_unknown_opcode(const struct zydis_case *c)
{
    return c->ours == DECODE_UD && c->theirs == DECODE_TOO_LONG &&
           opcode_is(c, true, c->in->opcode, c->in->opcode) &&
           !insn_first_row[0x100u | c->in->opcode];
}

static const struct {
    const char *why;
    bool (*applies)(const struct zydis_case *c);
} reasons[] = {
    {"an instruction set that CPUID does not list is #UD here", reason_isa_not_listed},
    {"without a coprocessor every ESC opcode has one meaning, reserved ones too",
     reason_no_coprocessor},
    {"without MPX 0F 1A and 0F 1B are NOPs in every form", reason_mpx},
    {"over-long, of an opcode that is not listed: #UD comes first", reason_unknown_opcode},
};
enum { REASONS = sizeof reasons / sizeof reasons[0] };

/* ------------------------------------------------------------------------------------------ both */

struct shared {
    uint64_t run, decoded, undefined, too_long, more, unexplained;
    uint64_t explained[REASONS];
};

static enum decode_status ask_zydis(ZydisDecoder *decoder, struct zydis_case *c)
{
    ZyanStatus status = ZydisDecoderDecodeInstruction(decoder, NULL, c->bytes, c->n, &c->insn);

    if (ZYAN_SUCCESS(status))
        return DECODE_OK;
    if (status == ZYDIS_STATUS_NO_MORE_DATA)
        return DECODE_MORE;
    return status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG ? DECODE_TOO_LONG : DECODE_UD;
}

static void print_case(const struct zydis_case *c, uint64_t seed, uint64_t number)
{
    static const char *const names[] = {"ok", "undefined", "too long", "more"};
    char text[128];

    insn_disassemble(c->bytes, c->n, 0, c->code16, text, sizeof text);
    fprintf(stderr,
            "UNEXPLAINED: seed %llu case %llu: ours %s %u, zydis %s %u (%u-bit) %s isa %s :",
            (unsigned long long)seed, (unsigned long long)number, names[c->ours], c->in->len,
            names[c->theirs], c->theirs == DECODE_OK ? c->insn.length : 0, c->code16 ? 16 : 32,
            text, c->theirs == DECODE_OK ? ZydisISASetGetString(c->insn.meta.isa_set) : "-");
    for (unsigned i = 0; i < c->n; i++)
        fprintf(stderr, " %02x", c->bytes[i]);
    fprintf(stderr, "\n");
}

/* Up to nine more prefixes in front, so that many are too long; the number of bytes there are then.
 */
static unsigned prepend_prefixes(struct rng *rng, uint8_t bytes[LONGEST])
{
    static const uint8_t some[] = {0x66, 0x67, 0x2e, 0x3e, 0xf2, 0xf3};
    unsigned n = 1 + rng_below(rng, 9);

    memmove(bytes + n, bytes, INSN_MAX_LENGTH);
    for (unsigned i = 0; i < n; i++)
        bytes[i] = some[rng_below(rng, sizeof some)];
    return INSN_MAX_LENGTH + n;
}

static void run_case(struct shared *s, ZydisDecoder decoder[2], uint64_t seed, uint64_t number)
{
    struct rng rng = rng_of_case(seed, number);
    uint8_t bytes[LONGEST];
    struct insn in;
    struct zydis_case c = {.in = &in, .bytes = bytes};

    if (rng_below(&rng, 2))
        generate_from_rows(&rng, bytes);
    else
        generate_bytes(&rng, bytes);
    c.n = rng_below(&rng, 4) ? INSN_MAX_LENGTH : 1 + rng_below(&rng, INSN_MAX_LENGTH);
    if (rng_below(&rng, 16) == 0)
        c.n = prepend_prefixes(&rng, bytes);
    c.code16 = rng_below(&rng, 4) == 0;
    c.ours = insn_decode(bytes, c.n, c.code16 ? 0 : DECODE_CODE32 | DECODE_STACK32, &in);
    c.theirs = ask_zydis(&decoder[c.code16], &c);
    if (c.ours == DECODE_UD &&
        c.theirs == DECODE_MORE) { /* we looked no further: let it see what it asks for */
        memset(bytes + c.n, 0, sizeof bytes - c.n);
        c.n = sizeof bytes;
        c.theirs = ask_zydis(&decoder[c.code16], &c);
    }
    s->run++;
    s->decoded += c.ours == DECODE_OK;
    s->undefined += c.ours == DECODE_UD;
    s->too_long += c.ours == DECODE_TOO_LONG;
    s->more += c.ours == DECODE_MORE;
    if (c.ours == c.theirs && (c.ours != DECODE_OK || in.len == c.insn.length))
        return;
    for (unsigned i = 0; i < REASONS; i++) {
        if (reasons[i].applies(&c)) {
            s->explained[i]++;
            return;
        }
    }
    s->unexplained++;
    print_case(&c, seed, number);
}

static void work(void *shared, uint64_t seed, uint64_t from, uint64_t to, volatile uint64_t *at)
{
    ZydisDecoder decoder[2];

    ZydisDecoderInit(&decoder[0], ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    ZydisDecoderInit(&decoder[1], ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
    for (uint64_t i = from; i < to; i++) {
        *at = i;
        run_case(shared, decoder, seed, i);
    }
}

int main(int argc, char **argv)
{
    struct children_options o;

    if (!children_options(&o, 1000000, argc, argv))
        return 2;
    struct shared *s = children_shared(sizeof *s);
    uint64_t died = children_run(&o, 1000000, work, s);
    printf("%llu strings: %llu instructions, %llu undefined, %llu too long, %llu ran out\n",
           (unsigned long long)s->run, (unsigned long long)s->decoded,
           (unsigned long long)s->undefined, (unsigned long long)s->too_long,
           (unsigned long long)s->more);
    for (unsigned i = 0; i < REASONS; i++)
        printf("  explained %8llu: %s\n", (unsigned long long)s->explained[i], reasons[i].why);
    printf("unexplained: %llu\n", (unsigned long long)(s->unexplained + died));
    return s->unexplained + died != 0 || s->decoded == 0;
}
