/*
 * Constants of the architecture, spelled as the SDM spells them (SDM v3, System Architecture
 * Overview, Protected-Mode Memory Management, Interrupt and Exception Handling).
 */
#ifndef SIM_X86_H
#define SIM_X86_H

#include <stdint.h>

enum x86_gpr { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI, X86_GPRS };
enum x86_seg { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, X86_SEGS };

/* EFLAGS */
#define FLAG_CF         0x00000001u
#define FLAG_FIXED1     0x00000002u
#define FLAG_PF         0x00000004u
#define FLAG_AF         0x00000010u
#define FLAG_ZF         0x00000040u
#define FLAG_SF         0x00000080u
#define FLAG_TF         0x00000100u
#define FLAG_IF         0x00000200u
#define FLAG_DF         0x00000400u
#define FLAG_OF         0x00000800u
#define FLAG_IOPL       0x00003000u
#define FLAG_IOPL_SHIFT 12
#define FLAG_NT         0x00004000u
#define FLAG_RF         0x00010000u
#define FLAG_VM         0x00020000u
#define FLAG_AC         0x00040000u
#define FLAG_VIF        0x00080000u
#define FLAG_VIP        0x00100000u
#define FLAG_ID         0x00200000u
#define FLAG_ARITH      (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* CR0, CR4 */
#define CR0_PE  0x00000001u
#define CR0_MP  0x00000002u
#define CR0_EM  0x00000004u
#define CR0_TS  0x00000008u
#define CR0_ET  0x00000010u
#define CR0_NE  0x00000020u
#define CR0_WP  0x00010000u
#define CR0_AM  0x00040000u
#define CR0_NW  0x20000000u
#define CR0_CD  0x40000000u
#define CR0_PG  0x80000000u
#define CR4_VME 0x001u
#define CR4_PVI 0x002u
#define CR4_TSD 0x004u
#define CR4_DE  0x008u
#define CR4_PSE 0x010u
#define CR4_PGE 0x080u

/* Page-directory and page-table entries (32-bit paging). */
#define PTE_P        0x001u
#define PTE_W        0x002u
#define PTE_U        0x004u
#define PTE_PWT      0x008u
#define PTE_PCD      0x010u
#define PTE_A        0x020u
#define PTE_D        0x040u
#define PTE_PS       0x080u
#define PTE_G        0x100u
#define PTE_AVL      0xe00u
#define PTE_FRAME    0xfffff000u
#define PDE_4M_FRAME 0xffc00000u
#define PDE_4M_RESERVED                                                                            \
    0x003fe000u /* with 32-bit physical addresses, bits 21:13 must be 0 (PAT is bit 12) */

/* Page-fault error code. */
#define PFERR_P    0x1u
#define PFERR_W    0x2u
#define PFERR_U    0x4u
#define PFERR_RSVD 0x8u

/* Vectors (SDM v3, table 6-1). */
enum x86_vector {
    VEC_DE = 0,
    VEC_DB = 1,
    VEC_NMI = 2,
    VEC_BP = 3,
    VEC_OF = 4,
    VEC_BR = 5,
    VEC_UD = 6,
    VEC_NM = 7,
    VEC_DF = 8,
    VEC_TS = 10,
    VEC_NP = 11,
    VEC_SS = 12,
    VEC_GP = 13,
    VEC_PF = 14,
    VEC_MF = 16,
    VEC_AC = 17,
    VEC_MC = 18,
};

/* Vectors that push an error code. */
#define VEC_HAS_ERROR_CODE(v)                                                                      \
    ((v) < 32 &&                                                                                   \
     ((1u << (v)) & ((1u << VEC_DF) | (1u << VEC_TS) | (1u << VEC_NP) | (1u << VEC_SS) |           \
                     (1u << VEC_GP) | (1u << VEC_PF) | (1u << VEC_AC))))

/* Selectors. */
#define SEL_RPL   3u
#define SEL_TI    4u
#define SEL_INDEX 0xfff8u

/* System descriptor types (S = 0). */
#define SYS_TSS16_AVAIL 1u
#define SYS_LDT         2u
#define SYS_TSS16_BUSY  3u
#define SYS_CALL_GATE16 4u
#define SYS_TASK_GATE   5u
#define SYS_INT_GATE16  6u
#define SYS_TRAP_GATE16 7u
#define SYS_TSS32_AVAIL 9u
#define SYS_TSS32_BUSY  11u
#define SYS_CALL_GATE32 12u
#define SYS_INT_GATE32  14u
#define SYS_TRAP_GATE32 15u

/* DR6, DR7 */
#define DR6_BS      0x4000u
#define DR6_BD      0x2000u
#define DR6_FIXED1  0xffff0ff0u
#define DR7_GD      0x2000u
#define DR7_FIXED1  0x0400u
#define DR7_ENABLES 0x00ffu

#define MSR_TSC       0x10u
#define MSR_APIC_BASE 0x1bu

#endif
