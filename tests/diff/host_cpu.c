/*
 * Into 32-bit mode and back.
 *
 * A page of trampolines and one of data lie at fixed addresses below 4 GiB, so that both modes
 * reach them absolutely. Everything the 32-bit code could have spoilt is put back on the way out:
 * 64-bit registers, the stack, DF and AC.
 */
#define _GNU_SOURCE /* the names of ucontext's registers, MAP_FIXED_NOREPLACE */
#include "host_cpu.h"

#include "tests/insn/rig.h"

#if defined(__x86_64__) && defined(__linux__)
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ucontext.h>

#define BLOCK  0x6a7b0000u
#define TRAMPS 0x6a7b1000u

/* At BLOCK; the offsets are the assembler's too. */
struct block {
    uint32_t gpr[8];         /* 0 */
    uint32_t eip, eflags;    /* 20h, 24h */
    uint64_t rsp;            /* 28h */
    uint32_t enter_offset;   /* 30h: far pointers */
    uint32_t enter_selector; /* 34h */
    uint32_t leave_offset;   /* 38h */
    uint32_t leave_selector; /* 3ch */
    struct host_fault fault; /* 40h */
};

/* clang-format off */
__asm__(
    ".pushsection .rodata\n"
    ".globl host_tramp_begin, host_tramp_enter32, host_tramp_exit32, host_tramp_leave, host_tramp_end\n"
    "host_tramp_begin:\n"           /* 64 bits: void enter(void) */
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "  mov %rsp, 0x6a7b0028\n"
    "  ljmpl *0x6a7b0030\n"
    ".code32\n"
    "host_tramp_enter32:\n"
    "  mov $0x2b, %eax; mov %eax, %ds; mov %eax, %es\n"
    "  mov $0x6a7b0f00, %esp; pushl 0x6a7b0024; popfl\n"
    "  mov 0x6a7b0000, %eax; mov 0x6a7b0004, %ecx; mov 0x6a7b0008, %edx; mov 0x6a7b000c, %ebx\n"
    "  mov 0x6a7b0010, %esp; mov 0x6a7b0014, %ebp; mov 0x6a7b0018, %esi; mov 0x6a7b001c, %edi\n"
    "  jmp *0x6a7b0020\n"
    "host_tramp_exit32:\n"
    "  mov %eax, 0x6a7b0000; mov %ecx, 0x6a7b0004; mov %edx, 0x6a7b0008; mov %ebx, 0x6a7b000c\n"
    "  mov %esp, 0x6a7b0010; mov %ebp, 0x6a7b0014; mov %esi, 0x6a7b0018; mov %edi, 0x6a7b001c\n"
    "  mov $0x6a7b0f00, %esp; pushfl; popl 0x6a7b0024\n"
    "  ljmpl *0x6a7b0038\n"
    ".code64\n"
    "host_tramp_leave:\n"
    "  mov 0x6a7b0028, %rsp\n"
    "  push $0x202; popf\n"
    "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n"
    "host_tramp_end:\n"
    ".popsection\n");
/* clang-format on */

extern const uint8_t host_tramp_begin[], host_tramp_enter32[], host_tramp_exit32[],
    host_tramp_leave[], host_tramp_end[];

static struct block *block_at(void)
{
    return (void *)(uintptr_t)BLOCK;
}

static uint32_t tramp(const uint8_t *label)
{
    return TRAMPS + (uint32_t)(label - host_tramp_begin);
}

static bool low;

bool host_has_low(void)
{
    return low;
}

bool host_owns(uint32_t address)
{
    return address >= BLOCK - 16 && address < TRAMPS + PAGE_SIZE;
}

/* ------------------------------------------------------------------------------------------ signals */

/* May arrive with EFLAGS.AC set, when nothing compiled for 64 bits may run: clear it first. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    __asm__ volatile("pushfq; andl $~0x40000, (%%rsp); popfq" ::: "memory", "cc");
    ucontext_t *u = context;
    greg_t *g = u->uc_mcontext.gregs;
    struct block *b = block_at();
    static const int order[8] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                 REG_RSP, REG_RBP, REG_RSI, REG_RDI};

    (void)info;
    if ((g[REG_CSGSFS] & 0xffff) != 0x23) { /* not the guest's: die of it */
        signal(number, SIG_DFL);
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        b->gpr[i] = (uint32_t)g[order[i]];
    b->eip = (uint32_t)g[REG_RIP];
    b->eflags = (uint32_t)g[REG_EFL];
    b->fault = (struct host_fault){(int)g[REG_TRAPNO], (uint32_t)g[REG_ERR], (uint32_t)g[REG_CR2]};
    g[REG_RIP] = tramp(host_tramp_leave);
    g[REG_CSGSFS] =
        (greg_t)(((uint64_t)g[REG_CSGSFS] & ~0xffff00000000ffffu) | 0x33u | 0x002b000000000000u);
    g[REG_EFL] = 0x202;
}

static bool install_handlers(void)
{
    static uint8_t stack[1 << 16];
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {0};

    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    if (sigaltstack(&alternate, NULL))
        return false;
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], &action, NULL))
            return false;
    return true;
}

/* ------------------------------------------------------------------------------------------ memory */

static bool map(uint32_t at, uint32_t size, int rights)
{
    void *want = (void *)(uintptr_t)at;
    return mmap(want, size, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
           want;
}

static void protect(uint32_t at, uint32_t size, int rights)
{
    (void)mprotect((void *)(uintptr_t)at, size, rights);
}

void host_put_code(uint32_t at, const void *bytes, uint32_t n)
{
    protect(RIG_CODE, RIG_CODE_END - RIG_CODE, PROT_READ | PROT_WRITE);
    memcpy((void *)(uintptr_t)at, bytes, n);
    protect(RIG_CODE, RIG_CODE_END - RIG_CODE, PROT_READ | PROT_EXEC);
}

bool host_open(void)
{
    const int rw = PROT_READ | PROT_WRITE;

    if ((uintptr_t)host_tramp_begin >> 32 ==
        0) { /* not built position-independent: the code could hit this program */
        fprintf(stderr, "host_cpu: this program itself lies below 4 GiB\n");
        return false;
    }
    if (!map(BLOCK, 0x1000, rw) || !map(TRAMPS, 0x1000, rw) ||
        !map(RIG_CODE, RIG_CODE_END - RIG_CODE, rw) || !map(RIG_EXIT, PAGE_SIZE, rw) ||
        !map(RIG_DATA, RIG_DATA_END - RIG_DATA, rw) || !install_handlers()) {
        fprintf(stderr, "host_cpu: cannot map low memory or install handlers here\n");
        return false;
    }
    low = map(RIG_LOW, RIG_LOW_END - RIG_LOW, rw);
    memcpy((void *)(uintptr_t)TRAMPS, host_tramp_begin,
           (size_t)(host_tramp_end - host_tramp_begin));
    uint8_t jump[5] = {0xe9};
    uint32_t distance = tramp(host_tramp_exit32) - (RIG_EXIT + 5);
    memcpy(jump + 1, &distance, 4);
    memcpy((void *)(uintptr_t)RIG_EXIT, jump, 5);
    protect(TRAMPS, 0x1000, PROT_READ | PROT_EXEC);
    protect(RIG_EXIT, PAGE_SIZE, PROT_READ | PROT_EXEC);
    *block_at() = (struct block){.enter_offset = tramp(host_tramp_enter32),
                                 .enter_selector = 0x23,
                                 .leave_offset = tramp(host_tramp_leave),
                                 .leave_selector = 0x33};
    return true;
}

struct host_fault host_run(struct host_state *s)
{
    struct block *b = block_at();
    void (*enter)(void) = NULL;
    uintptr_t at = TRAMPS;

    memcpy(&enter, &at, sizeof enter);
    memcpy(b->gpr, s->gpr, sizeof s->gpr);
    b->eip = s->eip;
    b->eflags = s->eflags;
    b->fault = (struct host_fault){-1, 0, 0};
    enter();
    memcpy(s->gpr, b->gpr, sizeof s->gpr);
    s->eip = b->fault.vector < 0 ? RIG_EXIT : b->eip;
    s->eflags = b->eflags;
    return b->fault;
}

#else

#include <stdio.h>

bool host_open(void)
{
    fprintf(stderr, "host_cpu: not an x86-64 Linux host\n");
    return false;
}

bool host_has_low(void)
{
    return false;
}

bool host_owns(uint32_t address)
{
    return address == 0;
}

void host_put_code(uint32_t at, const void *bytes, uint32_t n)
{
    (void)at, (void)bytes, (void)n;
}

struct host_fault host_run(struct host_state *s)
{
    (void)s;
    return (struct host_fault){-1, 0, 0};
}

#endif
