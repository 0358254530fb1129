/*
 * A session for tests of what only looks at one: a hypervisor from the rig, and a position that the
 * test chooses.
 */
#ifndef TESTS_SESSION_FAKE_H
#define TESTS_SESSION_FAKE_H

#include "hv/session.h"

struct session {
    struct hv *hv;
    struct session_position at;
    unsigned vm;
    uint64_t hash;
};

#endif
