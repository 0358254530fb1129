/*
 * The guest kit: everything a small test guest needs, so that the test itself is what one reads.
 *
 * A guest is one file with `int main(void)`; its result becomes the machine's exit value. It starts
 * in ring 0, flat segments, paging off, interrupts disabled, every exception fatal (printed, exit
 * value 250) unless a handler was installed or it is being caught. Output goes to the debug port
 * E9h. In CMake: ringside_guest(NAME source...).
 */
#ifndef KIT_KIT_H
#define KIT_KIT_H

#include <stdbool.h>
#include <stdint.h>

#include <sim/abi/board.h>

#include "boot/multiboot.h"
#include "lib/string.h"

int main(void);

/* --- Output and the end --- */

void kit_put(const char *s);
/* As printf, with what lib/format.h knows: %d %u %x %s %c and widths; at most 511 bytes. */
void kit_printf(const char *text, ...) __attribute__((format(printf, 1, 2)));
void kit_hex(uint32_t v); /* eight digits */
void kit_decimal(uint32_t v);
_Noreturn void kit_exit(uint8_t status);

/* Prints "ok: TEXT" or "FAIL: TEXT"; kit_failures counts the latter: `return kit_failures` ends a
 * test well. */
void kit_check(bool good, const char *text);
extern int kit_failures;

/* What the boot loader passed; NULL when it was not a multiboot loader. */
extern const struct multiboot_info *kit_multiboot;

/* --- Ports --- */

static inline uint8_t kit_in8(uint16_t port)
{
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint16_t kit_in16(uint16_t port)
{
    uint16_t v;
    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint32_t kit_in32(uint16_t port)
{
    uint32_t v;
    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void kit_out8(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void kit_out16(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void kit_out32(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

/* --- Interrupts and exceptions --- */

/* The stack in a handler. esp and ss are there only when another ring was interrupted. */
struct kit_frame {
    uint32_t gs, fs, es, ds;
    uint32_t edi, esi, ebp, ignored_esp, ebx, edx, ecx, eax;
    uint32_t vector, error;
    uint32_t eip, cs, eflags;
    uint32_t esp, ss;
};

/* Changes to the frame take effect at its IRET. */
typedef void kit_handler(struct kit_frame *frame);

/* Handles a vector with a C function; NULL makes it fatal again. */
void kit_on(unsigned vector, kit_handler *handler);
/* Lets ring `dpl` and lower use INT with this vector (0 at first). */
void kit_gate_dpl(unsigned vector, unsigned dpl);

#define KIT_NO_FAULT (-1)

/* What was caught; vector is KIT_NO_FAULT when nothing was. */
struct kit_fault {
    int vector;
    uint32_t error, eip, cs, eflags, cr2;
};

/* Calls function(argument) and comes back at its first exception. Returns the vector, or
 * KIT_NO_FAULT. */
int kit_catch(void (*function)(void *), void *argument, struct kit_fault *fault);
/* The same in ring 1, 2 or 3, on a stack of its own; it returns normally or by the exception. */
int kit_catch_in_ring(unsigned ring, void (*function)(void *), void *argument,
                      struct kit_fault *fault);
/* kit_catch and kit_check in one: good when exactly this exception came (KIT_NO_FAULT: none). */
void kit_expect_fault(int vector, void (*function)(void *), void *argument, const char *text);

/* --- Segments: selectors of the kit's GDT; the RPL is the DPL --- */

#define KIT_CODE(ring) (0x08u + (ring)*0x10u + (ring))
#define KIT_DATA(ring) (0x10u + (ring)*0x10u + (ring))
#define KIT_TSS        0x48u
#define KIT_GDT_FREE   10u /* first entry for the guest's own */
#define KIT_GDT_SIZE   32u

extern uint64_t kit_gdt[KIT_GDT_SIZE];
/* A descriptor from its parts; flags: bits 20-23 of the high word (G, D, L, AVL) as a nibble. */
uint64_t kit_descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned flags);

/* --- Paging --- */

enum { KIT_PRESENT = 1, KIT_WRITE = 2, KIT_USER = 4 };

/* Turns paging on: the first 16 MiB identity-mapped with 4 KiB pages, writable, for all rings;
 * CR0.WP set. */
void kit_paging_on(void);
/* Maps one page (and flushes it); 0 flags unmap it. Only addresses below 16 MiB, or 0x40000000 to
 * 0x40ffffff. */
void kit_map(uint32_t va, uint32_t pa, uint32_t flags);
/* The entry itself. */
uint32_t *kit_pte(uint32_t va);
void kit_flush(uint32_t va);

#endif
