/*
 * The system call table, and the calls about processes and memory.
 *
 * A call's arguments are three words from a program that may lie: every pointer goes through
 * user_pointer or user_string before it is used. The calls about files are in sys_file.c.
 */
#include "kernel/syscall.h"

#include "kernel/cmdline.h"
#include "kernel/proc.h"
#include "lib/string.h"

#define ARGV_MAX 32u

syscall_function *const syscall_table[SYSCALL_COUNT] = {
#define SYSCALL(number, name, arguments, text) [number] = sys_##name,
#include "abi/syscalls.def"
#undef SYSCALL
};

void *user_pointer(uint32_t address, uint32_t bytes, bool write)
{
    if (space_check(&current->space, address, bytes, write) != 0)
        return NULL;
    return (void *)(uintptr_t)address;
}

int user_string(uint32_t from, char *to, uint32_t size, int error)
{
    for (uint32_t i = 0; i < size; i++) {
        uint32_t at = from + i;
        if ((i == 0 || at % PAGE_SIZE == 0) && user_pointer(at, 1, false) == NULL)
            return -EFAULT;
        to[i] = *(const char *)(uintptr_t)at;
        if (to[i] == 0)
            return (int)i;
    }
    return error;
}

int user_path(uint32_t from, char path[PATH_MAX + 1])
{
    return user_string(from, path, PATH_MAX + 1, -ENAMETOOLONG);
}

int32_t sys_exit(ARGUMENTS)
{
    proc_exit((int)(a & 0xff));
}

int32_t sys_fork(ARGUMENTS)
{
    return proc_fork(proc_frame(current));
}

int32_t sys_exec(ARGUMENTS)
{
    char path[PATH_MAX + 1];
    int length = user_path(a, path);
    if (length < 0)
        return length;
    const char *argv[ARGV_MAX + 1];
    for (uint32_t i = 0; i <= ARGV_MAX; i++) {
        const uint32_t *from = user_pointer(b + i * 4, 4, false);
        if (from == NULL)
            return -EFAULT;
        argv[i] = (const char *)(uintptr_t)*from;
        if (*from == 0)
            return proc_exec(path, argv);
    }
    return -E2BIG;
}

int32_t sys_wait(ARGUMENTS)
{
    int status = 0;
    int pid = proc_wait((int)a, &status);
    if (pid > 0 && b != 0) {
        int *to = user_pointer(b, sizeof *to, true);
        if (to == NULL)
            return -EFAULT;
        *to = status;
    }
    return pid;
}

int32_t sys_kill(ARGUMENTS)
{
    return proc_kill((int)a);
}

int32_t sys_getpid(ARGUMENTS)
{
    return current->pid;
}

int32_t sys_getppid(ARGUMENTS)
{
    return current->parent != NULL ? current->parent->pid : 0;
}

int32_t sys_sbrk(ARGUMENTS)
{
    struct region *heap = &current->space.regions[REGION_HEAP];
    uint32_t old = heap->end;
    int32_t bytes = (int32_t)a;
    if (bytes > (int32_t)(USER_MMAP - old) || bytes < (int32_t)(heap->start - old))
        return -ENOMEM;
    heap->end = old + a;
    if (bytes < 0)
        space_unmap(&current->space, page_ceiling(heap->end), page_ceiling(old));
    return (int32_t)old;
}

int32_t sys_sleep(ARGUMENTS)
{
    return sleep_milliseconds(a);
}

int32_t sys_mmap(ARGUMENTS)
{
    struct space *space = &current->space;
    uint32_t start = USER_MMAP;
    if (a == 0 || a > USER_STACK_TOP - USER_STACK_SIZE - USER_MMAP)
        return -EINVAL;
    for (unsigned i = REGION_FIRST_FREE; i < REGIONS; i++)
        if (space->regions[i].end > start)
            start = space->regions[i].end;
    int error = space_add_region(space, start, start + page_ceiling(a), true);
    return error != 0 ? error : (int32_t)start;
}

int32_t sys_munmap(ARGUMENTS)
{
    struct space *space = &current->space;
    for (unsigned i = REGION_FIRST_FREE; i < REGIONS; i++) {
        struct region *r = &space->regions[i];
        if (r->start >= USER_MMAP && r->start == a && r->end == a + page_ceiling(b)) {
            space_unmap(space, r->start, r->end);
            *r = (struct region){0};
            return 0;
        }
    }
    return -EINVAL;
}

int32_t sys_procinfo(ARGUMENTS)
{
    struct proc_info *info = user_pointer(b, sizeof *info, true);
    return info != NULL ? proc_info((int)a, info) : -EFAULT;
}

int32_t sys_bootarg(ARGUMENTS)
{
    char name[16];
    int length = user_string(a, name, sizeof name, -EINVAL);
    if (length < 0)
        return length;
    char *to = user_pointer(b, c, true);
    if (to == NULL || c == 0)
        return -EFAULT;
    return cmdline_get(name, to, c);
}

int32_t sys_halt(ARGUMENTS)
{
    arch_exit(a & 0xff);
}
