/*
 * Exceptions, and what becomes of a fault met while delivering one (SDM v3, Interrupt and Exception
 * Handling, table 6-5): served one after the other, a double fault, or the end of the machine.
 */
#include "cpu/event.h"

enum fault_class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

static enum fault_class fault_class(unsigned vector)
{
    switch (vector) {
    case VEC_DE:
    case VEC_TS:
    case VEC_NP:
    case VEC_SS:
    case VEC_GP:
        return CONTRIBUTORY;
    case VEC_PF:
        return PAGE_FAULT;
    case VEC_DF:
        return DOUBLE_FAULT;
    default:
        return BENIGN;
    }
}

enum combination { SERIALLY, BECOME_DF, SHUT_DOWN };

/* combinations[first][second] */
static const uint8_t combinations[4][4] = {
    [BENIGN] = {SERIALLY, SERIALLY, SERIALLY, SERIALLY},
    [CONTRIBUTORY] = {SERIALLY, BECOME_DF, SERIALLY, SERIALLY},
    [PAGE_FAULT] = {SERIALLY, BECOME_DF, BECOME_DF, SERIALLY},
    [DOUBLE_FAULT] = {SERIALLY, SHUT_DOWN, SHUT_DOWN, SERIALLY},
};

/* CR2 and DR6 are written when the exception is recognized, whatever becomes of its delivery. */
static void record(struct cpu *c, const struct cpu_fault *fault)
{
    if (fault->vector == VEC_PF)
        c->s.cr2 = fault->cr2;
    if (fault->vector == VEC_DB)
        c->s.dr[6] = (c->s.dr[6] & ~0xfu) | fault->error;
}

bool cpu_fault_sets_rf(const struct cpu_fault *fault)
{
    const uint32_t restart_nothing =
        (1u << VEC_NMI) | (1u << VEC_BP) | (1u << VEC_OF) | (1u << VEC_DF) | (1u << VEC_MC);
    /* Of the debug exceptions that are faults, an instruction breakpoint leaves RF alone. */
    if (fault->vector == VEC_DB && !(fault->error & DR6_BD))
        return false;
    return !fault->trap && fault->vector < 32 && !(restart_nothing & (1u << fault->vector));
}

static struct event event_of(const struct cpu *c, const struct cpu_fault *fault)
{
    struct event e = {fault->vector, EVENT_EXCEPTION, fault->has_error, fault->error,
                      cpu_eflags(c)};
    if (cpu_fault_sets_rf(fault))
        e.eflags |= FLAG_RF;
    return e;
}

bool cpu_deliver_exception(struct cpu *c)
{
    struct cpu_fault first = c->fault;
    for (;;) {
        c->fault_pending = false;
        record(c, &first);
        struct event e = event_of(c, &first);
        if (event_deliver(c, &e))
            return true;
        if (!c->fault_pending) /* something not built: the stop is set */
            return false;
        switch (combinations[fault_class(first.vector)][fault_class(c->fault.vector)]) {
        case SERIALLY:
            first = c->fault;
            break;
        case BECOME_DF:
            record(c, &c->fault);
            first = (struct cpu_fault){.vector = VEC_DF, .has_error = 1};
            break;
        case SHUT_DOWN:
        default:
            record(c, &c->fault);
            c->fault_pending = false;
            c->s.shutdown = 1;
            c->stop = CPU_STOP_SHUTDOWN;
            return false;
        }
    }
}
