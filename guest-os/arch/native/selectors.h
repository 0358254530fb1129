/* The selectors of the GDT in tables.c. */
#ifndef ARCH_NATIVE_SELECTORS_H
#define ARCH_NATIVE_SELECTORS_H

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE   0x1b
#define USER_DATA   0x23
#define TASK_STATE  0x28

#endif
