/*
 * Symbols of an ELF file: see symbols.h. They are read in symbols_open.c; lines are in lines.c,
 * unwinding and types in unwind.c.
 */
#include "debug/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAR 0x10000u /* further from a symbol nothing belongs to it */

const char *symbols_name(const struct symbols *s, uint32_t address, char *text, size_t text_size)
{
    struct symbol found;
    text[0] = 0;
    if (!symbols_at(s, address, &found))
        return text;
    if (address == found.value)
        (void)snprintf(text, text_size, "%.60s", found.name);
    else
        (void)snprintf(text, text_size, "%.60s+0x%x", found.name, address - found.value);
    return text;
}

#if RINGSIDE_HAVE_LIBDW

#include "debug/symbols_private.h"

bool symbols_built(void)
{
    return true;
}

bool symbols_at(const struct symbols *s, uint32_t address, struct symbol *out)
{
    size_t low = 0, high = s ? s->symbols : 0;
    while (low < high) { /* the first symbol above the address */
        size_t middle = low + (high - low) / 2;
        if (s->symbol[middle].value > address)
            high = middle;
        else
            low = middle + 1;
    }
    if (!low || address - s->symbol[low - 1].value >= FAR)
        return false;
    while (low > 1 && s->symbol[low - 2].value == s->symbol[low - 1].value)
        low--;
    *out = s->symbol[low - 1];
    return true;
}

bool symbols_find(const struct symbols *s, const char *name, size_t length, struct symbol *out)
{
    for (size_t i = 0; s && i < s->symbols; i++)
        if (strlen(s->symbol[i].name) == length && memcmp(s->symbol[i].name, name, length) == 0) {
            *out = s->symbol[i];
            return true;
        }
    return false;
}

bool symbols_nth(const struct symbols *s, size_t n, struct symbol *out)
{
    if (!s || n >= s->symbols)
        return false;
    *out = s->symbol[n];
    return true;
}

#else

bool symbols_built(void)
{
    return false;
}

bool symbols_at(const struct symbols *s, uint32_t address, struct symbol *out)
{
    (void)s, (void)address, (void)out;
    return false;
}

bool symbols_find(const struct symbols *s, const char *name, size_t length, struct symbol *out)
{
    (void)s, (void)name, (void)length, (void)out;
    return false;
}

bool symbols_nth(const struct symbols *s, size_t n, struct symbol *out)
{
    (void)s, (void)n, (void)out;
    return false;
}

#endif
