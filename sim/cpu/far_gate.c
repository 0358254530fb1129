/*
 * Far CALL and JMP to system descriptors: call gates of both widths, with the stack switch and the
 * copying of parameters (SDM v2, CALL, "Operation"; v3, Call Gates). Task gates and TSSs stop the
 * machine by name, after their privilege checks.
 */
#include "cpu/far.h"

/* Gates and TSSs may be named by rings up to their DPL, RPL included: #GP, then #NP. */
static bool check_system_access(struct cpu *c, const struct descriptor *d)
{
    if (desc_dpl(d) < c->s.cpl || desc_dpl(d) < (d->sel & SEL_RPL))
        return cpu_raise_error(c, VEC_GP, selector_error(d->sel, 0));
    if (!desc_present(d))
        return cpu_raise_error(c, VEC_NP, selector_error(d->sel, 0));
    return true;
}

/* The gate's code segment. A CALL may go to an inner ring; a JMP stays in its own, or enters
 * conforming code. */
static bool read_gate_code(struct cpu *c, const struct far_target *t, uint16_t sel,
                           struct descriptor *code)
{
    if (selector_is_null(sel))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_read_descriptor(c, sel, VEC_GP, 0, code))
        return false;
    bool same_only = !t->call && !desc_is_conforming(code);
    if (!desc_is_code(code) || desc_dpl(code) > c->s.cpl ||
        (same_only && desc_dpl(code) != c->s.cpl))
        return cpu_raise_error(c, VEC_GP, selector_error(sel, 0));
    if (!desc_present(code))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, 0));
    return true;
}

/* Pushes the caller's SS:ESP, the parameters from its stack, last one first, and its CS:EIP. */
static bool push_inner_frame(struct cpu *c, struct frame *to, unsigned item, unsigned parameters)
{
    struct frame from;
    uint32_t value[31];
    frame_open_current(c, &from);
    if (parameters && !frame_holds(&from, parameters * item, item))
        return cpu_raise_error(c, VEC_SS, 0);
    for (unsigned i = 0; i < parameters; i++) {
        if (!frame_peek(c, &from, i * item, item, &value[i]))
            return false;
    }
    if (!frame_prepare(c, to, (4 + parameters) * item, item) ||
        !frame_push(c, to, item, from.ss.sel) || !frame_push(c, to, item, from.esp))
        return false;
    for (unsigned i = parameters; i > 0; i--) {
        if (!frame_push(c, to, item, value[i - 1]))
            return false;
    }
    return frame_push(c, to, item, c->s.seg[SEG_CS].sel) && frame_push(c, to, item, c->s.eip);
}

static bool call_inner(struct cpu *c, const struct descriptor *gate, struct descriptor *code)
{
    struct frame f;
    unsigned item = gate_is_32(gate) ? 4 : 2;
    unsigned parameters = gate->hi & 31u;
    if (!frame_open_inner(c, desc_dpl(code), 0, &f))
        return false;
    if (!frame_has_room(&f, (4 + parameters) * item, item))
        return cpu_raise_error(c, VEC_SS, selector_error(f.ss.sel, 0));
    if (!transfer_eip_in_limit(code, gate_entry(gate)))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_set_accessed(c, code) || !segment_set_accessed(c, &f.desc))
        return false;
    f.ss.ar |= AR_ACCESSED;
    if (!push_inner_frame(c, &f, item, parameters))
        return false;
    transfer_set_cs(c, code, desc_dpl(code), gate_entry(gate));
    segment_set(c, SEG_SS, f.ss);
    frame_commit_esp(c, f.mask, f.esp);
    return true;
}

static bool through_call_gate(struct cpu *c, const struct far_target *t,
                              const struct descriptor *gate)
{
    struct descriptor code;
    if (!check_system_access(c, gate) || !read_gate_code(c, t, (uint16_t)(gate->lo >> 16), &code))
        return false;
    if (!t->call)
        return far_jump_same(c, &code, gate_entry(gate));
    if (!desc_is_conforming(&code) && desc_dpl(&code) < c->s.cpl)
        return call_inner(c, gate, &code);
    return far_call_same(c, &code, gate_entry(gate), gate_is_32(gate) ? 4 : 2);
}

bool far_through_system(struct cpu *c, const struct far_target *t, const struct descriptor *d)
{
    switch (desc_type(d)) {
    case SYS_CALL_GATE16:
    case SYS_CALL_GATE32:
        return through_call_gate(c, t, d);
    case SYS_TASK_GATE:
        return check_system_access(c, d) &&
               cpu_unsupported(c, "far transfer through a task gate (SDM v3, Task Management)");
    case SYS_TSS16_AVAIL:
    case SYS_TSS32_AVAIL:
        return check_system_access(c, d) &&
               cpu_unsupported(c, "far transfer to a TSS: task switch (SDM v3, Task Management)");
    default:
        return cpu_raise_error(c, VEC_GP, selector_error(t->sel, 0));
    }
}
