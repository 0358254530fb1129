/*
 * Collected text: numbers as printf writes them, and nothing lost at the buffer's edge.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "text_out.h"

static FILE *file;

static struct text_out *open_text(void)
{
    struct text_out *o = calloc(1, sizeof *o);
    cr_assert_not_null(o);
    file = tmpfile();
    cr_assert_not_null(file);
    text_out_init(o, file);
    return o;
}

/* What came out, as a string the caller frees. */
static char *close_text(struct text_out *o)
{
    text_out_finish(o);
    cr_assert_eq(o->error, 0);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    cr_assert_eq((uint64_t)size, o->written);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    cr_assert_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    (void)fclose(file);
    free(o);
    return text;
}

Test(text_out, decimals_are_those_of_printf)
{
    const uint64_t values[] = {0,
                               7,
                               10,
                               99,
                               100,
                               101,
                               4096,
                               999999,
                               1000000,
                               99999999,
                               100000000,
                               100000001,
                               UINT32_MAX,
                               1000000000000000,
                               1234567890123456789,
                               UINT64_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char want[32];
        struct text_out *o = open_text();
        text_out_decimal(o, values[i]);
        (void)snprintf(want, sizeof want, "%" PRIu64, values[i]);
        char *got = close_text(o);
        cr_expect_str_eq(got, want);
        free(got);
    }
}

Test(text_out, digits_and_hex_are_padded_with_zeros)
{
    struct text_out *o = open_text();
    text_out_digits(o, 42, 6);
    text_out_hex(o, 0xbeef, 8);
    char *got = close_text(o);
    cr_expect_str_eq(got, "0000420000beef");
    free(got);
}

Test(text_out, a_string_longer_than_the_spare_room_comes_whole_and_in_order)
{
    char lengthy[2 * TEXT_OUT_SPARE];
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = 0;
    struct text_out *o = open_text();
    text_out_string(o, "a");
    text_out_string(o, lengthy);
    text_out_string(o, "b");
    char *got = close_text(o);
    cr_expect_eq(strlen(got), sizeof lengthy + 1);
    cr_expect_eq(got[0], 'a');
    cr_expect_eq(got[sizeof lengthy], 'b');
    free(got);
}

Test(text_out, eight_hexadecimal_digits_are_those_of_printf)
{
    const uint32_t values[] = {0, 1, 0x9abcdef0, 0x0010ffff, 0xffffffff, 0x76543210, 0xa};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char want[16], got[16] = "";
        (void)snprintf(want, sizeof want, "%08x", (unsigned)values[i]);
        cr_expect_eq(text_put_hex8(got, values[i]) - got, 8);
        cr_expect_str_eq(got, want);
    }
}

Test(text_out, a_full_disk_is_told_and_counted)
{
    struct text_out *o = calloc(1, sizeof *o);
    FILE *full = fopen("/dev/full", "wb");
    cr_assert_not_null(full);
    text_out_init(o, full);
    for (unsigned i = 0; i < 100000; i++) {
        text_out_room(o);
        text_out_digits(o, i, 6);
        text_out_record(o);
    }
    text_out_finish(o);
    cr_expect_eq(o->error, ENOSPC);
    cr_expect_eq(o->records, 100000u);
    cr_expect_eq(o->records_written, 0u);
    (void)fclose(full);
    free(o);
}

Test(text_out, a_large_file_is_as_long_as_what_was_written)
{
    struct text_out *o = open_text(); /* past the point from which blocks are reserved */
    for (unsigned i = 0; i < 1500000; i++) {
        text_out_room(o);
        text_out_digits(o, i, 6);
    }
    char *got = close_text(o);
    cr_expect_eq(strlen(got), 9000000u);
    cr_expect_eq(memcmp(got + 6 * 1234567, "234567", 6), 0);
    free(got);
}

Test(text_out, many_short_pieces_cross_the_buffers_edge_unharmed)
{
    struct text_out *o = open_text();
    for (unsigned i = 0; i < 20000; i++) {
        text_out_room(o);
        text_out_digits(o, i, 5);
    }
    char *got = close_text(o);
    cr_expect_eq(strlen(got), 100000u);
    for (unsigned i = 0; i < 20000; i++)
        cr_assert_eq(strtoul((char[6]){got[5 * i], got[5 * i + 1], got[5 * i + 2], got[5 * i + 3],
                                       got[5 * i + 4], 0},
                             NULL, 10),
                     i);
    free(got);
}
