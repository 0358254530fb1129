/*
 * A machine with paravirtual guests for tests: images from the build, a small disk in memory, the
 * console in a buffer.
 */
#ifndef TESTS_GUEST_PV_MACHINE_H
#define TESTS_GUEST_PV_MACHINE_H

#include "hv/hv.h"

#define PV_DISK_SECTORS 64u
#define PV_CONSOLE_SIZE 0x80000u

struct pv_machine {
    struct hv *hv;
    struct cost_profile profile;
    uint8_t *disk; /* owned; disk_sectors of them */
    uint32_t disk_sectors;
    char *console; /* owned; all VMs' bytes, zero-terminated */
    uint32_t console_bytes;
    struct sim_error error;
};

/* What to start. image is relative to the folder of guest images. */
struct pv_start {
    const char *image, *cmdline;
    const char *disk; /* relative image file, or null: 64 sectors of zeroes */
    enum hv_mode_id mode;
    unsigned vms;    /* on the machine */
    unsigned loaded; /* of them, from the first */
    uint32_t ram_bytes;
};

/* Builds and loads; fails the test if that does not work. pv_machine_stop frees everything. */
void pv_machine_start(struct pv_machine *m, const struct pv_start *start);
void pv_machine_stop(struct pv_machine *m);

/* Runs to the end, at most so many cycles. */
enum hv_stop pv_machine_run(struct pv_machine *m, uint64_t cycles);

/* A file's bytes, to be freed; fails the test if it cannot be read. */
uint8_t *pv_read_file(const char *name, size_t *size);

#endif
