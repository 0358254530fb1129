/*
 * Registers as text, for messages and panics.
 */
#include <stdio.h>

#include "sim/cpu.h"

void cpu_dump(const struct cpu *c, char *text, unsigned text_size)
{
    const struct cpu_state *s = &c->s;

    (void)snprintf(
        text, text_size,
        "eax=%08x ebx=%08x ecx=%08x edx=%08x\n"
        "esi=%08x edi=%08x ebp=%08x esp=%08x\n"
        "eip=%04x:%08x eflags=%08x cpl=%u ss=%04x ds=%04x es=%04x fs=%04x gs=%04x\n"
        "cr0=%08x cr2=%08x cr3=%08x cr4=%08x gdt=%08x/%04x idt=%08x/%04x tr=%04x ldt=%04x\n",
        s->gpr[R_EAX], s->gpr[R_EBX], s->gpr[R_ECX], s->gpr[R_EDX], s->gpr[R_ESI], s->gpr[R_EDI],
        s->gpr[R_EBP], s->gpr[R_ESP], s->seg[SEG_CS].sel, s->eip, s->eflags, s->cpl,
        s->seg[SEG_SS].sel, s->seg[SEG_DS].sel, s->seg[SEG_ES].sel, s->seg[SEG_FS].sel,
        s->seg[SEG_GS].sel, s->cr0, s->cr2, s->cr3, s->cr4, s->gdtr_base, s->gdtr_limit,
        s->idtr_base, s->idtr_limit, s->seg[SEG_TR].sel, s->seg[SEG_LDTR].sel);
}
