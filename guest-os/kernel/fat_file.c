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

bool fat_is_directory(const struct fat_node *node)
{
    return node->directory;
}

/* The node for an entry; directories are known by their cluster, files by their entry's place. */
static struct fat_node *open_node(const struct fat_found *found)
{
    bool directory = (found->raw.attributes & FAT_DIRECTORY) != 0;
    if (directory && found->raw.cluster == 0) /* ".." of a directory in the root */
        return fat_share(&root);
    struct fat_node *free = NULL;
    for (struct fat_node *n = nodes; n < nodes + NODES; n++) {
        if (n->users == 0)
            free = n;
        else if (n->directory == directory &&
                 (directory ? n->first == found->raw.cluster : n->entry == found->place))
            return fat_share(n);
    }
    if (free != NULL)
        *free = (struct fat_node){.users = 1,
                                  .directory = directory,
                                  .first = found->raw.cluster,
                                  .size = found->raw.size,
                                  .entry = found->place};
    return free;
}

/* Opens what `name` is in `dir`; closes `dir`. */
static int step(struct fat_node *dir, const char *name, struct fat_node **node)
{
    struct fat_found found;
    int error = dir->directory ? 0 : -ENOTDIR;
    *node = NULL;
    if (dir == &root && (strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
        *node = fat_share(&root);
    else if (error == 0)
        error = fat_lookup(dir, name, &found);
    if (error == 0 && *node == NULL)
        *node = open_node(&found);
    fat_close(dir);
    return error != 0 ? error : *node != NULL ? 0 : -EMFILE;
}

/*
 * Follows a path to the directory that holds its last name, which goes to `last` (empty for "/").
 */
static int walk(struct fat_node *from, const char *path, struct fat_node **dir, char *last)
{
    *dir = fat_share(*path == '/' ? &root : from);
    last[0] = 0;
    for (;;) {
        while (*path == '/')
            path++;
        if (*path == 0)
            return 0;
        if (last[0] != 0) {
            int error = step(*dir, last, dir);
            if (error != 0)
                return error;
        }
        size_t n = 0;
        for (; *path != 0 && *path != '/'; path++)
            if (n < NAME_MAX)
                last[n++] = *path;
        last[n] = 0;
    }
}

static int create(struct fat_node *dir, const char *name, struct fat_node **node)
{
    struct fat_found found = {.raw = {.attributes = 0}};
    int error = dir->directory ? fat_add_entry(dir, name, 0, 0, &found.place) : -ENOTDIR;
    if (error == 0)
        *node = open_node(&found);
    fat_close(dir);
    return error != 0 ? error : *node != NULL ? 0 : -EMFILE;
}

static int truncate(struct fat_node *node)
{
    uint32_t first = node->first;
    node->first = node->size = node->seen_cluster = 0;
    int error = fat_update_entry(node);
    return error != 0 ? error : fat_free_chain(first);
}

static int open_locked(struct fat_node *from, const char *path, unsigned flags,
                       struct fat_node **node)
{
    char name[NAME_MAX + 1];
    struct fat_node *dir;
    int error = walk(from, path, &dir, name);
    if (error != 0)
        return error;
    if (name[0] == 0) {
        *node = dir;
    } else {
        (void)fat_share(dir);
        error = step(dir, name, node);
        if (error == -ENOENT && flags & OPEN_CREATE)
            error = create(dir, name, node);
        else
            fat_close(dir);
    }
    if (error == 0 && (*node)->directory && flags & OPEN_WRITE)
        error = -EISDIR;
    else if (error == 0 && flags & OPEN_TRUNCATE && (*node)->size != 0)
        error = truncate(*node);
    else
        return error;
    if (error != 0)
        fat_close(*node);
    return error;
}

int fat_open(struct fat_node *from, const char *path, unsigned flags, struct fat_node **node)
{
    lock_acquire(&lock);
    int error = open_locked(from, path, flags, node);
    lock_release(&lock);
    return error;
}

static int read_locked(struct fat_node *node, uint32_t offset, char *to, uint32_t n)
{
    uint32_t done = 0;
    if (offset >= node->size)
        return 0;
    if (n > node->size - offset)
        n = node->size - offset;
    while (done < n) {
        uint32_t at = (offset + done) % SECTOR_SIZE;
        uint32_t part = n - done < SECTOR_SIZE - at ? n - done : SECTOR_SIZE - at;
        int64_t sector = fat_sector(node, (offset + done) / SECTOR_SIZE, false);
        const uint8_t *bytes = sector > 0 ? cache_get((uint32_t)sector) : NULL;
        if (bytes == NULL)
            return -EIO;
        memcpy(to + done, bytes + at, part);
        done += part;
    }
    return (int)done;
}

int fat_read(struct fat_node *node, uint32_t offset, void *to, uint32_t n)
{
    lock_acquire(&lock);
    int result = node->directory ? -EISDIR : read_locked(node, offset, to, n);
    lock_release(&lock);
    return result;
}

static int write_locked(struct fat_node *node, uint32_t offset, const char *from, uint32_t n)
{
    uint32_t done = 0;
    int error = offset > node->size || n > UINT32_MAX - offset ? -EINVAL : 0;
    while (done < n && error == 0) {
        uint32_t at = (offset + done) % SECTOR_SIZE;
        uint32_t part = n - done < SECTOR_SIZE - at ? n - done : SECTOR_SIZE - at;
        int64_t sector = fat_sector(node, (offset + done) / SECTOR_SIZE, true);
        if (sector < 0) {
            error = (int)sector;
            break;
        }
        bool fresh = at == 0 && offset + done + part >= node->size;
        uint8_t *bytes = fresh ? cache_get_zeroed((uint32_t)sector) : cache_get((uint32_t)sector);
        if (bytes == NULL)
            return -EIO;
        memcpy(bytes + at, from + done, part);
        error = cache_write(bytes);
        done += part;
    }
    if (offset + done > node->size)
        node->size = offset + done;
    int update = done > 0 ? fat_update_entry(node) : 0;
    return error != 0 ? error : update != 0 ? update : (int)done;
}

int fat_write(struct fat_node *node, uint32_t offset, const void *from, uint32_t n)
{
    lock_acquire(&lock);
    int result = node->directory ? -EISDIR : write_locked(node, offset, from, n);
    lock_release(&lock);
    return result;
}

int fat_readdir(struct fat_node *node, uint32_t *position, struct dir_entry *entry)
{
    struct fat_found found;
    lock_acquire(&lock);
    int result = node->directory ? fat_next_entry(node, position, &found) : -ENOTDIR;
    lock_release(&lock);
    if (result == 1) {
        memset(entry, 0, sizeof *entry);
        entry->size = found.raw.size;
        entry->is_directory = (found.raw.attributes & FAT_DIRECTORY) != 0;
        string_copy(entry->name, found.name, sizeof entry->name);
    }
    return result;
}

/* Fills a new directory's first cluster. */
static int start_directory(struct fat_node *dir, uint32_t cluster)
{
    struct fat_node child = {.directory = true, .first = cluster, .entry = 1};
    uint32_t place;
    for (uint32_t i = 0; i < fat.cluster_sectors; i++) {
        const uint8_t *bytes = cache_get_zeroed((uint32_t)fat_sector(&child, i, false));
        if (cache_write(bytes) != 0)
            return -EIO;
    }
    int error = fat_add_entry(&child, ".", FAT_DIRECTORY, (uint16_t)cluster, &place);
    if (error == 0)
        error = fat_add_entry(&child, "..", FAT_DIRECTORY, (uint16_t)dir->first, &place);
    return error;
}

static int mkdir_locked(struct fat_node *dir, const char *name)
{
    struct fat_found found;
    uint32_t place;
    int error = dir->directory ? fat_lookup(dir, name, &found) : -ENOTDIR;
    if (error != -ENOENT)
        return error == 0 ? -EEXIST : error;
    int cluster = fat_allocate(0);
    if (cluster < 0)
        return cluster;
    error = start_directory(dir, (uint32_t)cluster);
    if (error == 0)
        error = fat_add_entry(dir, name, FAT_DIRECTORY, (uint16_t)cluster, &place);
    if (error != 0)
        (void)fat_free_chain((uint32_t)cluster);
    return error;
}

/* 0 when the directory holds nothing but "." and "..". */
static int check_empty(struct fat_node *dir)
{
    struct fat_found found;
    uint32_t position = 2;
    int result = fat_next_entry(dir, &position, &found);
    return result > 0 ? -ENOTEMPTY : result;
}

static int unlink_locked(struct fat_node *dir, const char *name)
{
    struct fat_found found;
    if (!dir->directory)
        return -ENOTDIR;
    int error = fat_lookup(dir, name, &found);
    if (error != 0)
        return error;
    struct fat_node *node = open_node(&found);
    if (node == NULL)
        return -EMFILE;
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

/* Both mkdir and unlink: find the directory, then do it there to a name that is not "." or "..". */
static int in_directory(struct fat_node *from, const char *path,
                        int (*act)(struct fat_node *, const char *))
{
    char name[NAME_MAX + 1];
    struct fat_node *dir;
    lock_acquire(&lock);
    int error = walk(from, path, &dir, name);
    if (error == 0) {
        error = name[0] == 0 || name[0] == '.' ? -EINVAL : act(dir, name);
        fat_close(dir);
    }
    lock_release(&lock);
    return error;
}

int fat_mkdir(struct fat_node *from, const char *path)
{
    return in_directory(from, path, mkdir_locked);
}

int fat_unlink(struct fat_node *from, const char *path)
{
    return in_directory(from, path, unlink_locked);
}

int fat_raw_read(uint32_t sector, unsigned count, void *buffer)
{
    lock_acquire(&lock);
    int error = block_transfer(false, sector, count, buffer);
    lock_release(&lock);
    return error;
}
