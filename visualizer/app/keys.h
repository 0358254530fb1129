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

/*
 * The command of a key. `key`: a key's name, or the character that was typed ("S" with Shift is the
 * same as "s" backwards; "?" is itself). Null: none.
 */
const char *key_command(const char *key, unsigned modifiers);

/* Is a command one that a count can stand before? */
bool key_counts(const char *command);

#endif
