/*
 * FAT16: nodes, paths, reading and writing.
 *
 * One lock around every operation; whoever waits for the disk holds it, and others sleep. A node is
 * an open file, shared by all who opened it, so that two writers agree about its size.
 */
#include "kernel/fat_private.h"
#include "kernel/proc.h"
#include "lib/string.h"

#define NODES 64u

static struct lock lock;
static struct fat_node root = {.users = 1, .directory = true};
static struct fat_node nodes[NODES];

struct fat_node *fat_root(void)
{
    return &root;
}

struct fat_node *fat_share(struct fat_node *node)
{
    if (node != NULL)
        node->users++;
    return node;
}

void fat_close(struct fat_node *node)
{
    if (node != NULL)
        node->users--;
}

/* The node for an entry; directories are known by their cluster, files by their entry's place. */
static int open_node(const struct fat_found *found, struct fat_node **node)
{
    bool directory = (found->raw.attributes & FAT_DIRECTORY) != 0;
    struct fat_node *free = NULL;
    *node = NULL;
    if (directory && found->raw.cluster == 0) /* ".." of a directory in the root */
        *node = &root;
    for (struct fat_node *n = nodes; n < nodes + NODES && *node == NULL; n++) {
        if (n->users == 0)
            free = n;
        else if (n->directory == directory &&
                 (directory ? n->first == found->raw.cluster : n->entry == found->place))
            *node = n;
    }
    if (*node == NULL && free != NULL) {
        *free = (struct fat_node){.directory = directory, .entry = found->place};
        free->first = found->raw.cluster;
        free->size = found->raw.size;
        *node = free;
    }
    return fat_share(*node) != NULL ? 0 : -EMFILE;
}

/* Opens what `name` is in `dir`: itself, when it is empty. */
static int open_name(struct fat_node *dir, const char *name, struct fat_node **node)
{
    struct fat_found found;
    if (name[0] == 0 || (dir == &root && fat_is_dots(name))) {
        *node = fat_share(dir);
        return 0;
    }
    int error = fat_lookup(dir, name, &found);
    return error != 0 ? error : open_node(&found, node);
}

/* Does something to `name` in a directory, under the lock. */
typedef int path_action(struct fat_node *dir, const char *name, void *argument);

static const char *skip_slashes(const char *path)
{
    while (*path == '/')
        path++;
    return path;
}

/*
 * Follows a path, of at most PATH_MAX characters, to the directory that holds its last name (empty
 * for "/"), and acts there. `from` is where a relative path starts.
 */
static int at_path(struct fat_node *from, const char *path, path_action *act, void *argument)
{
    char name[PATH_MAX + 1] = "";
    int error = 0;
    lock_acquire(&lock);
    struct fat_node *dir = fat_share(*path == '/' ? &root : from);
    for (path = skip_slashes(path); *path != 0; path = skip_slashes(path)) {
        struct fat_node *next;
        error = open_name(dir, name, &next);
        if (error != 0)
            break;
        fat_close(dir);
        dir = next;
        size_t n = 0;
        while (*path != 0 && *path != '/')
            name[n++] = *path++;
        name[n] = 0;
    }
    if (error == 0)
        error = act(dir, name, argument);
    fat_close(dir);
    lock_release(&lock);
    return error;
}

static int truncate(struct fat_node *node)
{
    uint32_t first = node->first;
    node->first = node->size = node->seen_cluster = 0;
    int error = fat_update_entry(node);
    return error != 0 ? error : fat_free_chain(first);
}

struct opening {
    unsigned flags;
    struct fat_node *node;
};

static int open_at(struct fat_node *dir, const char *name, void *argument)
{
    struct opening *o = argument;
    int error = open_name(dir, name, &o->node);
    if (error == -ENOENT && o->flags & OPEN_CREATE) {
        struct fat_found new = {.place = fat_add_entry(dir, name, 0, 0)};
        error = new.place < 0 ? new.place : open_node(&new, &o->node);
    }
    if (error != 0)
        return error;
    if (o->node->directory && o->flags & OPEN_WRITE)
        error = -EISDIR;
    else if (o->node->size != 0 && o->flags & OPEN_TRUNCATE)
        error = truncate(o->node);
    if (error != 0)
        fat_close(o->node);
    return error;
}

int fat_open(struct fat_node *from, const char *path, unsigned flags, struct fat_node **node)
{
    struct opening opening = {flags, NULL};
    int error = at_path(from, path, open_at, &opening);
    *node = opening.node;
    return error;
}

/* Reads or writes, sector by sector; *done bytes also when there is an error. */
static int transfer(struct fat_node *node, uint32_t offset, char *buffer, uint32_t n, bool write,
                    uint32_t *done)
{
    int error = node->directory ? -EISDIR : 0;
    for (uint32_t part; *done < n && error == 0; *done += part) {
        uint32_t place = offset + *done;
        uint32_t at = place % SECTOR_SIZE;
        part = n - *done < SECTOR_SIZE - at ? n - *done : SECTOR_SIZE - at;
        int sector = fat_sector(node, place / SECTOR_SIZE, write);
        if (sector <= 0)
            return sector < 0 ? sector : -EIO;
        bool fresh = write && at == 0 && place + part >= node->size;
        char *bytes = fresh ? cache_get_zeroed((uint32_t)sector) : cache_get((uint32_t)sector);
        if (bytes == NULL)
            return -EIO;
        memcpy(write ? bytes + at : buffer, write ? buffer : bytes + at, part);
        buffer += part;
        error = write ? cache_write(bytes) : 0;
    }
    return error;
}

int fat_read(struct fat_node *node, uint32_t offset, void *to, uint32_t n)
{
    uint32_t done = 0;
    lock_acquire(&lock);
    uint32_t left = offset < node->size ? node->size - offset : 0;
    int error = transfer(node, offset, to, n < left ? n : left, false, &done);
    lock_release(&lock);
    return error != 0 ? error : (int)done;
}

int fat_write(struct fat_node *node, uint32_t offset, const void *from, uint32_t n)
{
    uint32_t done = 0;
    int error = -EINVAL;
    lock_acquire(&lock);
    if (offset <= node->size && n <= UINT32_MAX - offset)
        error = transfer(node, offset, (char *)(uintptr_t)from, n, true, &done);
    if (offset + done > node->size)
        node->size = offset + done;
    int update = done > 0 ? fat_update_entry(node) : 0;
    lock_release(&lock);
    return error != 0 ? error : update != 0 ? update : (int)done;
}

int fat_readdir(struct fat_node *node, uint32_t *position, struct dir_entry *entry)
{
    struct fat_found found;
    lock_acquire(&lock);
    int result = fat_next_entry(node, position, &found);
    lock_release(&lock);
    if (result == 1) {
        *entry = (struct dir_entry){.size = found.raw.size};
        entry->is_directory = (found.raw.attributes & FAT_DIRECTORY) != 0;
        string_copy(entry->name, found.name, sizeof entry->name);
    }
    return result;
}

static int mkdir_at(struct fat_node *dir, const char *name, void *ignored)
{
    (void)ignored;
    struct fat_found found;
    int error = name[0] == 0 || name[0] == '.' ? -EINVAL : fat_lookup(dir, name, &found);
    if (error != -ENOENT)
        return error == 0 ? -EEXIST : error;
    struct fat_node child = {.directory = true, .entry = -1};
    int made = fat_sector(&child, 0, true);
    if (made > 0)
        made = fat_add_entry(&child, ".", FAT_DIRECTORY, child.first);
    if (made > 0)
        made = fat_add_entry(&child, "..", FAT_DIRECTORY, dir->first);
    if (made > 0)
        made = fat_add_entry(dir, name, FAT_DIRECTORY, child.first);
    if (made < 0)
        (void)fat_free_chain(child.first);
    return made < 0 ? made : 0;
}

int fat_mkdir(struct fat_node *from, const char *path)
{
    return at_path(from, path, mkdir_at, NULL);
}

/* 0 when the directory holds nothing but "." and "..". */
static int check_empty(struct fat_node *dir)
{
    struct fat_found found;
    uint32_t position = 2;
    int result = fat_next_entry(dir, &position, &found);
    return result > 0 ? -ENOTEMPTY : result;
}

static int unlink_at(struct fat_node *dir, const char *name, void *ignored)
{
    (void)ignored;
    struct fat_found found;
    struct fat_node *node;
    int error = name[0] == 0 || name[0] == '.' ? -EINVAL : fat_lookup(dir, name, &found);
    if (error == 0)
        error = open_node(&found, &node);
    if (error != 0)
        return error;
    if (node->users > 1)
        error = -EBUSY;
    else if (node->directory)
        error = check_empty(node);
    if (error == 0)
        error = fat_remove_entry(dir, &found);
    if (error == 0)
        error = fat_free_chain(node->first);
    fat_close(node);
    return error;
}

int fat_unlink(struct fat_node *from, const char *path)
{
    return at_path(from, path, unlink_at, NULL);
}

int fat_raw_read(uint32_t sector, unsigned count, void *buffer)
{
    lock_acquire(&lock);
    int error = block_transfer(false, sector, count, buffer);
    lock_release(&lock);
    return error;
}
