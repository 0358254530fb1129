/*
 * Reading a paravirtual kernel: program headers, and the notes that say it is one.
 *
 * Sources: System V ABI, Object Files (ELF), and its Intel386 supplement; Xen's public elfnote.h.
 */
#include "pv/image.h"

#include <string.h>

#include "hv/abi/pv.h"
#include "sim/mem.h"

#define ELF_HEADER         52u
#define ELF_PROGRAM_HEADER 32u
#define ELF_EXEC           2u
#define ELF_386            3u
#define PT_LOAD            1u
#define PT_NOTE            4u

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static bool in_file(const struct loader_input *in, uint64_t offset, uint64_t n)
{
    return offset <= in->image_size && n <= in->image_size - offset;
}

/* One program header, unpacked. */
struct header {
    uint32_t type, offset, vaddr, filesz, memsz;
};

static enum sim_status program_headers(const struct loader_input *in, uint32_t *offset,
                                       uint32_t *count, struct sim_error *err)
{
    const uint8_t *p = in->image;
    if (in->image_size < ELF_HEADER || memcmp(p, "\177ELF", 4) != 0)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: not an ELF file; mode pv boots ELF32 kernels with Xen's notes",
                        in->image_name);
    if (p[4] != 1 || p[5] != 1 || get16(p + 16) != ELF_EXEC || get16(p + 18) != ELF_386)
        return sim_fail(err, SIM_BAD_INPUT, "%s: not a little-endian ELF32 executable for the i386",
                        in->image_name);
    *offset = get32(p + 28);
    *count = get16(p + 44);
    if (get16(p + 42) != ELF_PROGRAM_HEADER ||
        !in_file(in, *offset, (uint64_t)*count * ELF_PROGRAM_HEADER))
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: cut off: %u program headers at offset 0x%x are not inside the file",
                        in->image_name, *count, *offset);
    return SIM_OK;
}

static struct header header_at(const struct loader_input *in, uint32_t table, uint32_t i)
{
    const uint8_t *p = in->image + table + i * ELF_PROGRAM_HEADER;
    return (struct header){get32(p), get32(p + 4), get32(p + 8), get32(p + 16), get32(p + 20)};
}

/* ------------------------------------------------------------------------------ notes */

struct notes {
    bool version, entry, base, pae;
    uint32_t entry_at, virt_base;
};

static void take_note(struct notes *n, uint32_t type, const uint8_t *desc, uint32_t size)
{
    bool word = size == 4;
    switch (type) {
    case PV_ELFNOTE_ENTRY:
        n->entry = word;
        n->entry_at = word ? get32(desc) : 0;
        break;
    case PV_ELFNOTE_VIRT_BASE:
        n->base = word;
        n->virt_base = word ? get32(desc) : 0;
        break;
    case PV_ELFNOTE_XEN_VERSION:
        n->version = size == 8 && memcmp(desc, "xen-3.0", 8) == 0;
        break;
    case PV_ELFNOTE_PAE_MODE:
        n->pae = !(size == 3 && memcmp(desc, "no", 3) == 0);
        break;
    default:
        break;
    }
}

/* A note: sizes of name and description, type, then both, each padded to four bytes. */
static enum sim_status read_notes(const struct loader_input *in, const struct header *h,
                                  struct notes *n, struct sim_error *err)
{
    uint64_t at = h->offset, end = (uint64_t)h->offset + h->filesz;
    while (end - at >= 12) {
        const uint8_t *p = in->image + at;
        uint64_t name = ((uint64_t)get32(p) + 3) & ~3ull,
                 size = ((uint64_t)get32(p + 4) + 3) & ~3ull;
        if (name + size > end - at - 12)
            return sim_fail(err, SIM_BAD_INPUT,
                            "%s: the note at offset 0x%x reaches past its segment", in->image_name,
                            (unsigned)at);
        if (get32(p) == 4 && memcmp(p + 12, "Xen", 4) == 0)
            take_note(n, get32(p + 8), p + 12 + name, get32(p + 4));
        at += 12 + name + size;
    }
    return SIM_OK;
}

static enum sim_status check_notes(const struct loader_input *in, const struct notes *n,
                                   struct sim_error *err)
{
    if (!n->version || !n->entry || !n->base)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: no paravirtual guest: its ELF notes lack Xen's %s; run it with --mode "
                        "trap or native, or "
                        "give a paravirtual image such as bantam-pv.elf",
                        in->image_name,
                        !n->version ? "XEN_VERSION (xen-3.0)"
                        : !n->entry ? "ENTRY"
                                    : "VIRT_BASE");
    if (n->pae)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: asks for PAE page tables; this machine has two-level ones",
                        in->image_name);
    if (n->virt_base % (4u << 20) || n->virt_base >= PV_HOLE)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: VIRT_BASE 0x%08x is not a multiple of 4 MiB below 0x%08x",
                        in->image_name, n->virt_base, PV_HOLE);
    return SIM_OK;
}

/* ------------------------------------------------------------------------------ segments */

static enum sim_status add_segment(const struct loader_input *in, uint32_t ram_bytes,
                                   const struct header *h, struct pv_image *out,
                                   struct sim_error *err)
{
    uint64_t pa = (uint64_t)h->vaddr - out->virt_base, end = pa + h->memsz;
    if (!h->memsz)
        return SIM_OK;
    if (out->segments == PV_IMAGE_SEGMENTS)
        return sim_fail(err, SIM_BAD_INPUT, "%s: more than %d loadable segments", in->image_name,
                        PV_IMAGE_SEGMENTS);
    if (h->filesz > h->memsz)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: segment %u has more bytes in the file (0x%x) than in memory (0x%x)",
                        in->image_name, out->segments, h->filesz, h->memsz);
    if (!in_file(in, h->offset, h->filesz))
        return sim_fail(
            err, SIM_BAD_INPUT,
            "%s: cut off: segment %u, 0x%x bytes at offset 0x%x, is not inside the file",
            in->image_name, out->segments, h->filesz, h->offset);
    if (h->vaddr < out->virt_base || end > ram_bytes)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: segment %u at 0x%08x, 0x%x bytes, does not lie within 0x%x bytes from "
                        "VIRT_BASE 0x%08x; "
                        "give it more with --mem",
                        in->image_name, out->segments, h->vaddr, h->memsz, ram_bytes,
                        out->virt_base);
    for (unsigned i = 0; i < out->segments; i++)
        if (pa < (uint64_t)out->segment[i].pa + out->segment[i].memory_size &&
            out->segment[i].pa < end)
            return sim_fail(err, SIM_BAD_INPUT, "%s: segments %u and %u overlap at 0x%08x",
                            in->image_name, i, out->segments, h->vaddr);
    out->segment[out->segments].file_offset = h->offset;
    out->segment[out->segments].file_size = h->filesz;
    out->segment[out->segments].pa = (uint32_t)pa;
    out->segment[out->segments++].memory_size = h->memsz;
    if (end > out->end)
        out->end = (uint32_t)(end + PAGE_SIZE - 1) & PAGE_MASK;
    return SIM_OK;
}

enum sim_status pv_image_read(const struct loader_input *in, uint32_t ram_bytes,
                              struct pv_image *out, struct sim_error *err)
{
    struct notes n = {0};
    uint32_t table = 0, count = 0;
    *out = (struct pv_image){0};
    enum sim_status status = program_headers(in, &table, &count, err);
    for (uint32_t i = 0; i < count && status == SIM_OK; i++) {
        struct header h = header_at(in, table, i);
        if (h.type != PT_NOTE)
            continue;
        if (!in_file(in, h.offset, h.filesz))
            return sim_fail(
                err, SIM_BAD_INPUT,
                "%s: cut off: the notes at offset 0x%x, 0x%x bytes, are not inside the file",
                in->image_name, h.offset, h.filesz);
        status = read_notes(in, &h, &n, err);
    }
    if (status == SIM_OK)
        status = check_notes(in, &n, err);
    out->virt_base = n.virt_base;
    out->entry = n.entry_at;
    for (uint32_t i = 0; i < count && status == SIM_OK; i++) {
        struct header h = header_at(in, table, i);
        if (h.type == PT_LOAD)
            status = add_segment(in, ram_bytes, &h, out, err);
    }
    if (status == SIM_OK && !out->segments)
        return sim_fail(err, SIM_BAD_INPUT, "%s: nothing to load", in->image_name);
    return status;
}
