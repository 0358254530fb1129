/*
 * The kernel image: Multiboot header, then ELF32 program headers or the header's own addresses.
 * Every number comes from a file that may be hostile; nothing is used before it was checked without
 * overflow.
 *
 * Sources: Multiboot Specification 0.6.96; System V ABI, Object Files, and its Intel386 supplement.
 */
#include "machine/loader.h"

#include <string.h>

#include "sim/abi/board.h"

#define HEADER_MAGIC   0x1badb002u
#define HEADER_SEARCH  8192u /* the header is in the first 8 KiB, 4-byte aligned */
#define FLAG_REQUIRED  0x0000ffffu
#define FLAG_KNOWN     0x00000007u /* aligned modules, memory information, video mode */
#define FLAG_ADDRESSES 0x00010000u

#define ELF_HEADER_SIZE         52u
#define ELF_PROGRAM_HEADER_SIZE 32u
#define ELF_CLASS32             1
#define ELF_LITTLE_ENDIAN       1
#define ELF_EXECUTABLE          2
#define ELF_386                 3
#define ELF_LOAD                1

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

/* True if [offset, offset + n) is inside the file. */
static bool in_file(const struct loader_input *in, uint64_t offset, uint64_t n)
{
    return offset <= in->image_size && n <= in->image_size - offset;
}

/* --- segments --- */

static bool overlap(uint64_t a, uint64_t an, uint64_t b, uint64_t bn)
{
    return a < b + bn && b < a + an;
}

bool loader_is_free(const struct loader_plan *plan, uint32_t pa, uint32_t n)
{
    for (unsigned i = 0; i < plan->segments; i++)
        if (overlap(pa, n, plan->segment[i].pa, plan->segment[i].memory_size))
            return false;
    return true;
}

/* Checks where a segment goes, and adds it. */
static enum sim_status add_segment(const struct loader_input *in, uint32_t ram_bytes,
                                   struct loader_plan *plan, const struct loader_segment *s,
                                   struct sim_error *err)
{
    uint64_t end = (uint64_t)s->pa + s->memory_size;
    if (!s->memory_size)
        return SIM_OK;
    if (plan->segments == LOADER_MAX_SEGMENTS)
        return sim_fail(err, SIM_BAD_INPUT, "%s: more than %d loadable segments", in->image_name,
                        LOADER_MAX_SEGMENTS);
    if (end > ram_bytes)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: segment %u at 0x%08x, 0x%x bytes, is outside the guest's 0x%x bytes "
                        "of RAM; give it more with --mem",
                        in->image_name, plan->segments, s->pa, s->memory_size, ram_bytes);
    if (s->pa < LOADER_FIRST_FREE ||
        overlap(s->pa, s->memory_size, BOARD_EBDA_BASE, BOARD_HIGHMEM_BASE - BOARD_EBDA_BASE))
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: segment %u at 0x%08x, 0x%x bytes, lies over memory that the firmware "
                        "keeps (below 0x1000, or 0x9fc00 to 0xfffff)",
                        in->image_name, plan->segments, s->pa, s->memory_size);
    if (!loader_is_free(plan, s->pa, s->memory_size))
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: segment %u at 0x%08x, 0x%x bytes, overlaps another one",
                        in->image_name, plan->segments, s->pa, s->memory_size);
    plan->segment[plan->segments++] = *s;
    if (end > plan->end)
        plan->end = (uint32_t)end;
    return SIM_OK;
}

/* The entry point: an address as the program sees itself (ELF), else a physical one. */
static enum sim_status find_entry(const struct loader_input *in, struct loader_plan *plan,
                                  uint32_t entry, struct sim_error *err)
{
    for (unsigned i = 0; i < plan->segments; i++) {
        const struct loader_segment *s = &plan->segment[i];
        if (entry - s->virtual_address < s->memory_size) {
            plan->entry = s->pa + (entry - s->virtual_address);
            return SIM_OK;
        }
    }
    for (unsigned i = 0; i < plan->segments; i++)
        if (entry - plan->segment[i].pa < plan->segment[i].memory_size) {
            plan->entry = entry;
            return SIM_OK;
        }
    return sim_fail(err, SIM_BAD_INPUT, "%s: the entry point 0x%08x is in no loaded segment",
                    in->image_name, entry);
}

/* --- ELF --- */

static enum sim_status check_elf_header(const struct loader_input *in, struct sim_error *err)
{
    const uint8_t *e = in->image;
    const char *name = in->image_name;
    if (in->image_size < 4 || memcmp(e, "\177ELF", 4) != 0)
        return sim_fail(err, SIM_BAD_INPUT, "%s: not an ELF file", name);
    if (in->image_size < ELF_HEADER_SIZE)
        return sim_fail(err, SIM_BAD_INPUT, "%s: cut off inside the ELF header (%zu bytes)", name,
                        in->image_size);
    if (e[4] != ELF_CLASS32)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: ELF class %u at offset 4, not 32-bit (build with -m32)", name, e[4]);
    if (e[5] != ELF_LITTLE_ENDIAN)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: ELF data encoding %u at offset 5, not little-endian", name, e[5]);
    if (e[6] != 1 || get32(e + 20) != 1)
        return sim_fail(err, SIM_BAD_INPUT, "%s: unknown ELF version at offset 6 or 20", name);
    if (get16(e + 16) != ELF_EXECUTABLE)
        return sim_fail(
            err, SIM_BAD_INPUT,
            "%s: ELF type %u at offset 16, not an executable (link with -static -no-pie)", name,
            get16(e + 16));
    if (get16(e + 18) != ELF_386)
        return sim_fail(err, SIM_BAD_INPUT, "%s: ELF machine %u at offset 18, not Intel 80386",
                        name, get16(e + 18));
    return SIM_OK;
}

/* The ELF header is good, and the program headers are in the file. */
static enum sim_status check_elf(const struct loader_input *in, struct sim_error *err)
{
    enum sim_status status = check_elf_header(in, err);
    if (status != SIM_OK)
        return status;
    uint32_t table = get32(in->image + 28);
    unsigned entry_size = get16(in->image + 42), entries = get16(in->image + 44);
    if (entries && entry_size != ELF_PROGRAM_HEADER_SIZE)
        return sim_fail(err, SIM_BAD_INPUT, "%s: program headers of %u bytes at offset 42, not 32",
                        in->image_name, entry_size);
    if (!in_file(in, table, (uint64_t)entries * ELF_PROGRAM_HEADER_SIZE))
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: cut off: %u program headers at 0x%x do not fit in %zu bytes",
                        in->image_name, entries, table, in->image_size);
    return SIM_OK;
}

/* Program header i, if it is of something to load; what it describes is in the file. */
static enum sim_status read_program_header(const struct loader_input *in, unsigned i,
                                           struct loader_segment *s, struct sim_error *err)
{
    uint32_t at = get32(in->image + 28) + i * ELF_PROGRAM_HEADER_SIZE;
    const uint8_t *p = in->image + at;
    *s = (struct loader_segment){0};
    if (get32(p) != ELF_LOAD)
        return SIM_OK;
    *s = (struct loader_segment){.pa = get32(p + 12),
                                 .virtual_address = get32(p + 8),
                                 .file_offset = get32(p + 4),
                                 .file_size = get32(p + 16),
                                 .memory_size = get32(p + 20)};
    if (s->file_size > s->memory_size)
        return sim_fail(
            err, SIM_BAD_INPUT,
            "%s: program header at offset 0x%x has more bytes in the file than in memory",
            in->image_name, at);
    if (!in_file(in, s->file_offset, s->file_size))
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: cut off: segment at 0x%08x needs file bytes 0x%x to 0x%llx of %zu",
                        in->image_name, s->pa, s->file_offset,
                        (unsigned long long)s->file_offset + s->file_size, in->image_size);
    return SIM_OK;
}

static enum sim_status read_elf(const struct loader_input *in, uint32_t ram_bytes,
                                struct loader_plan *plan, struct sim_error *err)
{
    struct loader_segment s;
    enum sim_status status = check_elf(in, err);
    for (unsigned i = 0; status == SIM_OK && i < get16(in->image + 44); i++) {
        status = read_program_header(in, i, &s, err);
        if (status == SIM_OK)
            status = add_segment(in, ram_bytes, plan, &s, err);
    }
    if (status != SIM_OK)
        return status;
    if (!plan->segments)
        return sim_fail(err, SIM_BAD_INPUT, "%s: no loadable segment", in->image_name);
    return find_entry(in, plan, get32(in->image + 24), err);
}

/* --- own addresses --- */

/* The header's address fields (flag bit 16): the file is loaded as it is, from the header's place
 * backwards. */
static enum sim_status read_addresses(const struct loader_input *in, uint32_t ram_bytes,
                                      uint32_t header, struct loader_plan *plan,
                                      struct sim_error *err)
{
    if (!in_file(in, header, 32))
        return sim_fail(err, SIM_BAD_INPUT, "%s: cut off inside the Multiboot header at 0x%x",
                        in->image_name, header);
    const uint8_t *h = in->image + header;
    uint32_t header_addr = get32(h + 12), load = get32(h + 16), load_end = get32(h + 20);
    uint32_t bss_end = get32(h + 24), entry = get32(h + 28);
    uint32_t before = header_addr - load;
    if (load > header_addr || before > header)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: Multiboot load_addr 0x%08x does not fit header_addr 0x%08x at file "
                        "offset 0x%x",
                        in->image_name, load, header_addr, header);
    uint32_t offset = header - before;
    uint64_t whole = in->image_size - offset;
    uint64_t size = load_end ? (uint64_t)load_end - load : whole;
    if ((load_end && load_end < load) || size > whole)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: cut off or wrong: Multiboot load_end_addr 0x%08x, load_addr 0x%08x, "
                        "%zu bytes in the file",
                        in->image_name, load_end, load, in->image_size);
    uint64_t memory = bss_end ? (uint64_t)bss_end - load : size;
    if ((bss_end && bss_end < load) || memory < size || memory > UINT32_MAX)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%s: Multiboot bss_end_addr 0x%08x lies before the end of the data",
                        in->image_name, bss_end);
    const struct loader_segment s = {load, load, offset, (uint32_t)size, (uint32_t)memory};
    enum sim_status status = add_segment(in, ram_bytes, plan, &s, err);
    return status == SIM_OK ? find_entry(in, plan, entry, err) : status;
}

/* --- header --- */

/* File offset of the Multiboot header, or UINT32_MAX. A magic with a wrong checksum is not a
 * header. */
static uint32_t find_header(const struct loader_input *in)
{
    size_t limit = in->image_size < HEADER_SEARCH ? in->image_size : HEADER_SEARCH;
    for (uint32_t at = 0; at + 12 <= limit; at += 4) {
        const uint8_t *h = in->image + at;
        if (get32(h) == HEADER_MAGIC && get32(h) + get32(h + 4) + get32(h + 8) == 0)
            return at;
    }
    return UINT32_MAX;
}

/* Why a file without a Multiboot header is no kernel: it is not ELF, or its end is missing, and so
 * perhaps the header, or it never had one. */
static enum sim_status refuse_headless(const struct loader_input *in, struct sim_error *err)
{
    struct loader_segment s;
    enum sim_status status = check_elf(in, err);
    for (unsigned i = 0; status == SIM_OK && i < get16(in->image + 44); i++)
        status = read_program_header(in, i, &s, err);
    if (status != SIM_OK)
        return status;
    return sim_fail(err, SIM_BAD_INPUT,
                    "%s: no Multiboot 1 header (magic 0x1badb002 and checksum) in the first "
                    "8192 bytes",
                    in->image_name);
}

enum sim_status loader_read_image(const struct loader_input *in, uint32_t ram_bytes,
                                  struct loader_plan *plan, struct sim_error *err)
{
    *plan = (struct loader_plan){0};
    uint32_t header = find_header(in);
    if (header == UINT32_MAX)
        return refuse_headless(in, err);
    plan->flags = get32(in->image + header + 4);
    if (plan->flags & FLAG_REQUIRED & ~FLAG_KNOWN)
        return sim_fail(
            err, SIM_BAD_INPUT,
            "%s: the Multiboot header at 0x%x requires features that no loader here has "
            "(flags 0x%08x)",
            in->image_name, header, plan->flags);
    if (plan->flags & FLAG_ADDRESSES)
        return read_addresses(in, ram_bytes, header, plan, err);
    return read_elf(in, ram_bytes, plan, err);
}
