/*
 * Back ends of the shared rings: the console's bytes and the disks' sectors.
 *
 * A ring is a frame of the guest's that the hypervisor holds as writable, so it never is a page
 * table. Its indices are read once a visit and believed only as far as they fit the ring: a
 * producer further ahead than the ring is long is a lie, and the visit ends. Transfers are complete
 * when the notifying hypercall returns; the answer's event is already pending. DEVIATION: no
 * latency of its own, so a disk is as fast as backend_sector says.
 */
#include "pv/pv.h"

#define CONSOLE(field) ((uint32_t)offsetof(struct pv_console_ring, field))
#define BLOCK(field)   ((uint32_t)offsetof(struct pv_blkif_ring, field))
#define SLOT_BYTES     ((uint32_t)sizeof(struct pv_blkif_request))

static uint32_t ring_read(const struct pv *pv, uint32_t mfn, uint32_t offset)
{
    return pv_frame_read(pv->vm, mfn, offset, 4);
}

static void ring_write(struct pv *pv, uint32_t mfn, uint32_t offset, uint32_t value)
{
    pv_frame_write(pv->vm, mfn, offset, 4, value);
}

static void denied(struct pv *pv, const char *what, uint32_t value)
{
    struct vm *vm = pv->vm;
    vm->stats.hypercalls_refused++;
    if (vm->hv->sink.event) {
        const struct trace_event e = {.kind = TRACE_DENIED,
                                      .vm = (uint8_t)vm->number,
                                      .cycle = hv_cycle(vm->hv),
                                      .value = value,
                                      .exit = vm->hv->open,
                                      .text = what};
        vm->hv->sink.event(vm->hv->sink.opaque, &e);
    }
}

/* ------------------------------------------------------------------------------ console */

void pv_console_byte(struct pv *pv, uint8_t byte)
{
    struct vm *vm = pv->vm;
    enum hv_phase before = hv_phase_set(vm->hv, PHASE_DEVICE);
    hv_charge(vm->hv, HV_COST_backend_byte);
    hv_phase_set(vm->hv, before);
    vm->stats.bytes_out++;
    if (vm->host.serial_out)
        vm->host.serial_out(vm->host.opaque, byte);
}

void pv_console_notified(struct pv *pv)
{
    uint32_t mfn = pv->s.console_mfn;
    uint32_t cons = ring_read(pv, mfn, CONSOLE(out_cons)),
             prod = ring_read(pv, mfn, CONSOLE(out_prod));
    uint32_t n = prod - cons;
    if (n > PV_CONSOLE_OUT_SIZE) {
        denied(pv, "console ring: more bytes than it holds", n);
        return;
    }
    hv_charge(pv->vm->hv, HV_COST_ring_slot);
    hv_trace(pv->vm->hv, pv->vm, TRACE_RING, 0, n, 0);
    for (; cons != prod; cons++)
        pv_console_byte(
            pv, (uint8_t)pv_frame_read(pv->vm, mfn, CONSOLE(out) + cons % PV_CONSOLE_OUT_SIZE, 1));
    ring_write(pv, mfn, CONSOLE(out_cons), cons);
    if (n >= PV_CONSOLE_OUT_SIZE / 2) /* only then may somebody wait for room */
        pv_event_send(pv, pv->s.console_port);
}

/* False: full, or a lie. The sender waits. */
static bool has_room(const struct pv *pv)
{
    uint32_t prod = ring_read(pv, pv->s.console_mfn, CONSOLE(in_prod));
    return prod - ring_read(pv, pv->s.console_mfn, CONSOLE(in_cons)) < PV_CONSOLE_IN_SIZE;
}

bool pv_console_wakes(const struct pv *pv)
{
    return has_room(pv) && pv_event_would_wake(pv, pv->s.console_port);
}

bool pv_console_in(struct pv *pv, uint8_t byte)
{
    uint32_t mfn = pv->s.console_mfn;
    uint32_t prod = ring_read(pv, mfn, CONSOLE(in_prod));
    if (!has_room(pv))
        return false;
    pv_frame_write(pv->vm, mfn, CONSOLE(in) + prod % PV_CONSOLE_IN_SIZE, 1, byte);
    ring_write(pv, mfn, CONSOLE(in_prod), prod + 1);
    pv_event_send(pv, pv->s.console_port);
    return true;
}

/* ------------------------------------------------------------------------------ block */

/* One sector between the host's disk and a frame that is held. */
static bool move_sector(struct pv *pv, unsigned drive, bool write, uint32_t lba, uint32_t pa)
{
    struct vm *vm = pv->vm;
    const struct disk_backend *disk = &vm->hv->config.vm[vm->number].disk[drive];
    struct ram *ram = &vm->hv->machine->ram;
    uint8_t sector[DISK_SECTOR];
    hv_charge(vm->hv, HV_COST_backend_sector);
    vm->stats.sectors_written += write;
    vm->stats.sectors_read += !write;
    if (vm->host.sector_moved)
        vm->host.sector_moved(vm->host.opaque, drive, write);
    if (write)
        return ram_copy_out(ram, pa, sector, sizeof sector) &&
               disk->write(disk->opaque, lba, sector);
    return disk->read(disk->opaque, lba, sector) && ram_copy_in(ram, pa, sector, sizeof sector);
}

/* One segment; the frame is held while it is used: as writable, so that it is no table, if it is to
 * be filled. */
static bool move_segment(struct pv *pv, unsigned drive, bool write, uint32_t lba,
                         const struct pv_blkif_segment *s)
{
    if ((write ? pv_frame_get(&pv->mmu, s->mfn) : pv_type_get(&pv->mmu, s->mfn, FRAME_WRITABLE)) !=
        0)
        return false;
    bool ok = true;
    for (unsigned i = s->first_sect; i <= s->last_sect && ok; i++)
        ok = move_sector(pv, drive, write, lba++, s->mfn << PAGE_SHIFT | i * DISK_SECTOR);
    if (write)
        pv_frame_put(&pv->mmu, s->mfn);
    else
        pv_type_put(&pv->mmu, s->mfn);
    return ok;
}

/* Sectors a request asks for; 0 if it makes no sense. */
static uint32_t request_sectors(const struct pv_blkif_request *r)
{
    uint32_t sectors = 0;
    if (r->nr_segments == 0 || r->nr_segments > PV_BLKIF_SEGMENTS)
        return 0;
    for (unsigned i = 0; i < r->nr_segments; i++) {
        const struct pv_blkif_segment *s = &r->seg[i];
        if (s->last_sect >= PV_BLKIF_SECTORS_PER_PAGE || s->first_sect > s->last_sect)
            return 0;
        sectors += s->last_sect - s->first_sect + 1u;
    }
    return sectors;
}

static int16_t carry_out(struct pv *pv, unsigned drive, const struct pv_blkif_request *r)
{
    const struct disk_backend *disk = &pv->vm->hv->config.vm[pv->vm->number].disk[drive];
    bool write = r->operation == PV_BLKIF_OP_WRITE;
    uint32_t sectors = request_sectors(r), lba = r->sector_number[0];
    if (!write && r->operation != PV_BLKIF_OP_READ)
        return PV_BLKIF_RSP_EOPNOTSUPP;
    if (!sectors || r->sector_number[1] || lba >= disk->sectors || sectors > disk->sectors - lba ||
        (write && !disk->write))
        return PV_BLKIF_RSP_ERROR;
    for (unsigned i = 0; i < r->nr_segments; i++) {
        if (!move_segment(pv, drive, write, lba, &r->seg[i]))
            return PV_BLKIF_RSP_ERROR;
        lba += r->seg[i].last_sect - r->seg[i].first_sect + 1u;
    }
    return PV_BLKIF_RSP_OKAY;
}

static void serve(struct pv *pv, unsigned drive, uint32_t index)
{
    struct ram *ram = &pv->vm->hv->machine->ram;
    uint32_t slot = index % PV_BLKIF_RING_SIZE * SLOT_BYTES + BLOCK(slot);
    uint32_t pa = pv->s.block_mfn[drive] << PAGE_SHIFT | slot;
    struct pv_blkif_request r; /* a copy: the guest may not change its mind */
    ram_copy_out(ram, pa, &r, sizeof r);
    hv_charge(pv->vm->hv, HV_COST_ring_slot);
    hv_trace(pv->vm->hv, pv->vm, TRACE_RING, drive + 1, r.sector_number[0], r.nr_segments);
    const struct pv_blkif_response answer = {
        .id = {r.id[0], r.id[1]}, .operation = r.operation, .status = carry_out(pv, drive, &r)};
    ram_copy_in(ram, pa, &answer, sizeof answer);
}

void pv_block_notified(struct pv *pv, unsigned drive)
{
    uint32_t mfn = pv->s.block_mfn[drive], next = pv->s.block_next[drive];
    uint32_t prod = ring_read(pv, mfn, BLOCK(req_prod)), n = prod - next;
    enum hv_phase before = hv_phase_set(pv->vm->hv, PHASE_DEVICE);
    if (n > PV_BLKIF_RING_SIZE) {
        denied(pv, "block ring: more requests than it holds", n);
        n = 0;
    }
    for (uint32_t i = 0; i < n; i++)
        serve(pv, drive, next + i); /* the answer takes the request's slot, as the ring means it */
    if (n) {
        uint32_t answered = next + n, event = ring_read(pv, mfn, BLOCK(rsp_event));
        pv->s.block_next[drive] = answered;
        ring_write(pv, mfn, BLOCK(req_event), answered + 1);
        ring_write(pv, mfn, BLOCK(rsp_prod), answered);
        if (answered - event < n) /* the guest asked to be told of one of these */
            pv_event_send(pv, pv->s.block_port[drive]);
    }
    hv_phase_set(pv->vm->hv, before);
}
