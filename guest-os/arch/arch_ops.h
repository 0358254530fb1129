/*
 * arch_ops: everything the kernel asks of the machine it runs on.
 *
 * This header is the whole difference between the builds: arch/native answers with the hardware's
 * instructions, arch/pv with hypercalls, and the kernel's objects are the same. Kernel code
 * contains no privileged or sensitive instruction; it calls these functions. The second half lists
 * what the machine's side calls in the kernel.
 *
 * Rules both sides keep:
 * - a page-table frame is ordinary memory until arch_table_adopt; then only arch_pte_set and
 * arch_table_set change it (reading it through frame_address stays allowed) until
 * arch_table_release;
 * - between arch_batch_begin and arch_batch_end changes may be delayed: the kernel reads no entry
 * it wrote in the same batch, does not sleep, and does not nest batches;
 * - leaf tables are adopted before the directory that names them, and released after it;
 * - entries of the kernel's half are made once, before kmain, and never change.
 */
#ifndef ARCH_ARCH_OPS_H
#define ARCH_ARCH_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/trap_frame.h"
#include "kernel/layout.h"

/* What arch's entry code found out, given to kmain. The direct map of all `frames` is already
 * there. */
struct boot_info {
    const char *command_line;
    frame_t frames;     /* memory is frames 0 .. frames - 1 */
    frame_t first_free; /* from here up all is free, except the ramdisk */
    void *ramdisk;      /* in the direct map; NULL: none */
    size_t ramdisk_size;
};

struct date {
    unsigned year, month, day, hour, minute, second;
};

/* --- The processor --- */

/* Loads descriptor tables (or registers trap handlers) and the interrupt controller. Once. */
void arch_load_tables(void);

/* Traps from user mode will start at this stack address. */
void arch_set_kernel_stack(uintptr_t top);

/* A program's registers when it starts, but for eip and esp. */
extern const struct trap_frame arch_user_frame;
_Noreturn void arch_return_to_user(struct trap_frame *frame);

/* The linear address of the last page fault; read before interrupts are enabled again. */
uint32_t arch_fault_address(void);

void arch_irq_enable(void);
void arch_irq_disable(void);
/* Disables interrupts; returns what arch_irq_restore needs to undo just that. */
uint32_t arch_irq_save(void);
void arch_irq_restore(uint32_t saved);

/* Called with interrupts disabled: waits until one was handled, returns with them disabled. */
void arch_idle(void);

/* Ends the machine with an exit value. */
_Noreturn void arch_exit(uint32_t status);

/* Saves the callee-saved registers in *old and goes on where `next` was saved. Not privileged. */
struct context;
void arch_context_switch(struct context **old, struct context *next);

/* --- Page tables --- */

enum pte_flags {
    PTE_PRESENT = 1 << 0,
    PTE_WRITE = 1 << 1,
    PTE_USER = 1 << 2,
    PTE_ACCESSED = 1 << 5,
    PTE_DIRTY = 1 << 6,
    PTE_COW = 1 << 9,   /* ours: writable once copied */
    PTE_KEPT = 1 << 10, /* ours: not present, but the frame is still the page's */
    PTE_FLAGS = 0xfff,
};

enum table_level { TABLE_LEAF, TABLE_DIRECTORY };

static inline pte_t pte_flags_of(pte_t pte)
{
    return pte & PTE_FLAGS;
}

pte_t arch_pte_make(frame_t frame, uint32_t flags);
frame_t arch_pte_frame(pte_t pte);

/* The leaf entry for `va`; 0 when there is no table. */
pte_t arch_pte_get(frame_t root, uint32_t va);
/* The table must exist. Flushes nothing: see arch_flush_page. */
void arch_pte_set(frame_t root, uint32_t va, pte_t pte);
/* The same in the loaded root, and its page flushed. */
void arch_pte_change(frame_t root, uint32_t va, pte_t pte);
/* Names an adopted leaf table in an adopted directory. */
void arch_table_set(frame_t root, uint32_t va, frame_t table);

void arch_table_adopt(frame_t table, enum table_level level);
void arch_table_release(frame_t table, enum table_level level);

void arch_batch_begin(void);
void arch_batch_end(void);

void arch_flush_page(uint32_t va);
void arch_flush_all(void);

/* The directory that maps the kernel's half and nothing else; it is adopted and lives for ever. */
frame_t arch_kernel_root(void);
void arch_load_root(frame_t root);

/* --- Devices: ports here, rings there --- */

/* Starts timer_tick() calls, hz times a second. */
void arch_timer_start(unsigned hz);
void arch_boot_date(struct date *date);

/* Takes up to n bytes for the console; fewer when its buffer is full. console_writable() says there
 * is room. */
size_t arch_console_write(const char *bytes, size_t n);
/* Waits until everything taken has left; works with interrupts enabled or not. */
void arch_console_flush(void);
/* Input is welcome (again): console_input() whatever comes while console_has_room(). At boot it is
 * not. */
void arch_console_resume(void);

/* Size of the disk in 512-byte sectors; 0: there is none. */
uint32_t arch_block_sectors(void);
/*
 * Starts one transfer of 1 to 8 sectors; block_done() reports its end. The buffer is in the direct
 * map, crosses no page, and stays untouched until then.
 */
void arch_block_start(bool write, uint32_t sector, unsigned count, void *buffer);

/* One byte from an I/O port; only for the portio benchmark. */
uint8_t arch_port_read(uint16_t port);

/* --- What arch calls in the kernel; all but kmain with interrupts disabled --- */

_Noreturn void kmain(const struct boot_info *boot);
void trap_exception(struct trap_frame *frame);
/* The only one entered with interrupts enabled. */
void trap_syscall(struct trap_frame *frame);
/* The last call before returning from any trap. */
void trap_leave(struct trap_frame *frame);
void timer_tick(void);
bool console_has_room(void);
void console_input(char c);
void console_writable(void);
void block_done(bool ok);

#endif
