/*
 * Cases of single instructions: CASE(BYTES, BEFORE, AFTER) in cases/NAME.inc.
 *
 * BYTES is the encoding in hexadecimal. BEFORE and AFTER are words separated by spaces; numbers are
 * hexadecimal: eax=1 ... edi=1 eip=1     a register                cr0=1 cr2= cr3= cr4= dr0= ...
 * dr7= fl=cpazso                 the flags that are set, of CF PF AF ZF SF OF, d DF, i IF, t TF, n
 * NT, A AC, I ID, 3 IOPL 3;
 *                             "-" for none
 *   [20100]=0102              memory bytes, lowest first   es= cs= ss= ds= fs= gs= ldt= tr=  a
 * selector gdt=BASE:LIMIT idt=BASE:LIMIT                          the tables' registers BEFORE
 * only:  cpl0          at CPL 0 (else 3) AFTER only:   #GP(0) #UD    the exception, with its error
 * code if it has one halted        the CPU waits               stop   the machine stops by name:
 * not built any           EAX to EBX are not looked at shadow        interrupts wait for one more
 * instruction
 *
 * What BEFORE does not say is as the rig has it with EBX = ESI = 20100h, EDI = 20200h, ESP =
 * 23800h, EBP = 23840h, the other registers, flags and user memory 0. What AFTER does not say has
 * not changed, EIP apart, which is behind the instruction. Flags that the SDM leaves undefined are
 * not looked at. A new instruction needs a line in one of them.
 */
#ifndef TESTS_INSN_CASES_H
#define TESTS_INSN_CASES_H

#include "rig.h"

struct insn_case {
    const char *bytes, *before, *after;
    const char *file;
    int line;
};

extern const struct insn_case insn_cases[];
extern const unsigned insn_case_count;

/* The bytes of a case; returns how many. */
unsigned case_bytes(const struct insn_case *c, uint8_t bytes[INSN_MAX_LENGTH]);

/* The row of insns.def that a case's bytes decode to, or -1. */
int case_row(const struct insn_case *c);

/* Runs a case one way. On failure returns false with a line of text that says what differs. */
bool case_run(struct rig *r, const struct insn_case *c, enum rig_way way, char *text,
              unsigned text_size);

/* Which rows no case decodes to, but for the cases of row `without` (-1: all cases): their number,
 * the first in *first. */
unsigned cases_missing(int without, unsigned *first);

#endif
