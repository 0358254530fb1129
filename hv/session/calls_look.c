/*
 * The instruction that is next, and whether it calls, returns or repeats.
 */
#include "session/calls.h"

#include <string.h>

/* Reads what can be read of [gva, gva + n). */
static unsigned read_code(struct session *s, unsigned vm, uint32_t gva, uint8_t *bytes, unsigned n)
{
    unsigned got = 0;
    if (hv_guest_linear(s->hv, vm, gva, bytes, n))
        return n;
    while (got < n && hv_guest_linear(s->hv, vm, gva + got, bytes + got, 1))
        got++;
    return got;
}

bool calls_is_interrupt(const struct insn *in)
{
    return insn_row_of(in)->class == CLASS_INTERRUPT;
}

static enum flow flow_of(const struct insn *in)
{
    const struct insn_row *row = insn_row_of(in);
    if (!strcmp(row->title, "CALL") || calls_is_interrupt(in))
        return FLOW_CALL;
    if (!strcmp(row->title, "RET") || row->trap == TRAP_IRET)
        return FLOW_RETURN;
    if (insn_repeats(in))
        return FLOW_REPEAT;
    return FLOW_NONE;
}

enum flow calls_decode(struct session *s, const struct cpu_state *guest, uint32_t linear,
                       struct insn *in)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    unsigned n = read_code(s, s->vm, linear, bytes, sizeof(bytes));
    unsigned mode = ((guest->seg[SEG_CS].ar & AR_DB) ? DECODE_CODE32 : 0u) |
                    ((guest->seg[SEG_SS].ar & AR_DB) ? DECODE_STACK32 : 0u);
    memset(in, 0, sizeof(*in));
    if (insn_decode(bytes, n, mode, in) != DECODE_OK) {
        in->len = 0;
        return FLOW_NONE;
    }
    return flow_of(in);
}

bool calls_look(struct session *s, struct at *at)
{
    if (!session_guest(s, s->vm, &at->guest))
        return false;
    at->linear = at->guest.seg[SEG_CS].base + at->guest.eip;
    at->flow = calls_decode(s, &at->guest, at->linear, &at->insn);
    return true;
}
