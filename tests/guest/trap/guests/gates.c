/*
 * Gates and returns between rings: interrupt and trap gates of every DPL, call gates with
 * parameters, conforming code, stacks from the TSS, IRET and far RET in their cases, and the faults
 * on each way.
 */
#include "report.h"

#define FREE(n) ((KIT_GDT_FREE + (n)) * 8)

static uint64_t own_idt[256] __attribute__((aligned(8)));
static struct __attribute__((packed)) {
    uint16_t limit;
    uint32_t base;
} old_idt, new_idt;

static void int_40(void *unused)
{
    (void)unused;
    ASM("int $0x40");
}

static void int_41(void *unused)
{
    (void)unused;
    ASM("int $0x41");
}

static void int_80(void *unused)
{
    (void)unused;
    ASM("int $0x80");
}

static void int_ff(void *unused)
{
    (void)unused;
    ASM("int $0xff");
}

static void show_frame(struct kit_frame *f)
{
    out[0] = f->vector;
    out[1] = f->cs & 0xffff;
    out[2] = f->eflags;
    out[3] = f->error;
    out[4] = (f->cs & 3) ? f->ss & 0xffff : 0;
    uint32_t now;
    ASM("pushf; popl %0" : "=r"(now));
    out[5] = now & 0x4702; /* IF, TF, NT inside the handler */
}

static uint64_t gate(uint32_t target, unsigned sel, unsigned type)
{
    return (uint64_t)(target & 0xffff0000) << 32 | (uint64_t)type << 40 | (uint64_t)sel << 16 |
           (target & 0xffff);
}

static void every_gate(void)
{
    snippet *const in[] = {int_40, int_80, int_ff};
    ASM("sidt %0" : "=m"(old_idt));
    memcpy(own_idt, (void *)old_idt.base, sizeof own_idt);
    for (unsigned v = 0; v < 256; v++)
        kit_on(v, v == 0x40 || v == 0x80 || v == 0xff ? show_frame : 0);
    static const uint8_t types[] = {0x8e, 0xae, 0xce, 0xee, 0x8f, 0xef,
                                    0x6e, 0xec, 0xe6, 0x0e, 0xe9};
    for (unsigned t = 0; t < sizeof types; t++) {
        static const uint8_t vector[] = {0x40, 0x80, 0xff};
        for (unsigned i = 0; i < 3; i++) {
            uint32_t target = (uint32_t)(own_idt[vector[i]] & 0xffff) |
                              ((uint32_t)(own_idt[vector[i]] >> 32) & 0xffff0000);
            own_idt[vector[i]] = gate(target, KIT_CODE(0), types[t]);
        }
        new_idt.limit = 0x80 * 8 + 7; /* 0xff lies outside */
        new_idt.base = (uint32_t)(uintptr_t)own_idt;
        ASM("lidt %0" : : "m"(new_idt));
        kit_printf("type %x: ", types[t]);
        for (unsigned i = 0; i < 3; i++)
            for (unsigned ring = 0; ring < 4; ring++)
                if (types[t] != 0xe6)
                    report("int", ring, in[i]);
    }
    ASM("lidt %0" : : "m"(old_idt));
    kit_on(0x40, show_frame);
    for (unsigned dpl = 0; dpl < 4; dpl++) { /* changed in place, with no LIDT */
        kit_gate_dpl(0x40, dpl);
        for (unsigned ring = 0; ring < 4; ring++)
            report("gate changed", ring, int_40);
    }
    report("no handler", 3, int_41);
}

/* A call gate with two parameters to ring 0, which returns and pops them. */
void call_target(void);
__asm__(".globl call_target; call_target: movl $1, out; movl %cs, %eax; movl %eax, out+4; movl "
        "%ss, %eax; movl %eax, out+8;"
        "movl 8(%esp), %eax; movl %eax, out+12; movl 12(%esp), %eax; movl %eax, out+16; lret $8");

static void call_gate(void *unused)
{
    (void)unused;
    ASM("pushl $0x222; pushl $0x111; lcall *%0"
        :
        : "m"(*(const uint64_t *)"\0\0\0\0\x60\0\0")
        : "eax", "memory", "cc");
    out[5] = 5;
}

static void jump_gate(void *unused)
{
    (void)unused;
    ASM("ljmp *%0" : : "m"(*(const uint64_t *)"\0\0\0\0\x60\0\0"));
}

static void call_gates(void)
{
    static const struct {
        const char *name;
        unsigned sel, type;
    } gates[] = {
        {"call gate for ring 3", KIT_CODE(0), 0xec},
        {"call gate for ring 0", KIT_CODE(0), 0x8c},
        {"call gate, absent", KIT_CODE(0), 0x6c},
        {"call gate to data", KIT_DATA(0), 0xec},
        {"call gate to nothing", 0, 0xec},
        {"call gate beyond the table", 0x1000, 0xec},
        {"call gate to the hypervisor", 0xff80, 0xec},
        {"call gate to ring 1", KIT_CODE(1), 0xec},
    };
    for (unsigned i = 0; i < sizeof gates / sizeof *gates; i++) {
        uint32_t target = (uint32_t)(uintptr_t)call_target;
        kit_gdt[0x60 / 8] = gate(target, gates[i].sel, gates[i].type) | (uint64_t)2 << 32;
        for (unsigned ring = 0; ring < 4; ring++)
            report(gates[i].name, ring, call_gate);
        report(gates[i].name, 3, jump_gate);
    }
}

/* Conforming code of ring 0 runs in the ring it is called from. */
void conforming_target(void);
__asm__(".globl conforming_target; conforming_target: movl %cs, %eax; lret");

static void conforming(void *unused)
{
    (void)unused;
    ASM("lcall $0x68, $conforming_target; movl %%eax, %0" : "=m"(out[0]) : : "eax", "memory");
}

static uint32_t frame[5];

static void iret_frame(void *unused)
{
    (void)unused;
    ASM("pushl %4; pushl %3; pushl %2; pushl %1; pushl %0; iret"
        :
        : "m"(frame[0]), "m"(frame[1]), "m"(frame[2]), "m"(frame[3]), "m"(frame[4]));
}

static void land(void)
{
    ASM("int $0x7f");
}

/* IRET with all kinds of frames; where it succeeds the landing place comes back through INT 7Fh. */
static void irets(void)
{
    static uint32_t stack[64];
    static const struct {
        const char *name;
        uint32_t cs, flags, ss;
    } frames[] = {
        {"to ring 3", KIT_CODE(3), 0x2, KIT_DATA(3)},
        {"to ring 2", KIT_CODE(2), 0x3002, KIT_DATA(2)},
        {"to ring 1 with IF", KIT_CODE(1), 0x202, KIT_DATA(1)},
        {"null stack", KIT_CODE(3), 0x2, 0},
        {"stack of another ring", KIT_CODE(3), 0x2, KIT_DATA(2)},
        {"code as stack", KIT_CODE(3), 0x2, KIT_CODE(3)},
        {"data as code", KIT_DATA(3), 0x2, KIT_DATA(3)},
        {"ring 0 code with RPL 3", 0x0b, 0x2, KIT_DATA(3)},
        {"hypervisor's code", 0xff80, 0x2, 0xff88},
        {"hypervisor's code with RPL 1", 0xff81, 0x2, 0xff89},
        {"beyond the table", 0x2003, 0x2, KIT_DATA(3)},
        {"TSS as code", KIT_TSS | 3, 0x2, KIT_DATA(3)},
    };
    for (unsigned i = 0; i < sizeof frames / sizeof *frames; i++)
        for (unsigned ring = 0; ring < 4; ring++) {
            frame[0] = (uint32_t)(uintptr_t)land;
            frame[1] = frames[i].cs;
            frame[2] = frames[i].flags;
            frame[3] = (uint32_t)(uintptr_t)(stack + 60);
            frame[4] = frames[i].ss;
            report(frames[i].name, ring, iret_frame);
        }
}

int main(void)
{
    kit_paging_on();
    every_gate();
    call_gates();
    kit_gdt[0x68 / 8] = kit_descriptor(0, 0xfffff, 0x9e, 0xc);
    for (unsigned ring = 0; ring < 4; ring++)
        report("conforming", ring, conforming);
    irets();
    return 0;
}
