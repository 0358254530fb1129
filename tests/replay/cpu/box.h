/*
 * A machine with a guest, for determinism tests: the guest's image, a disk in memory, and what it
 * printed.
 */
#ifndef TESTS_REPLAY_CPU_BOX_H
#define TESTS_REPLAY_CPU_BOX_H

#include "sim/machine.h"

struct guest {
    const char *name; /* for messages */
    const char *file; /* below the folder with the guest images */
    const char *cmdline;
    const char *disk; /* likewise, or null */
    uint64_t length;  /* instructions to run, unless it ends before */
};

extern const struct guest guests[];
extern const unsigned guest_count;

struct box {
    struct machine *m;
    const struct guest *guest;
    uint8_t *disk; /* a private copy: written by the guest, moved along with it */
    uint32_t disk_bytes;
    uint64_t output;  /* hash of all bytes printed */
    uint64_t printed; /* how many */
};

/* Null, with a line on stderr, if the image is not there: that guest was not built. */
struct box *box_create(const struct guest *g);
void box_destroy(struct box *b);

/* True once the guest has ended or has run its length. */
bool box_done(const struct box *b);

/* Runs at most that many instructions and cycles, and not beyond the guest's length. */
void box_run(struct box *b, uint64_t insns, uint64_t cycles);

/* Runs to the end in one go. */
void box_finish(struct box *b);

/* Hash of the machine, the disk and the output. */
uint64_t box_hash(struct box *b);

/* Puts the machine's whole state into a fresh machine, through its packed form, and goes on with
 * that one. */
bool box_move(struct box *b);

#endif
