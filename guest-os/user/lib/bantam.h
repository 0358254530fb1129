/*
 * What a program on Bantam has: system calls, printing, files, arguments.
 */
#ifndef USER_BANTAM_H
#define USER_BANTAM_H

#include "abi/syscall.h"
#include "lib/cycles.h"
#include "lib/string.h"

static inline int system_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
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
#define CALL(result)      static inline result

/* System calls, by the names and with the arguments of abi/syscalls.def. Errors are negative. */
/* clang-format off */
_Noreturn CALL(void) exit(int status) { for (;;) (void)CALL1(exit, status); }
CALL(int) fork(void) { return CALL0(fork); }
CALL(int) exec(const char *path, const char *const *argv) { return CALL2(exec, path, argv); }
CALL(int) wait(int pid, int *status) { return CALL2(wait, pid, status); }
CALL(int) kill(int pid) { return CALL1(kill, pid); }
CALL(int) getpid(void) { return CALL0(getpid); }
CALL(int) getppid(void) { return CALL0(getppid); }
CALL(void *) sbrk(int bytes) { return (void *)CALL1(sbrk, bytes); }
CALL(int) sleep(unsigned milliseconds) { return CALL1(sleep, milliseconds); }
CALL(int) open(const char *path, unsigned flags) { return CALL2(open, path, flags); }
CALL(int) close(int fd) { return CALL1(close, fd); }
CALL(int) read(int fd, void *buffer, unsigned n) { return CALL3(read, fd, buffer, n); }
CALL(int) write(int fd, const void *buffer, unsigned n) { return CALL3(write, fd, buffer, n); }
CALL(int) dup(int fd, int to) { return CALL2(dup, fd, to); }
CALL(int) pipe(int fds[2]) { return CALL1(pipe, fds); }
CALL(int) readdir(int fd, struct dir_entry *entry) { return CALL2(readdir, fd, entry); }
CALL(int) mkdir(const char *path) { return CALL1(mkdir, path); }
CALL(int) unlink(const char *path) { return CALL1(unlink, path); }
CALL(int) chdir(const char *path) { return CALL1(chdir, path); }
CALL(void *) mmap(unsigned bytes) { return (void *)CALL1(mmap, bytes); }
CALL(int) munmap(void *address, unsigned bytes) { return CALL2(munmap, address, bytes); }
CALL(int) procinfo(int pid, struct proc_info *info) { return CALL2(procinfo, pid, info); }
CALL(int) bootarg(const char *name, char *to, unsigned n) { return CALL3(bootarg, name, to, n); }
_Noreturn CALL(void) halt(int status) { for (;;) (void)CALL1(halt, status); }
CALL(int) bench(unsigned what, uint32_t a, uint32_t b) { return CALL3(bench, what, a, b); }
/* clang-format on */

/* Both print at once, at most 511 bytes, in one write; eprintf to descriptor 2. */
void printf(const char *text, ...) __attribute__((format(printf, 1, 2)));
void eprintf(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* "program: what: the error in words", to descriptor 2; returns 1, for main to return. */
int complain(const char *program, const char *what, int error);

/* Opens the file for reading, lets `act` have it, closes it; what `act` gave, or an error. */
int with_file(const char *path, int (*act)(int fd));

/* What is behind the descriptor, up to the end, to the standard output; 0 or an error. */
int copy_out(int fd);

/*
 * Main for programs that do one thing to each of their arguments, which `names` describes: calls
 * `act` for each, complains where it gives an error, and goes on with the next.
 */
int each_argument(int argc, char **argv, const char *names, int (*act)(const char *argument));

/* A program's only argument as a number: `otherwise` when it is missing; ends the program if it is
 * none. */
uint32_t count_argument(int argc, char **argv, uint32_t otherwise);

int main(int argc, char **argv);

#endif
