/*
 * What every test with a running guest needs: guest images from the build, a hypervisor with VMs
 * set up from a short plan, consoles and disks that can be compared afterwards.
 *
 * Nothing here decides what is right; a test asks for figures and judges them. Host errors (a
 * missing image, no memory) end the test program with a sentence, since no guest could have caused
 * them.
 */
#ifndef TESTS_GUEST_RIG_H
#define TESTS_GUEST_RIG_H

#include "cli/disk.h"
#include "cli/profile.h"
#include "hv/hv.h"

#define RIG_CONSOLE (1u << 20) /* bytes kept; more are counted only */

/* What runs in one VM. */
struct rig_guest {
    const char *image;      /* below the build's guest-os folder: "tests/attack.elf" */
    const char *cmdline;    /* may be null */
    const char *disk;       /* image file below guest-os, or null */
    uint32_t blank_sectors; /* else: a disk of so many sectors of zeroes */
};

struct rig_plan {
    enum hv_mode_id mode;
    unsigned vms;
    struct rig_guest guest[HV_MAX_VMS];
    const char *profile;   /* null: flat */
    const char *cpu;       /* null: the mode's own */
    unsigned mem_mib;      /* 0: 16 */
    uint64_t seed;         /* as it is */
    uint64_t slice_cycles; /* 0: 10 ms */
    uint32_t shadow_pages; /* 0: chosen from memory */
    bool tsc_emulate;
    bool no_batch; /* pv: no multicall */
};

struct rig_console {
    char *text; /* owned, ends with a zero byte */
    size_t size;
    size_t total;
};

struct rig {
    struct hv *hv;
    struct profile profile;
    struct rig_console console[HV_MAX_VMS];
    struct disk_image image;
    struct disk_overlay overlay[HV_MAX_VMS];
    bool has_disk;
    uint8_t *blank[HV_MAX_VMS]; /* owned */
};

/* Builds everything and loads the guests; false with err filled if the hypervisor refuses. */
bool rig_try(struct rig *r, const struct rig_plan *plan, struct sim_error *err);
/* The same; a refusal ends the program. */
void rig_start(struct rig *r, const struct rig_plan *plan);
void rig_stop(struct rig *r);

/* Runs to the end or to that many cycles (0: no limit). */
enum hv_stop rig_run(struct rig *r, uint64_t cycles);

/* How VM n ended, in words: "exited 0", "killed: ...". Kept in a buffer of the caller's. */
const char *rig_end(const struct rig *r, unsigned n, char *to, size_t size);

/* Hash of all bytes of VM n's disk; 0 if it has none. */
uint64_t rig_disk_hash(const struct rig *r, unsigned n);

/* Replaces every `cycles=<digits>` by `cycles=#`, in place. */
void rig_mask_cycles(char *text);

/* The first line in which two texts differ, for a message: "line 3: `a' | `b'". */
const char *rig_difference(const char *a, const char *b, char *to, size_t size);

/* A file's bytes with a zero byte behind; ends the program if it cannot be read. Owned. */
uint8_t *rig_read(const char *path, size_t *size);

/* Path of a file of the build's guest-os folder. */
const char *rig_guest_path(const char *name, char *to, size_t size);

#endif
