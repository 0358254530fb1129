/*
 * Making programs.
 */
#include "host_program.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------ what is not judged */

static bool named(const struct insn *in, const char *mnemonic)
{
    return !strcmp(insn_row_of(in)->mnemonic, mnemonic);
}

static bool loads_segment(const struct insn *in)
{
    const struct insn_row *row = insn_row_of(in);
    bool pop = row->operands == OPS_S && row->mnemonic[1] == 'o';
    return pop || row->operands == OPS_S_E ||
           (row->operands == OPS_G_M && !named(in, "lea") && !named(in, "bound"));
}

static bool is_far(const struct insn *in)
{
    return named(in, "callf") || named(in, "jmpf") || named(in, "retf") || named(in, "iret");
}

static bool tells_system_state(const struct insn *in)
{
    static const char *const names[] = {"sgdt", "sidt", "sldt", "str",   "smsw",  "lar",
                                        "lsl",  "verr", "verw", "cpuid", "rdtsc", "rdpmc"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (named(in, names[i]))
            return true;
    return false;
}

static bool is_fpu(const struct insn *in)
{
    return named(in, "fpu") || named(in, "fwait");
}

static bool is_system_call(const struct insn *in)
{
    return named(in, "int") && (in->imm & 0xffu) == 0x80;
}

static bool newer_meaning(const struct insn *in)
{
    return (in->prefix & PREFIX_REP) && (named(in, "bsf") || named(in, "bsr"));
}

static bool through_fs_gs(const struct insn *in)
{
    return in->seg == SEG_FS || in->seg == SEG_GS;
}

/* AMD processors take F2 and F3 as a condition there; the SDM gives them no meaning. */
static bool repeated_loop(const struct insn *in)
{
    return (in->prefix & (PREFIX_REP | PREFIX_REPNE)) && insn_row_of(in)->opcode >= 0xe0 &&
           insn_row_of(in)->opcode <= 0xe3;
}

/* Under KVM on AMD the frame's EIP is that of the instruction, not the next one's as the SDM says.
 */
static bool icebp(const struct insn *in)
{
    return named(in, "int1");
}

/* A short jump into its own bytes, or those of the closing jump, would run what is not known to be
 * harmless. */
static bool jumps_into_itself(const struct insn *in)
{
    const struct insn_row *row = insn_row_of(in);
    uint32_t target = in->imm + in->len;
    return (row->operands == OPS_J || row->operands == OPS_Jb) && target < in->len + 5u &&
           target != in->len;
}

static const struct {
    const char *why;
    bool (*applies)(const struct insn *in);
} exclusions[] = {
    {"loads a segment register", loads_segment},
    {"far transfer", is_far},
    {"shows the kernel's tables, this processor's identity or time", tells_system_state},
    {"x87: this machine has no FPU", is_fpu},
    {"INT 80h is a system call of the host", is_system_call},
    {"F3 BSF and BSR are TZCNT and LZCNT there", newer_meaning},
    {"FS and GS are the host's thread pointers", through_fs_gs},
    {"jumps into its own bytes or the closing jump's", jumps_into_itself},
    {"LOOPcc with F2 or F3: reserved", repeated_loop},
    {"INT1: a hypervisor below spoils it", icebp},
};
enum { EXCLUSIONS = sizeof exclusions / sizeof exclusions[0] };

const char *const program_reasons[EXCLUSIONS + 2] = {
    NULL,
    "loads a segment register",
    "far transfer",
    "shows the kernel's tables, this processor's identity or time",
    "x87: this machine has no FPU",
    "INT 80h is a system call of the host",
    "F3 BSF and BSR are TZCNT and LZCNT there",
    "FS and GS are the host's thread pointers",
    "jumps into its own bytes or the closing jump's",
    "LOOPcc with F2 or F3: reserved",
    "INT1: a hypervisor below spoils it",
};

static unsigned excluded(const struct insn *in)
{
    for (unsigned i = 0; i < EXCLUSIONS; i++)
        if (exclusions[i].applies(in))
            return i + 1;
    return 0;
}

bool program_is_defined(const struct insn *in, const uint32_t gpr[8])
{
    bool by_cl = insn_row_of(in)->operands == OPS_E_G_CL;
    uint32_t count = (by_cl ? gpr[R_ECX] : in->imm) & 31u;

    return !((named(in, "shld") || named(in, "shrd")) && in->opsize == 2 && count > 16);
}

/* ------------------------------------------------------------------------------------------ building */

static void append(struct program *p, const uint8_t *bytes, const struct insn *in)
{
    memcpy(p->bytes + p->n, bytes, in->len);
    p->at[p->count] = p->n;
    p->row[p->count++] = in->row;
    p->n += in->len;
    p->at[p->count] = p->n;
}

/* JMP to RIG_EXIT. */
static void close_program(struct program *p)
{
    uint32_t distance = RIG_EXIT - (RIG_CODE + p->n + 5);

    p->bytes[p->n] = 0xe9;
    memcpy(p->bytes + p->n + 1, &distance, 4);
    p->n += 5;
}

static bool decode(const uint8_t *bytes, struct insn *in)
{
    unsigned length;

    if (insn_decode(bytes, INSN_MAX_LENGTH, DECODE_CODE32 | DECODE_STACK32, in) != DECODE_OK)
        return false;
    insn_undefined_flags(bytes, INSN_MAX_LENGTH, &length);
    return length == in->len;
}

bool program_single(struct rng *rng, struct program *p, struct insn *in, unsigned *reason)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    unsigned length;

    *reason = 0;
    if (rng_below(rng, 3))
        generate_from_rows(rng, bytes);
    else
        generate_bytes(rng, bytes);
    if (!decode(bytes, in))
        return false;
    *reason = excluded(in);
    if (*reason)
        return false;
    append(p, bytes, in);
    p->undefined = insn_undefined_flags(bytes, INSN_MAX_LENGTH, &length);
    close_program(p);
    return true;
}

/* ------------------------------------------------------------------------------------------ sequences */

/* Appends one instruction and executes it on the rig. False: it faulted. */
static bool append_and_run(struct program *p, struct rig *rig, const uint8_t *bytes)
{
    struct insn in;

    if (!decode(bytes, &in))
        return false;
    rig->m->cpu.s.eip = RIG_CODE + p->n;
    rig_put(rig, RIG_CODE + p->n, bytes, in.len);
    append(p, bytes, &in);
    return rig_execute(rig, RIG_VIRTUAL, in.len).vector < 0;
}

static bool append_mov(struct program *p, struct rig *rig, unsigned reg, uint32_t value)
{
    uint8_t bytes[INSN_MAX_LENGTH] = {(uint8_t)(0xb8 + reg)};

    memcpy(bytes + 1, &value, 4);
    return append_and_run(p, rig, bytes);
}

static uint32_t somewhere(struct rng *rng)
{
    return RIG_DATA + 64 + rng_below(rng, 0x3000);
}

/* Gives the operands of `in` addresses in the window. */
static bool aim(struct rng *rng, struct program *p, struct rig *rig, const struct insn *in)
{
    const uint32_t *gpr = rig->m->cpu.s.gpr;

    if (insn_row_of(in)->operands == OPS_STR) {
        if (!append_mov(p, rig, R_ESI, somewhere(rng)) ||
            !append_mov(p, rig, R_EDI, somewhere(rng)))
            return false;
        return !generate_repeats(in) || append_mov(p, rig, R_ECX, rng_below(rng, 40));
    }
    if (!in->mem || in->addrsize == 2 || in->base == R_ESP)
        return true;
    uint32_t at = gpr[in->base] + (gpr[in->index] << in->scale) + in->disp;
    if (in->base != GPR_ZERO && in->base != in->index)
        return append_mov(p, rig, in->base, gpr[in->base] + somewhere(rng) - at);
    if (in->base == GPR_ZERO && in->index != GPR_ZERO && in->index != R_ESP)
        return append_mov(p, rig, in->index, rng_below(rng, 64));
    return true;
}

static bool fits_sequence(const struct insn *in)
{
    unsigned class = insn_row_of(in)->class;
    bool shift16 = (named(in, "shld") || named(in, "shrd")) && in->opsize == 2;

    return !excluded(in) && class != CLASS_CONTROL && class != CLASS_PRIVILEGED &&
           class != CLASS_IO && class != CLASS_INTERRUPT && !shift16 && !named(in, "popf");
}

/* A conditional jump over the next instruction, taken or not as the flags are. */
static bool append_skip(struct rng *rng, struct program *p, struct rig *rig)
{
    uint8_t over[INSN_MAX_LENGTH] = {
        (uint8_t)(0x40 + rng_below(rng, 16))}; /* INC or DEC of a register */
    uint8_t jump[INSN_MAX_LENGTH] = {(uint8_t)(0x70 + rng_below(rng, 16)), 1};
    uint32_t next = RIG_CODE + p->n + 2;

    if ((over[0] & 7) == R_ESP)
        over[0]++;
    if (!append_and_run(p, rig, jump))
        return false;
    if (rig->m->cpu.s.eip == next)
        return append_and_run(p, rig, over);
    struct insn in;
    return decode(over, &in) && (append(p, over, &in), true);
}

static bool append_random(struct rng *rng, struct program *p, struct rig *rig)
{
    static const uint8_t compare[INSN_MAX_LENGTH] = {0x39,
                                                     0xd8}; /* CMP EAX, EBX defines every flag */
    uint8_t bytes[INSN_MAX_LENGTH];
    struct insn in;
    unsigned length;

    do {
        generate_from_rows(rng, bytes);
    } while (!decode(bytes, &in) || !fits_sequence(&in));
    if (!aim(rng, p, rig, &in) || !append_and_run(p, rig, bytes))
        return false;
    return !insn_undefined_flags(bytes, INSN_MAX_LENGTH, &length) ||
           append_and_run(p, rig, compare);
}

void program_sequence(struct rng *rng, struct rig *rig, struct program *p)
{
    unsigned length = 1 + rng_below(rng, 24);
    bool going = true;

    for (unsigned i = 0; i < length && going; i++)
        going = rng_below(rng, 6) ? append_random(rng, p, rig) : append_skip(rng, p, rig);
    close_program(p);
}
