/*
 * RAM: bytes, and one byte of knowledge about each page (sim/mem.h).
 *
 * A page whose flags say neither DIRTY nor EVER was never written and is zero; hashing skips it, so
 * that a large, mostly empty machine is cheap to compare.
 */
#include "sim/mem.h"

#include <assert.h>
#include <string.h>

#include "core/hash.h"
#include "sim/alloc.h"
#include "sim/compiler.h"

#define RAM_PAGE_WRITTEN (RAM_PAGE_DIRTY | RAM_PAGE_EVER)

enum sim_status ram_create(struct ram *ram, uint32_t size, struct sim_error *err)
{
    *ram = (struct ram){0};
    if (!size || size % PAGE_SIZE)
        return sim_fail(err, SIM_BAD_INPUT, "RAM of %u bytes is not a multiple of 4096", size);
    ram->bytes = sim_alloc(size, 1);
    ram->page_flags = sim_alloc(size / PAGE_SIZE, 1);
    ram->page_hash = sim_alloc(size / PAGE_SIZE, sizeof(*ram->page_hash));
    if (!ram->bytes || !ram->page_flags || !ram->page_hash) {
        ram_destroy(ram);
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for %u KiB of simulated RAM",
                        size / 1024);
    }
    ram->size = size;
    return SIM_OK;
}

void ram_destroy(struct ram *ram)
{
    sim_free(ram->bytes);
    sim_free(ram->page_flags);
    sim_free(ram->page_hash);
    *ram = (struct ram){0};
}

void ram_note_write(struct ram *ram, uint32_t pa)
{
    uint8_t *flags = &ram->page_flags[pa >> PAGE_SHIFT];
    *flags |= RAM_PAGE_DIRTY;
    if (SIM_UNLIKELY(*flags & RAM_PAGE_CODE) && ram->code_written)
        ram->code_written(ram->cpu, pa & PAGE_MASK);
}

static void set_clean(struct ram *ram, uint32_t page)
{
    unsigned gone = RAM_PAGE_DIRTY | RAM_PAGE_HASHED;
    ram->page_flags[page] = (uint8_t)((ram->page_flags[page] & ~gone) | RAM_PAGE_EVER);
}

/* Eight pages' flags at a time; the rest is looked at one by one. */
#define EACH_PAGE(flag) (0x0101010101010101ull * (flag))
_Static_assert(RAM_PAGE_EVER == RAM_PAGE_DIRTY << 3, "one mark becomes the other by a shift");
_Static_assert(RAM_PAGE_HASHED == RAM_PAGE_DIRTY << 4, "and a third goes with it");

void ram_clear_dirty(struct ram *ram)
{
    uint32_t page = 0, pages = ram->size / PAGE_SIZE;
    for (; page + 8 <= pages; page += 8) {
        uint64_t flags = hash_load(ram->page_flags + page);
        uint64_t dirty = flags & EACH_PAGE(RAM_PAGE_DIRTY);
        flags = (flags & ~(dirty | dirty << 4)) | dirty << 3;
        memcpy(ram->page_flags + page, &flags, 8);
    }
    for (; page < pages; page++)
        if (ram->page_flags[page] & RAM_PAGE_DIRTY)
            set_clean(ram, page);
}

uint32_t ram_next_dirty(const struct ram *ram, uint32_t page)
{
    uint32_t pages = ram->size / PAGE_SIZE;
    while (page + 8 <= pages && !(hash_load(ram->page_flags + page) & EACH_PAGE(RAM_PAGE_DIRTY)))
        page += 8;
    while (page < pages && !(ram->page_flags[page] & RAM_PAGE_DIRTY))
        page++;
    return page < pages ? page : pages;
}

void ram_restore_page(struct ram *ram, uint32_t page, const uint8_t *bytes)
{
    assert(page < ram->size / PAGE_SIZE);
    ram_note_write(ram, page << PAGE_SHIFT);
    memcpy(ram->bytes + ((size_t)page << PAGE_SHIFT), bytes, PAGE_SIZE);
    set_clean(ram, page);
}

uint32_t ram_read(const struct ram *ram, uint32_t pa, unsigned size)
{
    assert(size <= 4);
    uint32_t value = 0;
    if (SIM_LIKELY(ram_contains(ram, pa, size)))
        memcpy(&value, ram->bytes + pa, size);
    else
        ram_copy_out(ram, pa, &value, size);
    return value;
}

void ram_write(struct ram *ram, uint32_t pa, unsigned size, uint32_t value)
{
    assert(size <= 4);
    ram_copy_in(ram, pa, &value, size);
}

bool ram_copy_out(const struct ram *ram, uint32_t pa, void *to, size_t n)
{
    size_t inside = pa < ram->size ? ram->size - pa : 0;
    if (inside > n)
        inside = n;
    if (inside)
        memcpy(to, ram->bytes + pa, inside);
    if (n - inside)
        memset((uint8_t *)to + inside, 0xff, n - inside);
    return inside == n;
}

bool ram_copy_in(struct ram *ram, uint32_t pa, const void *from, size_t n)
{
    const uint8_t *p = from;
    while (n && pa < ram->size) {
        size_t chunk = PAGE_SIZE - pa % PAGE_SIZE;
        if (chunk > n)
            chunk = n;
        ram_tell(ram, pa, (uint32_t)chunk, p);
        ram_note_write(ram, pa);
        memcpy(ram->bytes + pa, p, chunk);
        p += chunk;
        pa += (uint32_t)chunk;
        n -= chunk;
    }
    return n == 0;
}

void ram_zero_page(struct ram *ram, uint32_t pa)
{
    static const uint8_t zeroes[PAGE_SIZE];
    pa &= PAGE_MASK;
    if (!ram_contains(ram, pa, PAGE_SIZE))
        return;
    ram_tell(ram, pa, PAGE_SIZE, zeroes);
    ram_note_write(ram, pa);
    memset(ram->bytes + pa, 0, PAGE_SIZE);
}

static bool page_is_zero(const uint8_t *p)
{
    for (unsigned i = 0; i < PAGE_SIZE; i += 64) {
        uint64_t any = 0;
        for (unsigned j = 0; j < 64; j += 8)
            any |= hash_load(p + i + j);
        if (any)
            return false;
    }
    return true;
}

/* What a page adds to the hash; 0: it is zero, and adds nothing. */
static uint64_t page_digest(const uint8_t *p, uint32_t page)
{
    if (page_is_zero(p))
        return 0;
    uint64_t digest = hash_finish(hash_lanes(page, p, PAGE_SIZE));
    return digest ? digest : 1;
}

/* The same, as it was found last time if the page was not written since. A dirty page may be
 * written unseen, so nothing is kept of it. */
static uint64_t page_known(const struct ram *ram, uint32_t page)
{
    uint8_t *flags = &ram->page_flags[page];
    if ((*flags & (RAM_PAGE_DIRTY | RAM_PAGE_HASHED)) == RAM_PAGE_HASHED)
        return ram->page_hash[page];
    uint64_t digest = page_digest(ram->bytes + ((size_t)page << PAGE_SHIFT), page);
    if (!(*flags & RAM_PAGE_DIRTY)) {
        ram->page_hash[page] = digest;
        *flags |= RAM_PAGE_HASHED;
    }
    return digest;
}

uint64_t ram_hash(const struct ram *ram, uint64_t hash)
{
    uint32_t pages = ram->size / PAGE_SIZE;
    hash = hash_mix(hash, ram->size);
    for (uint32_t page = 0; page < pages; page++) {
        if (page % 8 == 0)
            while (page + 8 <= pages &&
                   !(hash_load(ram->page_flags + page) & EACH_PAGE(RAM_PAGE_WRITTEN)))
                page += 8;
        if (page == pages || !(ram->page_flags[page] & RAM_PAGE_WRITTEN))
            continue;
        uint64_t digest = page_known(ram, page);
        if (digest)
            hash = hash_mix(hash_mix(hash, page), digest);
    }
    return hash_finish(hash);
}
