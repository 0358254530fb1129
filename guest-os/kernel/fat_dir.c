/*
 * FAT16: directories are files of 32-byte entries.
 *
 * A long name stands before its entry in up to four more that older systems skip, thirteen 16-bit
 * characters each, the last part first. They are read (characters beyond ASCII become '?') and
 * removed, never made.
 */
#include "kernel/fat_private.h"
#include "lib/string.h"

#define ENTRY_FREE     0xe5
#define ENTRY_LAST     0x00
#define LONG_LAST_PART 0x40
#define LONG_PART      13u
#define CASE_BASE      0x08
#define CASE_EXTENSION 0x10

/* Entry number `position` in the cache; NULL past the end. *error is set when it could not be had.
 */
static struct fat_raw_entry *entry_at(struct fat_node *dir, uint32_t position, bool extend,
                                      uint8_t **sector, uint32_t *place, int *error)
{
    int64_t number = fat_sector(dir, position / FAT_ENTRIES_PER_SECTOR, extend);
    *error = number < 0 ? (int)number : 0;
    if (number <= 0)
        return NULL;
    *sector = cache_get((uint32_t)number);
    if (*sector == NULL) {
        *error = -EIO;
        return NULL;
    }
    uint32_t index = position % FAT_ENTRIES_PER_SECTOR;
    *place = (uint32_t)number * FAT_ENTRIES_PER_SECTOR + index;
    return (struct fat_raw_entry *)(void *)(*sector + index * FAT_ENTRY_SIZE);
}

static void short_name(const struct fat_raw_entry *raw, char *name)
{
    for (unsigned i = 0; i < 11; i++) {
        if (i == 8 && raw->name[8] != ' ')
            *name++ = '.';
        if (raw->name[i] != ' ')
            *name++ = char_lower(raw->name[i]);
    }
    *name = 0;
}

/* Puts one part of a long name in its place; false when it does not fit. */
static bool long_name_part(const struct fat_raw_entry *raw, char *name)
{
    static const uint8_t offsets[LONG_PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    const uint8_t *bytes = (const uint8_t *)raw;
    uint32_t at = ((bytes[0] & 0x3fu) - 1) * LONG_PART;
    for (unsigned i = 0; i < LONG_PART; i++) {
        uint8_t low = bytes[offsets[i]];
        uint8_t high = bytes[offsets[i] + 1];
        if (at + i > NAME_MAX)
            return false;
        name[at + i] = high != 0 || low >= 0x80 ? '?' : (char)low;
        if (low == 0 && high == 0)
            return true;
    }
    if (bytes[0] & LONG_LAST_PART && at + LONG_PART <= NAME_MAX)
        name[at + LONG_PART] = 0;
    return true;
}

int fat_next_entry(struct fat_node *dir, uint32_t *position, struct fat_found *found)
{
    bool long_name = false;
    uint32_t long_entries = 0;
    for (;; ++*position) {
        uint8_t *sector;
        int error;
        const struct fat_raw_entry *raw =
            entry_at(dir, *position, false, &sector, &found->place, &error);
        if (raw == NULL || (uint8_t)raw->name[0] == ENTRY_LAST)
            return error;
        if ((uint8_t)raw->name[0] == ENTRY_FREE) {
            long_entries = 0;
        } else if (raw->attributes == FAT_LONG_NAME) {
            bool first = (raw->name[0] & LONG_LAST_PART) != 0;
            long_entries = first ? 1 : long_entries + 1;
            long_name = long_name_part(raw, found->name) && (first || long_name);
        } else if (raw->attributes & FAT_VOLUME) {
            long_entries = 0;
        } else {
            found->raw = *raw;
            found->long_entries = long_entries;
            found->position = (*position)++;
            if (long_entries == 0 || !long_name)
                short_name(raw, found->name);
            return 1;
        }
    }
}

static bool same_name(const char *a, const char *b)
{
    for (; *a != 0 && char_lower(*a) == char_lower(*b); a++, b++)
        continue;
    return char_lower(*a) == char_lower(*b);
}

int fat_lookup(struct fat_node *dir, const char *name, struct fat_found *found)
{
    uint32_t position = 0;
    int result;
    while ((result = fat_next_entry(dir, &position, found)) > 0) {
        char alias[13];
        short_name(&found->raw, alias);
        if (same_name(found->name, name) || same_name(alias, name))
            return 0;
    }
    return result != 0 ? result : -ENOENT;
}

static bool character_allowed(char c)
{
    return (uint8_t)c > ' ' && (uint8_t)c < 0x7f && strchr("\"*+,./:;<=>?[\\]|", c) == NULL;
}

/* NAME.EXT as eleven characters; false when it does not fit. */
static bool make_short_name(const char *name, char *to)
{
    memset(to, ' ', 11);
    unsigned i = 0;
    for (; *name != 0 && *name != '.'; name++) {
        if (i == 8 || !character_allowed(*name))
            return false;
        to[i++] = char_upper(*name);
    }
    if (i == 0)
        return false;
    if (*name == '.')
        name++;
    for (i = 8; *name != 0; name++) {
        if (i == 11 || !character_allowed(*name))
            return false;
        to[i++] = char_upper(*name);
    }
    return true;
}

/* Adds a cluster of unused entries, from the directory's n-th sector on. */
static int grow_directory(struct fat_node *dir, uint32_t n)
{
    for (uint32_t i = 0; i < fat.cluster_sectors; i++) {
        int64_t sector = fat_sector(dir, n + i, true);
        int error = sector < 0 ? (int)sector : cache_write(cache_get_zeroed((uint32_t)sector));
        if (error != 0)
            return error;
    }
    return 0;
}

int fat_add_entry(struct fat_node *dir, const char *name, uint8_t attributes, uint16_t cluster,
                  uint32_t *place)
{
    struct fat_raw_entry new = {.attributes = attributes, .cluster = cluster};
    new.time = new.creation_time = fat.time;
    new.date = new.creation_date = new.access_date = fat.date;
    if (name[0] == '.') /* only fat_mkdir makes these, "." and ".." */
        memcpy(memset(new.name, ' ', sizeof new.name), name, strlen(name));
    else if (!make_short_name(name, new.name))
        return -ENAMETOOLONG;
    for (uint32_t position = 0;; position++) {
        uint8_t *sector;
        int error;
        struct fat_raw_entry *raw = entry_at(dir, position, false, &sector, place, &error);
        if (raw == NULL && error == 0) {
            error = grow_directory(dir, position / FAT_ENTRIES_PER_SECTOR);
            if (error == 0)
                raw = entry_at(dir, position, false, &sector, place, &error);
        }
        if (raw == NULL)
            return error;
        if ((uint8_t)raw->name[0] == ENTRY_FREE || (uint8_t)raw->name[0] == ENTRY_LAST) {
            *raw = new;
            return cache_write(sector);
        }
    }
}

int fat_remove_entry(struct fat_node *dir, const struct fat_found *found)
{
    for (uint32_t p = found->position - found->long_entries; p <= found->position; p++) {
        uint8_t *sector;
        uint32_t place;
        int error;
        struct fat_raw_entry *raw = entry_at(dir, p, false, &sector, &place, &error);
        if (raw == NULL)
            return error != 0 ? error : -EIO;
        raw->name[0] = (char)ENTRY_FREE;
        error = cache_write(sector);
        if (error != 0)
            return error;
    }
    return 0;
}

int fat_update_entry(const struct fat_node *node)
{
    uint8_t *sector = cache_get(node->entry / FAT_ENTRIES_PER_SECTOR);
    if (sector == NULL)
        return -EIO;
    struct fat_raw_entry *raw =
        (struct fat_raw_entry *)(void *)(sector +
                                         node->entry % FAT_ENTRIES_PER_SECTOR * FAT_ENTRY_SIZE);
    raw->cluster = (uint16_t)node->first;
    raw->size = node->size;
    raw->time = fat.time;
    raw->date = fat.date;
    return cache_write(sector);
}
