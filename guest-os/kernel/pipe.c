/*
 * Pipes: a page of bytes between those who write and those who read.
 *
 * A reader waits while the pipe is empty and somebody could still write; a writer waits while it is
 * full and somebody could still read. Kernel code is not preempted, so the only care needed is
 * around sleeping.
 */
#include "kernel/file.h"
#include "kernel/frame.h"
#include "kernel/proc.h"
#include "lib/string.h"

struct pipe {
    char *bytes;               /* one page */
    uint32_t head, tail;       /* bytes put in and taken out, ever */
    unsigned readers, writers; /* open files: 0 or 1 each */
};

static bool pipe_wait(struct pipe *pipe)
{
    uint32_t saved = arch_irq_save();
    bool woken = sleep_on(pipe);
    arch_irq_restore(saved);
    return woken;
}

/* Of n bytes from `at` on, how many lie before the page's end, where the ring begins again. */
static uint32_t in_one_piece(uint32_t at, uint32_t n)
{
    uint32_t to_end = PAGE_SIZE - at % PAGE_SIZE;
    return n < to_end ? n : to_end;
}

static int pipe_read(struct file *file, void *to, uint32_t n)
{
    struct pipe *p = file->pipe;
    while (p->head == p->tail && p->writers > 0)
        if (!pipe_wait(p))
            return -EINTR;
    uint32_t done = 0;
    while (done < n && p->head != p->tail) {
        uint32_t have = p->head - p->tail;
        uint32_t part = in_one_piece(p->tail, n - done < have ? n - done : have);
        memcpy((char *)to + done, p->bytes + p->tail % PAGE_SIZE, part);
        p->tail += part;
        done += part;
    }
    wakeup(p);
    return (int)done;
}

static int pipe_write(struct file *file, const void *from, uint32_t n)
{
    struct pipe *p = file->pipe;
    uint32_t done = 0;
    while (done < n) {
        if (p->readers == 0)
            return -EPIPE;
        uint32_t room = PAGE_SIZE - (p->head - p->tail);
        if (room == 0) {
            if (!pipe_wait(p))
                return -EINTR;
            continue;
        }
        uint32_t part = in_one_piece(p->head, n - done < room ? n - done : room);
        memcpy(p->bytes + p->head % PAGE_SIZE, (const char *)from + done, part);
        p->head += part;
        done += part;
        wakeup(p);
    }
    return (int)done;
}

static void pipe_close(struct file *file)
{
    struct pipe *p = file->pipe;
    if (file->readable)
        p->readers = 0;
    else
        p->writers = 0;
    wakeup(p);
    if (p->readers == 0 && p->writers == 0) {
        heap_free(p->bytes, PAGE_SIZE);
        heap_free(p, sizeof *p);
    }
}

const struct file_kind pipe_file = {pipe_read, pipe_write, pipe_close};

int pipe_create(struct file **reader, struct file **writer)
{
    struct pipe *p = heap_alloc(sizeof *p);
    char *bytes = heap_alloc(PAGE_SIZE);
    *reader = file_create(&pipe_file, true, false);
    *writer = file_create(&pipe_file, false, true);
    if (p == NULL || bytes == NULL || *reader == NULL || *writer == NULL) {
        heap_free(p, sizeof *p);
        heap_free(bytes, PAGE_SIZE);
        heap_free(*reader, sizeof **reader);
        heap_free(*writer, sizeof **writer);
        return -ENOMEM;
    }
    *p = (struct pipe){.bytes = bytes, .readers = 1, .writers = 1};
    (*reader)->pipe = (*writer)->pipe = p;
    return 0;
}
