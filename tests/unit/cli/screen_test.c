/* The text screen: what is on it, as text and painted. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "cli/screen.h"
#include "sim/abi/board.h"
#include "sim/bus.h"

static struct cost_profile profile = {.name = "test", .clock_hz = 1000000};

static struct hv *machine(void)
{
    struct hv_config config;
    struct sim_error err;
    struct hv *hv;
    hv_config_init(&config, MODE_native);
    config.profile = &profile;
    config.ram_bytes = 2u << 20;
    cr_assert_eq(hv_create(&hv, &config, &err), SIM_OK, "%s", err.text);
    return hv;
}

static void put(struct hv *hv, unsigned cell, const char *text)
{
    for (; *text; text++, cell++) {
        const uint8_t both[2] = {(uint8_t)*text, 0x07};
        cr_assert(hv_guest_memory_write(hv, 0, BOARD_VGA_TEXT_BASE + cell % 16384 * 2, both, 2));
    }
}

static void crtc(struct hv *hv, uint8_t index, unsigned value)
{
    for (unsigned i = 0; i < 2; i++) {
        bus_port_write(&hv->machine->ports, BOARD_VGA_CRTC_PORT, 1, index + i);
        bus_port_write(&hv->machine->ports, BOARD_VGA_CRTC_PORT + 1, 1,
                       value >> (8 * (1 - i)) & 0xff);
    }
}

/* What a function of screen.h writes. */
static char *text_of(const struct screen *s, const char *prefix)
{
    static char *text;
    size_t size;
    free(text);
    FILE *to = open_memstream(&text, &size);
    screen_text(to, s, prefix);
    (void)fclose(to);
    return text;
}

static char *painted(const struct screen *s, struct screen *shown, bool whole, bool color)
{
    static char *text;
    size_t size;
    free(text);
    FILE *to = open_memstream(&text, &size);
    screen_paint(to, s, shown, whole, color);
    (void)fclose(to);
    return text;
}

Test(screen, text_ends_with_the_last_character)
{
    struct hv *hv = machine();
    struct screen s;
    screen_look(&s, hv, 0);
    cr_expect_str_eq(text_of(&s, ""), "", "nothing was written yet");
    put(hv, 0, "first   ");
    put(hv, 2 * 80 + 3, "third");
    screen_look(&s, hv, 0);
    cr_expect_str_eq(text_of(&s, ""), "first\n\n   third\n");
    cr_expect_str_eq(text_of(&s, "vm1: "), "vm1: first\nvm1: \nvm1:    third\n");
    hv_destroy(hv);
}

Test(screen, begins_where_the_crt_controller_does_and_wraps)
{
    struct hv *hv = machine();
    struct screen s;
    put(hv, 0, "old");
    put(hv, 16384 - 80, "top");
    put(hv, 16384, "wrapped");
    crtc(hv, 12, 16384 - 80);
    crtc(hv, 14, 5);
    screen_look(&s, hv, 0);
    cr_expect_eq(strncmp(text_of(&s, ""), "top\nwrapped", 11), 0, "%s", text_of(&s, ""));
    cr_expect(s.cursor_on);
    cr_expect_eq(s.row, 1);
    cr_expect_eq(s.column, 5);
    crtc(hv, 14, 16384 - 81);
    screen_look(&s, hv, 0);
    cr_expect_not(s.cursor_on, "it is off the screen");
    hv_destroy(hv);
}

Test(screen, characters_are_code_page_437)
{
    struct screen s = {0};
    static const uint8_t some[] = {0x01, 0x80, 0xb3, 0xdb, 0xe1, 0xff, 'x', 0x7f};
    for (unsigned i = 0; i < sizeof some; i++)
        s.cell[0][i][0] = some[i];
    cr_expect_str_eq(text_of(&s, ""), "☺Ç│█ß\u00a0x⌂\n");
}

Test(screen, only_rows_that_changed_are_painted)
{
    struct screen s = {.cursor_on = true, .row = 3, .column = 7}, shown = {0};
    s.cell[4][0][0] = 'a';
    cr_expect(strstr(painted(&s, &shown, true, false), "\033[2J"));
    cr_expect_str_eq(painted(&s, &shown, false, false), "", "nothing changed");
    s.cell[9][0][0] = 'b';
    const char *text = painted(&s, &shown, false, false);
    cr_expect(strstr(text, "\033[10;1Hb"), "%s", text);
    cr_expect_not(strstr(text, "\033[5;1H"));
    cr_expect(strstr(text, "\033[4;8H\033[?25h"), "the cursor stands where it belongs");
    s.cursor_on = false;
    cr_expect(strstr(painted(&s, &shown, false, false), "\033[?25l"));
}

Test(screen, colors_are_the_attributes)
{
    struct screen s = {0}, shown = {0};
    s.cell[0][0][0] = 'r';
    s.cell[0][0][1] = 0x1c; /* light red on blue */
    cr_expect(strstr(painted(&s, &shown, true, true), "\033[0;91;44mr"));
    cr_expect_not(strstr(painted(&s, &shown, true, false), "91"));
}
