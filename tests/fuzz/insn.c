/*
 * Fuzz target: the decoder and instructions. The input is a little of the CPU's state, then code.
 *
 * Checked, beside crashes and sanitizers: the decoder needs exactly the bytes it says it used; one
 * instruction leaves the same behind when stepped and when emulated; and a run of some hundred
 * instructions, whatever they do to segments, tables and control registers, ends at its limit or
 * with a stop that has a name.
 */
#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/insn/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATE_BYTES = 10 };

static void check_decoder(const uint8_t *code, unsigned n, unsigned mode)
{
    struct insn in, again;
    enum decode_status status = insn_decode(code, n, mode, &in);

    assert(in.len <= INSN_MAX_LENGTH);
    if (status == DECODE_MORE) {
        assert(n < INSN_MAX_LENGTH);
        return;
    }
    if (status != DECODE_OK)
        return;
    assert(in.len >= 1 && in.len <= n && in.row < insn_row_count && in.fn);
    uint8_t exact[INSN_MAX_LENGTH];
    memcpy(exact, code, in.len);
    assert(insn_decode(exact, in.len, mode, &again) == DECODE_OK);
    assert(again.row == in.row && again.len == in.len && again.imm == in.imm &&
           again.disp == in.disp);
    for (unsigned shorter = 0; shorter < in.len; shorter++)
        assert(insn_decode(exact, shorter, mode, &again) == DECODE_MORE);
}

static uint8_t fresh[RIG_DATA_END]; /* RAM as it begins */

/* The devices as they begin: an input must not feel what the one before it did to a timer. */
static uint8_t *devices[MACHINE_MAX_BLOBS];

static void keep_devices(struct machine *m)
{
    struct state_blob blobs[MACHINE_MAX_BLOBS];
    unsigned n = machine_state(m, blobs, MACHINE_MAX_BLOBS);

    for (unsigned i = 1; i < n; i++) { /* the first is the CPU */
        devices[i] = malloc(blobs[i].desc->size);
        assert(devices[i]);
        memcpy(devices[i], blobs[i].data, blobs[i].desc->size);
    }
}

static void restore_devices(struct machine *m)
{
    struct state_blob blobs[MACHINE_MAX_BLOBS];
    unsigned n = machine_state(m, blobs, MACHINE_MAX_BLOBS);

    for (unsigned i = 1; i < n; i++)
        memcpy(blobs[i].data, devices[i], blobs[i].desc->size);
    machine_state_restored(m);
}

static uint32_t pick(uint8_t byte)
{
    static const uint32_t values[] = {
        0,    1,    0xffffffff, 0x80000000, RIG_DATA, RIG_DATA + 0xffd, RIG_CODE,   RIG_LOW,
        0x10, 0x23, 0x2b,       0x30,       RIG_GDT,  RIG_IDT,          0xfffffffd, 0x7f};
    return values[byte & 15] + (byte >> 4);
}

static void put_state(struct rig *r, const uint8_t *data)
{
    struct cpu_state *s = &r->m->cpu.s;

    rig_put(r, 0, fresh, sizeof fresh);
    restore_devices(r->m);
    rig_reset(r, (data[8] & 1) ? 0 : 3);
    for (unsigned i = 0; i < 8; i++)
        if (i != R_ESP || (data[8] & 2))
            s->gpr[i] = pick(data[i]);
    s->eflags |= data[9] & (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF);
    if (data[8] & 4)
        s->eflags |= FLAG_DF;
    if (data[8] & 8)
        s->eflags |= FLAG_AC;
    if (data[8] & 16)
        s->eflags |= FLAG_TF;
    if (data[8] & 32)
        s->seg[SEG_SS].ar &= ~AR_DB;
    if (data[8] & 64)
        s->seg[SEG_CS].ar &= ~AR_DB;
    if (data[8] & 128)
        s->seg[SEG_DS].limit = RIG_DATA + 0x1100;
    s->gpr[R_ECX] &= 0xff0000ffu; /* repeats end */
    cpu_state_changed(&r->m->cpu);
}

static struct rig_end run_one(struct rig *r, const uint8_t *data, const uint8_t *code, unsigned n,
                              enum rig_way way, struct cpu_state *after)
{
    put_state(r, data);
    rig_put(r, RIG_CODE, code, n);
    struct rig_end end = rig_execute(r, way, n);
    *after = r->m->cpu.s;
    return end;
}

/* Stepped and emulated: the same exception; without one, the same registers. */
static void check_one(struct rig *r, const uint8_t *data, const uint8_t *code, unsigned n)
{
    static struct cpu_state stepped, emulated;
    struct rig_end a = run_one(r, data, code, n, RIG_STEP, &stepped);
    struct rig_end b = run_one(r, data, code, n, RIG_VIRTUAL, &emulated);
    bool traps = (data[8] & 16) != 0; /* #DB of TF is the run loop's business */

    if (traps || a.stop == CPU_STOP_SHUTDOWN || a.stop == CPU_STOP_HALT ||
        a.stop == CPU_STOP_IDLE || a.stop == CPU_STOP_REQUEST ||
        stepped.seg[SEG_CS].sel != RIG_CODE0 + (stepped.cpl ? RIG_CODE3 - RIG_CODE0 : 0u))
        return;
    if (b.vector >=
        0) /* delivery itself may fault, when the stack is bad: then another vector arrives */
        return;
    assert(a.vector == -1 || stepped.eip == emulated.eip);
    assert(!memcmp(stepped.gpr, emulated.gpr, sizeof stepped.gpr));
    assert(stepped.eip == emulated.eip && stepped.eflags == emulated.eflags);
}

static void check_run(struct rig *r, const uint8_t *data, const uint8_t *code, unsigned n)
{
    struct cpu *c = &r->m->cpu;

    put_state(r, data);
    rig_put(r, RIG_CODE, code, n);
    r->m->exited = false;
    uint64_t limit = c->s.icount + 300;
    enum cpu_stop stop = cpu_run(c, c->s.cycle + 100000, limit);
    assert(c->s.icount <= limit);
    assert(stop != CPU_STOP_NONE && stop != CPU_STOP_ENTRY);
    assert(stop != CPU_STOP_UNSUPPORTED || c->unsupported[0]);
    assert(c->s.gpr[GPR_ZERO] == 0 && c->s.cpl <= 3 && (c->s.eflags & FLAG_FIXED1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rig *r; /* made once: a machine is megabytes */
    uint8_t code[256];

    if (size <= STATE_BYTES)
        return 0;
    if (!r) {
        if (!(r = rig_create()))
            abort();
        ram_copy_out(&r->m->ram, 0, fresh, sizeof fresh);
        keep_devices(r->m);
    }
    size_t n = size - STATE_BYTES < sizeof code ? size - STATE_BYTES : sizeof code;
    memcpy(code, data + STATE_BYTES, n);
    unsigned first = n < INSN_MAX_LENGTH ? (unsigned)n : INSN_MAX_LENGTH;
    check_decoder(code, first, DECODE_CODE32 | DECODE_STACK32);
    check_decoder(code, first, 0);
    check_one(r, data, code, first);
    check_run(r, data, code, (unsigned)n);
    return 0;
}
