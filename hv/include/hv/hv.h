/*
 * The hypervisor: one machine, the VMs on it, and running them. The whole interface of front ends.
 *
 * hv_create builds the machine for a mode, hv_load puts a guest into each VM, hv_run goes on until
 * a limit or a stop, and the rest reads. Native mode goes through the same calls, with a machine
 * that belongs to its one guest.
 */
#ifndef HV_HV_H
#define HV_HV_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/cost.h"
#include "hv/exit.h"
#include "hv/hook.h"
#include "hv/mmu.h"
#include "hv/mode.h"
#include "hv/stats.h"
#include "hv/trace.h"
#include "hv/vm.h"
#include "sim/machine.h"

#define HV_MAX_VMS   8
#define HV_EXIT_RING 1024u /* exits kept (a power of two) */

/* ---------------------------------------- CPU models */

/* A model is a set: which sensitive instructions trap outside ring 0. */
struct cpu_model {
    char name[96];  /* as given: "classic,+popf" */
    uint32_t traps; /* bit TRAP_x */
};

/*
 * Reads "classic" or "virtualizable", followed by any number of ",+name" and ",-name" of
 * sensitive.def. SIM_BAD_INPUT names the part that is unknown.
 */
enum sim_status cpu_model_parse(const char *text, struct cpu_model *model, struct sim_error *err);

/* The bits for the real CPU: outside ring 0 (kernel), and at ring 3 with or without SENSF. */
uint32_t cpu_model_kernel(const struct cpu_model *m);
uint32_t cpu_model_user(const struct cpu_model *m, bool sensf);

/* ---------------------------------------- life */

struct hv_vm_config {
    struct disk_backend disk[2]; /* host back ends, borrowed */
    struct pc_host
        host; /* serial_out and debug_out are called; the others may be null and are told too */
};

struct hv_config {
    enum hv_mode_id mode;
    enum hv_io io;
    struct cpu_model cpu;
    const struct cost_profile *profile; /* borrowed for the hypervisor's life */
    uint32_t ram_bytes;                 /* of one guest, 1 MiB to 1 GiB, a multiple of 4 KiB */
    unsigned vms;                       /* 1 to HV_MAX_VMS; native: 1 */
    struct hv_vm_config vm[HV_MAX_VMS];
    bool tsc_emulate;
    bool pv_batch; /* pv: offer multicall batching */
    uint64_t seed;
    uint64_t boot_time;    /* seconds since 1970 at cycle 0 */
    uint64_t slice_cycles; /* 0: 10 ms */
    uint32_t shadow_pages; /* per VM; 0: chosen from ram_bytes */
};

/* Defaults for a mode: its CPU model and io, 64 MiB, one VM. profile is left null and must be set.
 */
void hv_config_init(struct hv_config *c, enum hv_mode_id mode);

struct hv {
    const struct hv_mode *mode;
    struct hv_config config;   /* strings and back ends borrowed */
    struct machine *machine;   /* owned */
    struct vm *vm[HV_MAX_VMS]; /* owned */
    unsigned vms;
    enum hv_io io;

    struct frame *frames; /* owned; one per machine frame */
    uint32_t *deal;       /* owned; shuffled order of frames not dealt yet */
    uint32_t frame_count, deal_count, foreign_count, reserve_frames;

    /* The hypervisor's own tables in the machine. */
    struct {
        uint32_t stub_mfn, tss_mfn, stack_mfn[2], area_pt_mfn, idle_pd_mfn;
        uint32_t stack_top;  /* linear */
        uint32_t m2p_pt_mfn; /* pv: page table of the machine-to-physical table; 0: none */
        uint32_t gdt_mfn[HV_MAX_VMS][16], ldt_mfn[HV_MAX_VMS][16], idt_mfn[HV_MAX_VMS];
    } own;

    struct vcpu *current;    /* whose tables and segments are on the CPU, or null */
    struct hv_limits limits; /* of the present hv_run, none as UINT64_MAX */
    bool suspended;          /* a limit or a break stopped hv_resume: it goes on where it was */
    uint64_t in_mark;        /* cycles of delivery booked before the guest was resumed */
    bool quiet;              /* looking, not working: nothing is charged or noted */
    bool poke;               /* host input came: a physical interrupt is due */
    unsigned next_vm;        /* round robin */
    uint64_t armed;          /* physical timer: cycle, CLOCK_NEVER */
    bool resume_ready;       /* the real CPU holds the guest: cpu_run may go on */
    bool entered; /* the hypervisor was entered and has not read the guest's registers yet */

    struct vm_exit *ring; /* owned; HV_EXIT_RING records */
    uint64_t exits;       /* number of the last */
    struct vm_exit *open; /* the exit being handled, or null */
    enum hv_phase phase;
    bool phase_open;
    bool break_request;

    struct trace_sink sink;
    struct hv_hooks hooks;
    unsigned hook_phases; /* calls of hooks.phase in the open exit */
    bool held;            /* hooks.instruction stopped hv_step: the next hv_run goes on there */
    uint64_t bucket_mark[SIM_BUCKETS]; /* booked to VMs so far */
    uint64_t insn_mark[2];
    uint64_t events[HV_COSTS]; /* how often each key was charged, for reports; the hardware's:
                                  machine->cpu.events */
    uint8_t *reason_of_row;    /* owned; exit reason + 1 of a #GP by instruction row, 0: plain */
};

/*
 * Builds machine, hypervisor and VMs in their power-up state. On failure nothing is left allocated
 * and err has one clear line (SIM_BAD_INPUT for impossible configurations, SIM_NO_MEMORY).
 */
enum sim_status hv_create(struct hv **out, const struct hv_config *config, struct sim_error *err);
void hv_destroy(struct hv *hv);

/* Loads a guest into VM number n and makes it ready to run. SIM_BAD_INPUT names what is wrong with
 * the image. */
enum sim_status hv_load(struct hv *hv, unsigned n, const struct loader_input *in,
                        struct sim_error *err);

/* Runs until a limit, exactly at that instruction boundary, or another stop. May be called again.
 */
enum hv_stop hv_run(struct hv *hv, const struct hv_limits *limits);

/* Makes hv_run return HV_STOP_BREAK at the next exit; for sinks and host callbacks. */
void hv_break(struct hv *hv);

/* The run loop of the modes with a hypervisor (a mode's `run`). */
enum hv_stop hv_run_guests(struct hv *hv, const struct hv_limits *limits);

/* ---------------------------------------- talking and reading */

/* Host input to VM n's COM1 / keyboard. False: the device has no room now. */
bool hv_console_in(struct hv *hv, unsigned n, uint8_t byte);
bool hv_key_in(struct hv *hv, unsigned n, uint8_t scancode_set2_byte);

/* What VM n's text screen shows of its text memory (sim/pc.h); pv guests have no way to one. */
struct pc_screen hv_screen(const struct hv *hv, unsigned n);

/* Watches what happens; null event: stops watching. */
void hv_set_sink(struct hv *hv, struct trace_sink sink);

/* Hooks (hv/hook.h), copied; null: none. Not while hv_run runs, unless from a hook. */
void hv_set_hooks(struct hv *hv, const struct hv_hooks *hooks);

/*
 * Puts a probe (sim/probe.h) on the machine's CPU and on every VM's virtual CPU; null takes it off.
 * Borrowed. Native: the machine's CPU is the guest's.
 */
void hv_set_probe(struct hv *hv, const struct cpu_probe *probe);

/* cpu_probe_changed on all of them. */
void hv_probe_changed(struct hv *hv);

/* The record of exit `number`, or null if it is no longer (or not yet) kept. */
const struct vm_exit *hv_exit(const struct hv *hv, uint64_t number);

/* Counters of VM n, brought up to date. Valid until the next call that runs. */
const struct vm_stats *hv_stats(struct hv *hv, unsigned n);

/* Cycles of the machine per bucket that belong to no VM (idle, scheduling between). */
void hv_shared_buckets(struct hv *hv, uint64_t bucket[SIM_BUCKETS]);

/* The machine's clock and completed instructions (REP iterations count). */
uint64_t hv_cycle(const struct hv *hv);
uint64_t hv_icount(const struct hv *hv);

/* Hash of everything: machine, hypervisor, VMs. */
uint64_t hv_hash(struct hv *hv);
/* Hash of what migrates of VM n: virtual registers, devices, memory by guest physical address. */
uint64_t hv_guest_hash(struct hv *hv, unsigned n);

/* Guest memory of VM n by guest physical / by present linear address; false if any byte is not RAM
 * or not mapped. */
bool hv_guest_memory(struct hv *hv, unsigned n, uint32_t gpa, void *to, uint32_t bytes);
bool hv_guest_linear(struct hv *hv, unsigned n, uint32_t gva, void *to, uint32_t bytes);

/*
 * The same for writing, by a debugger: as a guest's store is told to whoever watches the page, but
 * costs nothing, counts nothing and asks no rights. False: nothing was written, since some byte is
 * no RAM, not mapped, or in a table that the hypervisor answers for (pv).
 */
bool hv_guest_memory_write(struct hv *hv, unsigned n, uint32_t gpa, const void *from,
                           uint32_t bytes);
bool hv_guest_linear_write(struct hv *hv, unsigned n, uint32_t gva, const void *from,
                           uint32_t bytes);

/*
 * The CPU as guest n believes it to be at this moment: also while it is on the real CPU, and in
 * hooks and sinks (in a probe's callback registers are, and EIP is the callback's). Changes
 * nothing. False: there is no VM n.
 */
bool hv_guest_view(struct hv *hv, unsigned n, struct cpu_state *out);

/*
 * Sets a register of guest n between two hv_run calls: general register `reg` (R_EAX to R_EDI), or
 * one of the next. Of EFLAGS the arithmetic flags, TF, DF and (not in pv, where it is a word in
 * memory) IF are taken. False: no such register or VM, or the VM has ended.
 */
enum { GUEST_EIP = X86_GPRS, GUEST_EFLAGS, GUEST_REGISTERS };
bool hv_guest_set_register(struct hv *hv, unsigned n, unsigned reg, uint32_t value);

/* Walks all shadow or pv tables, GDT, IDT, TSS and bitmaps of every VM. Clean: foreign, gates,
 * ports all 0. */
void hv_audit(struct hv *hv, struct hv_audit *a);

/* The virtual CPU of VM n as the hypervisor knew it last (native: the machine's). While the guest
 * runs on the real CPU its registers are there: hv_guest_view. */
const struct cpu_state *hv_guest_cpu(const struct hv *hv, unsigned n);

#endif
