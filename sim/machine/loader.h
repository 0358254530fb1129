/* Inside the loader: from a file's bytes to a checked plan (loader_image.c), from a plan to memory
 * (loader_multiboot.c). */
#ifndef SIM_MACHINE_LOADER_H
#define SIM_MACHINE_LOADER_H

#include "sim/machine.h"

#define LOADER_MAX_SEGMENTS 64
#define LOADER_FIRST_FREE   0x1000u /* below are the interrupt vectors and the BIOS data area */

/* One piece of the image: file bytes, then zeroes up to memory_size. All checked. */
struct loader_segment {
    uint32_t pa, virtual_address;
    uint32_t file_offset, file_size, memory_size;
};

/* What to put where. */
struct loader_plan {
    struct loader_segment segment[LOADER_MAX_SEGMENTS];
    unsigned segments;
    uint32_t flags; /* of the Multiboot header */
    uint32_t entry; /* physical */
    uint32_t end;   /* behind the highest segment */
};

/* Reads and checks the whole image for a guest with ram_bytes of RAM. SIM_BAD_INPUT says what is
 * wrong and where. */
enum sim_status loader_read_image(const struct loader_input *in, uint32_t ram_bytes,
                                  struct loader_plan *plan, struct sim_error *err);

/* True if [pa, pa+n) touches no segment of the plan. */
bool loader_is_free(const struct loader_plan *plan, uint32_t pa, uint32_t n);

/*
 * Writes what firmware leaves for an operating system in low memory: the BIOS data area's few
 * useful words, the EBDA, and the MP table for one CPU (mptable.c). False if memory refused.
 */
bool loader_write_firmware(const struct loader_memory *mem);

#endif
