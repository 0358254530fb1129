/*
 * Every command in the table of keys, forwards and backwards, is one that the panel, its driver or
 * the debugger carries out: none is answered with "no such command", and those of the panel itself
 * never reach the driver.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/internal.h"
#include "app/keys.h"
#include "stage.h"

static unsigned wrong, tried;

/* What was answered since: the message, and the log from `first` on. */
static bool answered(const struct show *w, size_t first, const char *text)
{
    if (strstr(w->driver.message, text))
        return true;
    for (size_t i = first; i < w->driver.logged; i++)
        if (strstr(w->driver.log[i % PANEL_LOG], text))
            return true;
    return false;
}

static void try_command(const struct sight *s, const char *line)
{
    struct show w;
    if (!*line)
        return;
    tried++;
    stage_open(&w, s);
    (void)show_draw(&w, true);
    struct panel_command c = panel_say(w.panel, &w.driver.snapshot, line);
    size_t first = w.driver.logged;
    if (c.line[0])
        (void)show_do(&w, &c);
    if (answered(&w, first, "no such")) {
        wrong++;
        (void)printf("%s: nobody knows it: %s\n", line, w.driver.message);
    }
    if (strcmp(line, "quit") == 0 && !w.driver.quits) {
        wrong++;
        (void)printf("quit does not\n");
    }
    show_close(&w);
}

/* The test itself: what nobody knows is seen. */
static void see_unknown(const struct sight *s)
{
    unsigned before = wrong;
    try_command(s, "frobnicate");
    if (wrong == before)
        stage_fail("a word that nobody knows is not seen");
    wrong = before;
}

int main(void)
{
    static const struct sight place = {
        "place", {"--mode", "trap", "--run", "sieve 2", NULL}, {"say goto exit 30", NULL}};
    char folder[] = "/tmp/panel-words-XXXXXX", file[64];
    if (!mkdtemp(folder) || chdir(folder) != 0)
        stage_fail("no folder of one's own");
    see_unknown(&place);
    for (size_t i = 0; i < key_row_count; i++) {
        try_command(&place, key_rows[i].command);
        try_command(&place, key_rows[i].backwards);
    }
    unsigned pictures = 0;
    for (unsigned n = 1; n < 10; n++)
        for (unsigned k = 0; k < 2; k++) {
            (void)snprintf(file, sizeof file, "ringside-%u.%s", n, k ? "svg" : "png");
            pictures += unlink(file) == 0;
        }
    if (chdir("/") != 0 || rmdir(folder) != 0)
        stage_fail("%s has more than pictures", folder);
    (void)printf("%u commands, %u unknown, %u pictures\n", tried, wrong, pictures);
    return wrong || pictures != 2 ? 1 : 0;
}
