/*
 * What a program on Bantam has: system calls, printing, a heap.
 */
#ifndef USER_BANTAM_H
#define USER_BANTAM_H

#include "abi/syscall.h"
#include "lib/cycles.h"
#include "lib/string.h"

/* System calls, by the names and with the arguments of abi/syscalls.def. Errors are negative. */
_Noreturn void exit(int status);
int fork(void);
int exec(const char *path, const char *const *argv);
int wait(int pid, int *status);
int kill(int pid);
int getpid(void);
int getppid(void);
void *sbrk(int bytes);
int sleep(unsigned milliseconds);
int yield(void);
int open(const char *path, unsigned flags);
int close(int fd);
int read(int fd, void *buffer, unsigned n);
int write(int fd, const void *buffer, unsigned n);
int seek(int fd, unsigned offset);
int dup(int fd, int to);
int pipe(int fds[2]);
int readdir(int fd, struct dir_entry *entry);
int mkdir(const char *path);
int unlink(const char *path);
int chdir(const char *path);
void *mmap(unsigned bytes);
int munmap(void *address, unsigned bytes);
int procinfo(unsigned index, struct proc_info *info);
int bootarg(const char *name, char *buffer, unsigned bytes);
_Noreturn void halt(int status);
int bench(unsigned operation, uint32_t a, uint32_t b);
int system_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c);

/* Both print at once, in one write if it fits 512 bytes; eprintf to descriptor 2. */
void printf(const char *text, ...) __attribute__((format(printf, 1, 2)));
void eprintf(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* "program: what: the error in words", to descriptor 2; returns 1, for main to return. */
int complain(const char *program, const char *what, int error);
const char *error_text(int error);

/* True when a system call that returns an address returned an error. */
static inline bool failed(const void *address)
{
    return (uint32_t)(uintptr_t)address > (uint32_t)-4096;
}

/* A program's second argument as a number: `otherwise` when it is missing; ends the program if it
 * is none. */
uint32_t count_argument(int argc, char **argv, uint32_t otherwise);

/* Reads to the end of the line, at most size - 1 bytes; false at the end of the input. */
bool read_line(int fd, char *line, unsigned size);

int main(int argc, char **argv);

#endif
