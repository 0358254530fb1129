/*
 * The block cache and the host pointers beside the TLB.
 *
 * Blocks are keyed by physical address and mode, lie within one page, and die when their page is
 * written. Their memory comes from an arena that is emptied as a whole when it is full; dead blocks
 * stay readable until then, so a running block may kill itself.
 */
#include "cpu/cache.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/exec.h"
#include "cpu/probe.h"

#define NEVER4                                                                                     \
    {1, 1, 0}, {1, 1, 0}, {1, 1, 0},                                                               \
    {                                                                                              \
        1, 1, 0                                                                                    \
    }
#define NEVER16 NEVER4, NEVER4, NEVER4, NEVER4
#define NEVER64 NEVER16, NEVER16, NEVER16, NEVER16

const struct fast_entry fast_never[TLB_DATA_ENTRIES] = {NEVER64, NEVER64, NEVER64, NEVER64};

enum sim_status cache_create(struct cpu_cache **out, const struct ram *ram, struct sim_error *err)
{
    struct cpu_cache *cache = calloc(1, sizeof *cache);

    *out = NULL;
    if (!cache)
        return sim_fail(err, SIM_NO_MEMORY, "no memory for the block cache");
    cache->pages = ram->size >> PAGE_SHIFT;
    cache->page = calloc(cache->pages, sizeof *cache->page);
    cache->arena = malloc(BLOCK_ARENA_BYTES);
    if (!cache->page || !cache->arena) {
        cache_destroy(cache);
        return sim_fail(err, SIM_NO_MEMORY, "no memory for the block cache");
    }
    for (unsigned view = 0; view < FAST_VIEWS; view++)
        memcpy(cache->fast[view], fast_never, sizeof fast_never);
    *out = cache;
    return SIM_OK;
}

void cache_destroy(struct cpu_cache *cache)
{
    if (!cache)
        return;
    free(cache->page);
    free(cache->arena);
    free(cache);
}

/* --- blocks --- */

void cache_flush_blocks(struct cpu *c)
{
    struct cpu_cache *cache = c->cache;

    memset(cache->hash, 0, sizeof cache->hash);
    for (uint32_t page = 0; page < cache->pages; page++) {
        if (cache->page[page]) {
            cache->page[page] = NULL;
            c->ram->page_flags[page] &= (uint8_t)~RAM_PAGE_CODE;
        }
    }
    cache->arena_used = 0;
}

void cache_code_written(void *cpu, uint32_t frame)
{
    struct cpu *c = cpu;
    struct cpu_cache *cache = c->cache;
    uint32_t page = frame >> PAGE_SHIFT;

    for (struct block *b = cache->page[page]; b; b = b->page_next)
        b->valid = 0;
    cache->page[page] = NULL;
    c->ram->page_flags[page] &= (uint8_t)~RAM_PAGE_CODE;
    if (c->block && c->block->pa >> PAGE_SHIFT == page)
        exec_detach(c);
}

static struct block *arena_block(struct cpu *c)
{
    struct cpu_cache *cache = c->cache;
    uint32_t most = (uint32_t)(sizeof(struct block) + (BLOCK_MAX_INSNS + 1) * sizeof(struct insn));

    if (cache->arena_used + most > BLOCK_ARENA_BYTES)
        cache_flush_blocks(c);
    return (void *)(cache->arena + cache->arena_used);
}

static void fill_terminator(struct block *b)
{
    struct insn *end = &b->insn[b->count];

    memset(end, 0, sizeof *end);
    end->fn = exec_fallthrough;
    end->offset = b->bytes;
    end->number = b->count;
    end->cycles = (uint16_t)b->cycles;
}

/* Decodes from bytes[0..n) until something ends the block. */
static void fill_block(struct cpu *c, struct block *b, const uint8_t *bytes, unsigned n)
{
    unsigned most = (b->key & MODE_STEP) ? 1 : BLOCK_MAX_INSNS;

    while (b->count < most) {
        struct insn *in = &b->insn[b->count];
        if (insn_decode(bytes + b->bytes, n - b->bytes, b->key, in) != DECODE_OK)
            break;
        const struct insn_row *row = insn_row_of(in);
        in->offset = b->bytes;
        in->number = b->count;
        in->cycles = (uint16_t)b->cycles;
        b->cycles += c->costs->cycles[row->cost];
        b->bytes = (uint16_t)(b->bytes + in->len);
        b->count++;
        if ((row->attr & ROW_ENDS) || b->bytes >= n || b->cycles > 60000 ||
            probe_marks(c, b->pa + b->bytes))
            break;
    }
    fill_terminator(b);
}

struct block *cache_block(struct cpu *c, uint32_t pa, uint32_t key)
{
    struct cpu_cache *cache = c->cache;
    struct block *b;

    if (probe_marks(c, pa))
        key |= MODE_PROBED;
    b = cache_find(cache, pa, key);
    if (b)
        return b;
    if (!ram_contains(c->ram, pa, 1))
        return NULL;
    b = arena_block(c);
    memset(b, 0, sizeof *b);
    b->pa = pa;
    b->key = key;
    b->valid = 1;
    fill_block(c, b, c->ram->bytes + pa, PAGE_SIZE - (pa & ~PAGE_MASK));
    if (b->count == 0)
        return NULL;
    cache->arena_used +=
        (uint32_t)((sizeof *b + (b->count + 1u) * sizeof(struct insn) + 63u) & ~(size_t)63);
    struct block **head = &cache->hash[(pa ^ (pa >> 14) ^ (key << 5)) & (BLOCK_HASH_SIZE - 1)];
    b->hash_next = *head;
    *head = b;
    b->page_next = cache->page[pa >> PAGE_SHIFT];
    cache->page[pa >> PAGE_SHIFT] = b;
    if (!(c->ram->page_flags[pa >> PAGE_SHIFT] & RAM_PAGE_CODE)) {
        c->ram->page_flags[pa >> PAGE_SHIFT] |= RAM_PAGE_CODE;
        cache_protect_frame(c, pa & PAGE_MASK);
    }
    return b;
}

/* --- host pointers --- */

static void flush_slot(struct cpu_cache *cache, unsigned slot)
{
    for (unsigned view = 0; view < FAST_VIEWS; view++)
        cache->fast[view][slot] = fast_never[0];
}

void cache_flush_fast(struct cpu *c)
{
    if (!c->cache)
        return;
    for (unsigned word = 0; word < TLB_DATA_ENTRIES / 32; word++) {
        uint32_t used = c->cache->fast_used[word];
        for (; used; used &= used - 1)
            flush_slot(c->cache, word * 32 + SIM_CTZ32(used));
        c->cache->fast_used[word] = 0;
    }
}

void cache_flush_fast_page(struct cpu *c, uint32_t linear)
{
    if (c->cache)
        flush_slot(c->cache, (linear >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1));
}

void cache_protect_all(struct cpu *c)
{
    for (unsigned word = 0; word < TLB_DATA_ENTRIES / 32; word++)
        for (uint32_t used = c->cache->fast_used[word]; used; used &= used - 1)
            for (unsigned view = 0; view < FAST_VIEWS; view++)
                c->cache->fast[view][word * 32 + SIM_CTZ32(used)].write_tag = 1;
}

void cache_protect_frame(struct cpu *c, uint32_t frame)
{
    uintptr_t host = (uintptr_t)(c->ram->bytes + frame);

    for (unsigned view = 0; view < FAST_VIEWS; view++) {
        for (unsigned slot = 0; slot < TLB_DATA_ENTRIES; slot++) {
            struct fast_entry *e = &c->cache->fast[view][slot];
            if (e->write_tag != 1 && e->add + e->write_tag == host)
                e->write_tag = 1;
        }
    }
}
