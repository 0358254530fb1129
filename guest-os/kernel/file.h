/*
 * Open files: what a descriptor names.
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct file;
struct fat_node;
struct pipe;

/* What each kind of file does. Buffers are checked user memory; results are bytes or an error. */
struct file_kind {
    int (*read)(struct file *file, void *to, uint32_t n);
    int (*write)(struct file *file, const void *from, uint32_t n);
    void (*close)(struct file *file);
};

struct file {
    const struct file_kind *kind;
    unsigned users; /* descriptors, in any process */
    bool readable, writable, append;
    uint32_t offset; /* a directory's: the entry's index */
    struct fat_node *node;
    struct pipe *pipe;
};

/* A file with one user, or NULL. */
struct file *file_create(const struct file_kind *kind, bool readable, bool writable);
struct file *file_share(struct file *file);
void file_close(struct file *file);

extern const struct file_kind console_file, disk_file, pipe_file;

/* pipe.c: 0 or -ENOMEM. */
int pipe_create(struct file **reader, struct file **writer);

/* console.c */
void console_init(bool echo);

#endif
