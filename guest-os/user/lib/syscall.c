/*
 * System calls: one instruction and its registers.
 */
#include "user/lib/bantam.h"

int system_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    int result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

#define WORD(x)           ((uint32_t)(uintptr_t)(x))
#define CALL0(n)          system_call(SYS_##n, 0, 0, 0)
#define CALL1(n, a)       system_call(SYS_##n, WORD(a), 0, 0)
#define CALL2(n, a, b)    system_call(SYS_##n, WORD(a), WORD(b), 0)
#define CALL3(n, a, b, c) system_call(SYS_##n, WORD(a), WORD(b), WORD(c))
#define POINTER(x)        ((void *)(uintptr_t)(uint32_t)(x))

/* clang-format off */
_Noreturn void exit(int status) { (void)CALL1(exit, status); for (;;) continue; }
int fork(void) { return CALL0(fork); }
int exec(const char *path, const char *const *argv) { return CALL2(exec, path, argv); }
int wait(int pid, int *status) { return CALL2(wait, pid, status); }
int kill(int pid) { return CALL1(kill, pid); }
int getpid(void) { return CALL0(getpid); }
int getppid(void) { return CALL0(getppid); }
void *sbrk(int bytes) { return POINTER(CALL1(sbrk, bytes)); }
int sleep(unsigned milliseconds) { return CALL1(sleep, milliseconds); }
int yield(void) { return CALL0(yield); }
int open(const char *path, unsigned flags) { return CALL2(open, path, flags); }
int close(int fd) { return CALL1(close, fd); }
int read(int fd, void *buffer, unsigned n) { return CALL3(read, fd, buffer, n); }
int write(int fd, const void *buffer, unsigned n) { return CALL3(write, fd, buffer, n); }
int seek(int fd, unsigned offset) { return CALL2(seek, fd, offset); }
int dup(int fd, int to) { return CALL2(dup, fd, to); }
int pipe(int fds[2]) { return CALL1(pipe, fds); }
int readdir(int fd, struct dir_entry *entry) { return CALL2(readdir, fd, entry); }
int mkdir(const char *path) { return CALL1(mkdir, path); }
int unlink(const char *path) { return CALL1(unlink, path); }
int chdir(const char *path) { return CALL1(chdir, path); }
void *mmap(unsigned bytes) { return POINTER(CALL1(mmap, bytes)); }
int munmap(void *address, unsigned bytes) { return CALL2(munmap, address, bytes); }
int procinfo(unsigned index, struct proc_info *info) { return CALL2(procinfo, index, info); }
int bootarg(const char *name, char *buffer, unsigned n) { return CALL3(bootarg, name, buffer, n); }
_Noreturn void halt(int status) { (void)CALL1(halt, status); for (;;) continue; }
int bench(unsigned operation, uint32_t a, uint32_t b) { return CALL3(bench, operation, a, b); }
/* clang-format on */
