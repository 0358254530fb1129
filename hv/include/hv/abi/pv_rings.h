/*
 * Shared rings: the console's two byte streams, and the block device's requests and answers.
 *
 * Xen's structures for x86_32 (io/console.h, io/ring.h, io/blkif.h). DEVIATION: a segment names the
 * caller's own machine frame where Xen has a grant reference. Indices run freely modulo 2^32; the
 * slot is index modulo the ring's size. The other side may write anything at any time, so each side
 * reads an index once and checks it.
 */
#ifndef HV_ABI_PV_RINGS_H
#define HV_ABI_PV_RINGS_H

#include <stdint.h>

#define PV_CONSOLE_IN_SIZE  1024u
#define PV_CONSOLE_OUT_SIZE 2048u

struct pv_console_ring {
    char in[PV_CONSOLE_IN_SIZE];   /* to the guest */
    char out[PV_CONSOLE_OUT_SIZE]; /* from the guest */
    uint32_t in_cons, in_prod;
    uint32_t out_cons, out_prod;
};

#define PV_BLKIF_OP_READ          0u
#define PV_BLKIF_OP_WRITE         1u
#define PV_BLKIF_RSP_OKAY         0
#define PV_BLKIF_RSP_ERROR        (-1)
#define PV_BLKIF_RSP_EOPNOTSUPP   (-2)
#define PV_BLKIF_SEGMENTS         11u
#define PV_BLKIF_RING_SIZE        32u
#define PV_BLKIF_SECTORS_PER_PAGE 8u

struct pv_blkif_segment {
    uint32_t mfn;                  /* DEVIATION: Xen has a grant reference */
    uint8_t first_sect, last_sect; /* sectors of 512 bytes in the frame, inclusive */
    uint8_t pad[2];
};

struct pv_blkif_request {
    uint8_t operation;
    uint8_t nr_segments;
    uint16_t handle;
    uint32_t id[2]; /* returned in the answer */
    uint32_t sector_number[2];
    struct pv_blkif_segment seg[PV_BLKIF_SEGMENTS];
};

struct pv_blkif_response {
    uint32_t id[2];
    uint8_t operation;
    uint8_t pad;
    int16_t status; /* PV_BLKIF_RSP_* */
};

struct pv_blkif_ring {
    uint32_t req_prod,
        req_event; /* requests made; wake the back end when req_prod passes req_event */
    uint32_t rsp_prod, rsp_event; /* answers made; wake the guest when rsp_prod passes rsp_event */
    uint8_t pad[48];
    union {
        struct pv_blkif_request req;
        struct pv_blkif_response rsp;
    } slot[PV_BLKIF_RING_SIZE];
};

_Static_assert(sizeof(struct pv_console_ring) == 3088, "as Xen's xencons_interface");
_Static_assert(sizeof(struct pv_blkif_request) == 108, "as Xen's blkif_request on x86_32");
_Static_assert(sizeof(struct pv_blkif_response) == 12, "as Xen's blkif_response on x86_32");
_Static_assert(sizeof(struct pv_blkif_ring) <= 4096, "a ring is one page");

#endif
