/* Keys: from the table to what a key does. */
#include "keys.h"

#include <stdio.h>
#include <string.h>

const struct key_row key_rows[] = {
#define SECTION(title)
#define KEY(key, modifiers, command, backwards, words) {key, modifiers, command, backwards, words},
#include "keys.def"
#undef KEY
#undef SECTION
};
const size_t key_row_count = sizeof key_rows / sizeof *key_rows;

/* Rows with the sections' titles among them. */
static const struct {
    const char *title;
    struct key_row row;
} shown[] = {
#define SECTION(title) {title, {"", "", "", "", ""}},
#define KEY(key, modifiers, command, backwards, words)                                             \
    {NULL, {key, modifiers, command, backwards, words}},
#include "keys.def"
#undef KEY
#undef SECTION
};

static void add_key(struct key_line *to, const struct key_row *row)
{
    size_t n = strlen(to->keys);
    (void)snprintf(to->keys + n, sizeof to->keys - n, "%s%s%s%s", n ? " " : "", row->modifiers,
                   *row->modifiers ? "+" : "", row->key);
}

size_t key_lines(struct key_line line[KEY_LINES_MOST])
{
    size_t n = 0;
    const char *before = "";
    for (size_t i = 0; i < sizeof shown / sizeof *shown && n < KEY_LINES_MOST; i++) {
        const struct key_row *row = &shown[i].row;
        if (shown[i].title || strcmp(row->command, before) != 0)
            line[n++] = (struct key_line){shown[i].title, "", *row->backwards != 0, row->words};
        before = row->command;
        if (!shown[i].title)
            add_key(&line[n - 1], row);
    }
    return n;
}

static unsigned modifiers_of(const char *names)
{
    return (strstr(names, "Ctrl") ? KEY_CTRL : 0u) | (strstr(names, "Alt") ? KEY_ALT : 0u);
}

static const struct key_row *row_of(const char *key, unsigned modifiers)
{
    for (size_t i = 0; i < key_row_count; i++)
        if (strcmp(key_rows[i].key, key) == 0 &&
            modifiers_of(key_rows[i].modifiers) == (modifiers & (KEY_CTRL | KEY_ALT)))
            return &key_rows[i];
    return NULL;
}

const char *key_command(const char *key, unsigned modifiers)
{
    bool back = modifiers & KEY_SHIFT;
    char small[2] = {key[0], 0};
    if (key[0] >= 'A' && key[0] <= 'Z' && !key[1]) {
        small[0] = (char)(key[0] - 'A' + 'a');
        key = small;
        back = true;
    }
    const struct key_row *row = row_of(key, modifiers);
    if (!row)
        return NULL;
    /* Of a character that needs Shift to be typed, Shift is not a wish to go back. */
    bool letter = key[1] || (key[0] >= 'a' && key[0] <= 'z');
    if (back && letter)
        return row->backwards[0] ? row->backwards : NULL;
    return row->command;
}

bool key_counts(const char *command)
{
    static const char *const counting[] = {"step",     "next",   "exit same",
                                           "reverse-", "scroll", "pan"};
    for (size_t i = 0; i < sizeof counting / sizeof *counting; i++)
        if (strncmp(command, counting[i], strlen(counting[i])) == 0)
            return true;
    return false;
}
