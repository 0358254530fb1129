/*
 * The system calls about files.
 */
#include "kernel/fat.h"
#include "kernel/file.h"
#include "kernel/frame.h"
#include "kernel/proc.h"
#include "kernel/syscall.h"

static struct file *file_at(uint32_t fd)
{
    return fd < OPEN_MAX ? current->files[fd] : NULL;
}

/* Gives the file the lowest free descriptor; closes it when there is none. */
static int new_descriptor(struct file *file)
{
    for (int fd = 0; fd < (int)OPEN_MAX; fd++) {
        if (current->files[fd] == NULL) {
            current->files[fd] = file;
            return fd;
        }
    }
    file_close(file);
    return -EMFILE;
}

/* Fetches a path argument and hands it to a function of the file system. */
static int with_path(uint32_t from, int (*act)(struct fat_node *, const char *))
{
    char path[PATH_MAX + 1];
    int length = user_path(from, path);
    return length < 0 ? length : act(current->directory, path);
}

int32_t sys_open(ARGUMENTS)
{
    char path[PATH_MAX + 1];
    int length = user_path(a, path);
    if (length < 0)
        return length;
    struct fat_node *node;
    int error = fat_open(current->directory, path, b, &node);
    if (error != 0)
        return error;
    struct file *file = file_create(&disk_file, (b & OPEN_READ) != 0, (b & OPEN_WRITE) != 0);
    if (file == NULL) {
        fat_close(node);
        return -ENOMEM;
    }
    file->append = (b & OPEN_APPEND) != 0;
    file->node = node;
    return new_descriptor(file);
}

int32_t sys_close(ARGUMENTS)
{
    struct file *file = file_at(a);
    if (file == NULL)
        return -EBADF;
    current->files[a] = NULL;
    file_close(file);
    return 0;
}

int32_t sys_read(ARGUMENTS)
{
    struct file *file = file_at(a);
    if (file == NULL || !file->readable)
        return -EBADF;
    void *to = user_pointer(b, c, true);
    return to == NULL ? -EFAULT : c == 0 ? 0 : file->kind->read(file, to, c);
}

int32_t sys_write(ARGUMENTS)
{
    struct file *file = file_at(a);
    if (file == NULL || !file->writable)
        return -EBADF;
    const void *from = user_pointer(b, c, false);
    return from == NULL ? -EFAULT : c == 0 ? 0 : file->kind->write(file, from, c);
}

int32_t sys_dup(ARGUMENTS)
{
    struct file *file = file_at(a);
    if (file == NULL || (b != UINT32_MAX && b >= OPEN_MAX))
        return -EBADF;
    if (b == a)
        return (int32_t)a;
    file = file_share(file);
    if (b == UINT32_MAX)
        return new_descriptor(file);
    (void)sys_close(b, 0, 0);
    current->files[b] = file;
    return (int32_t)b;
}

int32_t sys_pipe(ARGUMENTS)
{
    int *fds = user_pointer(a, 2 * sizeof *fds, true);
    if (fds == NULL)
        return -EFAULT;
    struct file *reader, *writer;
    int error = pipe_create(&reader, &writer);
    if (error != 0)
        return error;
    fds[0] = new_descriptor(reader);
    fds[1] = new_descriptor(writer);
    if (fds[0] >= 0 && fds[1] >= 0)
        return 0;
    (void)sys_close((uint32_t)fds[0], 0, 0);
    return -EMFILE;
}

int32_t sys_readdir(ARGUMENTS)
{
    struct file *file = file_at(a);
    struct dir_entry *entry = user_pointer(b, sizeof *entry, true);
    if (file == NULL || file->kind != &disk_file)
        return -EBADF;
    return entry != NULL ? fat_readdir(file->node, &file->offset, entry) : -EFAULT;
}

int32_t sys_mkdir(ARGUMENTS)
{
    return with_path(a, fat_mkdir);
}

int32_t sys_unlink(ARGUMENTS)
{
    return with_path(a, fat_unlink);
}

static int change_directory(struct fat_node *from, const char *path)
{
    struct fat_node *node;
    int error = fat_open(from, path, OPEN_READ, &node);
    if (error == 0 && !node->directory) {
        fat_close(node);
        error = -ENOTDIR;
    }
    if (error == 0) {
        fat_close(current->directory);
        current->directory = node;
    }
    return error;
}

int32_t sys_chdir(ARGUMENTS)
{
    return with_path(a, change_directory);
}
