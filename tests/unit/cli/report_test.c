/* Figures found, compared and written. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "json.h"
#include "report.h"

Test(bench, lines_are_found_among_others)
{
    struct bench_row rows[4];
    unsigned n =
        report_find_bench("Bantam 1.0\nnull_syscall 1000 cycles=1362 0007a120\nx cycles=5 1\n"
                          "pagefault 500 cycles=1090.5 deadbeef trailing\n",
                          rows, 4);
    cr_assert_eq(n, 2);
    cr_assert_str_eq(rows[0].name, "null_syscall");
    cr_assert_eq(rows[0].iterations, 1000);
    cr_assert_float_eq(rows[0].cycles, 1362, 1e-9);
    cr_assert_str_eq(rows[0].checksum, "0007a120");
    cr_assert_float_eq(rows[1].cycles, 1090.5, 1e-9);
    cr_assert_str_eq(rows[1].checksum, "deadbeef");
}

Test(bench, half_a_line_is_none)
{
    struct bench_row rows[4];
    cr_assert_eq(
        report_find_bench("a 1 cycles= 3\nb 1 cycles=5\nc cycles=5 3\n5 5 5\ncycles=3\n", rows, 4),
        0);
}

Test(bench, hostile_lines_do_no_harm)
{
    static char text[4000];
    struct bench_row rows[1];
    memset(text, 'a', sizeof text - 1);
    cr_assert_eq(report_find_bench(text, rows, 1), 0);
    cr_assert_eq(report_find_bench("a 99999999999999999999999 cycles=1 2\n", rows, 1), 1);
}

Test(equivalence, cycles_are_masked_and_nothing_else)
{
    char where[160];
    cr_assert(
        consoles_equal("a 1 cycles=5 x\nb\n", "a 1 cycles=50321 x\nb\n", where, sizeof where));
    cr_assert(!consoles_equal("a 1 cycles=5 x\n", "a 2 cycles=5 x\n", where, sizeof where));
    cr_assert(!consoles_equal("cycle=5\n", "cycle=6\n", where, sizeof where));
    cr_assert(!consoles_equal("a\n", "a\nb\n", where, sizeof where));
    cr_assert(!consoles_equal("a\nbc\nd", "a\nbx\nd", where, sizeof where));
    cr_assert(strstr(where, "line 2") && strstr(where, "\"bc\"") && strstr(where, "\"bx\""), "%s",
              where);
}

Test(split, three_parts_sum_to_the_difference)
{
    const struct cost_parts a = {1000, 9000, 30}, b = {1100, 1600, 4};
    const struct cost_split s = cost_split_of(&a, &b);
    cr_assert_float_eq(s.fewer_exits, 26 * 300.0, 1e-6);
    cr_assert_float_eq(s.price_per_exit, (300.0 - 400.0) * 4, 1e-6);
    cr_assert_float_eq(s.guest_code, -100, 1e-6);
    cr_assert_float_eq(s.fewer_exits + s.price_per_exit + s.guest_code, 10000 - 2700, 1e-6);
}

Test(split, runs_without_exits_do_not_divide_by_zero)
{
    const struct cost_parts a = {1000, 0, 0}, b = {900, 0, 0};
    const struct cost_split s = cost_split_of(&a, &b);
    cr_assert_float_eq(s.fewer_exits, 0, 1e-9);
    cr_assert_float_eq(s.guest_code, 100, 1e-9);
}

Test(json, strings_are_escaped)
{
    char *out = NULL;
    size_t n;
    FILE *f = open_memstream(&out, &n);
    json_quote(f, "a\"b\\c\n\x01\xff");
    fclose(f);
    cr_assert_str_eq(out, "\"a\\\"b\\\\c\\n\\u0001\\u00ff\"");
    free(out);
}

Test(json, counts_beyond_a_double_become_strings)
{
    char *out = NULL;
    size_t n;
    FILE *f = open_memstream(&out, &n);
    struct json j = {.to = f};
    json_open(&j, NULL, '[');
    json_count(&j, NULL, 1ull << 53);
    json_count(&j, NULL, (1ull << 53) + 1);
    json_close(&j, ']');
    fclose(f);
    cJSON *root = cJSON_Parse(out);
    cr_assert(cJSON_IsNumber(cJSON_GetArrayItem(root, 0)));
    cr_assert_str_eq(cJSON_GetArrayItem(root, 1)->valuestring, "9007199254740993");
    cJSON_Delete(root);
    free(out);
}

Test(json, report_of_an_empty_run_parses_and_is_complete)
{
    static struct report r;
    char *out = NULL;
    size_t n;
    r.io = "emulated";
    r.clock_hz = 1000000;
    r.vms = 1;
    r.vm[0].console = "\"quoted\"\n";
    r.equivalence = -1;
    r.hash = 0xab;
    FILE *f = open_memstream(&out, &n);
    report_write_json(f, &r);
    fclose(f);
    cJSON *root = cJSON_Parse(out);
    cr_assert_not_null(root);
    static const char *const keys[] = {
        "schema",         "guest", "mode",         "io",     "cpu",        "profile",
        "exit",           "clock", "instructions", "cycles", "exits",      "silent",
        "popek_goldberg", "bench", "console",      "hash",   "guest_hash", "vms"};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_assert_not_null(cJSON_GetObjectItemCaseSensitive(root, keys[i]), "%s is missing",
                           keys[i]);
    cr_assert_str_eq(cJSON_GetObjectItem(root, "hash")->valuestring, "00000000000000ab");
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "cycles")), SIM_BUCKETS);
    cJSON *pg = cJSON_GetObjectItem(root, "popek_goldberg");
    cr_assert(cJSON_IsNull(cJSON_GetObjectItem(pg, "equivalence")));
    cJSON_Delete(root);
    free(out);
}
