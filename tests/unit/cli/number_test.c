/* Numbers as the command line reads and writes them. */
#include <criterion/criterion.h>

#include "number.h"

static bool refused(const char *text)
{
    uint64_t v = 77;
    return !number_parse(text, &v) && v == 77;
}

Test(number, reads_decimal_and_hexadecimal)
{
    uint64_t v = 0;
    cr_assert(number_parse("0", &v) && v == 0);
    cr_assert(number_parse("007", &v) && v == 7);
    cr_assert(number_parse("0xDeadBeef", &v) && v == 0xdeadbeef);
}

Test(number, reads_up_to_the_last_64_bit_number)
{
    uint64_t v = 0;
    cr_assert(number_parse("18446744073709551615", &v) && v == UINT64_MAX);
    cr_assert(number_parse("0xffffffffffffffff", &v) && v == UINT64_MAX);
}

Test(number, refuses_one_more_than_fits)
{
    cr_assert(refused("18446744073709551616"));
    cr_assert(refused("0x10000000000000000"));
}

Test(number, refuses_what_strtoul_would_accept)
{
    cr_assert(refused(""));
    cr_assert(refused("-1"));
    cr_assert(refused("+1"));
    cr_assert(refused(" 1"));
    cr_assert(refused("1 "));
    cr_assert(refused("0x"));
    cr_assert(refused("1k"));
    cr_assert(refused("1e3"));
    cr_assert(refused("1.0"));
    cr_assert(refused("ff"));
}

Test(number, groups_by_thousands)
{
    char t[NUMBER_TEXT];
    cr_assert_str_eq(number_grouped(t, 0), "0");
    cr_assert_str_eq(number_grouped(t, 999), "999");
    cr_assert_str_eq(number_grouped(t, 1000), "1,000");
    cr_assert_str_eq(number_grouped(t, UINT64_MAX), "18,446,744,073,709,551,615");
}

Test(number, short_form_has_three_digits_and_a_unit)
{
    char t[NUMBER_TEXT];
    cr_assert_str_eq(number_short(t, 9999), "9999");
    cr_assert_str_eq(number_short(t, 10000), "10.0k");
    cr_assert_str_eq(number_short(t, 999999), "1.00M");
    cr_assert_str_eq(number_short(t, 1234567890), "1.23G");
}
