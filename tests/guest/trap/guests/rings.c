/*
 * Every privileged and sensitive instruction, and some that look like it, in all four rings.
 */
#include "report.h"

static struct __attribute__((packed)) {
    uint16_t limit;
    uint32_t base;
} pointer;

#define SNIPPET(name, ...)                                                                         \
    static void name(void *unused)                                                                 \
    {                                                                                              \
        (void)unused;                                                                              \
        __VA_ARGS__                                                                                \
    }

/* Flags */
SNIPPET(pushf, ASM("pushf; popl %0" : "=r"(out[0]));)
SNIPPET(pushfw, ASM("xorl %0, %0; pushfw; popw %w0" : "=r"(out[0]));)
SNIPPET(popf_if, ASM("pushl $0x202; popf; pushf; popl %0" : "=r"(out[0]) : : "cc");)
SNIPPET(popf_iopl, ASM("pushl $0x3202; popf; pushf; popl %0; cli" : "=r"(out[0]) : : "cc");)
SNIPPET(popf_user_bits, ASM("pushl $0x240ed7; popf; pushf; popl %0; pushl $2; popf"
                            : "=r"(out[0])
                            :
                            : "cc");)
SNIPPET(cli, ASM("cli; pushf; popl %0" : "=r"(out[0]));)
SNIPPET(sti, ASM("sti; nop; pushf; popl %0; cli" : "=r"(out[0]));)
SNIPPET(lahf, ASM("stc; lahf; movl %%eax, %0" : "=r"(out[0]) : : "eax", "cc");)

/* Descriptor-table registers */
SNIPPET(sgdt, ASM("sgdt %0" : "=m"(pointer)); out[0] = pointer.limit; out[1] = pointer.base;)
SNIPPET(sidt, ASM("sidt %0" : "=m"(pointer)); out[0] = pointer.limit; out[1] = pointer.base;)
SNIPPET(sldt, ASM("movl $-1, %0; sldt %0" : "=r"(out[0]));)
SNIPPET(str, ASM("movl $-1, %0; str %0" : "=r"(out[0]));)
SNIPPET(str_memory, ASM("strw %0" : "=m"(out[0]));)
SNIPPET(smsw, ASM("smsw %0" : "=r"(out[0]));)
SNIPPET(smsw_memory, ASM("smsww %0" : "=m"(out[0]));)
SNIPPET(lgdt_same, ASM("sgdt %0; lgdt %0" : "+m"(pointer));)
SNIPPET(lidt_same, ASM("sidt %0; lidt %0" : "+m"(pointer));)
SNIPPET(lldt_null, ASM("lldt %w0" : : "r"(0));)
SNIPPET(lldt_bad, ASM("lldt %w0" : : "r"(0x10));)
SNIPPET(ltr_busy, ASM("ltr %w0" : : "r"(KIT_TSS));)
SNIPPET(ltr_null, ASM("ltr %w0" : : "r"(0));)

/* Control, debug and model-specific registers */
SNIPPET(read_cr0, ASM("movl %%cr0, %0" : "=r"(out[0]));)
SNIPPET(read_cr2, ASM("movl %%cr2, %0" : "=r"(out[0]));)
SNIPPET(read_cr3, ASM("movl %%cr3, %0" : "=r"(out[0]));)
SNIPPET(read_cr4, ASM("movl %%cr4, %0" : "=r"(out[0]));)
SNIPPET(write_cr0_same, ASM("movl %%cr0, %0; movl %0, %%cr0" : "=r"(out[0]));)
SNIPPET(write_cr0_bad,
        ASM("movl %%cr0, %0; orl $0x20000000, %0; andl $0xbfffffff, %0; movl %0, %%cr0"
            : "=r"(out[0]));)
SNIPPET(write_cr2, ASM("movl %1, %%cr2; movl %%cr2, %0" : "=r"(out[0]) : "r"(0x12345678));)
SNIPPET(write_cr4_bad, ASM("movl %0, %%cr4" : : "r"(0x80000000u));)
SNIPPET(write_cr4_tsd, ASM("movl %0, %%cr4; movl %%cr4, %1; rdtsc; movl %2, %%cr4"
                           :
                           : "r"(4), "r"(1), "r"(0)
                           : "eax", "edx");)
SNIPPET(read_cr1, ASM(".byte 0x0f, 0x20, 0xc8" : : : "eax");)
SNIPPET(lmsw_ts, ASM("smsw %0; orl $8, %0; lmsw %w0; smsw %0" : "=r"(out[0]));)
SNIPPET(clts, ASM("clts; smsw %0" : "=r"(out[0]));)
SNIPPET(read_dr7, ASM("movl %%dr7, %0" : "=r"(out[0]));)
SNIPPET(write_dr0, ASM("movl %1, %%dr0; movl %%dr0, %0" : "=r"(out[0]) : "r"(0xabcd0));)
SNIPPET(write_dr6, ASM("movl %1, %%dr6; movl %%dr6, %0" : "=r"(out[0]) : "r"(0xffffffff));)
SNIPPET(read_apic_base, ASM("rdmsr" : "=a"(out[0]), "=d"(out[1]) : "c"(0x1b));)
SNIPPET(read_no_msr, ASM("rdmsr" : "=a"(out[0]), "=d"(out[1]) : "c"(0x12345));)
SNIPPET(write_no_msr, ASM("wrmsr" : : "a"(0), "d"(0), "c"(0x12345));)
SNIPPET(cpuid0, ASM("cpuid"
                    : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                    : "a"(0), "c"(0));)
SNIPPET(cpuid1, ASM("cpuid"
                    : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                    : "a"(1), "c"(0));)
SNIPPET(wbinvd, ASM("wbinvd");)
SNIPPET(invd, ASM("invd");)
SNIPPET(invlpg, ASM("invlpg (%0)" : : "r"(0x1000) : "memory");)

/* Segment registers */
SNIPPET(mov_cs, ASM("xorl %0, %0; movl %%cs, %0" : "=r"(out[0]));)
SNIPPET(mov_ss, ASM("xorl %0, %0; movl %%ss, %0" : "=r"(out[0]));)
SNIPPET(mov_ds, ASM("xorl %0, %0; movl %%ds, %0" : "=r"(out[0]));)
SNIPPET(push_cs, ASM("pushl $0; pushl %%cs; popl %0; addl $4, %%esp" : "=r"(out[0]) : : "cc");)
SNIPPET(push_ss, ASM("pushl %%ss; popl %0" : "=r"(out[0]));)
SNIPPET(pop_ss, ASM("pushl %%ss; popl %%ss; movl %%ss, %0" : "=r"(out[0]));)
SNIPPET(null_ss, ASM("movl %0, %%ss" : : "r"(0));)
SNIPPET(kernel_ds, ASM("pushl %%ds; movl %1, %%ds; movl %%ds, %0; popl %%ds"
                       : "=r"(out[0])
                       : "r"(0x10));)
SNIPPET(code_ds, ASM("pushl %%ds; movl %1, %%ds; movl %%ds, %0; popl %%ds"
                     : "=r"(out[0])
                     : "r"(0x38 + 3));)
SNIPPET(null_fs, ASM("movl %0, %%fs; movl %%fs, %1; movl %%fs:0, %0" : : "r"(0), "r"(0));)
SNIPPET(outside_es, ASM("movl %0, %%es" : : "r"(0x1000));)
SNIPPET(hypervisor_es, ASM("movl %0, %%es" : : "r"(0xff88));)
SNIPPET(tss_es, ASM("movl %0, %%es" : : "r"(KIT_TSS));)
SNIPPET(lar, ASM("movl $-1, %0; lar %2, %0; setz %b1"
                 : "=&r"(out[0]), "=q"(out[1])
                 : "r"(0x8)
                 : "cc");)
SNIPPET(lar_hypervisor, ASM("movl $-1, %0; lar %2, %0; setz %b1"
                            : "=&r"(out[0]), "=q"(out[1])
                            : "r"(0xff80)
                            : "cc");)
SNIPPET(lsl, ASM("movl $-1, %0; lsl %2, %0; setz %b1"
                 : "=&r"(out[0]), "=q"(out[1])
                 : "r"(0x43)
                 : "cc");)
SNIPPET(verr, ASM("verr %w1; setz %b0" : "=q"(out[0]) : "r"(0x10) : "cc");)
SNIPPET(verw, ASM("verw %w1; setz %b0" : "=q"(out[0]) : "r"(0x43) : "cc");)
SNIPPET(arpl, ASM("arpl %w2, %w0; setz %b1"
                  : "=&r"(out[0]), "=q"(out[1])
                  : "r"(3), "0"(0x20)
                  : "cc");)

/* Transfers, software interrupts, exceptions */
SNIPPET(callf_same, ASM("pushl %%cs; pushl $1f; lret; 1: movl $1, %0" : "=m"(out[0]));)
SNIPPET(callf_kernel, ASM("lcall $0x8, $1f; 1: movl $1, %0" : "=m"(out[0]));)
SNIPPET(jmpf_null, ASM("ljmp $0, $1f; 1:");)
SNIPPET(jmpf_user, ASM("ljmp $0x3b, $1f; 1:");)
SNIPPET(retf_inner, ASM("pushl $8; pushl $1f; lret; 1:");)
SNIPPET(iret_inner, ASM("pushf; pushl $8; pushl $1f; iret; 1: movl $1, %0" : "=m"(out[0]));)
SNIPPET(iret_same, ASM("pushf; pushl %%cs; pushl $1f; iret; 1: pushf; popl %0" : "=m"(out[0]));)
SNIPPET(iret_null, ASM("pushf; pushl $0; pushl $1f; iret; 1:");)
SNIPPET(int3, ASM("int3");)
SNIPPET(int3_long, ASM(".byte 0xcd, 3");)
SNIPPET(into, ASM("movb $0x7f, %%al; addb $1, %%al; into" : : : "eax", "cc");)
SNIPPET(int14, ASM("int $14");)
SNIPPET(int13, ASM("int $13");)
SNIPPET(int80, ASM("int $0x80");)
SNIPPET(int_timer, ASM("int $0xf0");)
SNIPPET(int1, ASM(".byte 0xf1");)
SNIPPET(ud2, ASM("ud2");)
SNIPPET(lock_nop, ASM(".byte 0xf0, 0x90");)
SNIPPET(divide, ASM("divl %0" : : "r"(0), "a"(1), "d"(1) : "cc");)
SNIPPET(bound, ASM("boundl %0, (%1)" : : "r"(100), "r"(out));)
SNIPPET(fpu, ASM("fnop");)
SNIPPET(hlt_off, ASM("movl %%esp, %0" : "=r"(out[1])); out[1] = 0;)

/* Ports */
SNIPPET(in_post, ASM("movl $-1, %%eax; inb $0x80, %%al; movl %%eax, %0" : "=m"(out[0]) : : "eax");)
SNIPPET(in_nobody, ASM("movw $0x5678, %%dx; inl %%dx, %%eax; movl %%eax, %0"
                       : "=m"(out[0])
                       :
                       : "eax", "edx");)
SNIPPET(
    out_post,
    ASM("movb $0x5a, %%al; outb %%al, $0x80; inb $0x80, %%al; movzbl %%al, %%eax; movl %%eax, %0"
        : "=m"(out[0])
        :
        : "eax");)
SNIPPET(insb, ASM("cld; movl %0, %%edi; movl $4, %%ecx; movw $0x80, %%dx; rep insb"
                  :
                  : "r"(out)
                  : "edi", "ecx", "edx", "memory");)
SNIPPET(outsb, ASM("cld; movl %0, %%esi; movl $2, %%ecx; movw $0x80, %%dx; rep outsb"
                   :
                   : "r"(out)
                   : "esi", "ecx", "edx");)

#define N(name)                                                                                    \
    {                                                                                              \
#name, name                                                                                \
    }
static const struct named snippets[] = {
    N(pushf),
    N(pushfw),
    N(popf_if),
    N(popf_iopl),
    N(popf_user_bits),
    N(cli),
    N(sti),
    N(lahf),
    N(sgdt),
    N(sidt),
    N(sldt),
    N(str),
    N(str_memory),
    N(smsw),
    N(smsw_memory),
    N(lgdt_same),
    N(lidt_same),
    N(lldt_null),
    N(lldt_bad),
    N(ltr_busy),
    N(ltr_null),
    N(read_cr0),
    N(read_cr2),
    N(read_cr3),
    N(read_cr4),
    N(write_cr0_same),
    N(write_cr0_bad),
    N(write_cr2),
    N(write_cr4_bad),
    N(write_cr4_tsd),
    N(read_cr1),
    N(lmsw_ts),
    N(clts),
    N(read_dr7),
    N(write_dr0),
    N(write_dr6),
    N(read_apic_base),
    N(read_no_msr),
    N(write_no_msr),
    N(cpuid0),
    N(cpuid1),
    N(wbinvd),
    N(invd),
    N(invlpg),
    N(mov_cs),
    N(mov_ss),
    N(mov_ds),
    N(push_cs),
    N(push_ss),
    N(pop_ss),
    N(null_ss),
    N(kernel_ds),
    N(code_ds),
    N(null_fs),
    N(outside_es),
    N(hypervisor_es),
    N(tss_es),
    N(lar),
    N(lar_hypervisor),
    N(lsl),
    N(verr),
    N(verw),
    N(arpl),
    N(callf_same),
    N(callf_kernel),
    N(jmpf_null),
    N(jmpf_user),
    N(retf_inner),
    N(iret_inner),
    N(iret_same),
    N(iret_null),
    N(int3),
    N(int3_long),
    N(into),
    N(int14),
    N(int13),
    N(int80),
    N(int_timer),
    N(int1),
    N(ud2),
    N(lock_nop),
    N(divide),
    N(bound),
    N(fpu),
    N(hlt_off),
    N(in_post),
    N(in_nobody),
    N(out_post),
    N(insb),
    N(outsb),
};

int main(void)
{
    kit_paging_on();
    for (unsigned i = 0; i < sizeof snippets / sizeof *snippets; i++)
        for (unsigned ring = 0; ring < 4; ring++)
            report(snippets[i].name, ring, snippets[i].run);
    return 0;
}
