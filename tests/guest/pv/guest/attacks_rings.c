/*
 * Attacks through the shared rings: indices, lengths and frames that lie.
 */
#include "guest.h"

static struct pv_console_ring *console(void)
{
    return (struct pv_console_ring *)(uintptr_t)(BASE + ((const uint32_t *)(uintptr_t)
                                                             PV_M2P_BASE)[info->console_mfn] *
                                                            PAGE);
}

static volatile struct pv_blkif_ring *block(void)
{
    return (struct pv_blkif_ring *)(uintptr_t)(BASE + ((const uint32_t *)(uintptr_t)
                                                           PV_M2P_BASE)[info->block[0].mfn] *
                                                          PAGE);
}

static void notify(uint32_t port)
{
    struct pv_evtchn_port p = {port};
    CALL(event_channel_op, PV_EVTCHNOP_SEND, addr(&p), 0, 0);
}

static const char *console_indices_lie(void)
{
    volatile struct pv_console_ring *ring = console();
    static const uint32_t ahead[] = {PV_CONSOLE_OUT_SIZE + 1, 0x7fffffff, 0x80000000u, 0xffffffffu};
    for (unsigned i = 0; i < 4; i++) {
        ring->out_prod = ring->out_cons + ahead[i];
        notify(info->console_evtchn);
        EXPECT(ring->out_cons == 0); /* nothing was taken */
    }
    ring->out_cons = 0xfffffffdu; /* indices wrap, which is no lie */
    ring->out_prod = 2;
    notify(info->console_evtchn);
    EXPECT(ring->out_cons == 2);
    return 0;
}

/* Whoever may be waiting for room is told when half of the ring was taken. */
static const char *console_half_full(void)
{
    volatile struct pv_console_ring *ring = console();
    uint32_t bit = 1u << info->console_evtchn;
    ring->out_prod = PV_CONSOLE_OUT_SIZE / 2 - 1;
    notify(info->console_evtchn);
    EXPECT(ring->out_cons == PV_CONSOLE_OUT_SIZE / 2 - 1 && !(shared_info.evtchn_pending[0] & bit));
    ring->out_prod += PV_CONSOLE_OUT_SIZE / 2;
    notify(info->console_evtchn);
    EXPECT(ring->out_cons == PV_CONSOLE_OUT_SIZE - 1 && (shared_info.evtchn_pending[0] & bit));
    return 0;
}

static const char *console_ring_as_page_table(void)
{
    volatile struct pv_console_ring *ring = console();
    EXPECT(map((const void *)(uintptr_t)ring, info->console_mfn, P) == 0);
    EXPECT(mmuext(PV_MMUEXT_PIN_L1_TABLE, info->console_mfn, 0) ==
           -PV_EINVAL); /* held as writable */
    return 0;
}

/* Makes one request and returns its answer's status; 99: no answer came. */
static int request(struct pv_blkif_request r)
{
    volatile struct pv_blkif_ring *ring = block();
    uint32_t at = ring->req_prod % PV_BLKIF_RING_SIZE, answered = ring->rsp_prod;
    r.id[0] = 0x1234;
    ring->slot[at].req = r;
    ring->req_prod++;
    notify(info->block[0].evtchn);
    if (ring->rsp_prod != answered + 1 || ring->slot[at].rsp.id[0] != 0x1234)
        return 99;
    return ring->slot[at].rsp.status;
}

static struct pv_blkif_request one(uint8_t operation, uint32_t sector, uint32_t mfn, uint8_t first,
                                   uint8_t last)
{
    return (struct pv_blkif_request){.operation = operation,
                                     .nr_segments = 1,
                                     .sector_number = {sector, 0},
                                     .seg = {{mfn, first, last, {0, 0}}}};
}

static const char *block_works(void)
{
    EXPECT(info->block[0].sectors == 64 && info->block[1].mfn == 0);
    for (unsigned i = 0; i < 512; i++)
        pages[0][i] = (uint8_t)i;
    EXPECT(request(one(PV_BLKIF_OP_WRITE, 63, mfn_of(pages[0]), 0, 0)) == PV_BLKIF_RSP_OKAY);
    EXPECT(request(one(PV_BLKIF_OP_READ, 63, mfn_of(pages[0]), 7, 7)) == PV_BLKIF_RSP_OKAY);
    EXPECT(pages[0][7 * 512 + 200] == 200);
    EXPECT(shared_info.evtchn_pending[0] & 1u << info->block[0].evtchn);
    return 0;
}

static const char *block_reads_into_a_page_table(void)
{
    uint32_t table = root_entries()[BASE >> 22] / PAGE;
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, table, 0, 0)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, root_mfn(), 0, 7)) == PV_BLKIF_RSP_ERROR);
    return 0;
}

static const char *block_moves_foreign_frames(void)
{
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, foreign_mfn(), 0, 7)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_WRITE, 0, foreign_mfn(), 0, 7)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, 0xffffffffu, 0, 0)) == PV_BLKIF_RSP_ERROR);
    return 0;
}

static const char *block_sectors_lie(void)
{
    uint32_t mfn = mfn_of(pages[0]);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, mfn, 0, 8)) == PV_BLKIF_RSP_ERROR); /* past the page */
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, mfn, 0, 255)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, mfn, 5, 4)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 64, mfn, 0, 0)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 60, mfn, 0, 7)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0xffffffffu, mfn, 0, 1)) ==
           PV_BLKIF_RSP_ERROR); /* wraps */
    struct pv_blkif_request r = one(PV_BLKIF_OP_READ, 0, mfn, 0, 0);
    r.sector_number[1] = 1;
    EXPECT(request(r) == PV_BLKIF_RSP_ERROR);
    r = one(PV_BLKIF_OP_READ, 0, mfn, 0, 0);
    r.nr_segments = 0;
    EXPECT(request(r) == PV_BLKIF_RSP_ERROR);
    r.nr_segments = 12;
    EXPECT(request(r) == PV_BLKIF_RSP_ERROR);
    r.nr_segments = 255;
    EXPECT(request(r) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(9, 0, mfn, 0, 0)) == PV_BLKIF_RSP_EOPNOTSUPP);
    return 0;
}

static const char *block_indices_lie(void)
{
    volatile struct pv_blkif_ring *ring = block();
    static const uint32_t ahead[] = {PV_BLKIF_RING_SIZE + 1, 0x7fffffff, 0x80000000u, 0xffffffffu};
    for (unsigned i = 0; i < 4; i++) {
        ring->req_prod = ahead[i];
        notify(info->block[0].evtchn);
        EXPECT(ring->rsp_prod == 0);
    }
    ring->req_prod = 0;
    return block_works();
}

static const char *block_ring_unmapped(void)
{
    uint32_t at = addr((const volatile void *)block());
    CALL(update_va_mapping, at, 0, 0, PV_UVMF_INVLPG);
    notify(info->block[0].evtchn); /* the back end has a reference of its own */
    return 0;
}

/* A disk that is read-only and has a bad sector 3 (test_load.c). */
static const char *block_fails(void)
{
    uint32_t mfn = mfn_of(pages[0]);
    EXPECT(info->block[0].read_only == 1);
    EXPECT(request(one(PV_BLKIF_OP_WRITE, 0, mfn, 0, 0)) == PV_BLKIF_RSP_ERROR);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, mfn, 0, 0)) == PV_BLKIF_RSP_OKAY);
    EXPECT(request(one(PV_BLKIF_OP_READ, 0, mfn, 0, 7)) == PV_BLKIF_RSP_ERROR);
    return 0;
}

const struct attack attacks_rings[] = {
    {"console_indices_lie", console_indices_lie},
    {"console_ring_as_page_table", console_ring_as_page_table},
    {"block_works", block_works},
    {"block_reads_into_a_page_table", block_reads_into_a_page_table},
    {"block_moves_foreign_frames", block_moves_foreign_frames},
    {"block_sectors_lie", block_sectors_lie},
    {"block_indices_lie", block_indices_lie},
    {"block_ring_unmapped", block_ring_unmapped},
    {"block_fails", block_fails},
    {"console_half_full", console_half_full},
    {0, 0},
};
