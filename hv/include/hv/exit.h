/*
 * An exit is a value: everything about one entry to the hypervisor, for handlers, counters, traces
 * and stories.
 *
 * Plain data without pointers, so that a test can write one down literally, hand it to a handler,
 * and look.
 */
#ifndef HV_EXIT_H
#define HV_EXIT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cost.h"

enum exit_reason {
#define EXIT(name, text, why, title) EXIT_##name,
#include "hv/exit.def"
#undef EXIT
    EXIT_REASONS
};

/* What became of it. Every exit ends in exactly one. */
enum exit_outcome {
    OUTCOME_ADVANCE, /* the instruction was carried out for the guest */
    OUTCOME_RETRY,   /* the cause is gone; the guest executes the same instruction again */
    OUTCOME_REFLECT, /* the guest's own exception was delivered to it */
    OUTCOME_INJECT,  /* a software or hardware interrupt was delivered to it */
    OUTCOME_KILL,    /* the VM was ended, with a reason */
    EXIT_OUTCOMES
};

/* Phases of an exit, in the order a simple one passes them; each is also a bucket of the account.
 */
enum hv_phase {
    PHASE_TRANSITION_IN,
    PHASE_DECODE,
    PHASE_EMULATE,
    PHASE_MEMORY,
    PHASE_DEVICE,
    PHASE_INJECT,
    PHASE_SCHEDULE,
    PHASE_TRANSITION_OUT,
    HV_PHASES
};

/* The bucket a phase's cycles are booked to (they follow each other in bucket.def in the same
 * order; asserted). */
static inline enum sim_bucket hv_phase_bucket(enum hv_phase phase)
{
    return (enum sim_bucket)((unsigned)BUCKET_transition_in + (unsigned)phase);
}

/* What else happened inside an exit, in order. */
enum exit_action_kind {
    ACTION_NONE,
    ACTION_EMULATED,    /* a: eip, b: instruction row: one more instruction carried out */
    ACTION_GUEST_WALK,  /* a: gva, b: references */
    ACTION_SHADOW_FILL, /* a: gva, b: entry written */
    ACTION_SHADOW_PAGE, /* a: gfn, b: role: a shadow page was given out */
    ACTION_SHADOW_ZAP,  /* a: gfn, b: entries cleared */
    ACTION_UNSHADOW,    /* a: gfn, b: 0 */
    ACTION_AD_SET,      /* a: gpa of the entry, b: bits set in the guest's table */
    ACTION_GDT_FILL,    /* a: selector, b: 0 */
    ACTION_ROOT,        /* a: guest CR3, b: real CR3 */
    ACTION_PORT,        /* a: port | size << 16 | write << 31, b: value */
    ACTION_MMIO,        /* a: gpa, b: value */
    ACTION_INJECT,      /* a: vector, b: error code: an interrupt was delivered besides */
    ACTION_REFLECT,     /* a: vector, b: error code */
    ACTION_TIMER,       /* a, b: low and high half of the next deadline */
    ACTION_SWITCH,      /* a: from VM, b: to VM */
    ACTION_BLOCK,       /* the vCPU halted */
    ACTION_FRAME,       /* a: mfn, b: new type (pv) */
    ACTION_EVENT,       /* a: event channel (pv) */
    EXIT_ACTION_KINDS
};

struct exit_action {
    uint8_t kind; /* enum exit_action_kind */
    uint8_t reserved[3];
    uint32_t a, b;
};

#define EXIT_MAX_ACTIONS 8 /* further ones are counted, not kept */
#define EXIT_NO_ROW      0xffffu

/* What an exit was about; which member holds follows from the reason. */
union exit_qualification {
    struct {
        uint16_t port;
        uint8_t size, write;
        uint32_t value; /* as read or written; of a string instruction the last */
        uint32_t gpa;   /* not 0: a device register in memory, port is then 0 */
        uint32_t count; /* string: words moved */
    } io;
    struct {
        uint8_t cr; /* number; + 8: debug register */
        uint8_t gpr;
        uint8_t write;
        uint8_t reserved;
        uint32_t value;
    } cr;
    struct {
        uint32_t gva, gpa;
        uint32_t error; /* as the hardware gave it */
        uint32_t entry; /* the shadow entry written, or the value stored */
        uint32_t count; /* stores carried out: of a REP store several */
    } mem;
    struct {
        uint32_t msr, low, high;
    } msr;
    struct {
        uint16_t sel;
        uint16_t reserved;
        uint32_t base, limit;
    } table;
    struct {
        uint32_t number;
        uint32_t arg[5];
        uint32_t result;
    } hypercall;
    struct {
        uint32_t leaf, subleaf;
    } cpuid;
    struct {
        uint8_t vector;
        uint8_t virtual_vector; /* interrupt delivered to the guest, if any */
    } irq;
    uint32_t raw[7];
};

struct vm_exit {
    uint64_t number; /* from 1, over all VMs */
    uint64_t cycle;  /* machine clock when the hardware began to deliver */
    uint64_t icount; /* completed instructions by then */
    uint64_t cycles; /* total of the phases */
    uint32_t phase[HV_PHASES];
    uint32_t eip;          /* guest's, of the instruction (fault) or after it (trap) */
    uint32_t eip_out;      /* where the guest goes on */
    uint32_t error;        /* physical error code, if has_error */
    uint32_t cr2;          /* physical, for #PF */
    uint32_t frame_eflags; /* physical */
    uint32_t frame_esp;
    uint16_t frame_cs, frame_ss;
    uint16_t row;    /* decoded instruction: index into insn_rows, or EXIT_NO_ROW */
    uint8_t vm;      /* number */
    uint8_t reason;  /* enum exit_reason */
    uint8_t outcome; /* enum exit_outcome */
    uint8_t vector;  /* physical vector that brought us here */
    uint8_t has_error;
    uint8_t real_cpl, virtual_cpl; /* before */
    uint8_t virtual_cpl_out;
    uint8_t idle;       /* the interrupt arrived while no guest ran */
    uint8_t reflected;  /* vector delivered to the guest with REFLECT or INJECT */
    uint8_t byte_count; /* valid in bytes, 0 if nothing was decoded */
    uint8_t actions;    /* entries in action; dropped ones in actions_dropped */
    uint8_t actions_dropped;
    uint8_t bytes[15];
    union exit_qualification q;
    struct exit_action action[EXIT_MAX_ACTIONS];
};

extern const char *const exit_reason_names[EXIT_REASONS];
extern const char *const exit_reason_texts[EXIT_REASONS]; /* what happened */
extern const char *const exit_reason_whys[EXIT_REASONS];  /* why the hardware came to us */
extern const char *const exit_reason_titles[EXIT_REASONS];
extern const char *const exit_outcome_names[EXIT_OUTCOMES]; /* "ADVANCE"... */
extern const char *const *const hv_phase_names;             /* HV_PHASES of them */
extern const char *const exit_action_names[EXIT_ACTION_KINDS];

/* The reason of that exact name, or -1. */
int exit_reason_find(const char *name);

#endif
