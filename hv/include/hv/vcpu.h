/*
 * A virtual CPU: what the guest believes, beside what the machine's CPU really holds for it.
 *
 * The guest's belief is a complete struct cpu (virt) with operations of the hypervisor: its
 * addresses go through the guest's own page tables and the VM's p2m, its ports to the VM's bus.
 * Carrying out an instruction, delivering an exception and IRET are the very functions of the
 * hardware, called on virt. What the real CPU needs follows from virt and is put in place when the
 * guest is resumed (commit); what the guest did meanwhile is read back on entry (capture).
 */
#ifndef HV_VCPU_H
#define HV_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/cost.h"
#include "hv/exit.h"
#include "hv/handlers.h"
#include "hv/walk.h"
#include "sim/cpu.h"

struct hv;
struct vm;

enum vcpu_run {
    VCPU_READY,   /* wants the CPU, or has it */
    VCPU_BLOCKED, /* halted: waits for an interrupt */
    VCPU_DEAD,    /* its VM has ended */
};

/* Saved and hashed beside virt.s. */
struct vcpu_state {
    uint32_t run;      /* enum vcpu_run */
    uint32_t real_cr3; /* root the CPU walks */
    struct segment
        real_seg[CPU_SEGS]; /* hidden parts while another VM runs, and as last put in place */
    uint32_t guest_ring;    /* real CPL the guest is resumed at: 1 or 3, or 2 */
    uint32_t gdt_raised;    /* shadow GDT has DPL 0 raised to 1 (virtual CPL 0 or 3) */
    uint64_t ready_since;   /* machine cycle since when it waits for the CPU */
    uint64_t slice_end;
    uint32_t
        masked_ticks; /* interrupts found pending and masked since IF was lost (no-progress rule) */
    uint32_t reserved;
};

/* The physical interrupt frame on the hypervisor's stack, words from its lowest address. */
enum { FRAME_EIP, FRAME_CS, FRAME_EFLAGS, FRAME_ESP, FRAME_SS, FRAME_WORDS };

#define VCPU_MEMO    8u
#define VCPU_DECODED 64u

/* A decoded instruction and the bytes it came from; a cache that may be dropped at any moment. */
struct vcpu_decoded {
    uint8_t bytes[INSN_MAX_LENGTH];
    struct insn insn;
    unsigned mode; /* DECODE_* + 1; 0: empty */
};

struct vcpu {
    struct cpu virt;
    struct vcpu_state s;
    struct hv *hv; /* wires */
    struct vm *vm;

    /* During one exit. */
    struct insn insn;  /* decoded at the exit's eip, if x->row != EXIT_NO_ROW */
    uint8_t insn_mode; /* ... in this mode, DECODE_* + 1; 0: nothing was decoded yet */
    uint8_t insn_bytes[INSN_MAX_LENGTH]; /* ... from these bytes */
    uint32_t repeats; /* iterations done of a REP that a limit cut short; 0: none is in hand */
    bool emulated;    /* hv_emulate ran: virt.s.eip is final */
    struct guest_walk walk; /* of a page fault: what the guest's tables say of CR2 */
    bool inject_queued;     /* HV_INJECT: */
    uint8_t inject_vector;
    uint8_t inject_kind; /* enum event_kind */
    uint8_t seg_dirty; /* bit n: virt.s.seg[n] was loaded by us and the real one is not in place */
    bool mmu_dirty;    /* the root must be looked up before the guest is resumed */
    bool fetching;     /* bytes of an instruction are read: part of `decode`, not guest_read */
    bool in_delivery;  /* the virtual CPU's stores are the hypervisor's own (frames) */
    uint32_t frame_pa; /* physical address of the frame (FRAME_EIP word); 0: no frame */
    uint32_t entry_eflags; /* real EFLAGS in that frame */
    struct {
        uint32_t key, frame; /* page | rights asked for | valid, and the guest physical page */
    } memo[VCPU_MEMO];       /* translations found during this exit */
    struct vcpu_decoded decoded[VCPU_DECODED];
    void *mode_data; /* the mode's own, owned by it */
};

extern const struct state_desc vcpu_state_desc;

/* ---------------------------------------- services for handlers */

/* Charges one atomic event to the open phase of the current exit (to the key's own bucket if none
 * is open). */
void hv_charge(struct hv *hv, enum hv_cost key);
void hv_charge_n(struct hv *hv, enum hv_cost key, unsigned n);

/* Opens a phase for what follows; returns the one before, to be given back. */
enum hv_phase hv_phase_set(struct hv *hv, enum hv_phase phase);

/* Notes a sub-action in the open exit record. */
void hv_note(struct hv *hv, enum exit_action_kind kind, uint32_t a, uint32_t b);

/*
 * Carries v->insn out on the virtual CPU (charges `emulate` and what the semantics meet). True:
 * done, virt.s.eip is the next instruction (or itself, for REP with more to come: it runs up to
 * `HV_REP_BATCH` iterations; or v->repeats is not 0: a limit of this hv_run cut it short, and the
 * run loop goes on with it in the same exit). False: v->virt.fault holds the guest's own fault,
 * state unchanged.
 */
bool hv_emulate(struct vcpu *v);
#define HV_REP_BATCH 65536u

/* Fetches and decodes at virt's CS:EIP into v->insn and the open exit. False: v->virt.fault is the
 * fetch's fault. */
bool hv_decode(struct vcpu *v);

/* Puts the exit's own exception into v->virt.fault in virtual terms (error code and CR2 as given).
 */
void hv_own_fault(struct vcpu *v, const struct vm_exit *x);

/* For HV_INJECT: what to deliver. */
void hv_inject_later(struct vcpu *v, unsigned vector, enum event_kind kind);

/* Guest memory by guest linear address with the rights of its kernel; false: v->virt.fault is
 * raised. Charged. */
bool hv_guest_read32(struct vcpu *v, uint32_t gva, uint32_t *value);
bool hv_guest_write32(struct vcpu *v, uint32_t gva, uint32_t value);

/* General register n of the guest. */
static inline uint32_t vcpu_gpr(const struct vcpu *v, unsigned n)
{
    return v->virt.s.gpr[n & 7u];
}
static inline void vcpu_set_gpr(struct vcpu *v, unsigned n, uint32_t value)
{
    v->virt.s.gpr[n & 7u] = value;
}

/* The words of the physical frame on the hypervisor's stack (FRAME_*). */
uint32_t vcpu_frame(const struct vcpu *v, unsigned word);
void vcpu_set_frame(struct vcpu *v, unsigned word, uint32_t value);
/* The whole frame at once. */
void vcpu_frame_get(const struct vcpu *v, uint32_t words[FRAME_WORDS]);
void vcpu_frame_put(struct vcpu *v, const uint32_t words[FRAME_WORDS]);

#endif
