/*
 * Memory of VMs: who owns which machine frame, where a guest's physical pages are, and walks of
 * guest tables.
 *
 * gfn: number of a guest physical page; mfn: number of a machine frame. The p2m is never the
 * identity: frames are dealt in a seeded shuffled order with foreign frames between, so that
 * confusing the two fails at once.
 */
#ifndef HV_MMU_H
#define HV_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/handlers.h"
#include "hv/vm.h"

/* ---------------------------------------- frames */

enum frame_owner {
    FRAME_FREE = 0,
    FRAME_FOREIGN = 0xfe,
    FRAME_HYPERVISOR = 0xff
}; /* else VM number + 1 */

/* What a frame is used as. pv's types follow Xen's. */
enum frame_type {
    FRAME_NONE,     /* unused, or plain memory without a type */
    FRAME_WRITABLE, /* pv: mapped writable somewhere */
    FRAME_PD,       /* pv: a validated page directory */
    FRAME_PT,       /* pv: a validated page table */
    FRAME_SEGDESC,  /* pv: descriptors */
    FRAME_SHADOW,   /* hypervisor: a shadow page */
    FRAME_HV_TABLE, /* hypervisor: GDT, IDT, TSS, stack, stubs, its page tables */
    FRAME_TYPES
};

struct frame {
    uint8_t owner; /* enum frame_owner or VM number + 1 */
    uint8_t type;  /* enum frame_type */
    uint8_t pinned;
    uint8_t validated;
    uint32_t refs;       /* pv: all references */
    uint32_t type_refs;  /* pv: references as `type` */
    uint32_t gfn;        /* where the owner sees it (the M2P) */
    uint32_t stamp;      /* pv: TLB flushes counted when its last writable mapping went */
    uint32_t given_back; /* pv: its owner gave it back; it goes with its last reference */
};

/*
 * A frame for an owner, zeroed; the next of the shuffled order. 0 if there is none (mfn 0 is never
 * dealt). frame_free zeroes it and takes it back.
 */
uint32_t frame_alloc(struct hv *hv, unsigned owner, enum frame_type type);
void frame_free(struct hv *hv, uint32_t mfn);

/* The record of a frame, to change or to look at; null if mfn is outside the machine. */
struct frame *frame_of(struct hv *hv, uint32_t mfn);
const struct frame *frame_look(const struct hv *hv, uint32_t mfn);

/* True if the frame belongs to this VM. */
bool frame_is_vms(struct hv *hv, uint32_t mfn, const struct vm *vm);

/* ---------------------------------------- p2m */

/* Deals ram_bytes of frames to a VM. SIM_NO_MEMORY if the machine has not enough. */
enum sim_status p2m_create(struct vm *vm, struct sim_error *err);

/* What is at a guest physical address; *pa is set for RAM and ROM. */
enum p2m_type p2m_lookup(const struct vm *vm, uint32_t gpa, uint32_t *pa);

/* Which shadows watch stores to the page at a guest physical address (P2M_TRACE_*); 0 outside RAM.
 */
unsigned p2m_trace(const struct vm *vm, uint32_t gpa);

/* One access to guest physical memory, not crossing a page: RAM, a device register, or nothing (all
 * ones). Not charged. */
uint32_t gpa_read(struct vm *vm, uint32_t gpa, unsigned size);
void gpa_write(struct vm *vm, uint32_t gpa, unsigned size, uint32_t value);

/* Copies between the host and guest RAM; false if any byte was outside. */
bool gpa_copy_in(struct vm *vm, uint32_t gpa, const void *from, uint32_t n);
bool gpa_copy_out(struct vm *vm, uint32_t gpa, void *to, uint32_t n);

/* The VM's memory for the loader. */
struct loader_memory vm_loader_memory(struct vm *vm);

/* ---------------------------------------- guest walks */

/*
 * Walks the guest's tables for an access and, if set_ad, sets Accessed (and Dirty) as hardware
 * would. Charges guest_walk_ref for each reference. Returns w->ok.
 */
bool guest_walk(struct vcpu *v, uint32_t gva, enum cpu_access access, bool user, bool set_ad,
                struct guest_walk *w);

/* ---------------------------------------- audit */

/* What the audit found: figures, and the first finding in words. */
struct hv_audit {
    uint64_t entries;      /* page-table entries that were looked at */
    uint64_t foreign;      /* reachable frames that are not the VM's */
    uint64_t gates;        /* gates or segments that reach ring 0 or the hole from the guest */
    uint64_t ports;        /* ports a guest could reach */
    uint64_t inconsistent; /* entries that give more than the guest's own tables do */
    char first[160];
};

#endif
