/*
 * Derived data of a running CPU: decoded blocks and host pointers beside the TLB. May be dropped at
 * any moment.
 */
#ifndef SIM_CPU_CACHE_H
#define SIM_CPU_CACHE_H

#include "sim/cpu.h"

#define BLOCK_MAX_INSNS   48
#define BLOCK_HASH_SIZE   16384u
#define BLOCK_ARENA_BYTES (12u << 20)

/* Decoded for stepping: one instruction only. Beside DECODE_* in a block's key. */
#define MODE_STEP 0x100u
/* Begins at a page offset that the probe asks about: found only by the run loop, which asks first.
 */
#define MODE_PROBED 0x200u

/* A run of instructions within one page. */
struct block {
    uint32_t pa;     /* of the first byte */
    uint32_t key;    /* DECODE_* | MODE_* */
    uint32_t cycles; /* base cost of all */
    uint16_t count;
    uint16_t bytes;
    uint8_t valid;         /* 0 once its page was written */
    struct block *link[2]; /* direct successors in the same page: [0] taken, [1] next */
    struct block *hash_next;
    struct block *page_next; /* blocks that start in the same frame */
    struct insn insn[];      /* count, then a terminator */
};

/*
 * Who looks through a host pointer: instructions at CPL 0-2 and at CPL 3, below the folded segment
 * limit; and the CPU itself (descriptor tables, TSS, inner stacks, checked operands), which knows
 * no limit.
 */
enum { FAST_KERNEL, FAST_USER, FAST_SYSTEM, FAST_VIEWS };

struct cpu_cache {
    struct block *hash[BLOCK_HASH_SIZE];
    struct block **page; /* by frame number of RAM */
    uint32_t pages;
    uint8_t *arena;
    uint32_t arena_used;
    struct fast_entry fast[FAST_VIEWS][TLB_DATA_ENTRIES];
    uint32_t fast_used[TLB_DATA_ENTRIES / 32]; /* slots that hold anything in any view */
};

/* Entries that never match: what a virtual CPU has, and a CPU while every access must be looked at.
 */
extern const struct fast_entry fast_never[TLB_DATA_ENTRIES];

enum sim_status cache_create(struct cpu_cache **out, const struct ram *ram, struct sim_error *err);
void cache_destroy(struct cpu_cache *cache);

/*
 * The block at pa for a mode key (DECODE_* | MODE_STEP), decoding it if needed; null if not even
 * one instruction lies within the page. Where the probe asks about pa its key has MODE_PROBED too.
 */
struct block *cache_block(struct cpu *c, uint32_t pa, uint32_t key);

static inline struct block *cache_find(const struct cpu_cache *cache, uint32_t pa, uint32_t key)
{
    struct block *b = cache->hash[(pa ^ (pa >> 14) ^ (key << 5)) & (BLOCK_HASH_SIZE - 1)];
    while (b && !(b->pa == pa && b->key == key && b->valid))
        b = b->hash_next;
    return b;
}

/* A frame (its address) that holds code was written: its blocks die (struct ram's code_written). */
void cache_code_written(void *cpu, uint32_t frame);

/* Forgets all blocks. Never while a block runs. */
void cache_flush_blocks(struct cpu *c);

/* Forgets host pointers: all, those of one linear page, and write permission to all frames or to
 * one. */
void cache_flush_fast(struct cpu *c);
void cache_flush_fast_page(struct cpu *c, uint32_t linear);
void cache_protect_all(struct cpu *c);
void cache_protect_frame(struct cpu *c, uint32_t frame);

/* Chooses c->fast for the present CPL, alignment checking and breakpoints. */
static inline void cache_choose_fast(struct cpu *c)
{
    bool aligned = (c->s.cr0 & CR0_AM) && (c->s.eflags & FLAG_AC) && c->s.cpl == 3;
    bool watched = (c->s.dr[7] & DR7_ENABLES) != 0;

    if (!c->cache || aligned || watched)
        c->fast = fast_never;
    else
        c->fast = c->cache->fast[c->s.cpl == 3 ? FAST_USER : FAST_KERNEL];
}

#endif
