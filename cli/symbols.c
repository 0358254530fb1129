/*
 * Symbols: see symbols.h (ELF specification 1.2, Sections and Symbol Table).
 */
#include "symbols.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    EH_SHOFF = 32,
    EH_SHENTSIZE = 46,
    EH_SHNUM = 48,
    SH_TYPE = 4,
    SH_OFFSET = 16,
    SH_SIZE = 20,
    SH_LINK = 24,
    SH_BYTES = 40,
    SYM_BYTES = 16,
    SHT_SYMTAB = 2,
    STT_FUNC = 2,
    FAR = 0x10000,
};

static uint32_t get(const uint8_t *p, unsigned bytes)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint32_t)p[i] << (8 * i);
    return v;
}

/* A part of the file, or null if it is not all there. */
static const uint8_t *part(const uint8_t *elf, size_t size, uint32_t offset, uint32_t n)
{
    return offset <= size && n <= size - offset ? elf + offset : NULL;
}

static const uint8_t *section(const uint8_t *elf, size_t size, uint32_t number)
{
    if (size < 52 || memcmp(elf, "\177ELF\1\1", 6) != 0 || get(elf + EH_SHENTSIZE, 2) != SH_BYTES ||
        number >= get(elf + EH_SHNUM, 2))
        return NULL;
    uint64_t at = get(elf + EH_SHOFF, 4) + (uint64_t)number * SH_BYTES;
    return at <= size ? part(elf, size, (uint32_t)at, SH_BYTES) : NULL;
}

struct best {
    uint32_t value;
    const uint8_t *symbol;
};

/* Keeps the nearest symbol at or before the address; functions go before labels. */
static void consider(struct best *b, const uint8_t *symbol, uint32_t address)
{
    uint32_t value = get(symbol + 4, 4);
    unsigned type = symbol[12] & 0xfu;
    if (type > STT_FUNC || type == 1 || !get(symbol, 4) || get(symbol + 14, 2) == 0 ||
        value > address || address - value >= FAR)
        return;
    bool better = !b->symbol || value > b->value ||
                  (value == b->value && type == STT_FUNC && (b->symbol[12] & 0xfu) != STT_FUNC);
    if (better) {
        b->value = value;
        b->symbol = symbol;
    }
}

const char *symbol_name(const uint8_t *elf, size_t size, uint32_t address, char *text,
                        size_t text_size)
{
    text[0] = 0;
    const uint8_t *header;
    for (uint32_t i = 0; (header = section(elf, size, i)) != NULL; i++) {
        if (get(header + SH_TYPE, 4) != SHT_SYMTAB)
            continue;
        uint32_t bytes = get(header + SH_SIZE, 4);
        const uint8_t *symbols = part(elf, size, get(header + SH_OFFSET, 4), bytes);
        const uint8_t *link = section(elf, size, get(header + SH_LINK, 4));
        uint32_t names_size = link ? get(link + SH_SIZE, 4) : 0;
        const uint8_t *names = link ? part(elf, size, get(link + SH_OFFSET, 4), names_size) : NULL;
        struct best best = {0, NULL};
        for (uint32_t at = 0; symbols && at + SYM_BYTES <= bytes; at += SYM_BYTES)
            consider(&best, symbols + at, address);
        if (!best.symbol || !names || get(best.symbol, 4) >= names_size)
            return text;
        uint32_t at = get(best.symbol, 4), left = names_size - at;
        int n = (int)strnlen((const char *)names + at, left < 60 ? left : 60);
        if (address == best.value)
            (void)snprintf(text, text_size, "%.*s", n, (const char *)names + at);
        else
            (void)snprintf(text, text_size, "%.*s+0x%x", n, (const char *)names + at,
                           address - best.value);
        return text;
    }
    return text;
}
