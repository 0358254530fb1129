/*
 * Hypercalls with arguments from a fuzzer, on a small guest built here. Whatever is asked: no
 * crash, no assertion, counts that follow from the tables, and an audit that finds nothing.
 *
 * An input is a sequence of records of 16 bytes: what to do, then five arguments of three bytes - a
 * kind and a number - which are turned into frame numbers, addresses and structures that a guest
 * would know.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/hv.h"
#include "pv/pv.h"

#define RECORD     16u
#define RAM        (1024u * 1024u)
#define BASE       0xc0000000u
#define BUFFER_PFN 2u /* a page of the image, mapped writable: arguments in memory go there */
#define PAGES      (RAM / PAGE_SIZE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put32(uint8_t *at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t put_note(uint8_t *image, uint32_t at, uint32_t type, const void *desc,
                         uint32_t bytes)
{
    put32(image + at, 4);
    put32(image + at + 4, bytes);
    put32(image + at + 8, type);
    memcpy(image + at + 12, "Xen", 4);
    memcpy(image + at + 16, desc, bytes);
    return at + 16 + ((bytes + 3) & ~3u);
}

/* An image of 16 pages without code. */
static void build_image(uint8_t image[512])
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    const uint32_t base = BASE;
    memset(image, 0, 512);
    memcpy(image, ident, sizeof ident);
    image[16] = 2;
    image[18] = 3;
    put32(image + 28, 52);
    image[42] = 32;
    image[44] = 2;
    put32(image + 52, 1);
    put32(image + 52 + 8, BASE);
    put32(image + 52 + 20, 16 * PAGE_SIZE);
    uint32_t at = put_note(image, 200, PV_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    at = put_note(image, at, PV_ELFNOTE_ENTRY, &base, 4);
    at = put_note(image, at, PV_ELFNOTE_VIRT_BASE, &base, 4);
    put32(image + 84, 4);
    put32(image + 84 + 4, 200);
    put32(image + 84 + 16, at - 200);
}

static bool no_sector(void *opaque, uint32_t lba, uint8_t *sector)
{
    (void)opaque;
    memset(sector, (int)lba, DISK_SECTOR);
    return true;
}

static bool lost_sector(void *opaque, uint32_t lba, const uint8_t *sector)
{
    (void)opaque;
    (void)sector;
    return lba != 13;
}

static struct hv *start(struct cost_profile *profile)
{
    struct hv_config config;
    struct hv *hv = NULL;
    uint8_t image[512];
    *profile = (struct cost_profile){.clock_hz = 1000000};
    hv_config_init(&config, MODE_pv);
    config.profile = profile;
    config.ram_bytes = RAM;
    config.vm[0].disk[0] = (struct disk_backend){16, no_sector, lost_sector, NULL};
    if (hv_create(&hv, &config, NULL) != SIM_OK)
        abort();
    build_image(image);
    const struct loader_input in = {
        .image = image, .image_size = sizeof image, .image_name = "fuzz"};
    if (hv_load(hv, 0, &in, NULL) != SIM_OK)
        abort();
    hv->current = &hv->vm[0]->cpu;
    own_load(hv, 0);
    hv->mode->switch_in(hv->current);
    return hv;
}

/* A number of the guest's world. */
static uint32_t argument(struct hv *hv, const uint8_t *a)
{
    const struct vm *vm = hv->vm[0];
    uint32_t n = a[1] | (uint32_t)a[2] << 8, pfn = n % PAGES;
    switch (a[0] % 10) {
    case 0:
        return n & 0xff;
    case 1:
        return BASE + BUFFER_PFN * PAGE_SIZE + n % PAGE_SIZE;
    case 2:
        return vm->p2m[pfn].mfn;
    case 3:
        return vm->p2m[pfn].mfn << PAGE_SHIFT | (n >> 8 & 7u);
    case 4:
        return BASE + pfn * PAGE_SIZE + (n >> 8 & 0xff0u);
    case 5:
        return vm->pv->mmu.root + (a[1] & 1u);
    case 6:
        return vm->pv->mmu.root << PAGE_SHIFT | (n & 0xffcu);
    case 7:
        return n % hv->frame_count << PAGE_SHIFT | PTE_P | (n & 0x1e0u);
    case 8:
        return PV_DOMID_SELF;
    default:
        return n << 16 | n;
    }
}

static bool guest_can_write(struct hv *hv, uint32_t pfn)
{
    uint32_t mfn = hv->vm[0]->p2m[pfn].mfn;
    return hv->vm[0]->p2m[pfn].type == P2M_RAM && frame_of(hv, mfn)->type == FRAME_WRITABLE;
}

/* A store of the guest's own. */
static void poke(struct hv *hv, const uint8_t *r)
{
    uint32_t pfn = r[1] & 0x80 ? BUFFER_PFN : r[1] % PAGES, value = argument(hv, r + 4);
    if (guest_can_write(hv, pfn))
        gpa_copy_in(hv->vm[0], pfn * PAGE_SIZE + (r[2] | (uint32_t)r[3] << 8) % (PAGE_SIZE - 4),
                    &value, 4);
}

static void fail(const char *what)
{
    fprintf(stderr, "hypercalls_fuzz: %s\n", what);
    abort();
}

/* References as the tables have them: at least these, and types exactly as used. */
static void check_counts(struct hv *hv)
{
    uint32_t *typed = calloc(hv->frame_count, sizeof *typed);
    for (uint32_t mfn = 1; mfn < hv->frame_count; mfn++) {
        const struct frame *f = &hv->frames[mfn];
        bool directory = f->type == FRAME_PD;
        if (f->owner != 1 || (!directory && f->type != FRAME_PT))
            continue;
        for (unsigned slot = 0; slot < (directory ? PV_GUEST_SLOTS : 1024u); slot++) {
            uint32_t entry = ram_read32(&hv->machine->ram, mfn << PAGE_SHIFT | slot * 4u),
                     to = entry >> PAGE_SHIFT;
            if ((entry & PTE_P) && to < hv->frame_count)
                typed[to] += directory ? to != mfn : (entry & PTE_W) != 0;
        }
    }
    for (uint32_t mfn = 1; mfn < hv->frame_count; mfn++) {
        const struct frame *f = &hv->frames[mfn];
        if (f->owner == 1 && (f->type_refs < typed[mfn] + f->pinned || f->refs < f->type_refs))
            fail("a frame has fewer references than entries that name it");
    }
    free(typed);
}

static void check(struct hv *hv)
{
    struct hv_audit audit;
    hv_audit(hv, &audit);
    if (audit.foreign + audit.gates + audit.ports + audit.inconsistent)
        fail(audit.first);
    check_counts(hv);
}

static void one_call(struct hv *hv, const uint8_t *r)
{
    struct vcpu *v = &hv->vm[0]->cpu;
    uint32_t arg[6] = {0};
    for (unsigned i = 0; i < 5; i++)
        arg[i] = argument(hv, r + 1 + i * 3);
    if (r[0] % 64 == PV_HYPERCALL_memory_op)
        arg[0] %= 8;
    vcpu_set_gpr(v, R_EAX, (uint32_t)pv_hypercall(v, r[0] % 64, arg));
    v->virt.s.halted = 0;
    if (v->vm->s.end != VM_RUNNING)
        return;
    if (hv->mode->event_ready(v))
        hv->mode->event_deliver(v);
    for (unsigned i = 0; i < 4 && v->vm->s.end == VM_RUNNING && !hv->mode->commit(v); i++)
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cost_profile profile;
    struct hv *hv = start(&profile);
    for (size_t at = 0; at + RECORD <= size && hv->vm[0]->s.end == VM_RUNNING; at += RECORD) {
        if (data[at] & 0x40)
            poke(hv, data + at);
        else
            one_call(hv, data + at);
    }
    check(hv);
    hv_destroy(hv);
    return 0;
}
