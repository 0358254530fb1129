/*
 * Ports under IOPL and the I/O bitmap of the guest's own TSS, device registers in memory, string
 * I/O to and from pages that fault on the way.
 */
#include "report.h"

static uint16_t port;

static void in_byte(void *unused)
{
    (void)unused;
    ASM("xorl %%eax, %%eax; inb %1, %%al; movl %%eax, %0" : "=m"(out[0]) : "d"(port) : "eax");
}

static void in_long(void *unused)
{
    (void)unused;
    ASM("inl %1, %%eax; movl %%eax, %0" : "=m"(out[0]) : "d"(port) : "eax");
}

static void out_byte(void *unused)
{
    (void)unused;
    ASM("movb $0x3c, %%al; outb %%al, %0" : : "d"(port) : "eax");
}

static void cli_sti(void *unused)
{
    (void)unused;
    ASM("cli; pushf; popl %0" : "=r"(out[0]));
}

static uint32_t string_at;

static void in_string(void *unused)
{
    (void)unused;
    uint32_t left, end;
    ASM("cld; rep insb" : "=c"(left), "=D"(end) : "0"(8), "1"(string_at), "d"(0x80) : "memory");
    out[0] = left;
    out[1] = end - string_at;
}

static uint32_t left_ecx, left_edi;

static void on_fault(struct kit_frame *f)
{
    left_ecx = f->ecx;
    left_edi = f->edi;
    kit_map(0x40001000, 0x801000, KIT_PRESENT | KIT_WRITE | KIT_USER);
}

/* INT 7Fh with IOPL in the flags the kit's frame restores: user code with IOPL 3. */
static void raise_iopl(struct kit_frame *f)
{
    f->eflags |= 0x3000;
}

static void with_iopl(void *unused)
{
    (void)unused;
    ASM("int $0x60");
    in_byte(NULL);
    ASM("pushf; popl %0" : "=r"(out[1]));
    ASM("cli; pushf; popl %0" : "=r"(out[2]));
    ASM("pushl $0x3202; popf; pushf; popl %0" : "=r"(out[3]) : : "cc");
    ASM("cli; nop");
}

/* The same with IF and an IOPL of 1, which gives user code nothing but shows in its flags. */
static void raise_a_little(struct kit_frame *f)
{
    f->eflags |= 0x1200;
}

static void with_some_iopl(void *unused)
{
    (void)unused;
    ASM("int $0x61; pushf; popl %0" : "=r"(out[0]));
    ASM("pushl $0x202; popf; pushf; popl %0" : "=r"(out[1]) : : "cc");
}

static void device_memory(void)
{
    volatile uint32_t *apic = (volatile uint32_t *)0xfee00000;
    volatile uint32_t *ioapic = (volatile uint32_t *)0xfec00000;
    show("apic id", apic[0x20 / 4]);
    show("apic version", apic[0x30 / 4]);
    apic[0x80 / 4] = 0x30;
    show("task priority", apic[0x80 / 4]);
    apic[0xf0 / 4] = 0x1ff;
    show("spurious vector", apic[0xf0 / 4]);
    ASM("orl $0x20, %0" : "+m"(apic[0x80 / 4]) : : "cc");
    show("after or", apic[0x80 / 4]);
    apic[0x80 / 4] = 0;
    ioapic[0] = 1;
    show("ioapic version", ioapic[4]);
    volatile uint16_t *text = (volatile uint16_t *)0xb8000;
    text[5] = 0x741;
    show("text", text[5]);
}

int main(void)
{
    static const uint16_t ports[] = {0x80, 0x20, 0x7f, 0x87, 0x100, 0x3ff, 0xffff};
    device_memory();
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++)
        for (unsigned ring = 0; ring < 4; ring++) {
            port = ports[i];
            kit_printf("port %x ", port);
            report("in", ring, in_byte);
            report("in long", ring, in_long);
            report("out", ring, out_byte);
        }
    kit_on(0x60, raise_iopl);
    kit_gate_dpl(0x60, 3);
    port = 0x80;
    report("IOPL 3", 3, with_iopl);
    kit_on(0x61, raise_a_little);
    kit_gate_dpl(0x61, 3);
    report("IOPL 1", 3, with_some_iopl);
    report("IOPL 0", 3, cli_sti);
    kit_paging_on();
    kit_map(0x40000000, 0x800000, KIT_PRESENT | KIT_WRITE | KIT_USER);
    kit_out8(0x80, 0x99);
    kit_on(14, on_fault);
    string_at = 0x40000ffb;
    report("string into a page that appears", 0, in_string);
    show("left", left_ecx);
    show("reached", left_edi);
    show("bytes", *(volatile uint32_t *)0x40000ffc);
    show("bytes", *(volatile uint32_t *)0x40001000);
    return 0;
}
