/*
 * RAM of a machine, with what is known of each 4 KiB page: has it been written, does decoded code
 * come from it.
 *
 * All accesses from outside the CPU's fast path go through the checked accessors here: an address
 * outside RAM reads all ones and ignores writes, as an empty bus does.
 */
#ifndef SIM_MEM_H
#define SIM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim/compiler.h"
#include "sim/status.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096u
#define PAGE_MASK  0xfffff000u

enum {
    RAM_PAGE_DIRTY =
        1, /* written since the mark was last taken (snapshots); never-written pages are zero */
    RAM_PAGE_CODE = 2,  /* blocks were decoded from it: a store must tell the CPU */
    RAM_PAGE_WATCH = 4, /* a probe wants to see stores (cpu_watch_ram) */
    RAM_PAGE_EVER =
        8, /* was dirty before a mark was taken: together with DIRTY, "not certainly zero" */
    RAM_PAGE_HASHED = 16, /* and not DIRTY: page_hash is what ram_hash found in it */
};

struct ram {
    uint8_t *bytes;      /* owned; size bytes, zeroed */
    uint32_t size;       /* bytes, a multiple of 4 KiB */
    uint8_t *page_flags; /* owned; one a page: RAM_PAGE_* */
    uint64_t *page_hash; /* owned; one a page, see RAM_PAGE_HASHED */
    void (*code_written)(
        void *cpu, uint32_t frame); /* wire: a page with RAM_PAGE_CODE was written; its address */
    void *cpu;
    /* Wire, or null: [pa, pa + n) of one page with RAM_PAGE_WATCH is about to become bytes[0..n).
     */
    void (*watched)(void *context, uint32_t pa, uint32_t n, const void *bytes);
    void *watch_context;
};

/* Allocates zeroed RAM of size bytes. SIM_NO_MEMORY on failure. ram_destroy frees it; both accept a
 * zeroed struct. */
enum sim_status ram_create(struct ram *ram, uint32_t size, struct sim_error *err);
void ram_destroy(struct ram *ram);

/* True if [pa, pa+n) is inside RAM. */
static inline bool ram_contains(const struct ram *ram, uint32_t pa, uint32_t n)
{
    return pa < ram->size && n <= ram->size - pa;
}

/* Notes that [pa, pa+n), which is inside one page of RAM, is about to change: marks it and drops
 * code decoded from it. */
void ram_note_write(struct ram *ram, uint32_t pa);

/* Tells whoever watches the page; every store passes here before it changes a byte. */
static inline void ram_tell(const struct ram *ram, uint32_t pa, uint32_t n, const void *bytes)
{
    if (SIM_UNLIKELY(ram->page_flags[pa >> PAGE_SHIFT] & RAM_PAGE_WATCH) && ram->watched)
        ram->watched(ram->watch_context, pa, n, bytes);
}

/* Little-endian loads and stores at physical addresses, any alignment. */
uint32_t ram_read(const struct ram *ram, uint32_t pa, unsigned size);
void ram_write(struct ram *ram, uint32_t pa, unsigned size, uint32_t value);
static inline uint32_t ram_read32(const struct ram *ram, uint32_t pa)
{
    uint32_t value;
    if (SIM_UNLIKELY(!ram_contains(ram, pa, 4)))
        return ram_read(ram, pa, 4);
    memcpy(&value, ram->bytes + pa, 4);
    return value;
}

/* True if a store to [pa, pa+n) needs only be made: within one page of RAM that is dirty already,
 * and nobody wants to hear of it. */
static inline bool ram_is_plain(const struct ram *ram, uint32_t pa, uint32_t n)
{
    return ram_contains(ram, pa, n) && (pa & ~PAGE_MASK) <= PAGE_SIZE - n &&
           (ram->page_flags[pa >> PAGE_SHIFT] &
            (RAM_PAGE_DIRTY | RAM_PAGE_CODE | RAM_PAGE_WATCH)) == RAM_PAGE_DIRTY;
}
static inline void ram_write32(struct ram *ram, uint32_t pa, uint32_t value)
{
    if (SIM_UNLIKELY(!ram_is_plain(ram, pa, 4))) {
        ram_write(ram, pa, 4, value);
        return;
    }
    memcpy(ram->bytes + pa, &value, 4);
}

/* Copies n bytes out of / into RAM; bytes outside RAM read as 0xff and are not written. Returns
 * false if any was outside. */
bool ram_copy_out(const struct ram *ram, uint32_t pa, void *to, size_t n);
bool ram_copy_in(struct ram *ram, uint32_t pa, const void *from, size_t n);

/* The same for a few bytes whose number is a constant: in line where nothing is to be noted. */
static inline bool ram_get(const struct ram *ram, uint32_t pa, void *to, uint32_t n)
{
    if (SIM_UNLIKELY(!ram_contains(ram, pa, n)))
        return ram_copy_out(ram, pa, to, n);
    memcpy(to, ram->bytes + pa, n);
    return true;
}
static inline bool ram_put(struct ram *ram, uint32_t pa, const void *from, uint32_t n)
{
    if (SIM_UNLIKELY(!ram_is_plain(ram, pa, n)))
        return ram_copy_in(ram, pa, from, n);
    memcpy(ram->bytes + pa, from, n);
    return true;
}

/* The PAGE_SIZE bytes of the page that holds pa, to look at; null outside RAM. */
static inline const uint8_t *ram_page(const struct ram *ram, uint32_t pa)
{
    return ram_contains(ram, pa, 1) ? ram->bytes + (pa & PAGE_MASK) : NULL;
}

/* Takes the mark: no page is RAM_PAGE_DIRTY any more, and ram_hash still knows which were ever
 * written. A running CPU does not see it: machine_take_dirty. */
void ram_clear_dirty(struct ram *ram);

/* Number of the first page from `page` on that is RAM_PAGE_DIRTY; size / PAGE_SIZE if none is. */
uint32_t ram_next_dirty(const struct ram *ram, uint32_t page);

/*
 * Puts back PAGE_SIZE bytes as a page held them when its mark was taken: code decoded from it is
 * dropped, and it is not RAM_PAGE_DIRTY. The CPU's host pointers may still let stores by unmarked
 * until machine_take_dirty or cpu_state_changed is called.
 */
void ram_restore_page(struct ram *ram, uint32_t page, const uint8_t *bytes);

/* Zeroes one page frame. */
void ram_zero_page(struct ram *ram, uint32_t pa);

/* Hash of the contents; independent of which pages are marked (an all-zero page hashes as one never
 * written). Pages that were hashed before and not written since are not looked at again. */
uint64_t ram_hash(const struct ram *ram, uint64_t hash);

#endif
