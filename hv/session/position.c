/* Positions of a run: their order, and how far apart they are; and limits that mean none by 0. */
#include "session/internal.h"

int session_compare(const struct session_position *a, const struct session_position *b)
{
    bool inside = a->phase != SESSION_OUTSIDE && b->phase != SESSION_OUTSIDE;
    if (inside && a->exit && a->exit == b->exit) /* the phase says it all */
        return a->phase == b->phase ? 0 : a->phase < b->phase ? -1 : 1;
    if (a->insn != b->insn)
        return a->insn < b->insn ? -1 : 1;
    if (a->exit != b->exit)
        return a->exit < b->exit ? -1 : 1;
    if (a->cycle != b->cycle)
        return a->cycle < b->cycle ? -1 : 1;
    return a->phase == b->phase ? 0 : a->phase < b->phase ? -1 : 1;
}

uint64_t position_work(const struct session_position *from, const struct session_position *to)
{
    return to->insn - from->insn + (to->exit - from->exit) * EXIT_WORK;
}

uint64_t limit_sooner(uint64_t limit, uint64_t other)
{
    return limit && limit < other ? limit : other; /* 0: none */
}
