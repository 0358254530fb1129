/*
 * Collected text: numbers as printf writes them, and nothing lost at the buffer's edge.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

#include "text_out.h"

static struct text_out *open_text(void)
{
    struct text_out *o = calloc(1, sizeof *o);
    cr_assert_not_null(o);
    o->to = tmpfile();
    cr_assert_not_null(o->to);
    return o;
}

/* What came out, as a string the caller frees. */
static char *close_text(struct text_out *o)
{
    text_out_flush(o);
    long size = ftell(o->to);
    char *text = calloc(1, (size_t)size + 1);
    rewind(o->to);
    cr_assert_eq(fread(text, 1, (size_t)size, o->to), (size_t)size);
    (void)fclose(o->to);
    free(o);
    return text;
}

Test(text_out, decimals_are_those_of_printf)
{
    const uint64_t values[] = {0,    7,      10,      99,         100,       101,
                               4096, 999999, 1000000, UINT32_MAX, UINT64_MAX};
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
