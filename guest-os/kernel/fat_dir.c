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

/* The place of entry number `position`; 0 past the end, or an error. */
static int place_at(struct fat_node *dir, uint32_t position, bool extend)
{
    int sector = fat_sector(dir, position / FAT_ENTRIES_PER_SECTOR, extend);
    return sector <= 0
               ? sector
               : sector * (int)FAT_ENTRIES_PER_SECTOR + (int)(position % FAT_ENTRIES_PER_SECTOR);
}

/* An entry in the cache; NULL when it cannot be read. */
static struct fat_raw_entry *entry_at(int place)
{
    struct fat_raw_entry *sector = cache_get((uint32_t)place / FAT_ENTRIES_PER_SECTOR);
    return sector != NULL ? sector + (uint32_t)place % FAT_ENTRIES_PER_SECTOR : NULL;
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
    if (!dir->directory)
        return -ENOTDIR;
    bool fits = false; /* the long name being read */
    for (found->first = *position;; ++*position) {
        found->place = place_at(dir, *position, false);
        if (found->place <= 0)
            return found->place;
        const struct fat_raw_entry *raw = entry_at(found->place);
        if (raw == NULL)
            return -EIO;
        uint8_t start = (uint8_t)raw->name[0];
        if (start == ENTRY_LAST)
            return 0;
        if (start != ENTRY_FREE && raw->attributes == FAT_LONG_NAME) {
            if (start & LONG_LAST_PART)
                found->first = *position;
            fits = long_name_part(raw, found->name) && (fits || start & LONG_LAST_PART);
        } else if (start != ENTRY_FREE && !(raw->attributes & FAT_VOLUME)) {
            found->raw = *raw;
            if (found->first == *position || !fits)
                short_name(raw, found->name);
            found->end = ++*position;
            return 1;
        } else {
            found->first = *position + 1;
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

bool fat_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* NAME.EXT as eleven characters; false when it does not fit. */
static bool make_short_name(const char *name, char *to)
{
    unsigned i = 0, end = 8;
    memset(to, ' ', 11);
    if (fat_is_dots(name)) {
        memcpy(to, name, strlen(name));
        return true;
    }
    for (; *name != 0; name++) {
        if (*name == '.' && i > 0 && end == 8) {
            i = 8;
            end = 11;
        } else if (i == end || *name <= ' ' || *name >= 0x7f ||
                   strchr("\"*+,./:;<=>?[\\]|", *name) != NULL) {
            return false;
        } else {
            to[i++] = char_upper(*name);
        }
    }
    return i > 0;
}

int fat_add_entry(struct fat_node *dir, const char *name, uint8_t attributes, uint32_t cluster)
{
    struct fat_raw_entry new = {.attributes = attributes, .cluster = (uint16_t)cluster};
    new.time = new.creation_time = fat.time;
    new.date = new.creation_date = new.access_date = fat.date;
    if (!make_short_name(name, new.name))
        return -ENAMETOOLONG;
    for (uint32_t position = 0;; position++) {
        int place = place_at(dir, position, true);
        struct fat_raw_entry *raw = place > 0 ? entry_at(place) : NULL;
        if (raw == NULL)
            return place < 0 ? place : -EIO;
        if ((uint8_t)raw->name[0] == ENTRY_FREE || (uint8_t)raw->name[0] == ENTRY_LAST) {
            *raw = new;
            int error = cache_write(raw);
            return error != 0 ? error : place;
        }
    }
}

int fat_remove_entry(struct fat_node *dir, const struct fat_found *found)
{
    int error = 0;
    for (uint32_t position = found->first; position < found->end && error == 0; position++) {
        int place = place_at(dir, position, false);
        struct fat_raw_entry *raw = place > 0 ? entry_at(place) : NULL;
        if (raw == NULL)
            return -EIO;
        raw->name[0] = (char)ENTRY_FREE;
        error = cache_write(raw);
    }
    return error;
}

int fat_update_entry(const struct fat_node *node)
{
    struct fat_raw_entry *raw = entry_at(node->entry);
    if (raw == NULL)
        return -EIO;
    raw->cluster = (uint16_t)node->first;
    raw->size = node->size;
    raw->time = fat.time;
    raw->date = fat.date;
    return cache_write(raw);
}
