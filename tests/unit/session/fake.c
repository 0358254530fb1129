/*
 * The functions of a session that expressions call, on struct session of fake.h.
 */
#include "fake.h"

struct hv *session_hv(struct session *s)
{
    return s->hv;
}

const struct session_position *session_position(const struct session *s)
{
    return &s->at;
}

unsigned session_vm(const struct session *s)
{
    return s->vm;
}

uint64_t session_hash(struct session *s)
{
    return s->hash;
}

bool session_guest(struct session *s, unsigned vm, struct cpu_state *out)
{
    *out = *hv_guest_cpu(s->hv, vm);
    return true;
}
