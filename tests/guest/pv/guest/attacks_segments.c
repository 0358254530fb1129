/*
 * Attacks through segments, gates, rings and privileged instructions.
 */
#include "guest.h"

#define EINVAL (-PV_EINVAL)
#define HV_CODE                                                                                    \
    0xff80u /* the hypervisor's own selectors, in the last 16 entries of every table               \
             */
#define HV_DATA 0xff88u
#define RF      0x10000u

#define FLAT 0x00cf0000u /* base 0, 4 GiB, 32 bits */

/* A descriptor table of one page: entry 1 is `hi`, flat. Loads it; the result of set_gdt. */
static int32_t load_gdt(uint32_t *table, uint32_t lo, uint32_t hi)
{
    uint32_t mfn = mfn_of(table);
    table[2] = lo;
    table[3] = hi;
    make_read_only(table);
    return CALL(set_gdt, addr(&mfn), 512, 0, 0);
}

static uint32_t *table(void)
{
    return (uint32_t *)(uintptr_t)pages[0];
}

static const char *ring_0_descriptor(void)
{
    EXPECT(load_gdt(table(), 0xffff, FLAT | 0x9a00) == 0);
    EXPECT((table()[3] & 0x6000) == 0x2000); /* DPL 1 */
    TRY("movw %%ax, %%ds; movl $0xe021, %%eax; movw %%ax, %%ds", "a"(8 | 1));
    return 0;
}

static const char *limits_are_cut(void)
{
    uint32_t limit = 0;
    EXPECT(load_gdt(table(), 0xffff, FLAT | 0xb200) == 0);
    __asm__("lsl %1, %0" : "+r"(limit) : "r"(9));
    EXPECT(limit == PV_SEGMENT_END - 1);
    __asm__("lsl %1, %0" : "+r"(limit) : "r"(PV_FLAT_RING1_DS));
    EXPECT(limit == PV_SEGMENT_END - 1);
    return 0;
}

static const char *segments_in_the_hole(void)
{
    EXPECT(load_gdt(table(), 0x0000ffff, 0xfdc0b200 | 0x00000040) == EINVAL); /* base 0xfd400000 */
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == 0);
    EXPECT(load_gdt(table(), 0x0000ffff, FLAT | 0xb600) == 0); /* expand-down above 4 GiB: empty */
    EXPECT(mmuext(PV_MMUEXT_SET_LDT, 0, 0) == 0);
    return 0;
}

static const char *expand_down_segment(void)
{
    EXPECT(load_gdt(table(), 0x00001000, 0x00c0b600) == EINVAL);
    return 0;
}

static const char *system_descriptors(void)
{
    static const uint32_t types[] = {0x8c00, 0xec00, 0x8900, 0x8200, 0x8e00, 0x8500};
    for (unsigned i = 0; i < 6; i++) {
        EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == 0);
        EXPECT(load_gdt(table(), HV_CODE << 16, types[i]) == EINVAL);
    }
    return 0;
}

static const char *descriptor_frames_are_read_only(void)
{
    uint32_t mfn = mfn_of(pages[0]);
    EXPECT(CALL(set_gdt, addr(&mfn), 512, 0, 0) == EINVAL); /* mapped writable */
    EXPECT(load_gdt(table(), 0, 0) == 0);
    EXPECT(map(pages[0], mfn, P | W) == EINVAL);
    EXPECT(update(mfn * PAGE + 8, 0xffffffff) == EINVAL);
    EXPECT(CALL(update_descriptor, mfn * PAGE + 8, 0, 0, 0x00cf9a00) == 0); /* DPL 0 becomes 1 */
    EXPECT((table()[3] & 0x6000) == 0x2000);
    EXPECT(CALL(update_descriptor, mfn * PAGE + 8, 0, HV_CODE << 16, 0xec00) == EINVAL);
    return 0;
}

static const char *descriptor_into_a_page_table(void)
{
    uint32_t at = root_entries()[BASE >> 22] & ~0xfffu;
    EXPECT(CALL(update_descriptor, at, 0, foreign_mfn() * PAGE, 0) == EINVAL);
    EXPECT(CALL(update_descriptor, foreign_mfn() * PAGE, 0, 0, 0) == EINVAL);
    EXPECT(CALL(update_descriptor, mfn_of(pages[0]) * PAGE + 4, 0, 0, 0) == EINVAL);
    return 0;
}

static const char *bad_descriptor_tables(void)
{
    uint32_t mfn[15] = {foreign_mfn()};
    EXPECT(CALL(set_gdt, addr(mfn), 512, 0, 0) == EINVAL);
    EXPECT(CALL(set_gdt, addr(mfn), PV_GDT_GUEST_ENTRIES + 1, 0, 0) == EINVAL);
    EXPECT(CALL(set_gdt, addr(mfn), 0xffffffffu, 0, 0) == EINVAL);
    EXPECT(CALL(set_gdt, 0xfc400000u, 512, 0, 0) == -PV_EFAULT);
    EXPECT(mmuext(PV_MMUEXT_SET_LDT, addr(pages[0]) + 8, 512) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_SET_LDT, 0xfbfff000u, 8192) == EINVAL);
    EXPECT(mmuext(PV_MMUEXT_SET_LDT, addr(pages[0]), 9000) == EINVAL);
    return 0;
}

static const char *ldt_of_the_guest(void)
{
    table()[1] = 0x00cf9200; /* LDT entry 0: ring 0 data */
    table()[0] = 0xffff;
    EXPECT(make_read_only(pages[0]) == 0);
    EXPECT(mmuext(PV_MMUEXT_SET_LDT, addr(pages[0]), 512) == 0);
    EXPECT((table()[1] & 0x6000) == 0x2000);
    TRY("movl $5, %%eax; movw %%ax, %%fs", "a"(0));
    EXPECT(caught_vector == -1);
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == EINVAL);
    return 0;
}

static const char *reading_the_hole(void)
{
    TRY("movl (%[p]), %%eax", [p] "r"(0xfc400000u));
    EXPECT(caught_vector == 13);
    TRY("movl (%[p]), %%eax", [p] "r"(0xffffffffu));
    EXPECT(caught_vector == 13);
    TRY("movl (%[p]), %%eax", [p] "r"(0xfc3fffffu)); /* crosses the end */
    EXPECT(caught_vector == 13);
    return 0;
}

static const char *executing_the_hole(void)
{
    TRY("jmp *%[p]", [p] "r"(0xfc400000u));
    EXPECT(caught_vector == 13);
    return 0;
}

static const char *hypervisor_selectors(void)
{
    uint32_t seen = 0, limit = 0;
    TRY("movw %%ax, %%es", "a"(HV_DATA));
    EXPECT(caught_vector == 13);
    TRY("movw %%ax, %%es", "a"(HV_DATA | 1));
    EXPECT(caught_vector == 13);
    TRY("movw %%ax, %%ss", "a"(HV_DATA | 1));
    EXPECT(caught_vector == 13);
    __asm__("lsl %2, %1; setz %b0" : "+q"(seen), "+r"(limit) : "r"(HV_DATA | 1));
    EXPECT(seen == 0);
    __asm__("lar %2, %1; setz %b0" : "+q"(seen), "+r"(limit) : "r"(HV_CODE | 1));
    EXPECT(seen == 0);
    return 0;
}

static const char *far_jump_to_ring_0(void)
{
    TRY("ljmp $0xff80, $0", "r"(0));
    EXPECT(caught_vector == 13);
    TRY("ljmp $0xff81, $0", "r"(0));
    EXPECT(caught_vector == 13);
    TRY("lcall $0xff90, $0", "r"(0)); /* the TSS */
    EXPECT(caught_vector == 13);
    return 0;
}

static const char *trap_gates_into_ring_0(void)
{
    struct pv_trap_info t[2] = {{0x80, 3, HV_CODE, BASE}, {0, 0, 0, 0}};
    EXPECT(CALL(set_trap_table, addr(t), 0, 0, 0) == -PV_EPERM);
    t[0].cs = HV_CODE | 1;
    EXPECT(CALL(set_trap_table, addr(t), 0, 0, 0) == -PV_EPERM);
    t[0].cs = PV_FLAT_RING1_CS;
    t[0].address = 0xfc400000u; /* an entry stub */
    EXPECT(CALL(set_trap_table, addr(t), 0, 0, 0) == EINVAL);
    EXPECT(CALL(set_callbacks, HV_CODE, BASE, PV_FLAT_RING1_CS, BASE) == -PV_EPERM);
    EXPECT(CALL(set_callbacks, PV_FLAT_RING1_CS, BASE, HV_CODE, BASE) == -PV_EPERM);
    EXPECT(CALL(set_callbacks, PV_FLAT_RING1_CS, 0xfc400000u, PV_FLAT_RING1_CS, BASE) == EINVAL);
    EXPECT(CALL(set_trap_table, 0xfc400000u, 0, 0, 0) == -PV_EFAULT);
    return 0;
}

static const char *endless_trap_table(void)
{
    for (unsigned i = 0; i < PAGE * 2 / 8; i++)
        ((struct pv_trap_info *)(uintptr_t)pages[0])[i] =
            (struct pv_trap_info){(uint8_t)i, 0, PV_FLAT_RING1_CS, BASE};
    EXPECT(CALL(set_trap_table, addr(pages[0]), 0, 0, 0) == EINVAL);
    return 0;
}

#define PRIVILEGED(name, instruction)                                                              \
    TRY(instruction, "a"(0), "c"(0), "d"(0));                                                      \
    if (caught_vector != 13)                                                                       \
        return name;

static const char *privileged_instructions(void)
{
    PRIVILEGED("cli", "cli")
    PRIVILEGED("sti", "sti")
    PRIVILEGED("hlt", "hlt")
    PRIVILEGED("mov cr3", "movl %%eax, %%cr3")
    PRIVILEGED("mov from cr0", "movl %%cr0, %%eax")
    PRIVILEGED("mov dr7", "movl %%eax, %%dr7")
    PRIVILEGED("lgdt", "lgdt 0xc0000000")
    PRIVILEGED("lidt", "lidt 0xc0000000")
    PRIVILEGED("lldt", "lldt %%ax")
    PRIVILEGED("ltr", "ltr %%ax")
    PRIVILEGED("rdmsr", "rdmsr")
    PRIVILEGED("wrmsr", "wrmsr")
    PRIVILEGED("invlpg", "invlpg 0xc0000000")
    PRIVILEGED("clts", "clts")
    PRIVILEGED("wbinvd", "wbinvd")
    return 0;
}

static const char *ports_are_nobodys(void)
{
    for (uint32_t port = 0; port < 0x10000; port += 37) {
        uint8_t v = 0;
        __asm__ volatile("inb %%dx, %%al" : "=a"(v) : "d"(port));
        EXPECT(v == 0xff);
        __asm__ volatile("outb %%al, %%dx" : : "a"(0), "d"(port));
    }
    __asm__ volatile("outb %%al, %%dx" : : "a"(7), "d"(0xf4)); /* the machine's exit port */
    return 0;
}

static const char *flags_stay_the_hypervisors(void)
{
    uint32_t flags;
    __asm__ volatile("pushl $0x3002; popfl; pushfl; popl %0" : "=r"(flags) : : "cc");
    EXPECT((flags & 0x3200) == 0x0200); /* IOPL 0, and interrupts on: both silently kept */
    TRY("ud2", "r"(0));
    EXPECT(caught_vector == 6 && (caught_flags & RF)); /* as a processor shows a fault... */
    set_handler(3, 3, PV_FLAT_RING1_CS, trap_addresses[3]);
    TRY("int3", "r"(0));
    EXPECT(caught_vector == 3 && !(caught_flags & RF)); /* ...and a trap */
    return 0;
}

/* INT n of every number, in ring 1: a #GP, or the guest's own handler; never the hypervisor's. */
static const char *every_software_interrupt(void)
{
    static uint8_t code[3] = {0xcd, 0, 0xc3};
    for (unsigned v = 0; v < 256; v++) {
        if (v == PV_HYPERCALL_VECTOR || v == 3 || v == 4)
            continue;
        code[1] = (uint8_t)v;
        TRY("call *%[p]", [p] "r"(code));
        EXPECT(caught_vector == 13);
        EXPECT(caught_error == v * 8 + 2);
    }
    return 0;
}

static const char *every_software_interrupt_of_ring_3(void)
{
    user_page_init();
    for (unsigned v = 0; v < 256; v++) {
        if (v == 3 || v == 4)
            continue;
        pages[20][0] = 0xcd;
        pages[20][1] = (uint8_t)v;
        enter_user(USER_CODE, USER_STACK);
        EXPECT(user_vector == 13 && user_error == v * 8 + 2);
    }
    EXPECT(traps_from_user == 254);
    return 0;
}

static const char *ring_3_reads_the_kernel(void)
{
    static const uint8_t code[] = {0xa1, 0x00, 0x00, 0x00,
                                   0xfc}; /* mov 0xfc000000, %eax: the M2P */
    user_page_init();
    for (unsigned i = 0; i < sizeof code; i++)
        pages[20][i] = code[i];
    enter_user(USER_CODE, USER_STACK);
    EXPECT(user_vector == 14 && user_error == 5);
    pages[20][4] = 0xc0;
    enter_user(USER_CODE, USER_STACK);
    EXPECT(user_vector == 14 && user_error == 5);
    return 0;
}

static const char *direct_system_call(void)
{
    user_page_init();
    set_handler(0x80, 3, PV_FLAT_RING1_CS, trap_addresses[0x80]);
    pages[20][0] = 0xcd;
    pages[20][1] = 0x80;
    enter_user(USER_CODE, USER_STACK);
    EXPECT(user_vector == 0x80);
    set_handler(0x80, 3 | PV_TRAP_MASK_EVENTS, PV_FLAT_RING1_CS, trap_addresses[0x80]);
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    enter_user(USER_CODE, USER_STACK);
    EXPECT(user_vector == 0x80);
    EXPECT(shared_info.vcpu_info[0].evtchn_upcall_mask == 1); /* by way of the hypervisor, then */
    return 0;
}

static const char *failsafe_callback(void)
{
    EXPECT(load_gdt(table(), 0xffff, FLAT | 0xb200) == 0);
    TRY("movw %%ax, %%fs", "a"(9));
    EXPECT(caught_vector == -1);
    EXPECT(CALL(set_gdt, 0, 0, 0, 0) == 0); /* FS names nothing now */
    EXPECT(failsafe_calls == 1);
    uint16_t fs;
    __asm__("movw %%fs, %0" : "=r"(fs));
    EXPECT(fs == 0);
    return 0;
}

/* These end the guest, with a reason. */
static const char *iret_to_ring_0(void)
{
    __asm__ volatile(
        "pushl $0x202; pushl $0xff80; pushl $0xc0000000; pushl $0; movl $23, %eax; int $0x82");
    return "came back";
}

static const char *iret_to_virtual_8086(void)
{
    __asm__ volatile(
        "pushl $0x20202; pushl $0xe019; pushl $0xc0000000; pushl $0; movl $23, %eax; int $0x82");
    return "came back";
}

static const char *iret_to_hypervisor_code(void)
{
    __asm__ volatile(
        "pushl $0x202; pushl $0xff81; pushl $0xfc400000; pushl $0; movl $23, %eax; int $0x82");
    return "came back";
}

static const char *iret_from_bad_stack(void)
{
    __asm__ volatile("movl $0xfc3ffff8, %esp; movl $23, %eax; int $0x82");
    return "came back";
}

static const char *no_kernel_stack(void)
{
    user_page_init();
    CALL(stack_switch, PV_FLAT_RING1_DS, 0x00001000, 0, 0);
    pages[20][0] = 0xf4;
    enter_user(USER_CODE, USER_STACK);
    return "came back";
}

static const char *kernel_stack_in_a_page_table(void)
{
    user_page_init();
    CALL(stack_switch, PV_FLAT_RING1_DS, info->pt_base + 0x800, 0, 0);
    pages[20][0] = 0xf4;
    enter_user(USER_CODE, USER_STACK);
    return "came back";
}

static const char *kernel_stack_of_the_hypervisor(void)
{
    user_page_init();
    CALL(stack_switch, HV_DATA, 0xfc405000u, 0, 0);
    pages[20][0] = 0xf4;
    enter_user(USER_CODE, USER_STACK);
    return "came back";
}

static const char *no_handler(void)
{
    CALL(set_trap_table, 0, 0, 0, 0);
    __asm__ volatile("ud2");
    return "came back";
}

static const char *page_fault_loop(void)
{
    set_handler(14, 0, PV_FLAT_RING1_CS, 0x00001000); /* a handler that is not there */
    *(volatile uint32_t *)0x2000 = 1;
    return "came back";
}

const struct attack attacks_segments[] = {
    {"ring_0_descriptor", ring_0_descriptor},
    {"limits_are_cut", limits_are_cut},
    {"segments_in_the_hole", segments_in_the_hole},
    {"expand_down_segment", expand_down_segment},
    {"system_descriptors", system_descriptors},
    {"descriptor_frames_are_read_only", descriptor_frames_are_read_only},
    {"descriptor_into_a_page_table", descriptor_into_a_page_table},
    {"bad_descriptor_tables", bad_descriptor_tables},
    {"ldt_of_the_guest", ldt_of_the_guest},
    {"reading_the_hole", reading_the_hole},
    {"executing_the_hole", executing_the_hole},
    {"hypervisor_selectors", hypervisor_selectors},
    {"far_jump_to_ring_0", far_jump_to_ring_0},
    {"trap_gates_into_ring_0", trap_gates_into_ring_0},
    {"endless_trap_table", endless_trap_table},
    {"privileged_instructions", privileged_instructions},
    {"ports_are_nobodys", ports_are_nobodys},
    {"flags_stay_the_hypervisors", flags_stay_the_hypervisors},
    {"every_software_interrupt", every_software_interrupt},
    {"every_software_interrupt_of_ring_3", every_software_interrupt_of_ring_3},
    {"ring_3_reads_the_kernel", ring_3_reads_the_kernel},
    {"direct_system_call", direct_system_call},
    {"failsafe_callback", failsafe_callback},
    {"iret_to_ring_0", iret_to_ring_0},
    {"iret_to_virtual_8086", iret_to_virtual_8086},
    {"iret_to_hypervisor_code", iret_to_hypervisor_code},
    {"iret_from_bad_stack", iret_from_bad_stack},
    {"no_kernel_stack", no_kernel_stack},
    {"kernel_stack_in_a_page_table", kernel_stack_in_a_page_table},
    {"kernel_stack_of_the_hypervisor", kernel_stack_of_the_hypervisor},
    {"no_handler", no_handler},
    {"page_fault_loop", page_fault_loop},
    {0, 0},
};
