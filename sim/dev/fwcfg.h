/*
 * fw_cfg, the paravirtual device by which QEMU tells firmware and kernels about the machine.
 * Source: QEMU, "QEMU Firmware Configuration (fw_cfg) Device".
 *
 * Ports: 0 selector (16 bit, write), 1 data (8 bit, read, the next byte of the item). Reads behind
 * an item's end give 0. Items: 0000 signature, 0001 interface id, 0002 UUID, 0003 RAM size, 0004 no
 * graphics, 0005 and 000F CPU counts, 000D NUMA nodes, 000E boot menu, 0019 directory, 0020 the
 * file etc/e820. All others are empty. No DMA interface.
 */
#ifndef SIM_DEV_FWCFG_H
#define SIM_DEV_FWCFG_H

#include "sim/bus.h"
#include "sim/state.h"

struct fwcfg_state {
    uint32_t offset; /* of the next byte */
    uint16_t select;
    uint8_t reserved[2];
};

struct fwcfg {
    struct fwcfg_state s;
    uint64_t ram_bytes; /* wire */
};

extern const struct state_desc fwcfg_desc;
extern const struct io_ops fwcfg_select_ops;
extern const struct io_ops fwcfg_data_ops;

void fwcfg_reset(struct fwcfg *f);

#endif
