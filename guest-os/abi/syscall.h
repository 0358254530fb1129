/*
 * The contract between the kernel and its programs: numbers, errors, structures.
 */
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

#include <stdint.h>

#define SYSCALL_VECTOR 0x80

enum syscall_number {
#define SYSCALL(number, name, arguments, text) SYS_##name = number,
#include "abi/syscalls.def"
#undef SYSCALL
    SYSCALL_COUNT
};

/* Every error: name, number (Linux's), words. */
#define ERROR_LIST(X)                                                                              \
    X(ENOENT, 2, "no such file or directory")                                                      \
    X(ESRCH, 3, "no such process")                                                                 \
    X(EINTR, 4, "interrupted")                                                                     \
    X(EIO, 5, "input/output error")                                                                \
    X(E2BIG, 7, "argument list too long")                                                          \
    X(ENOEXEC, 8, "not a program")                                                                 \
    X(EBADF, 9, "bad file descriptor")                                                             \
    X(ECHILD, 10, "no child processes")                                                            \
    X(EAGAIN, 11, "too many processes")                                                            \
    X(ENOMEM, 12, "out of memory")                                                                 \
    X(EFAULT, 14, "bad address")                                                                   \
    X(EBUSY, 16, "in use")                                                                         \
    X(EEXIST, 17, "file exists")                                                                   \
    X(ENOTDIR, 20, "not a directory")                                                              \
    X(EISDIR, 21, "is a directory")                                                                \
    X(EINVAL, 22, "invalid argument")                                                              \
    X(EMFILE, 24, "too many open files")                                                           \
    X(ENOSPC, 28, "no space left")                                                                 \
    X(EPIPE, 32, "broken pipe")                                                                    \
    X(ENAMETOOLONG, 36, "name too long, or not 8.3")                                               \
    X(ENOSYS, 38, "no such system call")                                                           \
    X(ENOTEMPTY, 39, "directory not empty")

enum error_number {
#define X(name, number, text) name = number,
    ERROR_LIST(X)
#undef X
};

enum open_flags {
    OPEN_READ = 1,
    OPEN_WRITE = 2,
    OPEN_CREATE = 4,
    OPEN_TRUNCATE = 8,
    OPEN_APPEND = 16,
};

#define NAME_MAX 47 /* longest name readdir reports */
#define PATH_MAX 127
#define OPEN_MAX 16 /* descriptors a process has */

struct dir_entry {
    uint32_t size; /* bytes; 0 for a directory */
    uint32_t is_directory;
    char name[NAME_MAX + 1];
};

enum proc_state { PROC_UNUSED, PROC_READY, PROC_RUNNING, PROC_SLEEPING, PROC_ZOMBIE };

struct proc_info {
    int32_t pid;
    int32_t parent;
    enum proc_state state;
    char name[16];
};

/* wait's status: what the program gave exit(), or this plus the exception's vector. */
#define STATUS_FAULT  128
#define STATUS_KILLED 137

/*
 * bench(operation, a, b). The timed ones loop in the kernel b times and store two 64-bit numbers at
 * address a: cycles in all (loop overhead taken off), and a checksum.
 */
enum bench_operation {
    BENCH_PTEMOD,  /* store a page-table entry (arch_pte_set), cycles of the store only */
    BENCH_PORTIO,  /* read port 21h */
    BENCH_CALLRET, /* call and return */
    BENCH_HIDE,    /* clear P of the page at a, keeping its frame: the next touch faults */
    BENCH_SKIP, /* when this process faults, skip a bytes of code instead of ending it (0: off) */
    BENCH_DISK, /* read b sectors (at most 8) from sector a, past the cache; their checksum */
    BENCH_PROTECT, /* make the page at a read-only, for good */
};

struct bench_result {
    uint64_t cycles;
    uint64_t checksum;
};

#endif
