/*
 * Saved states that cannot be: what is changed in a good one, and the words of its refusal. The
 * rows are in refused_rows.c, and refused_test.c carries them out.
 */
#ifndef TESTS_REPLAY_HV_REFUSED_H
#define TESTS_REPLAY_HV_REFUSED_H

#include <stdint.h>

/* Where a run was saved. */
enum scene {
    NATIVE,
    ON_CPU,    /* trap, two VMs: a guest is on the CPU */
    IN_REPEAT, /* trap, two VMs: within a REP that the hypervisor carries out */
    PV,        /* two VMs: a guest is on the CPU */
    SCENES
};

/* Numbers that a state names: items of a region, VMs and values of a change. */
enum {
    NAMED = 1 << 24,
    LAST_EXIT,  /* its record */
    STUB_FRAME, /* frames of the hypervisor's own */
    GDT_FRAME,
    LDT_FRAME,
    IDT_FRAME,
    M2P_FRAME,
    GUEST_FRAME,   /* behind the first guest's page 0 */
    SECOND_FREE,   /* the second frame to be dealt */
    THIS_VM,       /* whose guest is on the CPU */
    WAITING_VM,    /* the other one */
    SHARED,        /* of no VM */
    ROWS,          /* insn_row_count */
    USED_SHADOW,   /* a shadow page of the first VM that is no root */
    OTHER_SHADOW,  /* one more */
    UNUSED_SHADOW, /* and, as a root is named: one that is in the pool, */
    LEAF_SHADOW,   /* and USED_SHADOW */
    OTHER_CURRENT, /* the VM that is not in hand, as `current` names it */
    ROOT_FRAME,    /* the directory of the first paravirtual guest */
    PLAIN_FRAME,   /* one of its frames that is nothing in particular */
};

struct change {
    const char *region;
    unsigned vm, item;
    const char *field;
    unsigned element, elements; /* of them; 0: one */
    uint64_t value;
};

struct refusal {
    enum scene scene;
    struct change change[4]; /* as far as there is a region */
    const char *words;
};

extern const struct refusal refusals[];
extern const unsigned refusals_count;

#endif
