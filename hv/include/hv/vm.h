/*
 * A VM: a guest's memory (through a p2m), its devices on a virtual bus, its clock, its virtual CPU,
 * and its counters.
 */
#ifndef HV_VM_H
#define HV_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/handlers.h"
#include "hv/stats.h"
#include "hv/vcpu.h"
#include "sim/machine.h"

struct hv;
struct shadow;
struct pv;

/* How a VM came to its end. */
enum vm_end {
    VM_RUNNING,
    VM_EXITED,       /* wrote the exit port: exit_value */
    VM_TRIPLE_FAULT, /* architectural shutdown */
    VM_KILLED,       /* lied to the hypervisor, or exhausted it: end_text says why */
    VM_UNSUPPORTED,  /* met something that is not built: end_text names it */
    VM_HALTED,       /* it waits, and nothing can end that */
    VM_NO_PROGRESS,  /* a lost IF: interrupts pending and masked for 10 ticks */
    VM_RESET,        /* asked for a reset: end_text says through what */
    VM_ENDS
};

extern const char *const vm_end_names[VM_ENDS];

/* What a guest physical page is. */
enum p2m_type { P2M_NONE, P2M_RAM, P2M_ROM, P2M_MMIO };

struct p2m_entry {
    uint32_t mfn;
    uint8_t type; /* enum p2m_type */
    uint8_t
        trace; /* how many shadows (tables, descriptor tables) watch stores to it: TRACE_* bits */
    uint16_t reserved;
};

enum { P2M_TRACE_SHADOW = 1, P2M_TRACE_GDT = 2, P2M_TRACE_LDT = 4 };

/* Saved and hashed. */
struct vm_state {
    uint32_t id;
    uint32_t ram_bytes;
    uint32_t end; /* enum vm_end */
    uint32_t exit_value;
    uint32_t killed_eip;
    uint32_t reserved;
    uint64_t lab_state[16]; /* a laboratory handler's own, cleared at start */
};

#define VM_SILENT_KEPT 64

struct vm {
    struct vm_state s;
    struct hv *hv;
    struct vcpu cpu;             /* one virtual CPU */
    struct hv_handlers handlers; /* this VM's copy */

    struct p2m_entry *p2m; /* owned; one per page of RAM */
    uint32_t pages;

    struct sim_clock clock; /* machine clock + offset */
    struct io_bus ports;
    struct io_bus mmio;
    struct pc *pc;       /* owned */
    struct pc_host host; /* the caller's */

    struct shadow *shadow; /* trap: owned */
    struct pv *pv;         /* pv: owned */

    struct vm_stats stats;
    char end_text[192];
    struct silent_event
        silent[VM_SILENT_KEPT]; /* the first ones; the last is always in silent_last */
    struct silent_event silent_last;
    struct silent_event silent_bites; /* the last that lost IF; number 0: none */
    unsigned silent_kept;
    unsigned number; /* in hv->vm */
};

extern const struct state_desc vm_state_desc;

/* Words of a laboratory's own state, saved and hashed with the machine. */
static inline uint64_t *vm_lab_state(struct vm *vm)
{
    return vm->s.lab_state;
}

/*
 * Ends a VM that lied to the hypervisor or exhausted it; nothing else is harmed. Returns HV_KILL
 * for `return hv_kill(vm, ...)`. Only the first reason is kept.
 */
enum hv_action hv_kill(struct vm *vm, const char *fmt, ...) SIM_PRINTF(2, 3);

/* Ends a VM in another way than by killing. */
void vm_end(struct vm *vm, enum vm_end how, const char *fmt, ...) SIM_PRINTF(3, 4);

#endif
