/*
 * Decoded instructions and the instruction table.
 *
 * sim/cpu/insns.def has one row per form: what it is called, how it is encoded, what executes it,
 * its class in Popek and Goldberg's sense, and what it does to the flags. Decoder, interpreter, the
 * hypervisor's emulator, listings and tests all read that one table.
 */
#ifndef SIM_INSN_H
#define SIM_INSN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/x86.h"

struct cpu;
struct insn;

/* Popek and Goldberg's view of an instruction at CPL > 0 on a CPU without VT-x. */
enum insn_class {
    CLASS_PLAIN,      /* neither privileged nor sensitive */
    CLASS_PRIVILEGED, /* #GP outside ring 0 */
    CLASS_SENSITIVE, /* reads or changes privileged state and does not trap: breaks trap-and-emulate
                      */
    CLASS_IO,        /* subject to IOPL and the I/O bitmap */
    CLASS_CONTROL,   /* transfers control within the segment */
    CLASS_INTERRUPT, /* software interrupts, breakpoints, UD2 */
    INSN_CLASSES
};

/* Instructions that models or control bits can make trap one by one (--cpu classic,+popf). One bit
 * each. */
enum insn_trap {
    TRAP_NONE,
#define SENSITIVE(id, name, rings, kernel, user) TRAP_##id,
#include "sim/sensitive.def"
#undef SENSITIVE
    INSN_TRAPS
};

/* Where a CPU model makes one trap: at CPL 1 and 2; at CPL 3; at CPL 3 while the control bit SENSF
 * is set. */
enum { SENS_KERNEL = 1, SENS_USER = 2, SENS_FLAGS = 4 };

/* A row of sim/sensitive.def; TRAP_NONE's is empty. */
struct insn_sensitive {
    const char *name;          /* "popf", as in --cpu classic,+popf */
    uint8_t rings;             /* SENS_* */
    const char *kernel, *user; /* what it does without a fault at CPL 1 and 2, and at CPL 3 */
};
extern const struct insn_sensitive insn_sensitive[INSN_TRAPS];

/* How a row's operands are found; the letters follow the SDM v2's opcode-map abbreviations. */
enum insn_operands {
    OPS_NONE,
    OPS_E_G,  /* r/m, reg */
    OPS_G_E,  /* reg, r/m */
    OPS_E,    /* r/m */
    OPS_E_I,  /* r/m, immediate of operand size */
    OPS_E_Ib, /* r/m, sign-extended byte */
    OPS_E_1,  /* r/m, 1 */
    OPS_E_CL, /* r/m, CL */
    OPS_E_G_Ib,
    OPS_E_G_CL,
    OPS_G_E_I,
    OPS_G_E_Ib,
    OPS_G_Eb, /* reg, byte r/m (MOVZX) */
    OPS_G_Ew, /* reg, word r/m */
    OPS_G_M,  /* reg, memory only (LEA, BOUND, LDS...) */
    OPS_M,    /* memory only */
    OPS_A_I,  /* accumulator, immediate */
    OPS_A_Ib, /* accumulator, port byte */
    OPS_A_DX,
    OPS_A_O, /* accumulator, moffs */
    OPS_O_A,
    OPS_A_R, /* accumulator, register in opcode */
    OPS_R,   /* register in opcode */
    OPS_R_I, /* register in opcode, immediate */
    OPS_S,   /* segment register in opcode */
    OPS_E_S, /* r/m, segment register */
    OPS_S_E,
    OPS_I,  /* immediate of operand size */
    OPS_Ib, /* sign-extended byte */
    OPS_Iw,
    OPS_Iw_Ib, /* ENTER */
    OPS_J,     /* relative displacement of operand size */
    OPS_Jb,
    OPS_Ap,  /* far pointer */
    OPS_R_C, /* GPR, control register */
    OPS_C_R,
    OPS_R_D, /* GPR, debug register */
    OPS_D_R,
    OPS_STR, /* string: implicit ES:EDI and/or DS:ESI */
    INSN_OPERAND_KINDS
};

/* Encoding attributes of a row. */
enum {
    ROW_BYTE = 0x001,     /* operands are bytes */
    ROW_MODRM = 0x002,    /* has a ModRM byte (set by the operand kind) */
    ROW_LOCKABLE = 0x004, /* LOCK is allowed with a memory destination */
    ROW_REP = 0x008,      /* REP prefixes repeat it */
    ROW_ENDS = 0x010, /* ends a block: control transfer, mode change or possible interrupt window */
    ROW_WORD = 0x020, /* operand is always 16 bits */
    ROW_DWORD = 0x040,         /* operand is always 32 bits, whatever the prefix */
    ROW_SHADOW = 0x080,        /* blocks interrupts for one instruction (STI, MOV SS, POP SS) */
    ROW_UNIMPLEMENTED = 0x100, /* decodes, and stops the machine by name */
    ROW_REGISTER_RM = 0x200,   /* ModRM.rm is a register whatever mod says (MOV CRn, DRn) */
    ROW_STACK = 0x400,         /* pushes or pops: its fast handler needs a 32-bit stack */
    ROW_UNSIGNED = 0x1000,     /* the byte immediate is not sign-extended (ports, vectors, AAM) */
    ROW_CONDITION = 0x2000,    /* sixteen opcodes by condition; handlers is an array of 16 sets */
    ROW_ADDR32 = 0x4000,       /* its fast handler needs 32-bit addresses */
    ROW_DEFAULT_DS = 0x800,    /* implicit memory operand at DS (or the overriding segment) */
};

typedef bool (*insn_exec)(struct cpu *c, const struct insn *in);

/* One row of insns.def. */
struct insn_row {
    const char *mnemonic; /* as the SDM: "add", "mov" */
    uint16_t opcode;      /* 0x00-0xff one byte, 0x0f00-0x0fff two bytes */
    int8_t group;         /* ModRM.reg that selects it, or -1 */
    uint8_t operands;     /* enum insn_operands */
    uint16_t attr;        /* ROW_* */
    uint8_t class;        /* enum insn_class */
    uint8_t trap;         /* enum insn_trap: which sensitive instruction it is */
    uint8_t cost;         /* enum sim_cost: its base cost */
    uint32_t flags_written;
    uint32_t flags_undefined;
    insn_exec exec; /* the semantics as a plain function, or null if `handlers` covers every form */
    const struct handler_set *handlers; /* the interpreter's own forms, or null */
    const char *title;                  /* where the SDM v2 describes it */
};

typedef const struct insn *(*insn_handler)(struct cpu *c, const struct insn *in);

/*
 * Handlers by operand form and size ([0] byte, [1] word, [2] dword): r = register, m = memory, i =
 * immediate, destination first. One-operand rows use rr and mr. Null entries fall back to
 * row->exec.
 */
struct handler_set {
    insn_handler rr[3], rm[3], mr[3], ri[3], mi[3];
};

extern const struct insn_row insn_rows[];
extern const unsigned insn_row_count;

enum { PREFIX_LOCK = 1, PREFIX_REP = 2, PREFIX_REPNE = 4, PREFIX_OPSIZE = 8, PREFIX_ADDRSIZE = 16 };

#define INSN_MAX_LENGTH 15
#define GPR_ZERO        8 /* index of the always-zero entry after the eight general registers */
#define NO_SEG          0xff

/* A decoded instruction; 48 bytes, laid out for the interpreter. */
struct insn {
    insn_handler fn; /* the interpreter's handler: a specialised one, or a wrapper of row->exec */
    uint32_t imm;    /* immediate, sign-extended; for a near transfer the displacement */
    uint32_t disp;   /* memory displacement, or the offset of a far pointer */
    uint8_t reg;     /* ModRM.reg, or the register in the opcode */
    uint8_t rm;      /* ModRM.rm when a register */
    uint8_t base;    /* memory operand: GPR numbers, GPR_ZERO if absent */
    uint8_t index;
    uint8_t scale;    /* shift count */
    uint8_t seg;      /* effective segment of the memory operand (string: of the source) */
    uint8_t len;      /* bytes, prefixes included */
    uint8_t opsize;   /* operand size in bytes: 1, 2 or 4 */
    uint16_t imm2;    /* selector of a far pointer; ENTER's nesting level */
    uint16_t row;     /* index into insn_rows */
    uint8_t prefix;   /* PREFIX_* */
    uint8_t mem;      /* has a memory operand in ModRM */
    uint8_t addrsize; /* 2 or 4 */
    uint8_t opcode;   /* last opcode byte */
    uint32_t bias;    /* 0: the memory operand may use the fast path; 2: no tag matches, not even
                         "none" (segmented, 16-bit) */
    uint16_t offset;  /* of this instruction from the start of its block, bytes */
    uint16_t number;  /* of this instruction in its block */
    uint16_t cycles;  /* base cycles of the block before this instruction */
    uint16_t stack32; /* 1: SS.B selects ESP */
};

enum decode_status {
    DECODE_OK,
    DECODE_UD,       /* undefined opcode, or an encoding the SDM says raises #UD */
    DECODE_TOO_LONG, /* over 15 bytes: #GP(0) */
    DECODE_MORE,     /* ran out of bytes: n was too small */
};

/* Code-segment and stack-segment size defaults that decoding depends on. */
enum { DECODE_CODE32 = 1, DECODE_STACK32 = 2, DECODE_FLAT = 4 };

/*
 * Decodes one instruction from bytes[0..n). mode is a set of DECODE_*. On DECODE_OK fills *in
 * completely (fn chosen, position fields zero). Never reads past bytes[n). On DECODE_UD in->len is
 * the number of bytes looked at.
 */
enum decode_status insn_decode(const uint8_t *bytes, unsigned n, unsigned mode, struct insn *in);

static inline const struct insn_row *insn_row_of(const struct insn *in)
{
    return &insn_rows[in->row];
}

/* A string instruction with a REP prefix, which may stop between two iterations? */
static inline bool insn_repeats(const struct insn *in)
{
    return (in->prefix & (PREFIX_REP | PREFIX_REPNE)) && (insn_row_of(in)->attr & ROW_REP);
}

/*
 * Disassembles bytes[0..n) as 32-bit code (code16: 16-bit) at address eip into text (Intel syntax,
 * Zydis). Returns the length, 0 if the bytes are no instruction (text is then "(bad)").
 */
unsigned insn_disassemble(const uint8_t *bytes, unsigned n, uint32_t eip, bool code16, char *text,
                          unsigned text_size);

/* Flags the SDM leaves undefined after this instruction (Zydis), as EFLAGS bits; the length in
 * *len, 0 if not decodable. */
uint32_t insn_undefined_flags(const uint8_t *bytes, unsigned n, unsigned *len);

#endif
