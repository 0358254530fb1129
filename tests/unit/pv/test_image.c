/*
 * Reading paravirtual images: a small one built here, and everything that can be wrong with it.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "hv/abi/pv.h"
#include "pv/image.h"

#define SIZE 0x400u
#define RAM  0x100000u

static uint8_t image[SIZE];
static struct sim_error error;
static struct pv_image out;

static void put32(uint32_t at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        image[at + i] = (uint8_t)(v >> 8 * i);
}

static void put16(uint32_t at, uint32_t v)
{
    image[at] = (uint8_t)v;
    image[at + 1] = (uint8_t)(v >> 8);
}

/* Program header n. */
static void header(unsigned n, uint32_t type, uint32_t offset, uint32_t vaddr, uint32_t filesz,
                   uint32_t memsz)
{
    uint32_t at = 52 + n * 32;
    put32(at, type);
    put32(at + 4, offset);
    put32(at + 8, vaddr);
    put32(at + 12, vaddr);
    put32(at + 16, filesz);
    put32(at + 20, memsz);
}

static uint32_t note(uint32_t at, uint32_t type, const void *desc, uint32_t size)
{
    put32(at, 4);
    put32(at + 4, size);
    put32(at + 8, type);
    memcpy(image + at + 12, "Xen", 4);
    memcpy(image + at + 16, desc, size);
    return at + 16 + ((size + 3) & ~3u);
}

#define NOTES 0x200u

static void build(void)
{
    const uint32_t base = 0xc0000000u, entry = 0xc0000010u;
    memset(image, 0, sizeof image);
    memcpy(image, "\177ELF\1\1\1", 7);
    put16(16, 2);
    put16(18, 3);
    put32(28, 52);
    put16(42, 32);
    put16(44, 3);
    header(0, 1, 0x300, 0xc0000000u, 0x80, 0x1000);
    header(1, 1, 0x380, 0xc0002000u, 0x40, 0x1801);
    uint32_t at = note(NOTES, PV_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    at = note(at, PV_ELFNOTE_ENTRY, &entry, 4);
    at = note(at, PV_ELFNOTE_VIRT_BASE, &base, 4);
    at = note(at, PV_ELFNOTE_PAE_MODE, "no", 3);
    header(2, 4, NOTES, 0, at - NOTES, at - NOTES);
}

TestSuite(pv_image, .init = build);

static enum sim_status read_image(void)
{
    const struct loader_input in = {.image = image, .image_size = SIZE, .image_name = "t.elf"};
    return pv_image_read(&in, RAM, &out, &error);
}

Test(pv_image, says_where_everything_goes)
{
    cr_assert_eq(read_image(), SIM_OK, "%s", error.text);
    cr_expect_eq(out.virt_base, 0xc0000000u);
    cr_expect_eq(out.entry, 0xc0000010u);
    cr_expect_eq(out.segments, 2);
    cr_expect_eq(out.segment[1].pa, 0x2000);
    cr_expect_eq(out.segment[1].file_size, 0x40);
    cr_expect_eq(out.end, 0x4000);
}

static void refused(const char *words)
{
    cr_expect_eq(read_image(), SIM_BAD_INPUT, "not refused: %s", words);
    cr_expect(strstr(error.text, words), "%s", error.text);
    cr_expect(strstr(error.text, "t.elf"), "%s", error.text);
}

Test(pv_image, without_notes_is_no_paravirtual_guest)
{
    put16(44, 2);
    refused("no paravirtual guest");
}

Test(pv_image, that_is_no_elf_file_is_refused)
{
    image[1] = 'F';
    refused("not an ELF file");
}

Test(pv_image, of_another_class_or_machine_is_refused)
{
    static const uint8_t at[] = {4, 5, 16, 18};
    for (unsigned i = 0; i < 4; i++) {
        build();
        image[at[i]] ^= 3;
        refused("not a little-endian ELF32 executable");
    }
}

Test(pv_image, with_headers_outside_the_file_is_refused)
{
    put32(28, 0xfffffff0u);
    refused("program headers");
    build();
    put16(44, 0xffff);
    refused("program headers");
    build();
    put16(42, 56);
    refused("program headers");
}

Test(pv_image, with_a_note_past_its_segment_is_refused)
{
    put32(NOTES, 0xfffffffcu);
    refused("reaches past its segment");
    build();
    put32(NOTES + 4, 0xffffffffu);
    refused("reaches past its segment");
    build();
    header(2, 4, SIZE - 8, 0, 64, 64);
    refused("cut off");
}

Test(pv_image, lacking_one_note_names_it)
{
    put32(NOTES + 8, 99);
    refused("XEN_VERSION");
    build();
    put32(NOTES + 24 + 8, 99);
    refused("ENTRY");
    build();
    put32(NOTES + 24 + 20 + 8, 99);
    refused("VIRT_BASE");
}

Test(pv_image, for_another_version_is_refused)
{
    image[NOTES + 16 + 4] = '9';
    refused("XEN_VERSION");
}

Test(pv_image, that_wants_pae_is_refused)
{
    memcpy(image + NOTES + 24 + 20 + 20 + 16, "yes", 3);
    refused("PAE");
}

Test(pv_image, with_an_impossible_base_is_refused)
{
    put32(NOTES + 24 + 20 + 16, 0xc0001000u);
    refused("not a multiple of 4 MiB");
    put32(NOTES + 24 + 20 + 16, 0xfc000000u);
    refused("below 0xfc000000");
}

Test(pv_image, with_a_segment_outside_memory_is_refused)
{
    header(1, 1, 0x380, 0xc0000000u + RAM - 0x1000, 0x40, 0x1001);
    refused("--mem");
    build();
    header(1, 1, 0x380, 0xbffff000u, 0x40, 0x40);
    refused("does not lie within");
    build();
    header(1, 1, 0x380, 0xfffff000u, 0x40, 0xffffffffu);
    refused("does not lie within");
}

Test(pv_image, with_a_segment_outside_the_file_is_refused)
{
    header(1, 1, SIZE - 0x3f, 0xc0002000u, 0x40, 0x40);
    refused("cut off");
    build();
    header(1, 1, 0x380, 0xc0002000u, 0x41, 0x40);
    refused("more bytes in the file");
}

Test(pv_image, with_overlapping_segments_is_refused)
{
    header(1, 1, 0x380, 0xc0000fffu, 0x40, 0x40);
    refused("overlap");
}

Test(pv_image, with_nothing_to_load_is_refused)
{
    header(0, 6, 0, 0, 0, 0);
    header(1, 1, 0x380, 0xc0002000u, 0, 0);
    refused("nothing to load");
}

Test(pv_image, with_too_many_segments_is_refused)
{
    put16(44, 12);
    for (unsigned n = 3; n < 12; n++)
        header(n, 1, 0x380, 0xc0010000u + n * 0x1000, 0, 0x1000);
    refused("more than 8");
}

Test(pv_image, survives_every_single_damaged_byte)
{
    for (uint32_t at = 0; at < SIZE; at++) {
        for (unsigned v = 0; v < 4; v++) {
            static const uint8_t damage[] = {0x00, 0xff, 0x80, 0x01};
            build();
            image[at] ^= damage[v] ? damage[v] : 0x40;
            if (read_image() != SIM_OK)
                continue;
            for (unsigned i = 0; i < out.segments; i++) {
                cr_assert_leq((uint64_t)out.segment[i].pa + out.segment[i].memory_size, RAM,
                              "byte 0x%x", at);
                cr_assert_leq((uint64_t)out.segment[i].file_offset + out.segment[i].file_size,
                              SIZE);
            }
        }
    }
}

Test(pv_image, cut_short_anywhere_is_refused_or_whole)
{
    for (uint32_t size = 0; size < SIZE; size++) {
        const struct loader_input in = {.image = image, .image_size = size, .image_name = "t.elf"};
        if (pv_image_read(&in, RAM, &out, &error) == SIM_OK)
            cr_assert_geq(size, 0x3c0, "accepted with %u bytes", size);
    }
}
