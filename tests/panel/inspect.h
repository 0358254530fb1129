/*
 * What must hold of every scene: text inside its clip and in nobody's way, readable on what lies
 * below it in both themes, numbers whole, widgets inside the window and each name once.
 */
#ifndef TESTS_PANEL_INSPECT_H
#define TESTS_PANEL_INSPECT_H

#include <stdbool.h>

#include "core/scene.h"

#define WRONG_TEXT  200u
#define WRONG_SHOWN 60u
#define TEXTS_MOST  20000u

struct inspection {
    unsigned char *below; /* colour of the fill at every pixel; owned */
    size_t room;
    size_t text[TEXTS_MOST], in_scene; /* shapes of the scene that are texts, so far */
    unsigned long scenes, texts;
    unsigned wrong, shown;
    char said[WRONG_SHOWN][WRONG_TEXT];
};

/* Prints each kind of wrong thing once, with `where` it was first. */
void inspect_scene(struct inspection *in, const struct scene *s, const char *where);
void inspect_end(struct inspection *in);

#endif
