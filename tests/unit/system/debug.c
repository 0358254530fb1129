/*
 * Debug registers: access rules, fixed bits, what each kind of breakpoint matches.
 */
#include "cpu/debug.h"

#include "box.h"

static struct box b;

#define MOV_EAX_DR(n)                                                                              \
    {                                                                                              \
        0x0f, 0x21, (char)(0xc0 | (n) << 3)                                                        \
    }
#define MOV_DR_EAX(n)                                                                              \
    {                                                                                              \
        0x0f, 0x23, (char)(0xc0 | (n) << 3)                                                        \
    }

Test(debug_registers, keep_what_is_written_but_for_fixed_bits)
{
    static const struct {
        unsigned n;
        uint32_t written, read;
    } rows[] = {
        {0, 0xffffffffu, 0xffffffffu},
        {3, 0x12345678u, 0x12345678u},
        {6, 0, 0xffff0ff0u},
        {6, 0xffffffffu, 0xffffefffu},
        {7, 0, 0x400u},
        {7, 0xffffdfffu, 0xffff07ffu},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char to[] = MOV_DR_EAX(rows[i].n), from[] = MOV_EAX_DR(rows[i].n);
        box_init(&b, 0);
        b.cpu.s.gpr[R_EAX] = rows[i].written;
        cr_assert(box_run(&b, to, 3));
        cr_assert(box_run(&b, from, 3));
        cr_assert_eq(b.cpu.s.gpr[R_EAX], rows[i].read, "DR%u: %#x", rows[i].n, b.cpu.s.gpr[R_EAX]);
    }
}

Test(debug_registers, four_and_five_are_aliases_without_de_and_undefined_with_it)
{
    for (unsigned n = 4; n < 6; n++) {
        const char from[] = MOV_EAX_DR(n), to[] = MOV_DR_EAX(n);
        box_init(&b, 0);
        b.cpu.s.dr[n + 2] = 0x42 + n;
        cr_assert(box_run(&b, from, 3));
        cr_assert_eq(b.cpu.s.gpr[R_EAX], 0x42 + n);
        b.cpu.s.cr4 = CR4_DE;
        cr_assert_not(box_run(&b, from, 3));
        box_expect_fault(&b, "read", UD);
        cr_assert_not(box_run(&b, to, 3));
        box_expect_fault(&b, "write", UD);
    }
}

Test(debug_registers, general_detect_faults_on_any_access_before_it_happens)
{
    const char to[] = MOV_DR_EAX(0), from[] = MOV_EAX_DR(7);
    box_init(&b, 0);
    b.cpu.s.dr[7] |= DR7_GD;
    b.cpu.s.gpr[R_EAX] = 0x1234;
    cr_assert_not(box_run(&b, to, 3));
    cr_assert_eq(b.cpu.fault.vector, VEC_DB);
    cr_assert_eq(b.cpu.fault.error, DR6_BD);
    cr_assert_not(b.cpu.fault.trap);
    cr_assert_eq(b.cpu.s.dr[0], 0);
    cr_assert_not(box_run(&b, from, 3));
    cr_assert(cpu_deliver_exception(&b.cpu));
    cr_assert(b.cpu.s.dr[6] & DR6_BD);
    cr_assert_not(b.cpu.s.dr[7] & DR7_GD, "the handler may use them");
}

/* DR7 with breakpoint n enabled (local or global), its R/W and LEN. */
static uint32_t dr7(unsigned n, bool global, unsigned rw, unsigned len)
{
    return DR7_FIXED1 | (global ? 2u : 1u) << (2 * n) | (rw | len << 2) << (16 + 4 * n);
}

struct match_row {
    const char *what;
    unsigned rw, len;
    uint32_t dr, at;
    unsigned size;
    enum cpu_access access;
    bool hit;
};

static const struct match_row match_rows[] = {
    {"write to a write breakpoint", 1, 3, 0x1000, 0x1000, 4, ACCESS_WRITE, true},
    {"read of a write breakpoint", 1, 3, 0x1000, 0x1000, 4, ACCESS_READ, false},
    {"read of a read/write breakpoint", 3, 3, 0x1000, 0x1000, 4, ACCESS_READ, true},
    {"write to a read/write breakpoint", 3, 0, 0x1000, 0x1000, 1, ACCESS_WRITE, true},
    {"fetch of a read/write breakpoint", 3, 3, 0x1000, 0x1000, 4, ACCESS_EXEC, false},
    {"data access of an execute breakpoint", 0, 0, 0x1000, 0x1000, 1, ACCESS_READ, false},
    {"data access of an I/O breakpoint", 2, 0, 0x1000, 0x1000, 1, ACCESS_READ, false},
    {"byte before", 3, 3, 0x1000, 0xfff, 1, ACCESS_READ, false},
    {"byte after", 3, 3, 0x1000, 0x1004, 1, ACCESS_READ, false},
    {"last byte", 3, 3, 0x1000, 0x1003, 1, ACCESS_READ, true},
    {"doubleword that ends in it", 3, 0, 0x1003, 0x1000, 4, ACCESS_READ, true},
    {"doubleword that ends before it", 3, 0, 0x1004, 0x1000, 4, ACCESS_READ, false},
    {"length 2, second byte", 3, 1, 0x1000, 0x1001, 1, ACCESS_READ, true},
    {"length 2, third byte", 3, 1, 0x1000, 0x1002, 1, ACCESS_READ, false},
    {"low address bits are ignored by length 4", 3, 3, 0x1003, 0x1000, 1, ACCESS_READ, true},
    {"low address bit is ignored by length 2", 3, 1, 0x1001, 0x1000, 1, ACCESS_READ, true},
    {"at the top of the address space", 3, 3, 0xfffffffcu, 0xffffffffu, 1, ACCESS_READ, true},
    {"around the top does not reach the middle", 3, 3, 0x7ffffffcu, 0xfffffffcu, 4, ACCESS_READ,
     false},
};

ROWS_TEST(debug_registers, data_breakpoints_match_kind_and_bytes, match_rows)
{
    for (unsigned n = 0; n < 4; n++) {
        box_init(&b, 3);
        b.cpu.s.dr[n] = row->dr;
        b.cpu.s.dr[7] = dr7(n, n & 1, row->rw, row->len);
        debug_data_match(&b.cpu, row->at, row->size, row->access);
        cr_assert_eq(b.cpu.s.pending_db, row->hit ? 1u << n : 0u, "%s, DR%u", row->what, n);
        b.cpu.s.pending_db = 0;
        b.cpu.s.dr[7] &= ~DR7_ENABLES;
        debug_data_match(&b.cpu, row->at, row->size, row->access);
        cr_assert_eq(b.cpu.s.pending_db, 0, "%s, disabled", row->what);
    }
}

Test(debug_registers, code_breakpoint_is_a_fault_held_off_by_rf)
{
    box_init(&b, 3);
    b.cpu.s.seg[SEG_CS].base = 0x100;
    b.cpu.s.dr[2] = 0x100 + BOX_CODE;
    b.cpu.s.dr[7] = dr7(2, true, 0, 0);
    cr_assert(debug_code_breakpoint(&b.cpu));
    cr_assert_eq(b.cpu.fault.vector, VEC_DB);
    cr_assert_eq(b.cpu.fault.error, 4);
    cr_assert_not(b.cpu.fault.trap);
    cpu_set_eflags(&b.cpu, FLAG_FIXED1 | FLAG_RF);
    cr_assert_not(debug_code_breakpoint(&b.cpu));
    cpu_set_eflags(&b.cpu, FLAG_FIXED1);
    b.cpu.s.eip++;
    cr_assert_not(debug_code_breakpoint(&b.cpu));
}

Test(debug_registers, io_breakpoints_need_de)
{
    box_init(&b, 0);
    b.cpu.s.dr[1] = 0x60;
    b.cpu.s.dr[7] = dr7(1, false, 2, 0);
    cr_assert(RUN(&b, "\xe4\x60"));
    cr_assert_eq(b.cpu.s.pending_db, 0);
    b.cpu.s.cr4 = CR4_DE;
    cr_assert(RUN(&b, "\xe4\x60"));
    cr_assert_eq(b.cpu.s.pending_db, 2);
    b.cpu.s.pending_db = 0;
    cr_assert(RUN(&b, "\xe6\x61"));
    cr_assert_eq(b.cpu.s.pending_db, 0);
}
