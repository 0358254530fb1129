/*
 * Event delivery through the IDT: interrupts, exceptions and software interrupts (SDM v3, Interrupt
 * and Exception Handling; SDM v2, INT n, "Operation").
 *
 * All checks come first, in the manual's order: gate, target code segment, inner stack, room, entry
 * point. Then the Accessed bits and the frame are written, and only then do registers change, so
 * that a fault on the way leaves the CPU as it was. What happens to such a fault is
 * event_combine.c's subject. Task gates stop the machine by name.
 */
#include "cpu/event.h"

#include "cpu/host.h"
#include "cpu/probe.h"
#include "cpu/transfer.h"

/* EXT in the error codes of faults met on the way: set unless a program asked for the event. */
static uint32_t event_ext(const struct event *e)
{
    return e->kind != EVENT_SOFTWARE && e->kind != EVENT_SOFT_TRAP;
}

/* IDT-relative error code: vector, IDT bit, EXT. */
static uint32_t gate_error(const struct event *e)
{
    return e->vector * 8u + 2u + event_ext(e);
}

static bool read_gate(struct cpu *c, const struct event *e, struct descriptor *gate)
{
    uint32_t at = e->vector * 8u;
    if (at + 7u > c->s.idtr_limit)
        return cpu_raise_error(c, VEC_GP, gate_error(e));
    gate->linear = c->s.idtr_base + at;
    gate->sel = 0;
    if (!read_two(c, gate->linear, &gate->lo, &gate->hi))
        return false;
    unsigned type = desc_type(gate);
    bool is_gate = type == SYS_TASK_GATE || (type & 6u) == SYS_INT_GATE16;
    if (desc_s(gate) || !is_gate)
        return cpu_raise_error(c, VEC_GP, gate_error(e));
    if (!event_ext(e) && desc_dpl(gate) < c->s.cpl)
        return cpu_raise_error(c, VEC_GP, gate_error(e));
    if (!desc_present(gate))
        return cpu_raise_error(c, VEC_NP, gate_error(e));
    if (type == SYS_TASK_GATE)
        return cpu_unsupported(
            c, "task gate in the IDT: hardware task switch (SDM v3, Task Management)");
    return true;
}

/* The handler's code segment: code of this ring or an inner one. */
static bool read_target(struct cpu *c, const struct event *e, uint16_t sel, struct descriptor *code)
{
    uint32_t ext = event_ext(e);
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, ext);
    if (!host_read_descriptor(c, sel, VEC_GP, ext, code))
        return false;
    if (!desc_is_code(code) || desc_dpl(code) > c->s.cpl)
        return cpu_raise_error(c, VEC_GP, selector_error(sel, ext));
    if (!desc_present(code))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, ext));
    return true;
}

/* The frame, where no store of it can fault. */
static void store_frame(const struct cpu *c, const struct event *e, uintptr_t at, bool inner)
{
    if (e->has_error) {
        host_store(at, 4, e->error);
        at += 4;
    }
    host_store(at, 4, c->s.eip);
    host_store(at + 4, 4, c->s.seg[SEG_CS].sel);
    host_store(at + 8, 4, e->eflags);
    if (inner) {
        host_store(at + 12, 4, c->s.gpr[R_ESP]);
        host_store(at + 16, 4, c->s.seg[SEG_SS].sel);
    }
}

/* Pushes the frame; f->ss and f->esp are the new stack's. */
static bool push_frame(struct cpu *c, const struct event *e, struct frame *f, unsigned item,
                       bool inner)
{
    unsigned count = (inner ? 5u : 3u) + e->has_error;
    uintptr_t host = frame_doublewords(c, f, f->esp - 4 * count, item, count, true);
    if (SIM_LIKELY(host)) {
        f->esp -= 4 * count;
        store_frame(c, e, host, inner);
        return true;
    }
    const uint32_t words[6] = {e->error,  c->s.eip,        c->s.seg[SEG_CS].sel,
                               e->eflags, c->s.gpr[R_ESP], c->s.seg[SEG_SS].sel};
    return frame_push_all(c, f, item, words + (e->has_error ? 0 : 1), count);
}

/* Which atomic event it was, for the account. */
static enum sim_cost event_cost(const struct event *e, bool inner)
{
    if (e->kind == EVENT_EXTERNAL)
        return COST_irq_deliver;
    if (e->kind == EVENT_EXCEPTION || e->kind == EVENT_ICEBP)
        return COST_fault_deliver;
    return inner ? COST_int_deliver : COST_int_deliver_same;
}

/* Charges the delivery; one that reached a hypervisor's entry stub is a transition and ends the
 * run. */
static void account(struct cpu *c, enum sim_cost key)
{
    uint32_t at = c->s.seg[SEG_CS].base + c->s.eip - c->entry_base;
    if (transfer_in_hypervisor(c) && at < 256u * CPU_ENTRY_STRIDE) {
        c->stop = CPU_STOP_ENTRY;
        c->entry_vector = (uint8_t)(at / CPU_ENTRY_STRIDE);
        cpu_kick(c);
        c->events[key]++;
        cpu_charge_cycles(c, BUCKET_transition_in, c->costs->cycles[key]);
    } else {
        c->ops->charge(c, key);
    }
}

static void commit(struct cpu *c, const struct event *e, const struct descriptor *gate,
                   const struct descriptor *code, const struct frame *f, bool inner)
{
    uint32_t eflags = e->eflags & ~(FLAG_TF | FLAG_VM | FLAG_RF | FLAG_NT);
    c->entry_rf = (c->s.eflags & e->eflags & FLAG_RF) != 0;
    if (!(desc_type(gate) & 1u))
        eflags &= ~FLAG_IF;
    transfer_set_cs(c, code, inner ? desc_dpl(code) : c->s.cpl, gate_entry(gate));
    if (inner)
        segment_set(c, SEG_SS, f->ss);
    frame_commit_esp(c, f->mask, f->esp);
    cpu_set_eflags(c, eflags);
    if (e->vector == VEC_DB && (e->kind == EVENT_EXCEPTION || e->kind == EVENT_ICEBP))
        c->s.dr[7] &= ~DR7_GD;
    c->s.shadow = 0;
    c->s.halted = 0;
    account(c, event_cost(e, inner));
}

bool event_deliver(struct cpu *c, const struct event *e)
{
    struct descriptor gate, code;
    struct frame f;
    if (!read_gate(c, e, &gate) || !read_target(c, e, (uint16_t)(gate.lo >> 16), &code))
        return false;

    bool inner = !desc_is_conforming(&code) && desc_dpl(&code) < c->s.cpl;
    uint32_t ext = event_ext(e);
    uint32_t room_error = ext;
    if (inner) {
        if (!frame_open_inner(c, desc_dpl(&code), ext, &f))
            return false;
        room_error = selector_error(f.ss.sel, ext);
    } else {
        frame_open_current(c, &f);
    }

    unsigned item = gate_is_32(&gate) ? 4 : 2;
    uint32_t bytes = item * ((inner ? 5u : 3u) + e->has_error);
    if (!frame_has_room(&f, bytes, item))
        return cpu_raise_error(c, VEC_SS, room_error);
    if (!transfer_eip_in_limit(&code, gate_entry(&gate)))
        return cpu_raise_error(c, VEC_GP, ext);

    if (!segment_set_accessed(c, &code) || (inner && !segment_set_accessed(c, &f.desc)))
        return false;
    if (inner)
        f.ss.ar |= AR_ACCESSED;
    if (!frame_prepare(c, &f, bytes, item) || !push_frame(c, e, &f, item, inner))
        return false;
    commit(c, e, &gate, &code, &f, inner);
    if (SIM_UNLIKELY(c->probe != NULL))
        probe_event(c, e);
    return true;
}

/* An interrupt instruction's own RF ended when it began (SDM v3, Instruction-Breakpoint Exception
 * Condition). */
static bool is_instruction(enum event_kind kind)
{
    return kind == EVENT_SOFTWARE || kind == EVENT_SOFT_TRAP || kind == EVENT_ICEBP;
}

bool cpu_deliver_event(struct cpu *c, unsigned vector, enum event_kind kind, bool has_error,
                       uint32_t error)
{
    struct event e = {vector, kind, has_error, error, cpu_eflags(c)};
    const struct cpu_fault fault = {.vector = (uint8_t)vector};
    if (kind == EVENT_EXCEPTION && cpu_fault_sets_rf(&fault))
        e.eflags |= FLAG_RF;
    if (is_instruction(kind))
        e.eflags &= ~FLAG_RF;
    return event_deliver(c, &e);
}
