/*
 * Flags and returns that bend the order of things: TF, NT, AC, VM, IRET to everywhere, no way on.
 */
#include "attack.h"

static unsigned steps;
static uint32_t step_sum;

static void on_step(struct kit_frame *f)
{
    steps++;
    step_sum = fold(step_sum, f->eip);
    uint32_t dr6;
    __asm__ volatile("movl %%dr6, %0" : "=r"(dr6));
    step_sum = fold(step_sum, dr6);
    __asm__ volatile("movl %0, %%dr6" : : "r"(0));
}

/* A single step trap after every instruction, those the hypervisor carries out included. */
static void stepped(void *unused)
{
    uint32_t t = 0;
    (void)unused;
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf\n"
                     "nop; cli; smsw %0; movl %%cr0, %0; movl %%cs, %0; pushf; popl %0\n"
                     "pushl %%ss; popl %%ss; nop; xorl %0, %0; cpuid; inb $0x80, %%al; \n"
                     "movl $3, %%ecx; 1: loop 1b\n"
                     "pushf; andl $~0x100, (%%esp); popf; nop"
                     : "+a"(t)
                     :
                     : "ebx", "ecx", "edx", "memory");
}

int attack_single_steps(void)
{
    kit_on(1, on_step);
    probe("stepping", stepped, NULL);
    kit_printf("%u steps, %08x\n", steps, step_sum);
    kit_check(steps > 15, "every instruction is stepped");
    return 0;
}

static void unaligned(void *unused)
{
    uint32_t words[2];
    (void)unused;
    __asm__ volatile("pushf; orl $0x40000, (%%esp); popf; movl 1(%0), %%eax; "
                     "pushf; andl $~0x40000, (%%esp); popf"
                     :
                     : "r"(words)
                     : "eax", "memory");
}

int attack_alignment(void)
{
    kit_check(probe_in(3, "unaligned, CR0.AM off", unaligned, NULL) == KIT_NO_FAULT, "is fine");
    write_cr0(read_cr0() | 0x40000);
    kit_check(probe_in(3, "unaligned, CR0.AM on", unaligned, NULL) == 17, "is #AC in ring 3");
    for (unsigned ring = 0; ring < 3; ring++)
        kit_check(probe_in(ring, "unaligned", unaligned, NULL) == KIT_NO_FAULT, "only there");
    return 0;
}

struct frame {
    uint32_t eip, cs, eflags, esp, ss;
};

static void iret_to(void *frame)
{
    const struct frame *f = frame;
    __asm__ volatile("pushl %0; pushl %1; pushl %2; pushl %3; pushl %4; iret"
                     :
                     : "m"(f->ss), "r"(f->esp), "r"(f->eflags), "r"(f->cs), "r"(f->eip)
                     : "memory");
}

__asm__(".globl back\nback: int $0x7f");
extern const char back[];

int attack_iret_everywhere(void)
{
    static const uint32_t flags[] = {0x2, 0x3002, 0x102, 0x10002, 0x244ed7};
    static char stack[1024];
    uint32_t sum = 0;
    for (uint32_t cs = 0; cs < 0x60; cs++)
        for (uint32_t ss = 0; ss < 0x50; ss += 3)
            for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
                struct frame f = {(uint32_t)back, cs, flags[i], (uint32_t)(stack + 1024), ss};
                struct kit_fault fault;
                int vector = kit_catch(iret_to, &f, &fault);
                sum = fold(fold(sum, (uint32_t)vector), vector == KIT_NO_FAULT ? 0 : fault.error);
            }
    kit_printf("iret: %08x\n", sum);
    struct frame f = {HV_STUBS, ONE_AND_US, 2, HV_STACK + 0x1000, ONE_AND_US + 8};
    kit_check(probe("to the hypervisor's code", iret_to, &f) == GP, "is #GP");
    f = (struct frame){HV_STUBS, KIT_CODE(3), 2, HV_STACK + 0x1000, KIT_DATA(3)};
    kit_paging_on();
    kit_check(probe("to an address in the hole", iret_to, &f) == PF && probed.cr2 == HV_STUBS,
              "finds nothing there");
    return 0;
}

int attack_iret_virtual8086(void)
{
    struct frame f = {0, 0, 0x20002, 0, 0};
    iret_to(&f);
    return 1;
}

static void iret_nested(void *unused)
{
    (void)unused;
    __asm__ volatile("pushl $0x4002; popf; iret");
}

/* NT: back to the task that the TSS names; first there is none, then one that is busy. */
int attack_nested_task(void)
{
    static uint32_t tss[26];
    kit_check(probe("without a link", iret_nested, NULL) == 10, "is #TS");
    kit_gdt[KIT_GDT_FREE] = kit_descriptor((uint32_t)tss, sizeof tss - 1, 0x89, 0);
    tss[0] = KIT_TSS;
    __asm__ volatile("ltr %w0" : : "r"(KIT_GDT_FREE * 8));
    iret_nested(NULL);
    return 1;
}

int attack_no_idt(void)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {0, 0};
    __asm__ volatile("lidt %0; int3" : : "m"(pointer));
    return 1;
}

int attack_idt_unmapped(void)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer = {0x7ff, HV_IDT};
    kit_paging_on();
    __asm__ volatile("lidt %0; ud2" : : "m"(pointer));
    return 1;
}

/* A timer ticks on: that nothing can come is the flag's doing. */
int attack_halt_for_ever(void)
{
    pic_on();
    kit_out8(BOARD_PIT_PORT + 3, 0x34);
    kit_out8(BOARD_PIT_PORT, 0);
    kit_out8(BOARD_PIT_PORT, 0x10);
    kit_put("good night\n");
    __asm__ volatile("cli; hlt");
    return 1;
}

int attack_reset(void)
{
    kit_put("reset\n");
    kit_out8(BOARD_KBD_STATUS_PORT, 0xfe);
    for (unsigned i = 0; i < 1000; i++)
        kit_in8(BOARD_POST_PORT);
    return 1;
}
