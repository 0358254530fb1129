/*
 * A paravirtual kernel image: an ELF32 file with Xen's notes.
 */
#ifndef HV_PV_IMAGE_H
#define HV_PV_IMAGE_H

#include <stdint.h>

#include "sim/machine.h"

#define PV_IMAGE_SEGMENTS 8

struct pv_image {
    uint32_t virt_base; /* linear address of pseudo-physical address 0 */
    uint32_t entry;     /* linear */
    uint32_t end;       /* pseudo-physical: after the last segment, page aligned */
    unsigned segments;
    struct {
        uint32_t file_offset, file_size, pa, memory_size;
    } segment[PV_IMAGE_SEGMENTS];
};

/*
 * Reads an image of in->image_size bytes for a guest with ram_bytes. Every number of the file is
 * checked. SIM_BAD_INPUT says what is wrong and where; an image without the notes is no paravirtual
 * guest and is refused.
 */
enum sim_status pv_image_read(const struct loader_input *in, uint32_t ram_bytes,
                              struct pv_image *out, struct sim_error *err);

#endif
