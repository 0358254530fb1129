/*
 * Snapshots of a rig for tests: the packed state, all of RAM, and the disks, which are the host's.
 */
#ifndef TESTS_REPLAY_HV_SNAP_H
#define TESTS_REPLAY_HV_SNAP_H

#include "../../guest/rig/rig.h"

struct snap {
    uint8_t *state, *ram, *disk[HV_MAX_VMS];
    size_t size;
};

/* What runs, and how: one line of a table of tests. */
struct way {
    int mode;
    unsigned vms;
    uint64_t slice;
    char cpu[24];
    bool tsc_emulate;
    unsigned shadow_pages;
};

/* Each mode, and shadow paging with few pages, several guests in turn. */
#define WAYS_FEW 4u
extern const struct way ways_few[WAYS_FEW];

const char *way_name(const struct way *w);

/* Bantam with this command line in every VM. */
void way_start(struct rig *r, const struct way *w, const char *cmdline);

struct snap snap_take(struct rig *r);

/* RAM and disks as they were, without the state. */
void snap_put_memory(struct rig *r, const struct snap *s);

/* All of it; the state must be accepted. */
void snap_put(struct rig *r, const struct snap *s);
void snap_free(struct snap *s);

/* Ends the program with a sentence unless the rig is as in the snapshot: state, RAM, disks. `how`
 * and the cycle are for the message. */
void snap_expect(struct rig *r, const struct snap *want, const char *how, uint64_t at);

uint64_t snap_random(uint64_t *seed);

#endif
