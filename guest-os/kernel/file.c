/*
 * Open files, and the kind that is on the disk.
 */
#include "kernel/file.h"

#include "kernel/fat.h"
#include "kernel/frame.h"

struct file *file_create(const struct file_kind *kind, bool readable, bool writable)
{
    struct file *file = heap_alloc(sizeof *file);
    if (file != 0) {
        file->kind = kind;
        file->users = 1;
        file->readable = readable;
        file->writable = writable;
    }
    return file;
}

struct file *file_share(struct file *file)
{
    file->users++;
    return file;
}

void file_close(struct file *file)
{
    if (--file->users > 0)
        return;
    if (file->kind->close != NULL)
        file->kind->close(file);
    heap_free(file, sizeof *file);
}

static int disk_read(struct file *file, void *to, uint32_t n)
{
    int got = fat_read(file->node, file->offset, to, n);
    if (got > 0)
        file->offset += (uint32_t)got;
    return got;
}

static int disk_write(struct file *file, const void *from, uint32_t n)
{
    if (file->append)
        file->offset = file->node->size;
    int put = fat_write(file->node, file->offset, from, n);
    if (put > 0)
        file->offset += (uint32_t)put;
    return put;
}

static void disk_close(struct file *file)
{
    fat_close(file->node);
}

const struct file_kind disk_file = {disk_read, disk_write, disk_close};
