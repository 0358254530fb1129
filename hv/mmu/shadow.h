/*
 * Shadow page tables: real tables in hypervisor frames that say what the guest's tables say, in
 * machine frames.
 *
 * Each shadow page stands for one guest page in one role: a guest frame that serves as page
 * directory and as page table has two. Entries are made one at a time, when the hardware misses one
 * (never ahead), with Present only under the guest's Accessed bit and Writable only under its Dirty
 * bit. The guest's page is then traced: mapped read-only everywhere, so that a store to it comes to
 * us and clears the shadow entry it changes.
 *
 * The pool is fixed; when it is empty the page that was given out longest ago goes. Reverse maps
 * (who maps this guest page; which directory slots hold this table) are derived from the tables and
 * never saved.
 */
#ifndef HV_MMU_SHADOW_H
#define HV_MMU_SHADOW_H

#include "core/internal.h"

enum shadow_kind {
    SHADOW_PD,     /* gfn: the guest's page directory */
    SHADOW_PT,     /* gfn: a guest page table */
    SHADOW_SPLIT,  /* gfn: first page of a 4 MiB page, mapped in 4 KiB pieces */
    SHADOW_P2M_PD, /* paging off: gfn 0 */
    SHADOW_P2M_PT, /* paging off: gfn of the first page of a 4 MiB range */
    SHADOW_KINDS
};

/*
 * A role is a kind and, while the guest runs with CR0.WP = 0, that bit and the rights of the
 * directory entry above: the flip of single pages (shadow_fill.c) needs the effective rights, so
 * tables of unlike parents are not shared.
 */
#define SHADOW_KIND_MASK 0x07u
#define SHADOW_WP0       0x08u
#define SHADOW_PARENT_W  0x10u
#define SHADOW_PARENT_U  0x20u

#define SHADOW_SLOTS           1024u
#define SHADOW_UNSHADOW_WRITES 3u

/* Saved and hashed. */
struct shadow_page {
    uint32_t gfn;
    uint32_t mfn; /* its frame, for as long as the VM lives */
    uint32_t role;
    uint32_t used;   /* 0: in the pool */
    uint32_t writes; /* traced stores since the last fill */
    uint32_t live;   /* present entries */
    uint64_t given;  /* sequence number of being given out */
};

struct shadow_link { /* of one slot, 1-based slot numbers, 0: none */
    uint32_t next, prev;
};

struct shadow {
    struct shadow_page *page;   /* owned, count */
    struct shadow_link *link;   /* owned, count * SHADOW_SLOTS */
    uint32_t *mapped;           /* owned; by gfn: first slot that maps it */
    uint32_t *parent;           /* owned; by shadow page: first directory slot that holds it */
    uint32_t *hash, *hash_next; /* owned; pages by gfn, 1-based */
    uint32_t count;
    uint64_t sequence;
    uint32_t root; /* index + 1 of the page the CPU walks, 0: none */
};

/* Takes `pages` frames for the pool. On failure shadow_destroy cleans up. */
enum sim_status shadow_create(struct vm *vm, uint32_t pages, struct sim_error *err);
void shadow_destroy(struct vm *vm);

/* The shadow of gfn in a role, or null. */
struct shadow_page *shadow_find(struct shadow *s, uint32_t gfn, uint32_t role);
/* The same, given out if there is none. Null: the pool is exhausted (the VM has been killed). */
struct shadow_page *shadow_get(struct vm *vm, uint32_t gfn, uint32_t role);
/* Takes a page back: its entries, its parents' entries, its trace. Never the root. */
void shadow_drop(struct vm *vm, struct shadow_page *p);
void shadow_drop_all(struct vm *vm);

/* The root for the guest's present CR0, CR3, CR4; sets shadow->root. 0: killed. Returns its
 * physical address. */
uint32_t shadow_root(struct vcpu *v);

static inline bool shadow_is_root_kind(uint32_t role)
{
    uint32_t kind = role & SHADOW_KIND_MASK;
    return kind == SHADOW_PD || kind == SHADOW_P2M_PD;
}

/* ---------------------------------------- slots */

uint32_t shadow_entry(const struct vm *vm, const struct shadow_page *p, unsigned slot);

/* Writes an entry that maps a guest page (gfn is inside RAM) or names a lower table; what was there
 * is cleared first. */
void shadow_set_leaf(struct vm *vm, struct shadow_page *p, unsigned slot, uint32_t entry,
                     uint32_t gfn);
void shadow_set_table(struct vm *vm, struct shadow_page *p, unsigned slot, uint32_t entry,
                      struct shadow_page *table);

/* Clears an entry; true if it was present. The TLB is told if the entry could be in it. */
bool shadow_zap(struct vm *vm, struct shadow_page *p, unsigned slot);

/* Makes the TLB forget what slot could have put there, if its page is below the root. */
void shadow_flush_slot(struct vm *vm, const struct shadow_page *p, unsigned slot);

/* The whole TLB. */
void shadow_flush_tlb(struct vm *vm);

/* Makes every mapping of gfn read-only. */
void shadow_protect(struct vm *vm, uint32_t gfn);

/* ---------------------------------------- seams */

/* Watches stores to a guest page, or stops (bits P2M_TRACE_*). A page outside RAM cannot be
 * watched. */
void shadow_trace(struct vm *vm, uint32_t gfn, unsigned bits);
void shadow_untrace(struct vm *vm, uint32_t gfn, unsigned bits);

/* hv_handlers.mmu_fill, .mmu_write, .mmu_flush of trap. */
enum hv_action shadow_fill(struct vcpu *v, const struct guest_walk *w);
void shadow_guest_wrote(struct vm *vm, uint32_t gpa, unsigned size);
void shadow_flush(struct vcpu *v, uint32_t gva, bool all);

/* A REP store to a traced page: it is being reused, so its shadows go. */
void shadow_rep_store(struct vm *vm, uint32_t gpa);

/* ---------------------------------------- saved state (shadow_saved.c) */

struct saved;
void shadow_saved(struct vm *vm, struct saved *saved);

void shadow_hash_clear(struct shadow *s);
void shadow_hash_insert(struct shadow *s, uint32_t index);

/* Pages and tables were written from outside: makes links, parents and hash again. SIM_BAD_INPUT:
 * they contradict each other or name frames that are not this VM's. */
enum sim_status shadow_restored(struct vm *vm, struct sim_error *err);

/* Looks at every present entry of every shadow page. */
void shadow_audit(struct vm *vm, struct hv_audit *a);

#endif
