/*
 * What the files of arch/native share: port I/O and the drivers' entry points.
 */
#ifndef ARCH_NATIVE_NATIVE_H
#define ARCH_NATIVE_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sim/abi/board.h>

#include "arch/arch_ops.h"

#define IRQ_VECTOR_BASE 0x20
#define EFLAGS_IF       0x200

static inline uint8_t port_in8(uint16_t port)
{
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void port_out8(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void port_in16_block(uint16_t port, void *to, size_t words)
{
    __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(port) : "memory");
}

static inline void port_out16_block(uint16_t port, const void *from, size_t words)
{
    __asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(port) : "memory");
}

/* pic.c */
void pic_init(void);
void pic_enable(unsigned irq);
void irq_dispatch(struct trap_frame *frame);

/* memory.c: makes and loads the direct map of 4 KiB pages; takes frames from `first_free` up. */
void memory_init(struct boot_info *boot);

/* Drivers. Each *_irq is called by irq_dispatch. */
void uart_init(void);
void uart_irq(void);
void vga_init(void);
void vga_write(const char *bytes, size_t n); /* with interrupts disabled */
void keyboard_init(void);
void keyboard_irq(void);
void ide_init(void);
void ide_irq(void);

#endif
