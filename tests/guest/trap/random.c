/*
 * Random programs, natively and trapped: the same registers, the same memory, the same end.
 *
 * A program is a fixed start (descriptor tables with every ring, an IDT whose handlers end the run,
 * optionally page tables), then instructions dealt from a weighted list with random operands and
 * some random bytes. Time must not show, so RDTSC and device ports are left out.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "prelude.h"
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint32_t next(uint32_t below)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(state >> 33) % below;
}

struct piece {
    uint8_t length, random; /* fixed bytes, then random ones */
    uint8_t bytes[6];
};

static const struct piece pieces[] = {
    {1, 0, {0x9c}},
    {1, 0, {0x9d}},
    {1, 0, {0xfa}},
    {2, 0, {0x9c, 0x58}},
    {1, 0, {0x60}},
    {1, 0, {0x61}},
    {2, 1, {0x0f, 0x20}},
    {2, 1, {0x0f, 0x21}},
    {2, 1, {0x0f, 0x23}},
    {3, 0, {0x0f, 0x22, 0xd0}},
    {2, 0, {0x0f, 0x06}},
    {2, 1, {0x0f, 0x00}},
    {3, 0, {0x0f, 0x01, 0xe0}},
    {3, 0, {0x0f, 0x01, 0xf0}},
    {2, 0, {0x0f, 0xa2}},
    {2, 1, {0x0f, 0x02}},
    {2, 1, {0x0f, 0x03}},
    {1, 1, {0x8c}},
    {1, 1, {0x8e}},
    {1, 0, {0x1e}},
    {1, 0, {0x1f}},
    {1, 0, {0x07}},
    {1, 0, {0x0e}},
    {1, 0, {0x16}},
    {1, 0, {0x17}},
    {2, 0, {0x0f, 0xa1}},
    {2, 0, {0x0f, 0xa9}},
    {1, 1, {0xcd}},
    {1, 0, {0xcc}},
    {1, 0, {0xcf}},
    {1, 0, {0xcb}},
    {1, 0, {0xf4}},
    {2, 0, {0xe6, 0x80}},
    {2, 0, {0xe4, 0x80}},
    {1, 0, {0xa4}},
    {2, 0, {0xf3, 0xa4}},
    {2, 0, {0xf3, 0xaa}},
    {1, 1, {0x89}},
    {1, 1, {0x8b}},
    {1, 1, {0x01}},
    {1, 1, {0xf7}},
    {1, 1, {0x63}},
    {1, 1, {0xff}},
    {2, 0, {0x0f, 0x0b}},
    {3, 0, {0x0f, 0x01, 0x3b}},
    {1, 5, {0xb8}},
};

/* Register values that point somewhere, most of the time. */
static void load_register(struct program *p)
{
    static const uint32_t values[] = {
        DATA,       DATA + 0x80, STACK + 0x1800,

        GDT + 0x50, IDT + 0x400, 0x10,           0x23,     0x1b,       0x50,   0x58,  0x60,   0x68,
        3,          0,           0x1000,         0x420000, 0xfd020000, 0xff88, 0x206, 0x3002, 8};
    uint32_t reg = next(8);
    if (reg == R_ESP && next(4))
        reg = R_EAX;
    EMIT(p, (uint8_t)(0xb8 + reg));
    emit32(p, values[next(sizeof(values) / sizeof(values[0]))] + (next(8) ? 0 : next(16)));
}

static bool shows_time(const struct piece *q)
{
    return q->bytes[0] == 0x0f && q->bytes[1] == 0x31;
}

static void generate(struct program *p, uint64_t seed)
{
    state = seed;
    p->n = 0;
    prelude_start(p, next(4) != 0, next(2));
    for (unsigned i = 0; i < 8; i++)
        load_register(p);
    EMIT(p, 0xbc);
    emit32(p, STACK + 0x1800);
    if (next(2))
        prelude_ring(p, 1 + next(3), next(4));
    for (unsigned i = 0; i < 12 + next(24); i++) {
        const struct piece *q = &pieces[next(sizeof(pieces) / sizeof(pieces[0]))];
        if (next(2))
            load_register(p);
        if (shows_time(q))
            continue;
        emit(p, q->bytes, q->length);
        for (unsigned k = 0; k < q->random && k < 1; k++)
            EMIT(p, (uint8_t)next(256));
        if (q->random > 1)
            emit32(p, next(0x7fffffff));
    }
    EMIT(p, 0xcd, 0x80, 0x0f, 0x0b);
}

static void run(struct rig *r, enum hv_mode_id mode, const struct program *p)
{
    rig_init(r, mode);
    r->config.ram_bytes = 2u << 20;
    rig_create(r);
    prelude_load(r->hv, p);
    rig_run(r, mode == MODE_native ? 100000 : 100000000);
}

/* The program wrote its own page tables: what the TLB then does is nobody's business. */
static bool tables_were_changed(const struct rig *r)
{
    const struct ram *ram = &r->hv->machine->ram;
    for (uint32_t i = 0; i < 1024; i++)
        if ((ram_read32(ram, TABLE + i * 4) & ~0x60u) != (i * 0x1000 | 7))
            return true;
    return (ram_read32(ram, DIRECTORY) & ~0x20u) != (TABLE | 7) ||
           (ram_read32(ram, DIRECTORY + 4) & ~0x20u) != (TABLE | 5);
}

static void compare(uint64_t seed)
{
    static struct program p;
    struct rig native, trap;
    generate(&p, seed);
    run(&native, MODE_native, &p);
    if (rig_vm(&native, 0)->s.end == VM_RUNNING || tables_were_changed(&native)) {
        /* an endless loop has no end to compare at */
        rig_destroy(&native);
        return;
    }
    run(&trap, MODE_trap, &p);
    cr_expect_str_eq(vm_end_names[rig_vm(&trap, 0)->s.end], vm_end_names[rig_vm(&native, 0)->s.end],
                     "seed %lu: %s against %s", (unsigned long)seed, rig_vm(&trap, 0)->end_text,
                     rig_vm(&native, 0)->end_text);
    cr_expect_eq(rig_vm(&trap, 0)->s.exit_value, rig_vm(&native, 0)->s.exit_value,
                 "seed %lu: ended by exception %u, natively %u", (unsigned long)seed,
                 rig_vm(&trap, 0)->s.exit_value, rig_vm(&native, 0)->s.exit_value);
    const struct cpu_state *a = hv_guest_cpu(trap.hv, 0), *b = hv_guest_cpu(native.hv, 0);
    bool triple = rig_vm(&native, 0)->s.end == VM_TRIPLE_FAULT;
    if (!triple)
        for (unsigned i = 0; i < X86_GPRS; i++)
            cr_expect_eq(a->gpr[i], b->gpr[i], "seed %lu: register %u is %x, natively %x",
                         (unsigned long)seed, i, a->gpr[i], b->gpr[i]);
    cr_expect_eq(a->cr2, b->cr2, "seed %lu: cr2 %x, natively %x", (unsigned long)seed, a->cr2,
                 b->cr2);
    cr_expect_eq(a->cr0, b->cr0, "seed %lu: cr0", (unsigned long)seed);
    uint32_t bytes = native.config.ram_bytes;
    for (uint32_t gpa = 0; gpa < bytes; gpa += 4) {
        uint32_t x, y = ram_read32(&native.hv->machine->ram, gpa);
        gpa_copy_out(rig_vm(&trap, 0), gpa, &x, 4);
        if (x != y) {
            cr_expect_eq(x, y, "seed %lu: memory at %x is %x, natively %x", (unsigned long)seed,
                         gpa, x, y);
            break;
        }
    }
    struct hv_audit audit;
    hv_audit(trap.hv, &audit);
    cr_expect_eq(audit.foreign + audit.gates + audit.ports + audit.inconsistent, 0, "seed %lu: %s",
                 (unsigned long)seed, audit.first);
    rig_destroy(&native);
    rig_destroy(&trap);
}

static unsigned parts[] = {0, 1, 2, 3};

ParameterizedTestParameters(random_programs, end_alike_natively_and_trapped)
{
    return cr_make_param_array(unsigned, parts, 4);
}

ParameterizedTest(unsigned *part, random_programs, end_alike_natively_and_trapped)
{
    const char *many = getenv("RINGSIDE_RANDOM_PROGRAMS");
    unsigned long n = many ? strtoul(many, NULL, 10) : 250;
    for (unsigned long i = 0; i < n; i++)
        compare(1000003ul * (*part + 1) + i);
}
