/*
 * The system call table, indexed by number (abi/syscalls.def).
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

typedef int32_t syscall_function(uint32_t a, uint32_t b, uint32_t c);

/* How one is defined: not all use all three. */
#define UNUSED    __attribute__((unused))
#define ARGUMENTS UNUSED uint32_t a, UNUSED uint32_t b, UNUSED uint32_t c

#define SYSCALL(number, name, arguments, text) syscall_function sys_##name;
#include "abi/syscalls.def"
#undef SYSCALL

extern syscall_function *const syscall_table[SYSCALL_COUNT];

/* Copies a program's string; its length, -EFAULT, or `error` when it does not fit. */
int user_string(uint32_t from, char *to, uint32_t size, int error);
int user_path(uint32_t from, char path[PATH_MAX + 1]);
/* A checked pointer to a program's memory, or NULL. */
void *user_pointer(uint32_t address, uint32_t bytes, bool write);

#endif
