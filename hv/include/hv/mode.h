/*
 * A mode is data: a row in modes.def and one const structure that composes policies.
 */
#ifndef HV_MODE_H
#define HV_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/handlers.h"
#include "sim/machine.h"
#include "sim/status.h"

struct hv;
struct vm;
struct vcpu;
struct hv_audit;
struct saved;

/* Why hv_run returned. */
enum hv_stop {
    HV_STOP_NONE,
    HV_STOP_LIMIT, /* a limit was reached */
    HV_STOP_ENDED, /* every VM has ended: vm->s.end, end_text */
    HV_STOP_INPUT, /* all VMs that run wait for host input: nothing else will ever happen */
    HV_STOP_BREAK, /* hv_break was called from a sink or callback */
    HV_STOP_PROBE, /* a probe (sim/probe.h) or a hook (hv/hook.h) asked for it */
    HV_STOPS
};
extern const char *const hv_stop_names[HV_STOPS];

/* Absolute positions on the machine's counters; 0 means no limit. */
struct hv_limits {
    uint64_t cycle;
    uint64_t icount;
    uint64_t exits; /* number of the last exit to complete */
};

enum hv_mode_id {
#define MODE(id, symbol) MODE_##id,
#include "hv/modes.def"
#undef MODE
    HV_MODES
};

enum hv_io { HV_IO_DEFAULT, HV_IO_EMULATED, HV_IO_RING, HV_IO_KINDS };

/* What a vCPU is doing, as Xen numbers it: it has the CPU, waits for the CPU, waits for an event.
 */
enum vcpu_runs { VCPU_RUNNING, VCPU_RUNNABLE, VCPU_WAITING };

struct hv_mode {
    const char *name;              /* "trap" */
    const char *text;              /* one line for `list` */
    const char *cpu, *memory;      /* policies in words: "deprivileged", "shadow tables" */
    const char *guest_kernel_ring; /* "1, thinks 0" */
    const char *tables_walked;     /* "shadow" */
    const char *default_cpu;       /* a CPU model's name */
    const char *waits_by;          /* the instruction or call with which a guest waits */
    uint8_t waits_by_bytes;        /* by which EIP is then behind it */
    enum hv_io default_io;
    uint8_t io_allowed; /* bit per enum hv_io */
    bool has_hypervisor;
    bool direct_paging; /* the guest's tables hold machine frames and are walked by the CPU */
    bool direct_gates;  /* a gate may lead from ring 3 into the guest's ring 1 without us */
    bool halt_needs_if; /* a vCPU that halts with virtual IF = 0 will never wake */

    /* A VM's own structures; everything allocated is freed by vm_fini, which accepts a half-made
     * VM. */
    enum sim_status (*vm_init)(struct vm *vm, struct sim_error *err);
    void (*vm_fini)(struct vm *vm);
    enum sim_status (*vm_load)(struct vm *vm, const struct loader_input *in, struct sim_error *err);

    /* The run loop; modes with a hypervisor share hv_run_guests. */
    enum hv_stop (*run)(struct hv *hv, const struct hv_limits *limits);

    /* The steps of an exit that differ by mode (null without a hypervisor). */

    /* Real registers and frame to virt; and those of a guest that stopped without an entry. */
    void (*capture)(struct vcpu *v);
    void (*capture_stopped)(struct vcpu *v);
    /* The three questions: sets x->reason. */
    void (*classify)(struct vcpu *v, struct vm_exit *x);
    /* Virt to real registers and frame. False: not now, look again (or the VM has ended). */
    bool (*commit)(struct vcpu *v);
    /* Calls hv_emulate for a REP that a limit cut short in this exit, and does what the exit's
     * handler did around that. */
    hv_exit_handler repeat;
    /* IRET is done: what was lent to it is taken back. May be null. */
    void (*committed)(struct vcpu *v);
    /* An interrupt or event can be delivered now; one waits, deliverable or not, so that a blocked
     * vCPU wakes; deliver it. */
    bool (*event_ready)(struct vcpu *v);
    bool (*event_waiting)(struct vcpu *v);
    void (*event_deliver)(struct vcpu *v);
    /* The guest's clock has fired. May be null. */
    void (*ticked)(struct vm *vm);
    /* What can wake a vCPU that is blocked; deterministic, changes nothing. */
    enum pc_wake (*what_wakes)(struct vcpu *v);
    /* The scheduler has changed what it does with a vCPU. May be null. */
    void (*runs_as)(struct vcpu *v, enum vcpu_runs how);
    /* Root, segments and control bits onto the machine's CPU; what it holds back into the vCPU. */
    void (*switch_in)(struct vcpu *v);
    void (*switch_out)(struct vcpu *v);
    /* A byte of host input for the guest's console; false: no room now. Null: it goes to COM1. */
    bool (*console_in)(struct vm *vm, uint8_t byte);
    /* Adds its findings. */
    void (*audit)(struct vm *vm, struct hv_audit *a);
    /* Lists the mode's own state (hv/saved.h); and after that was written: SIM_BAD_INPUT if
     * something in it cannot be, else what is derived is made again. foreign: it came from outside;
     * else it is our own, perhaps of the middle of an exit, where not all adds up. Null without a
     * hypervisor. */
    void (*saved)(struct vm *vm, struct saved *saved);
    enum sim_status (*restored)(struct vm *vm, bool foreign, struct sim_error *err);

    const struct hv_handlers *handlers;
    const struct cpu_ops *virt_ops;
};

extern const struct hv_mode *const hv_modes[HV_MODES];

/* The mode of that name, or null. */
const struct hv_mode *hv_mode_find(const char *name);
extern const char *const hv_io_names[HV_IO_KINDS]; /* "default" "emulated" "ring" */

#endif
