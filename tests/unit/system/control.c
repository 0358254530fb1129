/*
 * Control registers, MSRs, CPUID, the missing coprocessor, and the trap bits of the virtualizable
 * model.
 */
#include "box.h"

#include "cpu/cpuid.h"
#include "cpu/sensitive.h"

static struct box b;

struct cr_row {
    const char *what;
    unsigned n;
    uint32_t before, value, after;
    unsigned fault; /* 0: accepted */
    int64_t error;
};

#define PEET (CR0_PE | CR0_ET)

static const struct cr_row cr_rows[] = {
    {"paging on", 0, PEET, CR0_PE | CR0_PG, PEET | CR0_PG, 0, 0},
    {"paging off", 0, PEET | CR0_PG, CR0_PE, PEET, 0, 0},
    {"ET is hard-wired", 0, PEET, CR0_PE, PEET, 0, 0},
    {"reserved bits are ignored", 0, PEET, 0x1ffaffc0u | CR0_PE, PEET, 0, 0},
    {"all defined bits", 0, PEET, 0xe005003fu, 0xe005003fu, 0, 0},
    {"CD without NW", 0, PEET, CR0_PE | CR0_CD, PEET | CR0_CD, 0, 0},
    {"NW without CD", 0, PEET, CR0_PE | CR0_NW, PEET, GP(0)},
    {"PG without PE", 0, PEET, CR0_PG, PEET, GP(0)},
    {"CR2", 2, 0, 0xdeadbeef, 0xdeadbeef, 0, 0},
    {"CR3", 3, 0, 0x00123018, 0x00123018, 0, 0},
    {"CR4: all that exist", 4, 0, CR4_TSD | CR4_DE | CR4_PSE | CR4_PGE, 0x9c, 0, 0},
    {"CR4.VME", 4, 0, CR4_VME, 0, GP(0)},
    {"CR4.PVI", 4, 0, CR4_PVI, 0, GP(0)},
    {"CR4.PAE", 4, 0, 0x20, 0, GP(0)},
    {"CR4.MCE", 4, 0, 0x40, 0, GP(0)},
    {"CR4.PCE", 4, 0, 0x100, 0, GP(0)},
    {"CR4.OSFXSR", 4, 0, 0x200, 0, GP(0)},
    {"CR4 bit 31", 4, CR4_PSE, 0x80000000u, CR4_PSE, GP(0)},
};

static uint32_t *control_register(unsigned n)
{
    return n == 0 ? &b.cpu.s.cr0 : n == 2 ? &b.cpu.s.cr2 : n == 3 ? &b.cpu.s.cr3 : &b.cpu.s.cr4;
}

ROWS_TEST(control, mov_to_cr_takes_what_exists, cr_rows)
{
    char to[3] = {0x0f, 0x22, (char)(0xc0 | row->n << 3)};   /* mov crN, eax */
    char from[3] = {0x0f, 0x20, (char)(0xc1 | row->n << 3)}; /* mov ecx, crN */
    box_init(&b, 0);
    *control_register(row->n) = row->before;
    b.cpu.s.gpr[R_EAX] = row->value;
    bool done = box_run(&b, to, 3);
    cr_assert_eq(done, row->fault == 0, "%s", row->what);
    cr_assert_eq(*control_register(row->n), row->after, "%s: %#x", row->what,
                 *control_register(row->n));
    if (!done) {
        box_expect_fault(&b, row->what, row->fault, row->error);
        cr_assert_eq(b.crs_written, 0);
        return;
    }
    cr_assert_eq(b.crs_written, 1u << row->n);
    cr_assert_eq(b.cr_old, row->before);
    cr_assert_eq(b.charged[row->n == 3 ? COST_cr3_load : COST_cr_write], 1);
    cr_assert(box_run(&b, from, 3));
    cr_assert_eq(b.cpu.s.gpr[R_ECX], row->after);
}

Test(control, leaving_protected_mode_stops_by_name)
{
    box_init(&b, 0);
    cr_assert_not(RUN(&b, "\x0f\x22\xc0")); /* mov cr0, eax (0) */
    cr_assert_eq(b.cpu.stop, CPU_STOP_UNSUPPORTED);
    cr_assert_not_null(strstr(b.cpu.unsupported, "real"));
    cr_assert(b.cpu.s.cr0 & CR0_PE);
}

Test(control, registers_that_do_not_exist_are_undefined_opcodes)
{
    static const unsigned missing[] = {1, 5, 6, 7};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bytes[3] = {0x0f, 0x22, (uint8_t)(0xc0 | missing[i] << 3)};
        struct insn in;
        box_init(&b, 3);
        if (insn_decode(bytes, 3, DECODE_CODE32, &in) == DECODE_OK) {
            cr_assert_not(insn_row_of(&in)->exec(&b.cpu, &in));
            box_expect_fault(&b, "CR", UD);
        }
        cr_assert_not(cpu_set_cr(&b.cpu, missing[i], 0));
    }
}

Test(control, lmsw_sets_pe_mp_em_ts_and_never_clears_pe)
{
    box_init(&b, 0);
    b.cpu.s.cr0 = CR0_PE | CR0_ET | CR0_TS | CR0_WP;
    b.cpu.s.gpr[R_EAX] = 0xfff0 | CR0_MP | CR0_EM;
    cr_assert(RUN(&b, "\x0f\x01\xf0"));
    cr_assert_eq(b.cpu.s.cr0, CR0_PE | CR0_ET | CR0_WP | CR0_MP | CR0_EM);
}

Test(control, clts_clears_ts_alone)
{
    box_init(&b, 0);
    b.cpu.s.cr0 = CR0_PE | CR0_ET | CR0_TS | CR0_EM;
    cr_assert(RUN(&b, "\x0f\x06"));
    cr_assert_eq(b.cpu.s.cr0, CR0_PE | CR0_ET | CR0_EM);
}

Test(control, smsw_stores_a_word_to_memory_and_all_of_cr0_to_a_register)
{
    box_init(&b, 3);
    b.cpu.s.cr0 = CR0_PG | CR0_WP | CR0_PE | CR0_ET;
    cr_assert(RUN(&b, "\x0f\x01\xe0"));
    cr_assert_eq(b.cpu.s.gpr[R_EAX], b.cpu.s.cr0);
    b.cpu.s.gpr[R_ECX] = 0xaaaaaaaau;
    cr_assert(RUN(&b, "\x66\x0f\x01\xe1"));
    cr_assert_eq(b.cpu.s.gpr[R_ECX], 0xaaaa0011u);
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    box_write(&b, BOX_DATA, 4, 0xffffffffu);
    cr_assert(RUN(&b, "\x0f\x01\x23"));
    cr_assert_eq(box_read(&b, BOX_DATA, 4), 0xffff0011u);
}

Test(control, invlpg_takes_the_linear_address_without_touching_memory)
{
    box_init(&b, 0);
    b.cpu.s.seg[SEG_DS].base = 0x1000;
    b.cpu.s.seg[SEG_DS].limit = 0;
    b.cpu.s.gpr[R_EBX] = 0x7ffff123;
    cr_assert(RUN(&b, "\x0f\x01\x3b"));
    cr_assert_eq(b.invalidated, 0x80000123u);
}

Test(control, rdtsc_is_refused_outside_ring_0_only_with_tsd)
{
    box_init(&b, 3);
    cr_assert(RUN(&b, "\x0f\x31"));
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0x9abcdef0u);
    cr_assert_eq(b.cpu.s.gpr[R_EDX], 0x12345678u);
    b.cpu.s.cr4 = CR4_TSD;
    cr_assert_not(RUN(&b, "\x0f\x31"));
    box_expect_fault(&b, "rdtsc", GP(0));
    box_enter_ring(&b, 0);
    cr_assert(RUN(&b, "\x0f\x31"));
}

Test(control, msr_access_splits_edx_eax_and_unknown_msrs_fault)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_ECX] = MSR_APIC_BASE;
    cr_assert(RUN(&b, "\x0f\x32"));
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0xfee00900u);
    cr_assert_eq(b.cpu.s.gpr[R_EDX], 0);
    b.cpu.s.gpr[R_EDX] = 0x11;
    cr_assert(RUN(&b, "\x0f\x30"));
    cr_assert_eq(b.cpu.s.apic_base, 0x11fee00900ull);
    b.cpu.s.gpr[R_ECX] = 0xc0000080u;
    cr_assert_not(RUN(&b, "\x0f\x32"));
    box_expect_fault(&b, "EFER", GP(0));
    cr_assert_not(RUN(&b, "\x0f\x30"));
    box_expect_fault(&b, "EFER", GP(0));
}

Test(control, tsc_msr_sets_the_counter)
{
    uint64_t value;
    box_init(&b, 0);
    b.cpu.s.cycle = 1000;
    cr_assert(msr_write(&b.cpu, MSR_TSC, 5));
    b.cpu.s.cycle = 1007;
    cr_assert(msr_read(&b.cpu, MSR_TSC, &value));
    cr_assert_eq(value, 12);
}

Test(control, apic_base_msr_keeps_bsp_and_refuses_reserved_bits)
{
    box_init(&b, 0);
    b.cpu.s.apic_base = 0xfee00900u;
    cr_assert(msr_write(&b.cpu, MSR_APIC_BASE, 0xfec00000u));
    cr_assert_eq(b.cpu.s.apic_base, 0xfec00100u);
    cr_assert_not(msr_write(&b.cpu, MSR_APIC_BASE, 0xfee00901u));
    cr_assert_not(msr_write(&b.cpu, MSR_APIC_BASE, 0x10fee00800ull));
}

Test(control, cpuid_lists_exactly_what_is_built)
{
    uint32_t out[4];
    cpuid_answer(true, 0, out);
    cr_assert_eq(out[0], 1);
    cr_assert(memcmp(&out[1], "Genu", 4) == 0 && memcmp(&out[3], "ineI", 4) == 0 &&
              memcmp(&out[2], "ntel", 4) == 0);
    cpuid_answer(true, 1, out);
    cr_assert_eq(out[0] >> 8 & 15, 6, "family");
    cr_assert_eq(out[2], 0);
    cr_assert_eq(out[3],
                 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 8 | 1u << 9 | 1u << 13 | 1u << 15);
    cpuid_answer(false, 1, out);
    cr_assert_eq(out[3] & CPUID_APIC, 0);
}

Test(control, cpuid_beyond_the_last_leaf_answers_as_the_last)
{
    uint32_t last[4], out[4];
    cpuid_answer(true, 1, last);
    static const uint32_t leaves[] = {2, 7, 0x40000000u, 0x80000000u, 0x80000001u, 0xffffffffu};
    for (unsigned i = 0; i < 6; i++) {
        cpuid_answer(true, leaves[i], out);
        cr_assert(memcmp(last, out, sizeof out) == 0, "leaf %#x", leaves[i]);
    }
}

/* ---------------------------------------------------------------------------------------- no FPU */

struct fpu_row {
    uint32_t cr0;
    bool esc_faults, wait_faults;
};

static const struct fpu_row fpu_rows[] = {
    {0, false, false},
    {CR0_MP, false, false},
    {CR0_TS, true, false},
    {CR0_MP | CR0_TS, true, true},
    {CR0_EM, true, false},
    {CR0_EM | CR0_MP, true, false},
    {CR0_EM | CR0_TS, true, false},
    {CR0_EM | CR0_MP | CR0_TS, true, true},
};

TABLE_TEST(fpu, device_not_available_follows_em_mp_ts, fpu_rows)
{
    box_init(&b, 3);
    b.cpu.s.cr0 |= row->cr0;
    cr_assert_eq(RUN(&b, "\xdb\xe3"), !row->esc_faults, "fninit");
    if (row->esc_faults)
        box_expect_fault(&b, "fninit", VEC_NM, -1);
    cr_assert_eq(RUN(&b, "\x9b"), !row->wait_faults, "fwait");
    if (row->wait_faults)
        box_expect_fault(&b, "fwait", VEC_NM, -1);
}

Test(fpu, a_kernels_probe_finds_none)
{
    box_init(&b, 0);
    b.cpu.s.gpr[R_EAX] = 0x5a5a;
    b.cpu.s.gpr[R_EBX] = BOX_DATA;
    box_write(&b, BOX_DATA, 2, 0x5a5a);
    cr_assert(RUN(&b, "\xdb\xe3")); /* fninit */
    cr_assert(RUN(&b, "\xdf\xe0")); /* fnstsw ax */
    cr_assert(RUN(&b, "\xdd\x3b")); /* fnstsw [ebx] */
    cr_assert(RUN(&b, "\xd9\x3b")); /* fnstcw [ebx] */
    cr_assert_eq(b.cpu.s.gpr[R_EAX], 0x5a5a);
    cr_assert_eq(box_read(&b, BOX_DATA, 2), 0x5a5a);
}

/* ---------------------------------------------------------------------------------------- trap bits */

struct trap_row {
    const char *what;
    unsigned trap;
    const char *bytes;
    unsigned length;
    bool operand_sensitive;
};

static const struct trap_row trap_rows[] = {
    {"pushf", TRAP_PUSHF, "\x9c", 1, true},
    {"popf", TRAP_POPF, "\x9d", 1, true},
    {"iret", TRAP_IRET, "\xcf", 1, true},
    {"sgdt", TRAP_SGDT, "\x0f\x01\x03", 3, true},
    {"sidt", TRAP_SIDT, "\x0f\x01\x0b", 3, true},
    {"sldt", TRAP_SLDT, "\x0f\x00\xc0", 3, true},
    {"str", TRAP_STR, "\x0f\x00\xc8", 3, true},
    {"smsw", TRAP_SMSW, "\x0f\x01\xe0", 3, true},
    {"lar", TRAP_LAR, "\x0f\x02\xc1", 3, true},
    {"lsl", TRAP_LSL, "\x0f\x03\xc1", 3, true},
    {"verr", TRAP_VERR, "\x0f\x00\xe1", 3, true},
    {"verw", TRAP_VERW, "\x0f\x00\xe9", 3, true},
    {"call far", TRAP_CALLF, "\x9a\0\0\0\0\x08\0", 7, true},
    {"jmp far", TRAP_JMPF, "\xff\x2b", 2, true},
    {"ret far", TRAP_RETF, "\xcb", 1, true},
    {"cpuid", TRAP_CPUID, "\x0f\xa2", 2, true},
    {"mov eax, cs", TRAP_MOV_FROM_SEG, "\x8c\xc8", 2, true},
    {"mov eax, ss", TRAP_MOV_FROM_SEG, "\x8c\xd0", 2, true},
    {"mov eax, ds", TRAP_MOV_FROM_SEG, "\x8c\xd8", 2, false},
    {"mov eax, es", TRAP_MOV_FROM_SEG, "\x8c\xc0", 2, false},
    {"push cs", TRAP_PUSH_SEG, "\x0e", 1, true},
    {"push ss", TRAP_PUSH_SEG, "\x16", 1, true},
    {"push ds", TRAP_PUSH_SEG, "\x1e", 1, false},
    {"mov ss, ax", TRAP_MOV_TO_SS, "\x8e\xd0", 2, true},
    {"mov ds, ax", TRAP_MOV_TO_SS, "\x8e\xd8", 2, false},
    {"pop ss", TRAP_POP_SS, "\x17", 1, true},
    {"pop ds", TRAP_POP_SS, "\x1f", 1, false},
};

ROWS_TEST(sensitive, traps_by_its_own_bit_and_ring_only, trap_rows)
{
    struct insn in;
    uint8_t bytes[8];
    box_init(&b, 3);
    memcpy(bytes, row->bytes, row->length);
    cr_assert_eq(insn_decode(bytes, row->length, DECODE_CODE32 | DECODE_STACK32, &in), DECODE_OK);
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        for (unsigned set = 0; set < 8;
             set++) { /* bit 0: kernel, 1: user, 2: all others instead of its own */
            uint32_t bits = set & 4 ? ~(1u << row->trap) : 1u << row->trap;
            b.cpu.s.cpl = (uint8_t)cpl;
            b.cpu.s.trap_kernel = set & 1 ? bits : 0;
            b.cpu.s.trap_user = set & 2 ? bits : 0;
            b.cpu.fault_pending = false;
            bool own = !(set & 4) && cpl > 0 && (cpl == 3 ? set & 2 : set & 1);
            bool expected = own && row->operand_sensitive;
            cr_assert_eq(sensitive_trap(&b.cpu, &in), !expected, "%s, CPL %u, set %u", row->what,
                         cpl, set);
            if (expected)
                box_expect_fault(&b, row->what, GP(0));
            else
                cr_assert_not(b.cpu.fault_pending);
        }
    }
}
