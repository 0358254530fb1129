/*
 * Silent events: sensitive instructions that did not trap and did not do what the guest was due.
 *
 * Before such an instruction runs it is tried twice on copies: on the real CPU's state, and on the
 * guest's virtual state. Both run the shared semantics; stores go to a log. If the first would not
 * trap and the two disagree, the guest has just been deceived, and nobody but us knows. That costs
 * the guest nothing and changes nothing.
 */
#include "mode/trap.h"

#include "sim/walk.h"

#include <stdio.h>

#define MAX_STORES 4u

/* One trial: a CPU whose stores are kept. */
struct trial {
    struct cpu cpu;
    struct vcpu *v;
    unsigned stores;
    uint32_t value[MAX_STORES];
};

static struct trial *trial_of(const struct cpu *c)
{
    return c->owner;
}

/* ---------------------------------------- a world in which nothing happens */

static bool look_virtual(struct cpu *c, uint32_t linear, enum cpu_access access, bool user,
                         uint32_t *pa)
{
    struct vcpu *v = trial_of(c)->v;
    struct guest_walk w;
    if (!guest_walk(v, linear, access, user, false, &w))
        return cpu_raise_pf(c, linear, w.error);
    *pa = w.gpa;
    return true;
}

static bool read_virtual(struct cpu *c, uint32_t gpa, unsigned size, uint32_t *value)
{
    uint32_t pa;
    struct vcpu *v = trial_of(c)->v;
    *value = 0xffffffffu;
    if (p2m_lookup(v->vm, gpa, &pa) == P2M_RAM)
        *value = ram_read(&v->hv->machine->ram, pa, size);
    return true;
}

static bool read_table(void *opaque, uint32_t pa, uint32_t *entry)
{
    const struct vcpu *v = opaque;
    *entry = ram_read32(&v->hv->machine->ram, pa);
    return true;
}

static bool look_real(struct cpu *c, uint32_t linear, enum cpu_access access, bool user,
                      uint32_t *pa)
{
    static const struct walk_ops ops = {read_table, NULL};
    struct walk_mode mode = {.cr3 = c->s.cr3, .wp = true};
    struct walk_result r;
    if (!mmu_walk(&ops, trial_of(c)->v, &mode, linear, access, user, &r))
        return cpu_raise_pf(c, linear, r.error);
    *pa = r.frame | (linear & ~PAGE_MASK);
    return true;
}

static bool read_real(struct cpu *c, uint32_t pa, unsigned size, uint32_t *value)
{
    *value = ram_read(&trial_of(c)->v->hv->machine->ram, pa, size);
    return true;
}

static bool log_store(struct cpu *c, uint32_t pa, unsigned size, uint32_t value)
{
    struct trial *t = trial_of(c);
    (void)pa, (void)size;
    if (t->stores < MAX_STORES)
        t->value[t->stores] = value;
    t->stores++;
    return true;
}

static bool no_port_read(struct cpu *c, uint16_t port, unsigned size, uint32_t *value)
{
    (void)port, (void)size, (void)value;
    return cpu_raise(c, VEC_UD);
}

static bool no_port_write(struct cpu *c, uint16_t port, unsigned size, uint32_t value)
{
    (void)port, (void)size, (void)value;
    return cpu_raise(c, VEC_UD);
}

static void ignore_cr(struct cpu *c, unsigned n, uint32_t old)
{
    (void)c, (void)n, (void)old;
}

static void ignore_invlpg(struct cpu *c, uint32_t linear)
{
    (void)c, (void)linear;
}

static uint64_t no_time(struct cpu *c)
{
    (void)c;
    return 0;
}

static bool no_msr_read(struct cpu *c, uint32_t msr, uint64_t *value)
{
    (void)c, (void)msr, (void)value;
    return false;
}

static bool no_msr_write(struct cpu *c, uint32_t msr, uint64_t value)
{
    (void)c, (void)msr, (void)value;
    return false;
}

static void cpuid_virtual(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    virt_cpuid(&trial_of(c)->v->virt, leaf, subleaf, out);
}

static void cpuid_real(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    struct cpu *real = &trial_of(c)->v->hv->machine->cpu;
    real->ops->cpuid(real, leaf, subleaf, out);
}

static int no_interrupt(struct cpu *c)
{
    (void)c;
    return -1;
}

static void free_of_charge(struct cpu *c, enum sim_cost key)
{
    (void)c, (void)key;
}

static void ignore_load(struct cpu *c, unsigned which)
{
    (void)c, (void)which;
}

#define TRIAL_OPS(look, read_memory, identify)                                                     \
    {                                                                                              \
        .translate = (look), .read_phys = (read_memory), .write_phys = log_store,                  \
        .port_read = no_port_read, .port_write = no_port_write, .cr_written = ignore_cr,           \
        .invlpg = ignore_invlpg, .rdtsc = no_time, .msr_read = no_msr_read,                        \
        .msr_write = no_msr_write, .cpuid = (identify), .intr_ack = no_interrupt,                  \
        .charge = free_of_charge, .segment_loaded = ignore_load, .table_loaded = ignore_load,      \
    }

static const struct cpu_ops virtual_ops = TRIAL_OPS(look_virtual, read_virtual, cpuid_virtual);
static const struct cpu_ops real_ops = TRIAL_OPS(look_real, read_real, cpuid_real);

/* ---------------------------------------- two trials */

static void trial_init(struct trial *t, struct vcpu *v, const struct cpu_ops *ops)
{
    t->cpu = v->virt; /* its wires are those of a CPU that never runs blocks */
    t->cpu.ops = ops;
    t->cpu.owner = t;
    t->cpu.probe = NULL;
    t->v = v;
    t->stores = 0;
}

static void trial_as_real(struct trial *t, const struct cpu *real, uint32_t eip)
{
    uint32_t eflags = cpu_eflags(real);
    t->cpu.s = real->s;
    t->cpu.s.eip = eip;
    t->cpu.s.trap_kernel = t->cpu.s.trap_user = 0;
    cpu_set_eflags(&t->cpu, eflags);
}

/* ---------------------------------------- comparing */

#define COMPARED_FLAGS (FLAG_ARITH | FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID)

static bool differ(struct silent_event *e, enum silent_what what, uint32_t did, uint32_t expected)
{
    e->what = (uint8_t)what;
    e->did = did;
    e->expected = expected;
    return true;
}

static uint16_t as_guest_sees(const struct vcpu *v, uint16_t sel)
{
    return (uint16_t)(v->virt.s.cpl == 0 && (sel & SEL_RPL) == 1 ? sel & ~SEL_RPL : sel);
}

/* IF and IOPL of the guest stay what they were: nobody told us of a change. */
static bool virtual_flags_differ(struct silent_event *e, const struct vcpu *v,
                                 const struct trial *due)
{
    uint32_t before = v->virt.s.eflags, after = due->cpu.s.eflags;
    if ((before ^ after) & FLAG_IF) {
        e->lost_if = 1;
        return differ(e, SILENT_VIRTUAL_IF, (before & FLAG_IF) != 0, (after & FLAG_IF) != 0);
    }
    if ((before ^ after) & FLAG_IOPL)
        return differ(e, SILENT_FLAGS, before & FLAG_IOPL, after & FLAG_IOPL);
    return false;
}

static bool segments_differ(struct silent_event *e, const struct vcpu *v, const struct trial *did,
                            const struct trial *due)
{
    for (unsigned seg = 0; seg < X86_SEGS; seg++) {
        uint16_t real = did->cpu.s.seg[seg].sel, virtual = due->cpu.s.seg[seg].sel;
        if (seg == SEG_CS || seg == SEG_SS)
            real = as_guest_sees(v, real);
        if (real != virtual)
            return differ(e, SILENT_SEGMENT, real, virtual);
    }
    return false;
}

static bool results_differ(struct silent_event *e, const struct vcpu *v, const struct trial *did,
                           const struct trial *due)
{
    for (unsigned i = 0; i < did->stores && i < due->stores && i < MAX_STORES; i++)
        if (did->value[i] != due->value[i])
            return differ(e, SILENT_MEMORY, did->value[i], due->value[i]);
    for (unsigned i = 0; i < X86_GPRS; i++)
        if (did->cpu.s.gpr[i] != due->cpu.s.gpr[i])
            return differ(e, SILENT_REGISTER, did->cpu.s.gpr[i], due->cpu.s.gpr[i]);
    if (segments_differ(e, v, did, due))
        return true;
    uint32_t a = did->cpu.s.eflags & COMPARED_FLAGS, b = due->cpu.s.eflags & COMPARED_FLAGS;
    if (a != b)
        return differ(e, SILENT_FLAGS, a, b);
    return did->cpu.s.eip != due->cpu.s.eip &&
           differ(e, SILENT_REGISTER, did->cpu.s.eip, due->cpu.s.eip);
}

/* ---------------------------------------- recording */

static void record(struct vcpu *v, const struct insn *in, struct silent_event *e)
{
    struct vm *vm = v->vm;
    struct hv *hv = v->hv;
    e->number = ++vm->stats.silent_total;
    vm->stats.silent[e->trap]++;
    e->cycle = hv_cycle(hv);
    e->icount = hv_icount(hv);
    e->row = in->row;
    for (unsigned i = 0; i < in->len; i++) {
        struct guest_walk w;
        uint32_t at = v->virt.s.seg[SEG_CS].base + e->eip + i;
        if (!guest_walk(v, at, ACCESS_READ, false, false, &w))
            break;
        e->bytes[e->byte_count++] = (uint8_t)gpa_read(vm, w.gpa, 1);
    }
    if (vm->silent_kept < VM_SILENT_KEPT)
        vm->silent[vm->silent_kept++] = *e;
    vm->silent_last = *e;
    if (e->lost_if && e->expected)
        vm->silent_bites = *e;
    if (hv->sink.event) {
        struct trace_event t = {.kind = TRACE_SILENT,
                                .vm = (uint8_t)vm->number,
                                .cycle = e->cycle,
                                .a = e->eip,
                                .silent = e};
        hv->sink.event(hv->sink.opaque, &t);
    }
}

static void check(struct vcpu *v, const struct cpu *real, const struct insn *in)
{
    struct trial did, due;
    struct silent_event e = {.trap = insn_row_of(in)->trap, .eip = real->s.eip - in->len};
    trap_capture_live(v, e.eip);
    trial_init(&did, v, &real_ops);
    trial_as_real(&did, real, e.eip);
    if (!cpu_execute(&did.cpu, in))
        return; /* it will trap after all, by the accident of an operand */
    trial_init(&due, v, &virtual_ops);
    bool differs;
    if (!cpu_execute(&due.cpu, in))
        differs = differ(&e, SILENT_FAULT, 0, due.cpu.fault.vector);
    else
        differs = virtual_flags_differ(&e, v, &due) || results_differ(&e, v, &did, &due);
    if (differs)
        record(v, in, &e);
}

static void passed(void *context, struct cpu *c, const struct insn *in)
{
    struct hv *hv = context;
    uint32_t in_user_too = (1u << TRAP_PUSHF) | (1u << TRAP_POPF) | (1u << TRAP_IRET) |
                           cpu_model_user(&(struct cpu_model){.traps = ~0u}, false);
    unsigned trap = insn_row_of(in)->trap;
    if (!hv->current || (c->s.cpl == 3 && !(in_user_too & (1u << trap))))
        return;
    hv->quiet = true;
    check(hv->current, c, in);
    hv->quiet = false;
}

void silent_watch(struct hv *hv)
{
    hv->machine->cpu.sensitive_passed = passed;
    hv->machine->cpu.sensitive_context = hv;
}

/* ---------------------------------------- the end it comes to */

#define MASKED_TICKS 10u

void silent_tick(struct vm *vm)
{
    struct vcpu *v = &vm->cpu;
    bool stuck = v->virt.s.intr && !(v->virt.s.eflags & FLAG_IF) && vm->silent_bites.number;
    v->s.masked_ticks = stuck ? v->s.masked_ticks + 1 : 0;
    if (v->s.masked_ticks >= MASKED_TICKS)
        vm_end(vm, VM_NO_PROGRESS,
               "an interrupt has been pending and masked for %u ticks: IF was lost at %#x",
               MASKED_TICKS, (unsigned)vm->silent_bites.eip);
}

static const char *const verbs[SILENT_WHATS] = {
    [SILENT_REGISTER] = "gave",           [SILENT_MEMORY] = "stored",
    [SILENT_FLAGS] = "left the flags",    [SILENT_VIRTUAL_IF] = "left IF =",
    [SILENT_SEGMENT] = "loaded selector", [SILENT_FAULT] = "went on",
};

void silent_describe(const struct silent_event *e, char *did, unsigned did_size, char *expected,
                     unsigned expected_size)
{
    unsigned what = e->what % SILENT_WHATS;
    if (what == SILENT_FAULT) {
        (void)snprintf(did, did_size, "%s", verbs[what]);
        (void)snprintf(expected, expected_size, "exception %u", (unsigned)e->expected);
        return;
    }
    (void)snprintf(did, did_size, "%s %#x", verbs[what], (unsigned)e->did);
    (void)snprintf(expected, expected_size, what == SILENT_VIRTUAL_IF ? "IF = %#x" : "%#x",
                   (unsigned)e->expected);
}
