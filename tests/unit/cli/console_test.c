/* The console on its way out, and the keys on their way in. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "terminal.h"

static void put(struct console *c, const char *text)
{
    for (; *text; text++)
        console_put(c, (unsigned char)*text);
}

Test(console, carriage_returns_are_dropped)
{
    char *out = NULL;
    size_t n;
    struct console c;
    FILE *f = open_memstream(&out, &n);
    console_init(&c, f, -1, false);
    put(&c, "a\r\nb\r");
    console_finish(&c);
    fclose(f);
    cr_assert_str_eq(out, "a\nb");
    cr_assert_str_eq(console_text(&c), "a\nb");
    console_fini(&c);
    free(out);
}

Test(console, several_guests_never_share_a_line)
{
    char *out = NULL;
    size_t n;
    struct console a, b;
    FILE *f = open_memstream(&out, &n);
    console_init(&a, f, 0, false);
    console_init(&b, f, 1, false);
    put(&a, "hel");
    put(&b, "one\ntw");
    put(&a, "lo\n");
    console_finish(&a);
    console_finish(&b);
    fclose(f);
    cr_assert_str_eq(out, "vm1: one\nvm0: hello\nvm1: tw\n");
    console_fini(&a);
    console_fini(&b);
    free(out);
}

Test(console, lines_are_flushed_as_they_end)
{
    char *out = NULL;
    size_t n = 0;
    struct console c;
    FILE *f = open_memstream(&out, &n);
    console_init(&c, f, -1, false);
    put(&c, "first\nsec");
    cr_assert_eq(n, 6, "%zu bytes were flushed", n);
    console_finish(&c);
    cr_assert_eq(n, 9);
    fclose(f);
    console_fini(&c);
    free(out);
}

Test(console, broken_stream_is_noticed)
{
    struct console c;
    FILE *f = fopen("/dev/full", "w");
    console_init(&c, f, -1, false);
    put(&c, "x\n");
    cr_assert(c.broken);
    put(&c, "y\n");
    cr_assert_str_eq(console_text(&c), "x\ny\n");
    console_fini(&c);
    fclose(f);
}

Test(console, flood_is_bounded)
{
    struct console c;
    console_init(&c, NULL, -1, false);
    for (size_t i = 0; i < CONSOLE_KEPT + 1000; i++)
        console_put(&c, 'x');
    cr_assert(c.truncated);
    cr_assert(c.kept_size < CONSOLE_KEPT);
    cr_assert_eq(c.bytes, CONSOLE_KEPT + 1000);
    console_fini(&c);
}

static enum key_action typed(struct key_filter *f, unsigned char key, unsigned char *out)
{
    *out = key;
    return key_filter(f, out);
}

Test(keys, ordinary_keys_pass)
{
    struct key_filter f = {false};
    unsigned char k;
    cr_assert(typed(&f, 'x', &k) == KEY_PASS && k == 'x');
    cr_assert(typed(&f, 4, &k) == KEY_PASS && k == 4, "Ctrl-D is the guest's");
}

Test(keys, control_a_is_the_prefix)
{
    struct key_filter f = {false};
    unsigned char k;
    cr_assert_eq(typed(&f, 1, &k), KEY_NONE);
    cr_assert_eq(typed(&f, 'x', &k), KEY_LEAVE);
    cr_assert_eq(typed(&f, 1, &k), KEY_NONE);
    cr_assert_eq(typed(&f, 'h', &k), KEY_HELP);
    cr_assert_eq(typed(&f, 1, &k), KEY_NONE);
    cr_assert(typed(&f, 1, &k) == KEY_PASS && k == 1);
    cr_assert_eq(typed(&f, 'x', &k), KEY_PASS);
    cr_assert_eq(typed(&f, 1, &k), KEY_NONE);
    cr_assert_eq(typed(&f, 'q', &k), KEY_NONE, "unknown ones are swallowed");
}

Test(keys, control_c_stops)
{
    struct key_filter f = {false};
    unsigned char k;
    cr_assert_eq(typed(&f, 3, &k), KEY_STOP);
}
