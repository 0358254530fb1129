/*
 * Building a paravirtual guest: its kernel in frames of its own, first page tables, p2m list,
 * start_info.
 *
 * In pseudo-physical order from VIRT_BASE: the kernel where it was linked, then page by page the
 * module, the p2m list, start_info, the console's and the disks' rings, page tables, one page of
 * stack; all of it mapped, the rest of the guest's memory is for it to map. Tables are mapped
 * read-only. The root is checked like any other, pinned, and loaded. (Order and contents as Xen's
 * domain builder; rings in place of xenstore and grants: `DEVIATION:`, see pv_shared.h.)
 */
#include "pv/pv.h"

#include <stdio.h>
#include <string.h>

#include "pv/image.h"

#define SPAN  (4u << 20)   /* linear space of one page table */
#define SLACK (512u << 10) /* mapped beyond the stack, for the guest to begin with */

/* Where things go: pseudo-physical addresses, page aligned. */
struct layout {
    uint32_t module, p2m, info, console, block[PV_BLOCK_DEVICES], tables, stack, end;
    uint32_t table_count; /* directory included */
    uint32_t mapped;      /* bytes mapped from VIRT_BASE */
};

static uint32_t pages_up(uint32_t bytes)
{
    return (bytes + PAGE_SIZE - 1) & PAGE_MASK;
}

static bool plan(const struct vm *vm, const struct loader_input *in, const struct pv_image *image,
                 struct layout *l)
{
    uint64_t at = image->end;
    if (in->module_count && in->modules[0].size > vm->s.ram_bytes)
        return false;
    l->module = (uint32_t)at;
    at += in->module_count ? pages_up(in->modules[0].size) : 0;
    l->p2m = (uint32_t)at;
    at += pages_up(vm->pages * 4);
    l->info = (uint32_t)at;
    l->console = l->info + PAGE_SIZE;
    l->block[0] = l->console + PAGE_SIZE;
    l->block[1] = l->block[0] + PAGE_SIZE;
    l->tables = l->block[1] + PAGE_SIZE;
    /* Tables map themselves, so their number is found by trying. */
    for (l->table_count = 2; l->table_count < 300; l->table_count++) {
        uint64_t end = (uint64_t)l->tables + (l->table_count + 1) * PAGE_SIZE + SLACK;
        if (end <= (uint64_t)(l->table_count - 1) * SPAN)
            break;
    }
    l->stack = l->tables + l->table_count * PAGE_SIZE;
    l->end = l->stack + PAGE_SIZE;
    l->mapped = (l->table_count - 1) * SPAN;
    if (l->mapped > vm->s.ram_bytes)
        l->mapped = vm->s.ram_bytes;
    return at < vm->s.ram_bytes && l->end <= vm->s.ram_bytes &&
           image->virt_base + (uint64_t)l->mapped <= PV_HOLE;
}

static uint32_t mfn_of(const struct vm *vm, uint32_t pa)
{
    return vm->p2m[pa >> PAGE_SHIFT].mfn;
}

static void load_image(struct vm *vm, const struct loader_input *in, const struct pv_image *image,
                       const struct layout *l)
{
    for (unsigned i = 0; i < image->segments; i++) /* frames come zeroed, so BSS is done */
        gpa_copy_in(vm, image->segment[i].pa, in->image + image->segment[i].file_offset,
                    image->segment[i].file_size);
    if (in->module_count)
        gpa_copy_in(vm, l->module, in->modules[0].bytes, in->modules[0].size);
    for (uint32_t pfn = 0; pfn < vm->pages; pfn++) {
        uint32_t mfn = vm->p2m[pfn].mfn;
        gpa_copy_in(vm, l->p2m + pfn * 4, &mfn, 4);
        pv_m2p_set(vm->hv, mfn, pfn);
    }
}

static bool is_table(const struct layout *l, uint32_t pa)
{
    return pa >= l->tables && pa < l->stack;
}

static void build_tables(struct vm *vm, const struct pv_image *image, const struct layout *l)
{
    struct ram *ram = &vm->hv->machine->ram;
    uint32_t directory = mfn_of(vm, l->tables) << PAGE_SHIFT;
    for (uint32_t pa = 0; pa < l->mapped; pa += PAGE_SIZE) {
        uint32_t gva = image->virt_base + pa;
        uint32_t table = mfn_of(vm, l->tables + (1 + pa / SPAN) * PAGE_SIZE) << PAGE_SHIFT;
        uint32_t rights = PTE_P | PTE_A | (is_table(l, pa) ? 0 : PTE_W);
        ram_write32(ram, table + ((gva >> PAGE_SHIFT) & 1023u) * 4,
                    mfn_of(vm, pa) << PAGE_SHIFT | rights);
        ram_write32(ram, directory + (gva >> 22) * 4, table | PTE_P | PTE_W | PTE_A);
    }
}

/* A ring is held as writable for ever, and has an event channel; 0 if there is no such device. */
static uint32_t ring_create(struct pv *pv, uint32_t mfn, enum pv_source source)
{
    pv_type_get(&pv->mmu, mfn, FRAME_WRITABLE);
    return pv_channel_alloc(pv, source, PV_EVTCHNSTAT_INTERDOMAIN, 0);
}

static void create_rings(struct pv *pv, const struct layout *l, struct pv_start_info *info)
{
    struct vm *vm = pv->vm;
    info->console_mfn = pv->s.console_mfn = mfn_of(vm, l->console);
    info->console_evtchn = pv->s.console_port =
        ring_create(pv, pv->s.console_mfn, PV_SOURCE_CONSOLE);
    for (unsigned i = 0; i < PV_BLOCK_DEVICES; i++) {
        const struct disk_backend *disk = &vm->hv->config.vm[vm->number].disk[i];
        if (!disk->sectors)
            continue;
        uint32_t mfn = pv->s.block_mfn[i] = mfn_of(vm, l->block[i]);
        uint32_t port = pv->s.block_port[i] = ring_create(pv, mfn, PV_SOURCE_BLOCK0 + i);
        info->block[i] = (struct pv_block_info){mfn, port, disk->sectors, !disk->write};
        pv_frame_write(vm, mfn, offsetof(struct pv_blkif_ring, req_event), 4, 1);
        pv_frame_write(vm, mfn, offsetof(struct pv_blkif_ring, rsp_event), 4, 1);
    }
}

static void write_start_info(struct pv *pv, const struct loader_input *in,
                             const struct pv_image *image, const struct layout *l)
{
    struct vm *vm = pv->vm;
    struct pv_start_info info = {
        .magic = PV_MAGIC,
        .nr_pages = vm->pages,
        .shared_info = pv->s.shared_mfn << PAGE_SHIFT,
        .pt_base = image->virt_base + l->tables,
        .nr_pt_frames = l->table_count,
        .mfn_list = image->virt_base + l->p2m,
        .first_p2m_pfn = l->p2m >> PAGE_SHIFT,
        .nr_p2m_frames = pages_up(vm->pages * 4) >> PAGE_SHIFT,
    };
    if (in->module_count) {
        info.mod_start = image->virt_base + l->module;
        info.mod_len = in->modules[0].size;
    }
    (void)snprintf(info.cmd_line, sizeof info.cmd_line, "%s", in->cmdline ? in->cmdline : "");
    create_rings(pv, l, &info);
    gpa_copy_in(vm, l->info, &info, sizeof info);
}

static void set_registers(struct vcpu *v, const struct pv_image *image, const struct layout *l)
{
    struct cpu_state *s = &v->virt.s;
    memset(s->gpr, 0, sizeof s->gpr);
    for (unsigned seg = 0; seg < X86_SEGS; seg++)
        s->seg[seg] = (struct segment){.sel = PV_FLAT_RING1_DS,
                                       .limit = PV_SEGMENT_END - 1,
                                       .ar = AR_G | AR_DB | AR_P | AR_S | AR_RW | AR_ACCESSED |
                                             1u << AR_DPL_SHIFT};
    s->seg[SEG_CS].sel = PV_FLAT_RING1_CS;
    s->seg[SEG_CS].ar |= AR_CODE;
    s->cpl = 1;
    s->eip = image->entry;
    s->gpr[R_ESI] = image->virt_base + l->info;
    s->gpr[R_ESP] = image->virt_base + l->end;
    s->cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_ET | CR0_NE;
    cpu_set_eflags(&v->virt, FLAG_FIXED1 | FLAG_IF);
}

/* The page that guest and hypervisor share is a frame of the guest's beyond its memory. */
static bool create_shared_info(struct pv *pv)
{
    uint32_t mfn = frame_alloc(pv->vm->hv, pv->vm->number + 1u, FRAME_NONE);
    if (!mfn)
        return false;
    struct frame *f = frame_of(pv->vm->hv, mfn);
    f->refs = 1;
    f->gfn = PV_M2P_INVALID;
    pv->s.shared_mfn = mfn;
    pv_type_get(&pv->mmu, mfn, FRAME_WRITABLE);
    pv_frame_write(pv->vm, mfn, PV_OFFSET_MASK, 4, 0);
    pv_set_upcall_mask(pv, true);
    pv_time_start(pv);
    return true;
}

enum sim_status pv_build(struct vm *vm, const struct loader_input *in, struct sim_error *err)
{
    struct pv *pv = vm->pv;
    struct pv_image image;
    struct layout l = {0};
    enum sim_status status = pv_image_read(in, vm->s.ram_bytes, &image, err);
    if (status != SIM_OK)
        return status;
    if (in->cmdline && strlen(in->cmdline) >= PV_CMDLINE_SIZE)
        return sim_fail(err, SIM_BAD_INPUT, "the command line has %zu characters; mode pv takes %d",
                        strlen(in->cmdline), PV_CMDLINE_SIZE - 1);
    if (!plan(vm, in, &image, &l))
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: with its module, list of frames and page tables it needs more than "
                        "the guest's 0x%x bytes; "
                        "give it more with --mem",
                        in->image_name, vm->s.ram_bytes);
    for (uint32_t pfn = 0; pfn < vm->pages; pfn++)
        frame_of(vm->hv, vm->p2m[pfn].mfn)->refs = 1;
    pv->s.frames_held = vm->pages;
    if (!create_shared_info(pv))
        return sim_fail(err, SIM_NO_MEMORY, "the machine has no frame left for shared_info");
    load_image(vm, in, &image, &l);
    build_tables(vm, &image, &l);
    write_start_info(pv, in, &image, &l);
    set_registers(&vm->cpu, &image, &l);
    uint32_t root = mfn_of(vm, l.tables);
    if (pv_mmu_pin(&pv->mmu, root, FRAME_PD) || pv_mmu_load_root(&pv->mmu, root))
        return sim_fail(err, SIM_BAD_INPUT, "%s: the first page tables were refused",
                        in->image_name);
    pv_real_root(pv);
    return SIM_OK;
}
