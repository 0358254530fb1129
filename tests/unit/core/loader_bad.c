/* The loader with bad images: each is refused with a line that names file and fault, before memory
 * is touched. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "elf.h"

static struct elf_world w;

/* One spoiled number, and a word that the message must have. */
struct bad_case {
    char what[64];
    unsigned at, bytes;
    uint32_t value;
    char word[32];
};

ParameterizedTestParameters(loader_bad, a_spoiled_image_is_refused_by_name)
{
    static struct bad_case cases[] = {
        {"magic", 0, 1, 0, "ELF"},
        {"64-bit class", 4, 1, 2, "class 2"},
        {"big-endian", 5, 1, 2, "encoding 2"},
        {"ident version", 6, 1, 0, "version"},
        {"version", 20, 4, 2, "version"},
        {"relocatable", 16, 2, 1, "type 1"},
        {"shared object", 16, 2, 3, "type 3"},
        {"core", 16, 2, 4, "type 4"},
        {"machine x86-64", 18, 2, 62, "machine 62"},
        {"machine ARM", 18, 2, 40, "machine 40"},
        {"program header size", 42, 2, 56, "56"},
        {"no program headers", 44, 2, 0, "no loadable"},
        {"program headers beyond the file", 28, 4, 0x2ff0, "cut off"},
        {"program headers at the end of the world", 28, 4, 0xffffffff, "cut off"},
        {"65535 program headers", 44, 2, 0xffff, "cut off"},
        {"file size above memory size", ELF_PHDR + 16, 4, 0x1801, "more bytes"},
        {"segment bytes beyond the file", ELF_PHDR + 4, 4, 0x2900, "cut off"},
        {"segment offset that wraps", ELF_PHDR + 4, 4, 0xffffffff, "cut off"},
        {"memory size beyond RAM", ELF_PHDR + 20, 4, 0x00300001, "outside"},
        {"memory size that wraps", ELF_PHDR + 20, 4, 0xfff00000, "outside"},
        {"address beyond RAM", ELF_PHDR + 12, 4, 0x00400000, "outside"},
        {"address at the end of the world", ELF_PHDR + 12, 4, 0xfffff000, "outside"},
        {"overlap at the end", ELF_PHDR + 32 + 12, 4, 0x001017ff, "overlaps"},
        {"overlap at the start", ELF_PHDR + 32 + 12, 4, 0x000ffc01, "keeps"},
        {"overlap inside", ELF_PHDR + 32 + 12, 4, 0x00100400, "overlaps"},
        {"over the vectors", ELF_PHDR + 32 + 12, 4, 0x00000000, "keeps"},
        {"over the EBDA", ELF_PHDR + 32 + 12, 4, 0x0009f801, "keeps"},
        {"over the screen", ELF_PHDR + 32 + 12, 4, 0x000b8000, "keeps"},
        {"over the MP table", ELF_PHDR + 32 + 12, 4, 0x000f0000, "keeps"},
        {"entry nowhere", 24, 4, 0x00300000, "entry"},
        {"entry 0", 24, 4, 0, "entry"},
        {"not loadable", ELF_PHDR, 4, 2, "entry"},
        {"Multiboot magic", ELF_HEADER, 4, 0, "Multiboot"},
        {"Multiboot checksum", ELF_HEADER + 8, 4, 0, "Multiboot"},
        {"Multiboot 2", ELF_HEADER, 4, 0xe85250d6, "Multiboot"},
    };
    return cr_make_param_array(struct bad_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct bad_case *c, loader_bad, a_spoiled_image_is_refused_by_name)
{
    elf_good(&w);
    memcpy(w.image + c->at, &c->value, c->bytes);
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT, "%s was taken", c->what);
    cr_assert_not_null(strstr(w.err.text, c->word), "%s: \"%s\"", c->what, w.err.text);
    cr_assert_not_null(strstr(w.err.text, "test.elf"), "%s: \"%s\"", c->what, w.err.text);
    cr_assert_null(strchr(w.err.text, '\n'));
    cr_assert_eq(w.writes, 0, "%s: memory was touched", c->what);
}

TestSuite(loader_bad);

Test(loader_bad, each_unknown_required_flag_is_refused)
{
    for (unsigned bit = 3; bit < 16; bit++) {
        elf_good(&w);
        elf_flags(&w, 3 | 1u << bit);
        cr_assert_eq(elf_load(&w), SIM_BAD_INPUT, "bit %u", bit);
        cr_assert_not_null(strstr(w.err.text, "flags"));
    }
}

Test(loader_bad, cut_anywhere_it_is_refused_or_whole)
{
    elf_good(&w);
    for (size_t n = 0; n < 0x2400; n++) {
        uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees one byte too many */
        memcpy(exact, w.image, n);
        w.in.image = exact;
        w.in.image_size = n;
        cr_assert_eq(elf_load(&w), SIM_BAD_INPUT, "%zu bytes were taken", n);
        cr_expect(n < 4 || strstr(w.err.text, "cut off"), "%zu bytes: %s", n, w.err.text);
        free(exact);
    }
    w.in.image = w.image;
    w.in.image_size = 0x2400;
    cr_assert_eq(elf_load(&w), SIM_OK, "the last segment's last byte is there");
}

Test(loader_bad, a_header_behind_the_first_8_kib_is_not_found)
{
    elf_good(&w);
    memset(w.image + ELF_HEADER, 0, 12);
    uint32_t header[3] = {0x1badb002, 0, 0u - 0x1badb002u};
    memcpy(w.image + 8192 - 12, header, 12);
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    memset(w.image + 8192 - 12, 0, 12);
    memcpy(w.image + 8192 - 8, header, 12);
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
}

Test(loader_bad, an_unaligned_header_is_not_found)
{
    elf_good(&w);
    memmove(w.image + ELF_HEADER + 2, w.image + ELF_HEADER, 12);
    w.image[ELF_HEADER] = 0;
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
}

Test(loader_bad, too_many_segments_are_refused)
{
    elf_good(&w);
    for (unsigned i = 0; i < 65; i++) {
        uint32_t p[8] = {1, 0x2000, 0x200000 + i * 16, 0x200000 + i * 16, 16, 16, 5, 1};
        memcpy(w.image + ELF_PHDR + 32 * i, p, sizeof p);
    }
    elf_put32(&w, 24, 0x200000);
    elf_put16(&w, 44, 64);
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    elf_put16(&w, 44, 65);
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
    cr_assert_not_null(strstr(w.err.text, "64"));
}

Test(loader_bad, modules_must_fit_behind_the_kernel)
{
    static uint8_t bytes[0x200000];
    const struct loader_module m = {bytes, 0x1ff000, "big"};
    elf_good(&w);
    w.in.modules = &m;
    w.in.module_count = 1;
    cr_assert_eq(elf_load(&w), SIM_OK, "%s", w.err.text);
    const struct loader_module bigger = {bytes, 0x1ff001, "bigger"};
    w.in.modules = &bigger;
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
    cr_assert_not_null(strstr(w.err.text, "bigger"));
}

Test(loader_bad, a_command_line_larger_than_low_memory_is_refused)
{
    static char longest[0xa0000];
    memset(longest, 'x', sizeof longest - 1);
    elf_good(&w);
    w.in.cmdline = longest;
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
    cr_assert_not_null(strstr(w.err.text, "low memory"));
}

Test(loader_bad, less_than_a_mebibyte_is_no_pc)
{
    elf_good(&w);
    w.mem.ram_bytes = 0xff000;
    cr_assert_eq(elf_load(&w), SIM_BAD_INPUT);
}

Test(loader_bad, memory_that_refuses_any_write_is_reported)
{
    elf_good(&w);
    cr_assert_eq(elf_load(&w), SIM_OK);
    unsigned all = w.writes;
    for (unsigned n = 1; n <= all; n++) {
        w.fail_at = n;
        cr_assert_eq(elf_load(&w), SIM_BAD_INPUT, "write %u of %u", n, all);
    }
}

Test(loader_bad, nobody_has_to_listen_to_the_error)
{
    elf_good(&w);
    w.image[0] = 0;
    cr_assert_eq(loader_multiboot(&w.in, &w.mem, &w.entry, NULL), SIM_BAD_INPUT);
}
