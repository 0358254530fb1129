/*
 * Privileged state from where it is not allowed, and garbage in it from where it is.
 */
#include "attack.h"

static void set_cr0(void *v)
{
    write_cr0((uint32_t)v);
}

static void set_cr4(void *v)
{
    write_cr4((uint32_t)v);
}

int attack_control_register_garbage(void)
{
    uint32_t cr0 = read_cr0();
    for (unsigned bit = 0; bit < 32; bit++)
        if (bit != 0 && bit != 31 && bit != 2 && bit != 3) {
            probe("cr0 bit", set_cr0, (void *)(cr0 ^ 1u << bit));
            kit_printf("cr0 %08x\n", read_cr0() ^ cr0);
            write_cr0(cr0);
        }
    kit_check(probe("PG without PE", set_cr0, (void *)0x80000010) == GP, "is #GP");
    kit_check(probe("NW without CD", set_cr0, (void *)(cr0 | 1u << 29)) == GP, "is #GP");
    for (unsigned bit = 0; bit < 32; bit++)
        probe("cr4 bit", set_cr4, (void *)(1u << bit));
    write_cr4(0);
    write_cr3(0xffffffff);
    kit_printf("cr3 %08x\n", read_cr3());
    return 0;
}

static uint32_t msr_value[2];

static void read_msr(void *n)
{
    __asm__ volatile("rdmsr" : "=a"(msr_value[0]), "=d"(msr_value[1]) : "c"(n));
}

static void write_msr(void *n)
{
    __asm__ volatile("wrmsr" : : "c"(n), "a"(msr_value[0]), "d"(msr_value[1]));
}

int attack_msr_probe(void)
{
    uint32_t sum = 0;
    for (uint32_t n = 0; n < 0x400; n++) {
        struct kit_fault f;
        if (n == 0x10) /* the time */
            continue;
        msr_value[0] = msr_value[1] = 0xffffffff;
        int read = kit_catch(read_msr, (void *)n, &f);
        sum = fold(fold(sum, (uint32_t)read), msr_value[0]);
        msr_value[0] = msr_value[1] = 0xffffffff;
        sum = fold(sum, (uint32_t)kit_catch(write_msr, (void *)n, &f));
    }
    for (uint32_t n = 0xc0000000; n < 0xc0000110; n++) {
        struct kit_fault f;
        sum = fold(sum, (uint32_t)kit_catch(read_msr, (void *)n, &f));
        sum = fold(sum, (uint32_t)kit_catch(write_msr, (void *)n, &f));
    }
    kit_printf("msrs: %08x\n", sum);
    for (unsigned ring = 1; ring < 4; ring++) {
        kit_check(probe_in(ring, "rdmsr", read_msr, (void *)0x1b) == GP, "is #GP outside ring 0");
        kit_check(probe_in(ring, "wrmsr", write_msr, (void *)0x1b) == GP, "is #GP outside ring 0");
    }
    return 0;
}

static void touch_port(void *port)
{
    uint32_t a = (uint32_t)port;
    switch (a >> 16) {
    case 0:
        kit_in8((uint16_t)a);
        break;
    case 1:
        kit_in16((uint16_t)a);
        break;
    case 2:
        kit_in32((uint16_t)a);
        break;
    case 3:
        kit_out8((uint16_t)a, 0);
        break;
    case 4:
        kit_out32((uint16_t)a, 0);
        break;
    default:
        __asm__ volatile("rep outsb" : : "d"(a), "S"(&a), "c"(1));
        break;
    }
}

int attack_ports_in_ring3(void)
{
    unsigned refused = 0, tried = 0;
    for (unsigned kind = 0; kind < 6; kind++)
        for (uint32_t port = 0; port < 0x10000; port += port < 0x400 ? 7 : 1021) {
            struct kit_fault f;
            int vector = kit_catch_in_ring(3, touch_port, (void *)(port | kind << 16), &f);
            tried++;
            refused += vector == GP && f.error == 0;
        }
    kit_printf("%u of %u refused\n", refused, tried);
    kit_check(refused == tried, "no port in ring 3");
    kit_check(probe_in(1, "the exit port in ring 1", touch_port, (void *)(0xf4 | 3 << 16)) == GP,
              "is #GP");
    return 0;
}

static uint32_t user_flags;

static void with_iopl3(void *unused)
{
    (void)unused;
    __asm__ volatile("cli; pushf; popl %0" : "=r"(user_flags));
    kit_out8(BOARD_POST_PORT, 0x5a);
    user_flags |= (uint32_t)kit_in8(BOARD_POST_PORT) << 24;
}

/* EFLAGS with which ring 3 starts, through a frame of my own. */
static uint32_t start_flags;

static void enter_with_flags(void *function)
{
    static char stack[4096];
    uint32_t *top = (uint32_t *)(stack + sizeof stack);
    *--top = 0;
    *--top = (uint32_t) "\xcd\x7f"; /* int $0x7f */
    __asm__ volatile("movl %0, %%ds; movl %0, %%es; pushl %0; pushl %1; pushl %2; pushl %3; "
                     "pushl %4; iret"
                     :
                     : "r"(KIT_DATA(3)), "r"(top), "r"(start_flags), "r"(KIT_CODE(3)), "r"(function)
                     : "memory");
}

/* IOPL 3 is the guest's to give: its ports are virtual ones, its IF is virtual. */
int attack_iopl3(void)
{
    start_flags = 0x3202;
    kit_check(probe("ring 3 with IOPL 3", enter_with_flags, (void *)with_iopl3) == KIT_NO_FAULT,
              "may use ports and CLI");
    kit_printf("flags %08x\n", user_flags);
    kit_check((user_flags & 0x3200) == 0x3000, "CLI worked");
    kit_check(user_flags >> 24 == 0x5a, "the port answered");
    start_flags = 0x0202;
    kit_check(probe("ring 3 with IOPL 0", enter_with_flags, (void *)with_iopl3) == GP, "is #GP");
    return 0;
}

static void set_flags(void *flags)
{
    __asm__ volatile("pushl %1; popf; pushf; popl %0" : "=r"(user_flags) : "r"(flags));
}

/* POPF outside ring 0 changes neither IOPL nor (with IOPL 0) IF, and does not fault. */
int attack_popf(void)
{
    for (unsigned ring = 1; ring < 4; ring++)
        for (unsigned i = 0; i < 4; i++) {
            static const uint32_t tries[] = {0x3202, 0x3002, 0x202, 0x4002 | 0x40000};
            probe_in(ring, "popf", set_flags, (void *)tries[i]);
            kit_printf("flags %08x\n", user_flags);
            kit_check(!(user_flags & 0x3200), "no IOPL, no IF");
        }
    return 0;
}

/* A bitmap of the guest's own opens exactly the ports it opens. */
int attack_io_bitmap(void)
{
    static struct {
        uint32_t words[25];
        uint16_t trap, at;
        uint8_t bitmap[33];
    } tss;
    memset(&tss, 0, sizeof tss);
    memset(tss.bitmap, 0xff, sizeof tss.bitmap);
    tss.at = 104;
    tss.bitmap[0x80 / 8] &= (uint8_t) ~(1 << 0x80 % 8);
    static char stack[8192];
    tss.words[1] = (uint32_t)(stack + sizeof stack);
    tss.words[2] = KIT_DATA(0);
    kit_gdt[KIT_GDT_FREE] = kit_descriptor((uint32_t)&tss, 104 + sizeof tss.bitmap - 1, 0x89, 0);
    __asm__ volatile("ltr %w0" : : "r"(KIT_GDT_FREE * 8));
    struct kit_fault f;
    uint32_t sum = 0;
    for (uint32_t port = 0; port < 0x110; port++)
        for (uint32_t kind = 0; kind < 3; kind++) {
            int vector = kit_catch_in_ring(3, touch_port, (void *)(port | kind << 16), &f);
            kit_failures += (vector == KIT_NO_FAULT) != (port == 0x80 && kind == 0);
            sum = fold(sum, (uint32_t)vector);
        }
    kit_printf("bitmap: %08x\n", sum);
    return 0;
}

__asm__(".macro one bytes:vararg\n.align 16\n.byte \\bytes\nret\n.endm\n"
        ".globl privileged_code\n.align 16\nprivileged_code:\n"
        "one 0xf4\none 0x0f, 0x06\none 0x0f, 0x08\none 0x0f, 0x09\n" /* hlt clts invd wbinvd */
        "one 0x0f, 0x20, 0xc0\none 0x0f, 0x22, 0xc0\none 0x0f, 0x21, 0xc0\n"     /* mov cr, dr */
        "one 0x0f, 0x23, 0xc0\none 0x0f, 0x01, 0x10\none 0x0f, 0x01, 0x18\n"     /* lgdt lidt */
        "one 0x0f, 0x00, 0xd0\none 0x0f, 0x00, 0xd8\none 0x0f, 0x01, 0xf0\n"     /* lldt ltr lmsw */
        "one 0x0f, 0x01, 0x38\none 0xfa\none 0xfb\none 0xe4, 0x80\none 0x6c\n"); /* invlpg.. insb */
extern const char privileged_code[];

static void run_code(void *code)
{
    uint32_t a = 0;
    __asm__ volatile("call *%1" : "+a"(a) : "r"(code) : "ecx", "edx", "edi", "memory");
}

int attack_privileged_everywhere(void)
{
    for (unsigned ring = 1; ring < 4; ring++)
        for (unsigned i = 0; i < 18; i++)
            kit_check(probe_in(ring, "privileged", run_code,
                               (void *)((uintptr_t)privileged_code + 16 * i)) == GP &&
                          probed.error == 0,
                      "is #GP(0)");
    return 0;
}

__asm__(".globl undefined_code\n.align 16\nundefined_code:\n"
        "one 0x0f, 0x0b\none 0x0f, 0xff\none 0xf0, 0x90\none 0xf0, 0x8b, 0x00\n"
        "one 0x8c, 0xf0\none 0x0f, 0x20, 0xc8\none 0xf0, 0xf4\none 0x8e, 0xc8\n"
        "one 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, "
        "0x66\n");
extern const char undefined_code[];

int attack_undefined(void)
{
    for (unsigned ring = 0; ring < 4; ring += 3)
        for (unsigned i = 0; i < 9; i++)
            probe_in(ring, "undefined", run_code, (void *)((uintptr_t)undefined_code + 16 * i));
    return 0;
}

struct stored {
    uint8_t gdt[6], idt[6];
    uint32_t ldt, tr, msw;
};

static void store_all(void *to)
{
    struct stored *s = to;
    __asm__ volatile("sgdt %0; sidt %1" : "=m"(s->gdt), "=m"(s->idt));
    __asm__ volatile("sldt %0; str %1; smsw %2" : "=r"(s->ldt), "=r"(s->tr), "=r"(s->msw));
}

/* SGDT and its like tell where the guest's tables are, not where the hypervisor's are. */
int attack_stored_tables(void)
{
    for (unsigned ring = 0; ring < 4; ring++) {
        struct stored s = {.ldt = 0};
        probe_in(ring, "stored", store_all, &s);
        kit_printf("gdt %x, idt limit %x, ldt %x, tr %x, msw %x\n", *(uint32_t *)(s.gdt + 2),
                   *(uint16_t *)s.idt, s.ldt & 0xffff, s.tr & 0xffff, s.msw & 0xffff);
        kit_check(*(uint32_t *)(s.gdt + 2) == (uint32_t)kit_gdt, "the guest's own table");
    }
    return 0;
}

static uint32_t leaf[4];

static void cpuid(void *n)
{
    __asm__ volatile("cpuid" : "=a"(leaf[0]), "=b"(leaf[1]), "=c"(leaf[2]), "=d"(leaf[3]) : "a"(n));
}

int attack_cpuid(void)
{
    for (unsigned ring = 0; ring < 4; ring += 3)
        for (uint32_t n = 0; n < 4; n++) {
            probe_in(ring, "cpuid", cpuid, (void *)n);
            kit_printf("%08x %08x %08x %08x\n", leaf[0], leaf[1], leaf[2], leaf[3]);
        }
    return 0;
}
