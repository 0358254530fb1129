/*
 * Keys and what they do.
 */
#ifndef VISUALIZER_KEYS_H
#define VISUALIZER_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum key_modifier { KEY_SHIFT = 1, KEY_CTRL = 2, KEY_ALT = 4 };

struct key_row {
    const char *key; /* "F11", "s", "Home": a character stands for itself, unshifted as typed */
    const char *modifiers;
    const char *command, *backwards;
    const char *words;
};

extern const struct key_row key_rows[];
extern const size_t key_row_count;

/* The table as it is shown: its titles, and keys that do the same in one line. */
struct key_line {
    const char *title; /* of a section; null: a line of keys */
    char keys[32];     /* "s F11" */
    bool backwards;    /* with Shift the same backwards */
    const char *words;
};

#define KEY_LINES_MOST 64u

/* Fills line[KEY_LINES_MOST]; returns how many there are. */
size_t key_lines(struct key_line line[KEY_LINES_MOST]);

/*
 * The command of a key. `key`: a key's name, or the character that was typed ("S" with Shift is the
 * same as "s" backwards; "?" is itself). Null: none.
 */
const char *key_command(const char *key, unsigned modifiers);

/* Is a command one that a count can stand before? */
bool key_counts(const char *command);

#endif
