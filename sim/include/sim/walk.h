/*
 * The two-level page walk (SDM v3, 32-Bit Paging), for whoever has tables: the hardware on RAM, a
 * hypervisor on its guest's memory, tests on an array.
 */
#ifndef SIM_WALK_H
#define SIM_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/compiler.h"
#include "sim/cpu.h"
#include "sim/x86.h"

/*
 * Where table entries are read and written. Both return false if no memory answers there; the walk
 * then ends without an answer. A null write leaves Accessed and Dirty alone: a look, not a use.
 */
struct walk_ops {
    bool (*read)(void *opaque, uint32_t pa, uint32_t *entry);
    bool (*write)(void *opaque, uint32_t pa, uint32_t entry);
};

/* The control bits that matter. */
struct walk_mode {
    uint32_t cr3;
    bool wp;  /* CR0.WP */
    bool pse; /* CR4.PSE */
    bool pge; /* CR4.PGE */
};

struct walk_result {
    uint32_t frame;  /* physical address of the 4 KiB page (a piece of a 4 MiB one if large) */
    uint32_t rights; /* PTE_W and PTE_U if both levels have them; PTE_D, PTE_G of the last level */
    uint32_t pde, pte; /* the entries as read, before A and D were set; pte 0 if there was none */
    uint32_t error;    /* of the #PF, if the walk returned false */
    uint8_t refs;      /* table entries read */
    bool large;
    bool no_memory; /* the walk returned false because ops->read or write did: no #PF is meant */
};

/*
 * Translates one access. True: r->frame and r->rights hold, A is set on each level and D on the
 * last for a write. False: r->error is the page fault's code (or r->no_memory), and no entry was
 * changed.
 */
bool mmu_walk(const struct walk_ops *ops, void *opaque, const struct walk_mode *mode,
              uint32_t linear, enum cpu_access access, bool user, struct walk_result *r);

/* Bits that must be 0 with CR4.PSE on a processor without PSE-36 and PAT. Without CR4.PSE no bit is
 * reserved. */
#define PDE_4M_MUST_BE_0 (PDE_4M_RESERVED | 0x1000u)
#define PTE_MUST_BE_0    0x80u

/* Raises the error code of a fault. */
static SIM_ALWAYS_INLINE bool walk_fault(struct walk_result *r, uint32_t cause,
                                         enum cpu_access access, bool user)
{
    r->error = cause | (access == ACCESS_WRITE ? PFERR_W : 0u) | (user ? PFERR_U : 0u);
    return false;
}

/* Both levels' rights combined: is the access allowed? */
static SIM_ALWAYS_INLINE bool walk_allows(uint32_t rights, bool wp, enum cpu_access access,
                                          bool user)
{
    if (user && !(rights & PTE_U))
        return false;
    return access != ACCESS_WRITE || (rights & PTE_W) || (!user && !wp);
}

/* mmu_walk's body, for callers on a hot path whose ops are constants. */
static SIM_ALWAYS_INLINE bool mmu_walk_inline(const struct walk_ops *ops, void *opaque,
                                              const struct walk_mode *mode, uint32_t linear,
                                              enum cpu_access access, bool user,
                                              struct walk_result *r)
{
    const uint32_t pde_at = (mode->cr3 & PTE_FRAME) + (linear >> 22) * 4u;
    uint32_t pte_at = 0, last;
    *r = (struct walk_result){.refs = 1};
    if (!ops->read(opaque, pde_at, &r->pde))
        return !(r->no_memory = true);
    if (!(r->pde & PTE_P))
        return walk_fault(r, 0, access, user);

    r->large = mode->pse && (r->pde & PTE_PS);
    if (r->large) {
        if (r->pde & PDE_4M_MUST_BE_0)
            return walk_fault(r, PFERR_P | PFERR_RSVD, access, user);
        last = r->pde;
        r->rights = last & (PTE_W | PTE_U);
        r->frame = (last & PDE_4M_FRAME) | (linear & ~PDE_4M_FRAME & PTE_FRAME);
    } else {
        pte_at = (r->pde & PTE_FRAME) + (linear >> 12 & 0x3ffu) * 4u;
        r->refs = 2;
        if (!ops->read(opaque, pte_at, &r->pte))
            return !(r->no_memory = true);
        if (!(r->pte & PTE_P))
            return walk_fault(r, 0, access, user);
        if (mode->pse && (r->pte & PTE_MUST_BE_0))
            return walk_fault(r, PFERR_P | PFERR_RSVD, access, user);
        last = r->pte;
        r->rights = last & r->pde & (PTE_W | PTE_U);
        r->frame = last & PTE_FRAME;
    }
    if (!walk_allows(r->rights, mode->wp, access, user))
        return walk_fault(r, PFERR_P, access, user);

    uint32_t used = last | PTE_A | (access == ACCESS_WRITE ? PTE_D : 0u);
    r->rights |= (used & PTE_D) | (mode->pge ? last & PTE_G : 0u);
    if (!ops->write)
        return true;
    if (!r->large && !(r->pde & PTE_A) && !ops->write(opaque, pde_at, r->pde | PTE_A))
        return !(r->no_memory = true);
    if (used != last && !ops->write(opaque, r->large ? pde_at : pte_at, used))
        return !(r->no_memory = true);
    return true;
}

#endif
