/*
 * Direct paging: the types and counts by which a paravirtual guest may own the tables that the CPU
 * walks.
 *
 * The guest's page tables hold machine frame numbers and are the real ones. What keeps them
 * harmless is one rule: a frame has one type at a time - page directory, page table, descriptors,
 * or writable - and a type other than the present one can be had only when nobody uses the present
 * one any more. A table is checked when it gets its type, entry by entry, and each entry that
 * stands holds a reference to what it names; a table is mapped read-only or not at all, so it
 * changes only through pv_mmu_set_entry. (Barham et al., Xen and the Art of Virtualization, SOSP
 * 2003, section 3.3.3.)
 *
 * The module knows frames, entries and counts; hypercalls, guests and simulated RAM are behind
 * struct pv_mmu_ops, so that tests can run it exhaustively on a few tiny frames. What the guest may
 * do wrong is data, too (struct pv_policy).
 */
#ifndef HV_MMU_PV_DIRECT_H
#define HV_MMU_PV_DIRECT_H

#include "hv/cost.h"
#include "hv/mmu.h"

/* Which bits an entry may not carry, and which may change without counting anything again. */
struct pv_policy {
    uint32_t pd_refused, pt_refused;
    uint32_t pd_free,
        pt_free; /* never P, W or the frame: an entry's claim must not grow uncounted */
};

/* The real one. Both named in XSA advisories when they went wrong: PS missing in pd_refused
 * (XSA-148), W in pd_free (182). */
extern const struct pv_policy pv_policy_real;

/* The world around the validator. No entry is null. */
struct pv_mmu_ops {
    uint32_t (*read)(void *opaque, uint32_t mfn, unsigned slot);
    void (*write)(void *opaque, uint32_t mfn, unsigned slot, uint32_t entry);
    /* The directory entry that the hypervisor wants in one of its own slots. */
    uint32_t (*hypervisor_entry)(void *opaque, unsigned slot);
    /* Every translation in the TLB goes: some may still show a frame as it was. */
    void (*flush)(void *opaque);
    void (*charge)(void *opaque, enum hv_cost key, unsigned n);
    /* The guest gave this frame back and its last reference is gone. */
    void (*released)(void *opaque, uint32_t mfn);
    /* A laboratory's opinion of an entry; ours are checked besides. */
    bool (*allowed)(void *opaque, uint32_t mfn, unsigned slot, uint32_t entry);
    /* May these eight bytes stand in a descriptor table? Cuts limits, raises DPL 0; false: no. */
    bool (*descriptor)(void *opaque, uint32_t *lo, uint32_t *hi);
};

struct pv_mmu {
    struct frame *frames; /* borrowed; frame_count of them */
    uint32_t frame_count;
    uint8_t owner;        /* whose frames may be used */
    unsigned slots;       /* entries in a table: 1024 */
    unsigned guest_slots; /* of a directory, the guest's: the first ones */
    const struct pv_policy *policy;
    const struct pv_mmu_ops *ops;
    void *opaque;
    uint32_t flushes; /* whole TLB flushes so far; frames note when they were last writable */
    uint32_t root;    /* the loaded directory, 0: none */
    uint64_t refused; /* entries and tables that may not stand */
};

/* ----------------------------------------------------------- types and references */

/* The record of a frame that this guest has, or null. */
struct frame *pv_frame_own(const struct pv_mmu *m, uint32_t mfn);

/* One more reference to a frame of this guest. 0, or -PV_EINVAL for a frame that is not. */
int pv_frame_get(struct pv_mmu *m, uint32_t mfn);
/* One less; the last one releases the frame. */
void pv_frame_put(struct pv_mmu *m, uint32_t mfn);

/*
 * A reference to a frame as `type`, which is made so (and a table checked) if it was not. 0,
 * -PV_EINVAL: the frame is not this guest's, is in use as something else, or holds what must not
 * stand. Nothing changes on an error.
 */
int pv_type_get(struct pv_mmu *m, uint32_t mfn, enum frame_type type);
/* Gives it back; a table nobody uses any more lets go of everything its entries name. */
void pv_type_put(struct pv_mmu *m, uint32_t mfn);

/* The guest gives a frame of its own back (memory_op): gone at once, or when its last use ends. */
int pv_frame_give_back(struct pv_mmu *m, uint32_t mfn);

/*
 * The pieces of a store into a checked table (level FRAME_PD or FRAME_PT): checks a new entry and
 * takes the references it claims, 0 or -PV_EINVAL; gives an old entry's references back.
 */
int pv_entry_take(struct pv_mmu *m, uint32_t table, enum frame_type level, unsigned slot,
                  uint32_t entry);
void pv_entry_drop(struct pv_mmu *m, uint32_t table, enum frame_type level, uint32_t entry);

/* ----------------------------------------------------------- what hypercalls do */

/*
 * Stores an entry. In a page directory or page table it is checked and counted, and refused with
 * -PV_EINVAL; in a frame that is no table it is an ordinary store. preserve_ad: Accessed and Dirty
 * of the old entry stay.
 */
int pv_mmu_set_entry(struct pv_mmu *m, uint32_t mfn, unsigned slot, uint32_t entry,
                     bool preserve_ad);

/* Keeps a table checked, used or not: FRAME_PT or FRAME_PD. -PV_EINVAL if it is pinned already, or
 * cannot be. */
int pv_mmu_pin(struct pv_mmu *m, uint32_t mfn, enum frame_type type);
int pv_mmu_unpin(struct pv_mmu *m, uint32_t mfn);

/* Makes a directory the root; the old one is given back. Loading a pinned one checks nothing. */
int pv_mmu_load_root(struct pv_mmu *m, uint32_t mfn);

/* The page-table entry that maps a guest address in the loaded root: its frame and slot. */
int pv_mmu_find(struct pv_mmu *m, uint32_t gva, uint32_t *mfn, unsigned *slot);

/* The TLB was flushed as a whole by somebody else (a root loaded, another VM put on). */
static inline void pv_mmu_flushed(struct pv_mmu *m)
{
    m->flushes++;
}

#endif
