/*
 * A paravirtual guest's own part of a VM: what it registered, its event channels, its rings, its
 * tables.
 */
#ifndef HV_PV_PV_H
#define HV_PV_PV_H

#include <stddef.h>

#include "core/internal.h"
#include "hv/abi/pv.h"
#include "hv/abi/pv_calls.h"
#include "hv/abi/pv_rings.h"
#include "hv/abi/pv_shared.h"
#include "mmu/pv_direct.h"

/* Where the guest wants to be called. eip 0: nowhere. */
struct pv_callback {
    uint32_t eip;
    uint16_t cs;
    uint8_t dpl;         /* trap table: least privileged ring that may use INT n */
    uint8_t mask_events; /* trap table: events are masked on the way in */
};

struct pv_channel {
    uint8_t state;  /* PV_EVTCHNSTAT_* */
    uint8_t source; /* what a virtual interrupt's or back end's channel is: enum pv_source */
    uint16_t reserved;
    uint32_t detail; /* number of the virtual interrupt, or the port of the other end */
};

/* Who is at the other end of a channel. */
enum pv_source {
    PV_SOURCE_GUEST,
    PV_SOURCE_VIRQ,
    PV_SOURCE_CONSOLE,
    PV_SOURCE_BLOCK0,
    PV_SOURCE_BLOCK1
};

#define PV_LDT_FRAMES 16u

/*
 * How much one hypercall may ask for, and how much one entry does: requests and checked entries,
 * multicalls included. DEVIATION: Xen stops a long batch and goes on later; here it is refused.
 */
#define PV_MAX_BATCH 65536u
#define PV_MAX_WORK  (4u << 20)

#define PV_OFFSET_PENDING ((uint32_t)offsetof(struct pv_shared_info, evtchn_pending))
#define PV_OFFSET_MASK    ((uint32_t)offsetof(struct pv_shared_info, evtchn_mask))

/* Saved and hashed. */
struct pv_state {
    struct pv_callback trap[256];
    struct pv_callback event, failsafe;
    uint32_t kernel_ss, kernel_esp;
    uint32_t root; /* mirrors the validator's */
    uint32_t flushes;
    uint32_t gdt_mfn[PV_GDT_GUEST_FRAMES], gdt_entries;
    uint32_t ldt_mfn[PV_LDT_FRAMES], ldt_entries;
    uint32_t shared_mfn, console_mfn, block_mfn[PV_BLOCK_DEVICES];
    uint32_t console_port, block_port[PV_BLOCK_DEVICES];
    uint32_t block_next[PV_BLOCK_DEVICES]; /* requests taken from each ring, ever */
    uint32_t virq_port[PV_NR_VIRQS];
    uint32_t segments_suspect; /* descriptors changed: look at the selectors again */
    uint32_t polling;          /* sched_op poll: any event ends the wait, masked or not */
    uint32_t woken;            /* ... and it has ended */
    uint32_t frames_held;      /* of the guest's reservation, until nothing refers to them */
    uint32_t runs_as;          /* enum vcpu_runs */
    uint64_t runs_since;       /* ns of system time; and what lies before it: */
    uint64_t runs_time[4];     /* ns in each of Xen's states; the last, offline, stays 0 */
    struct pv_channel channel[PV_EVENT_CHANNELS];
};

struct pv {
    struct pv_state s;
    struct pv_mmu mmu;
    struct vm *vm;
    unsigned timer;      /* of the VM's clock: set_timer_op */
    uint32_t work;       /* done in this entry, against PV_MAX_WORK */
    unsigned poll_timer; /* sched_op poll's timeout */
};

extern const struct state_desc pv_state_desc;

static inline struct pv *pv_of(struct vcpu *v)
{
    return v->vm->pv;
}

/* ------------------------------------------------------------------------- memory (pv/memory.c) */

/*
 * Copies between the guest's linear memory and the host, through the guest's loaded tables and
 * never into the hole. Nothing is assumed of the pointer. 0, or -PV_EFAULT: then some bytes may
 * have been copied. Charges guest_read / guest_write a word.
 */
int pv_copy_in(struct vcpu *v, void *to, uint32_t gva, uint32_t n);
int pv_copy_out(struct vcpu *v, uint32_t gva, const void *from, uint32_t n);

/* True if [gva, gva + count * size) does not wrap and ends at or below the hole. */
bool pv_range_ok(uint32_t gva, uint32_t count, uint32_t size);

/* A word of shared_info or another page that guest and hypervisor share, by machine frame. */
static inline uint32_t pv_frame_read(struct vm *vm, uint32_t mfn, uint32_t offset, unsigned size)
{
    return ram_read(&vm->hv->machine->ram, mfn << PAGE_SHIFT | (offset & ~PAGE_MASK), size);
}
static inline void pv_frame_write(struct vm *vm, uint32_t mfn, uint32_t offset, unsigned size,
                                  uint32_t value)
{
    ram_write(&vm->hv->machine->ram, mfn << PAGE_SHIFT | (offset & ~PAGE_MASK), size, value);
}

/* ------------------------------------------------------------------------- hypercalls */

/* Carries out hypercall `number`; the result for EAX. */
int32_t pv_hypercall(struct vcpu *v, uint32_t number, const uint32_t arg[6]);

/* One more request of a batch: false when this entry has done enough. */
static inline bool pv_work(struct pv *pv)
{
    return ++pv->work <= PV_MAX_WORK;
}

extern const char *const pv_hypercall_names[64]; /* null: no such */

#define HYPERCALL(number, name, arguments, text)                                                   \
    int32_t pv_do_##name(struct vcpu *v, const uint32_t arg[6]);
#include "hv/abi/hypercalls.def"
#undef HYPERCALL

/* ------------------------------------------------------------------------- descriptors (pv/descriptor.c) */

/*
 * Makes a descriptor harmless: DPL 0 becomes 1, the limit is cut at PV_SEGMENT_END, Accessed is
 * set. False: it cannot be (a gate or system descriptor, or a segment of which no part is safe).
 */
bool pv_descriptor_fix(uint32_t *lo, uint32_t *hi);

/* A code selector a guest may be entered at: RPL 0 becomes 1. */
static inline uint16_t pv_fix_cs(uint32_t sel)
{
    return (uint16_t)((sel & SEL_RPL) ? sel : sel | 1u);
}

/* Maps the GDT frames of the guest (or nothing) into the hypervisor's area; entries 0: none.
 * -PV_EINVAL, nothing changed. */
int pv_gdt_set(struct pv *pv, const uint32_t *mfn, uint32_t entries);
int pv_ldt_set(struct pv *pv, const uint32_t *mfn, uint32_t entries);

/* ------------------------------------------------------------------------- events (pv/events.c) */

void pv_event_send(struct pv *pv, uint32_t port); /* marks a channel pending, wakes the vCPU */
void pv_virq(struct pv *pv, uint32_t virq);
bool pv_event_would_wake(const struct pv *pv, uint32_t port); /* the vCPU, were it blocked */
uint32_t pv_channel_alloc(struct pv *pv, enum pv_source source, uint8_t state,
                          uint32_t detail); /* 0: none free */
bool pv_upcall_pending(const struct pv *pv);
bool pv_upcall_masked(const struct pv *pv);
void pv_set_upcall_mask(struct pv *pv, bool masked);

/* ------------------------------------------------------------------------- time (pv/time.c) */

uint64_t pv_system_time(const struct pv *pv); /* ns */
void pv_time_update(struct pv *pv); /* shared_info's time, for the guest to compute with */
void pv_timer_set(struct pv *pv, unsigned timer, uint64_t ns); /* 0: off */
void pv_time_init(struct pv *pv);                    /* registers the timers, at wiring time */
void pv_time_start(struct pv *pv);                   /* shared_info exists now */
void pv_runs_as(struct vcpu *v, enum vcpu_runs how); /* books the time since the last change */

/* ------------------------------------------------------------------------- entering the guest (pv/bounce.c) */

/* What the guest is entered with. */
struct pv_entry {
    uint16_t cs;
    uint32_t eip;
    bool mask_events;
    bool has_error;
    bool sets_rf;  /* in the frame: a fault, whose instruction will be restarted */
    bool failsafe; /* DS, ES, FS, GS go below the frame */
    uint32_t error;
    uint8_t vector, kind; /* what it is about, for who watches: vector, enum event_kind */
};

/* Builds a frame on the guest kernel's stack and goes to cs:eip in ring 1. False: the VM was
 * killed. */
bool pv_bounce(struct vcpu *v, const struct pv_entry *e);

/* Delivers v->virt.fault through the trap table; INT n; the event callback; the failsafe callback.
 * False: killed. */
bool pv_reflect(struct vcpu *v);
bool pv_soft_interrupt(struct vcpu *v, unsigned vector);
bool pv_upcall(struct vcpu *v);
bool pv_failsafe(struct vcpu *v);

/* Puts the hidden parts of CS and SS in place from their descriptors, for decoding. False: one does
 * not load. */
bool pv_load_code_segments(struct vcpu *v);

/* Would an IRET to virt's CS and SS succeed? */
bool pv_frame_loads(struct vcpu *v);

/* Hypercall iret: to EAX, EIP, CS, EFLAGS, and for ring 3 ESP, SS. The new EAX; the VM may have
 * been killed. */
int32_t pv_iret_to(struct vcpu *v, const uint32_t frame[6]);

/* ------------------------------------------------------------------------- rings */

void pv_console_byte(struct pv *pv, uint8_t byte); /* to the host */
void pv_console_notified(struct pv *pv);
bool pv_console_in(struct pv *pv, uint8_t byte); /* false: the ring is full */
bool pv_console_wakes(const struct pv *pv);      /* a byte would be taken, and wake the vCPU */
void pv_block_notified(struct pv *pv, unsigned drive);

/* ------------------------------------------------------------------------- building (pv/builder.c) */

enum sim_status pv_build(struct vm *vm, const struct loader_input *in, struct sim_error *err);

/* The machine-to-physical table, shared by all; made on first use. */
enum sim_status pv_m2p_create(struct hv *hv, struct sim_error *err);
void pv_m2p_set(struct hv *hv, uint32_t mfn, uint32_t gfn);
uint32_t pv_hypervisor_entry(struct hv *hv, unsigned slot);

/* The validator's world: machine RAM and the real TLB. (pv/real.c) */
extern const struct pv_mmu_ops pv_mmu_real_ops;

/* What hypercalls change on the real CPU, if this guest is on it. */
void pv_real_flush(struct pv *pv);
void pv_real_invlpg(struct pv *pv, uint32_t gva);
void pv_real_root(struct pv *pv);
void pv_kernel_stack_update(struct pv *pv); /* TSS.SS1:ESP1 */
void pv_direct_gate_update(struct pv *pv);  /* IDT gate of PV_SYSCALL_VECTOR */

/* A selector of the guest's, or one of the flat ones that it may use; never of ring 0. */
bool pv_selector_ok(uint32_t sel);

/* The virtual CPU's world: the guest's own tables in machine memory, no ports. (pv/virt.c) */
extern const struct cpu_ops pv_cpu_ops;

/* Looks at everything the CPU reads on this guest's behalf. (pv/audit.c) */
void pv_audit(struct vm *vm, struct hv_audit *a);

/* Saved state. (pv/saved.c) */
struct saved;
void pv_saved(struct vm *vm, struct saved *saved);
enum sim_status pv_restored(struct vm *vm, bool foreign, struct sim_error *err);

/* Ends the VM with an exit value. */
void pv_exit(struct pv *pv, uint32_t value);

#endif
