/*
 * Settings: see settings.h.
 */
#include "panel/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "options_read.h"

#define MOST 4096u /* bytes of the file */

/* The file's path; false: there is to be none. The folders above it are made if asked for. */
static bool path_of(char *path, size_t size, bool make)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char folder[1024];
    bool own = base && base[0] == '/';
    if (getenv("RINGSIDE_NO_CONFIG") || (!own && (!home || home[0] != '/')))
        return false;
    int n = snprintf(folder, sizeof folder, "%s%s", own ? base : home, own ? "" : "/.config");
    if (n < 0 || (size_t)n + 24 > sizeof folder)
        return false;
    if (make)
        (void)mkdir(folder, 0777);
    (void)snprintf(folder + n, sizeof folder - (size_t)n, "/ringside");
    if (make)
        (void)mkdir(folder, 0777);
    n = snprintf(path, size, "%s/panel", folder);
    return n > 0 && (size_t)n < size;
}

void settings_parse(struct panel_looks *looks, const char *text)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        char line[64], word[16] = "", value[24] = "";
        struct options o = {.width = 0};
        struct complaint why;
        size_t n = strcspn(text, "\n");
        if (n >= sizeof line)
            continue;
        (void)snprintf(line, sizeof line, "%.*s", (int)n, text);
        if (sscanf(line, "%15s %23s", word, value) != 2)
            continue;
        if (strcmp(word, "theme") == 0 && read_theme(&o, value, &why))
            (void)snprintf(looks->theme, sizeof looks->theme, "%.*s", (int)sizeof looks->theme - 1,
                           value);
        else if (strcmp(word, "text") == 0 && panel_has_text((int)strtol(value, NULL, 10)))
            looks->text = (int)strtol(value, NULL, 10);
        else if (strcmp(word, "size") == 0 && read_size(&o, value, &why)) {
            looks->width = o.width;
            looks->height = o.height;
        }
    }
}

void settings_format(const struct panel_looks *looks, char *text, size_t size)
{
    (void)snprintf(text, size, "theme %s\ntext %d\nsize %dx%d\n", looks->theme, looks->text,
                   looks->width, looks->height);
}

void settings_read(struct panel_looks *looks)
{
    char path[1100], text[MOST + 1];
    struct stat s;
    if (!path_of(path, sizeof path, false) || stat(path, &s) != 0 || !S_ISREG(s.st_mode) ||
        s.st_size > (off_t)MOST)
        return;
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    size_t n = fread(text, 1, MOST, file);
    text[n] = 0;
    (void)fclose(file);
    settings_parse(looks, text);
}

void settings_write(const struct panel_looks *looks)
{
    char path[1100], text[120];
    struct complaint why;
    struct stat s;
    if (!path_of(path, sizeof path, true) || (stat(path, &s) == 0 && !S_ISREG(s.st_mode)))
        return;
    settings_format(looks, text, sizeof text);
    (void)file_replace("settings", path, text, strlen(text), &why);
}
