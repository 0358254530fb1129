/*
 * The disk: requests and answers in a page shared with the hypervisor (Xen's public io/blkif.h and
 * io/ring.h).
 *
 * The kernel has one transfer at a time, so the ring never holds more than one request.
 */
#include "arch/pv/pv.h"

#define DISK 0

static volatile struct pv_blkif_ring *ring;
static uint32_t answers; /* taken, ever */

static void block_event(void)
{
    while (ring != NULL && answers != ring->rsp_prod) {
        int16_t status = ring->slot[answers % PV_BLKIF_RING_SIZE].rsp.status;
        answers++;
        ring->rsp_event = answers + 1;
        block_done(status == PV_BLKIF_RSP_OKAY);
    }
}

void block_ring_init(void)
{
    const struct pv_block_info *disk = &start_info->block[DISK];
    if (disk->mfn == 0)
        return;
    ring = frame_address(arch_pte_frame(disk->mfn << PAGE_SHIFT));
    event_bind(disk->evtchn, block_event);
}

uint32_t arch_block_sectors(void)
{
    return start_info->block[DISK].sectors;
}

void arch_block_start(bool write, uint32_t sector, unsigned count, void *buffer)
{
    uint32_t first = (address_of(buffer) % PAGE_SIZE) / 512;
    ring->slot[ring->req_prod % PV_BLKIF_RING_SIZE].req = (struct pv_blkif_request){
        .operation = write ? PV_BLKIF_OP_WRITE : PV_BLKIF_OP_READ,
        .nr_segments = 1,
        .sector_number = {sector},
        .seg = {{.mfn = frame_to_machine(frame_of(buffer)),
                 .first_sect = (uint8_t)first,
                 .last_sect = (uint8_t)(first + count - 1)}},
    };
    barrier();
    ring->req_prod++;
    event_notify(start_info->block[DISK].evtchn);
}
