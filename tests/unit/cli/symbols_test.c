/* Symbols and lines: of Bantam's own file, and of files that lie. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug/symbols.h"

static uint8_t *image;
static size_t image_size;

static void read_bantam(void)
{
    char path[1024];
    const char *guests = getenv("RINGSIDE_GUESTS");
    (void)snprintf(path, sizeof path, "%s/bantam.elf", guests ? guests : "guest-os");
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    image = malloc(1 << 22);
    image_size = fread(image, 1, 1 << 22, f);
    (void)fclose(f);
    cr_assert(image_size > 1000);
}

static struct symbols *bantam(void)
{
    read_bantam();
    struct symbols *s = symbols_open(image, image_size);
    cr_assert_not_null(s, "the tests want libdw-dev and libelf-dev");
    return s;
}

static void forget(struct symbols *s)
{
    symbols_close(s);
    free(image);
}

Test(symbols, names_and_addresses_lead_to_each_other)
{
    struct symbols *s = bantam();
    struct symbol found, again;
    char text[80];
    cr_assert(symbols_find(s, "proc_fork", 9, &found));
    cr_assert(found.function && found.value >= 0xc0000000 && found.size > 10);
    cr_assert(symbols_at(s, found.value + 5, &again));
    cr_assert_str_eq(again.name, "proc_fork");
    cr_assert_str_eq(symbols_name(s, found.value, text, sizeof text), "proc_fork");
    cr_assert_str_eq(symbols_name(s, found.value + 5, text, sizeof text), "proc_fork+0x5");
    cr_assert(!symbols_find(s, "proc_fork", 8, &found), "part of a name is another name");
    cr_assert(!symbols_at(s, 0x1000, &found));
    cr_assert_str_eq(symbols_name(s, 0x1000, text, sizeof text), "");
    forget(s);
}

Test(symbols, lines_and_addresses_lead_to_each_other)
{
    struct symbols *s = bantam();
    struct symbol found;
    struct source_line line;
    uint32_t address;
    cr_assert(symbols_find(s, "proc_fork", 9, &found));
    cr_assert(symbols_line(s, found.value, &line));
    size_t n = strlen(line.file);
    cr_assert(n > 13 && strcmp(line.file + n - 13, "kernel/proc.c") == 0, "%s", line.file);
    cr_assert(line.from == found.value && line.to > line.from && line.statement);
    unsigned number = line.line;
    cr_assert(symbols_line_address(s, "proc.c", 6, &number, &address));
    cr_assert_eq(number, line.line);
    cr_assert_eq(address, found.value);
    cr_assert(!symbols_line_address(s, "roc.c", 5, &number, &address), "half a file's name");
    number = 1000000;
    cr_assert(!symbols_line_address(s, "proc.c", 6, &number, &address));
    uint32_t body = symbols_body(s, found.value);
    cr_assert(body > found.value && body < found.value + found.size);
    forget(s);
}

Test(symbols, members_of_structs_have_their_place)
{
    struct symbols *s = bantam();
    uint32_t offset, bytes;
    cr_assert(symbols_member(s, "proc", "pid", &offset, &bytes));
    cr_assert(offset == 0 && bytes == 4);
    cr_assert(symbols_member(s, "proc", "name", &offset, &bytes));
    cr_assert(offset > 40 && bytes == 16);
    cr_assert(!symbols_member(s, "proc", "surname", &offset, &bytes));
    cr_assert(!symbols_member(s, "no_struct", "name", &offset, &bytes));
    forget(s);
}

/* A stack of zeroes, but for one return address. */
static bool read_stack(void *opaque, uint32_t address, uint32_t *value)
{
    *value = address == 0x8000 ? *(uint32_t *)opaque : 0;
    return true;
}

Test(symbols, a_function_is_left_to_its_caller)
{
    struct symbols *s = bantam();
    struct symbol callee, caller;
    cr_assert(symbols_find(s, "proc_fork", 9, &callee) && symbols_find(s, "proc_exec", 9, &caller));
    struct unwind_frame f = {.eip = callee.value, .gpr[4] = 0x8000, .gpr[5] = 77};
    uint32_t back = caller.value + 9;
    cr_assert(symbols_unwind(s, &f, false, read_stack, &back));
    cr_assert_eq(f.eip, back);
    cr_assert_eq(f.gpr[4], 0x8004);
    cr_assert_eq(f.gpr[5], 77);
    f.eip = 0x1234;
    cr_assert(!symbols_unwind(s, &f, false, read_stack, &back));
    forget(s);
}

Test(symbols, hostile_files_have_no_symbols)
{
    static uint8_t elf[200];
    cr_assert_null(symbols_open(NULL, 0));
    cr_assert_null(symbols_open(elf, sizeof elf));
    memcpy(elf, "\177ELF\1\1\1", 7);
    cr_assert_null(symbols_open(elf, sizeof elf));
    elf[18] = 3;    /* e_machine */
    elf[20] = 1;    /* e_version */
    elf[46] = 40;   /* e_shentsize */
    elf[48] = 200;  /* e_shnum: far beyond the end */
    elf[32] = 0xff; /* e_shoff */
    elf[35] = 0xff;
    struct symbols *s = symbols_open(elf, sizeof elf);
    struct symbol found;
    cr_assert(!symbols_nth(s, 0, &found));
    symbols_close(s);
}

static void ask_everything(struct symbols *s, uint32_t address)
{
    struct symbol found;
    struct source_line line;
    struct unwind_frame f = {.eip = address, .gpr[4] = 0x8000};
    uint32_t value = address, bytes;
    unsigned number = 20;
    char text[80];
    (void)symbols_name(s, address, text, sizeof text);
    (void)symbols_find(s, "current", 7, &found);
    (void)symbols_line(s, address, &line);
    (void)symbols_line_address(s, "proc.c", 6, &number, &value);
    (void)symbols_body(s, address);
    (void)symbols_member(s, "proc", "name", &value, &bytes);
    (void)symbols_unwind(s, &f, true, read_stack, &value);
}

Test(symbols, damaged_files_do_no_harm, .timeout = 100)
{
    read_bantam();
    uint32_t random = 1;
    uint8_t *copy = malloc(image_size);
    for (unsigned round = 0; round < 200; round++) {
        memcpy(copy, image, image_size);
        for (unsigned i = 0; i < 1 + round % 40; i++) {
            random = random * 1664525u + 1013904223u;
            size_t at = random % (round % 3 ? image_size : 64);
            random = random * 1664525u + 1013904223u;
            copy[at] = (uint8_t)(random >> 24);
        }
        size_t size = round % 5 ? image_size : random % image_size;
        struct symbols *s = symbols_open(copy, size);
        ask_everything(s, 0xc0101000u + (random & 0xffff));
        symbols_close(s);
    }
    free(copy);
    free(image);
}
