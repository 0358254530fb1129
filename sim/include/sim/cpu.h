/*
 * The CPU: state, environment, and running it.
 *
 * One struct cpu serves two purposes. The machine's CPU executes from RAM through its TLB, with
 * devices behind its buses. A hypervisor's *virtual* CPU is the same struct with other operations
 * (struct cpu_ops): its addresses are translated by the guest's own tables, its ports are the VM's.
 * Both run the same semantics, so that emulating an instruction, delivering an exception or
 * returning from one means the same thing in both places.
 */
#ifndef SIM_CPU_H
#define SIM_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/bus.h"
#include "sim/cost.h"
#include "sim/insn.h"
#include "sim/mem.h"
#include "sim/state.h"
#include "sim/x86.h"

/* Access rights of a segment register's hidden part, in the VMCS's format (SDM v3, Guest Register
 * State). */
#define AR_TYPE        0x0000fu
#define AR_S           0x00010u
#define AR_DPL         0x00060u
#define AR_DPL_SHIFT   5
#define AR_P           0x00080u
#define AR_AVL         0x01000u
#define AR_DB          0x04000u
#define AR_G           0x08000u
#define AR_UNUSABLE    0x10000u
#define AR_CODE        0x8u /* in TYPE: code (else data) */
#define AR_CONFORMING  0x4u /* code */
#define AR_EXPAND_DOWN 0x4u /* data */
#define AR_RW          0x2u /* code: readable; data: writable */
#define AR_ACCESSED    0x1u

struct segment {
    uint32_t base;
    uint32_t limit; /* in bytes, granularity applied */
    uint32_t ar;    /* AR_* */
    uint16_t sel;
    uint16_t reserved;
};

enum { SEG_LDTR = 6, SEG_TR = 7, CPU_SEGS = 8 };

#define TLB_DATA_ENTRIES 256 /* direct-mapped by the low bits of the page number */
#define TLB_CODE_ENTRIES 128

/* Host pointers beside the modelled data TLB, same index; a tag is a linear page, or 1 (no match).
 * Cache, not state. */
struct fast_entry {
    uint32_t read_tag;
    uint32_t write_tag;
    uintptr_t add; /* host address of the page minus its linear address */
};

/* One entry of the modelled TLB. 4 MiB pages are held in 4 KiB pieces. */
struct tlb_entry {
    uint32_t page;  /* linear page address | TLB_VALID | TLB_* rights */
    uint32_t frame; /* physical page address */
};
#define TLB_VALID 0x001u
#define TLB_W     0x002u /* writable for its level */
#define TLB_U     0x004u
#define TLB_D     0x040u
#define TLB_G     0x100u

/* Interrupt shadows: interrupts are held off until one more instruction has completed. */
enum { SHADOW_STI = 1, SHADOW_SS = 2 };

/*
 * Architectural and modelled state: saved, hashed, compared. Plain data. While the CPU runs, the
 * arithmetic flags, EIP and the counters are kept elsewhere (struct cpu) and are folded in whenever
 * cpu_run or cpu_step returns.
 */
struct cpu_state {
    uint32_t gpr[9]; /* [GPR_ZERO] is always 0 */
    uint32_t eip;
    uint32_t eflags;
    struct segment seg[CPU_SEGS];
    uint32_t gdtr_base, gdtr_limit;
    uint32_t idtr_base, idtr_limit;
    uint32_t cr0, cr2, cr3, cr4;
    uint32_t dr[8];     /* 4 and 5 unused */
    uint64_t apic_base; /* MSR 1Bh */
    uint64_t tsc_offset;
    uint32_t trap_kernel; /* bit TRAP_x: that instruction faults #GP(0) at CPL 1 and 2 */
    uint32_t trap_user;   /* the same at CPL 3 */
    uint8_t cpl;
    uint8_t shadow;   /* SHADOW_* */
    uint8_t halted;   /* in HLT */
    uint8_t shutdown; /* after a triple fault */
    uint8_t intr;     /* level of the INTR input */
    uint8_t nmi_pending;
    uint8_t nmi_blocked;
    uint8_t code_page_valid;
    uint32_t code_page;  /* linear page EIP is in */
    uint32_t code_frame; /* its translation */
    uint32_t
        pending_db; /* DR6 bits of data breakpoints and single step met by the last instruction */
    /* Counters. */
    uint64_t cycle;                    /* the machine's clock */
    uint64_t icount;                   /* completed instructions, each REP iteration one */
    uint64_t rep_extra;                /* icount - rep_extra counts a REP once */
    uint64_t settled_cycle;            /* what has been booked */
    uint64_t settled_icount;           /* icount - rep_extra, booked to user or kernel */
    uint64_t insns_user, insns_kernel; /* REP counted once */
    uint64_t bucket[SIM_BUCKETS];
    struct tlb_entry dtlb[TLB_DATA_ENTRIES];
    struct tlb_entry itlb[TLB_CODE_ENTRIES];
};

extern const struct state_desc cpu_state_desc;

/* An exception found while executing. */
struct cpu_fault {
    uint8_t vector;
    uint8_t has_error;
    uint8_t
        trap; /* reported after the instruction: EIP is the next one (#DB single step, INT3...) */
    uint8_t reserved;
    uint32_t error;
    uint32_t cr2;
};

enum cpu_access { ACCESS_READ = 0, ACCESS_WRITE = 1, ACCESS_EXEC = 2 };

/* Why cpu_run returned. */
enum cpu_stop {
    CPU_STOP_NONE,
    CPU_STOP_BUDGET,      /* the cycle or instruction limit was reached, exactly */
    CPU_STOP_ENTRY,       /* delivery reached a hypervisor entry stub (cpu.entry_vector) */
    CPU_STOP_HALT,        /* halted with interrupts off and no NMI: nothing can end it */
    CPU_STOP_IDLE,        /* halted, and nothing but the host can end it */
    CPU_STOP_SHUTDOWN,    /* triple fault */
    CPU_STOP_UNSUPPORTED, /* something decodable that is not built: cpu.unsupported names it */
    CPU_STOP_REQUEST,     /* a device asked for it (exit port) */
    CPU_STOP_PROBE,       /* a probe asked for it (sim/probe.h) */
};

/*
 * The world around a CPU. All take the cpu; functions that can fault return false after
 * cpu_raise_*. Wired once by the board (sim/cpu/hw_ops.c) or by a hypervisor (virtual CPU). No
 * entry is null.
 */
struct cpu_ops {
    /* Linear page to physical page for one access. user: check as user-level access, else as
     * supervisor. */
    bool (*translate)(struct cpu *c, uint32_t linear, enum cpu_access access, bool user,
                      uint32_t *pa);
    /* Physical memory; never crosses a page. */
    bool (*read_phys)(struct cpu *c, uint32_t pa, unsigned size, uint32_t *value);
    bool (*write_phys)(struct cpu *c, uint32_t pa, unsigned size, uint32_t value);
    /* Ports, after privilege checks. */
    bool (*port_read)(struct cpu *c, uint16_t port, unsigned size, uint32_t *value);
    bool (*port_write)(struct cpu *c, uint16_t port, unsigned size, uint32_t value);
    /* After a control register was changed: `old` is what it was. Flushes as the SDM says. */
    void (*cr_written)(struct cpu *c, unsigned n, uint32_t old);
    void (*invlpg)(struct cpu *c, uint32_t linear);
    uint64_t (*rdtsc)(struct cpu *c);
    bool (*msr_read)(struct cpu *c, uint32_t msr,
                     uint64_t *value); /* false: no such MSR; caller raises #GP(0) */
    bool (*msr_write)(struct cpu *c, uint32_t msr, uint64_t value);
    void (*cpuid)(struct cpu *c, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
    int (*intr_ack)(
        struct cpu *c); /* interrupt acknowledge cycle: the vector, or -1 if the request is gone */
    void (*charge)(struct cpu *c, enum sim_cost key); /* an atomic event happened */
    void (*segment_loaded)(struct cpu *c,
                           unsigned seg); /* a segment register's hidden part changed */
    void (*table_loaded)(struct cpu *c,
                         unsigned which); /* GDTR/IDTR/LDTR/TR changed: CPU_TABLE_* */
};

enum { CPU_TABLE_GDT, CPU_TABLE_IDT, CPU_TABLE_LDT, CPU_TABLE_TR };

struct cpu_cache; /* blocks and host pointers: sim/cpu/cache.h. Droppable at any moment */
struct block;
struct cpu_probe;

struct cpu {
    struct cpu_state s;

    /* Hot, derived from s while running. */
    uint64_t flag_result; /* low half: ZF is ==0, SF bit 31, PF low byte, each after XOR with the
                             high half (SF, PF) */
    uint32_t flag_carry;  /* bit 31 CF, bit 30 CF^OF, bit 3 AF */
    uint32_t load_value;  /* result of a slow load */
    uint32_t block_eip;   /* EIP at the start of the running block */
    struct block *block; /* the running block; null outside, or once its remainder was given back */
    const struct fast_entry
        *fast;                    /* host pointers beside the data TLB, for the present privilege */
    const struct insn *slow_insn; /* what runs, while a slow path runs */
    struct insn scratch[2]; /* a copy of one instruction, then "leave": how a block is left early */
    uint32_t mode;          /* DECODE_*: from CS.D, SS.B and whether the data segments are flat */
    uint32_t
        fast_limit; /* linear addresses above it never get a fast entry (folded segment limits) */
    uint32_t data_limit; /* how far DS and ES both reach, 0 if either is not flat */
    bool code_ragged;    /* CS is not page-granular: every fetch is checked by itself */
    uint64_t
        run_until; /* a block whose cycles would pass this goes back to the run loop; 0 = kick */
    uint64_t run_insns;  /* the same for icount */
    uint64_t deadline;   /* the earliest device deadline, as last asked */
    bool deadline_stale; /* ask again */

    struct cpu_fault fault;
    bool fault_pending;
    enum cpu_stop stop;
    uint8_t entry_vector; /* with CPU_STOP_ENTRY */
    /*
     * With CPU_STOP_ENTRY: EFLAGS.RF before the event. DEVIATION: a real processor does not tell a
     * hypervisor whether RF was set before a fault (the frame has it set in any case), and so
     * whether a repeated string instruction had begun.
     */
    bool entry_rf;
    char unsupported[96]; /* with CPU_STOP_UNSUPPORTED: "hardware task switch (SDM v3, Task
                             Management)" */

    /* Wires. */
    const struct cpu_ops *ops;
    void *owner;     /* the ops' context: struct machine, or the hypervisor's vcpu */
    struct ram *ram; /* null for a virtual CPU */
    const struct sim_costs *costs;
    struct cpu_cache *cache; /* owned; null for a virtual CPU, which never runs blocks */
    uint64_t (*next_deadline)(
        void *owner); /* earliest device deadline in machine cycles; also fires those due */
    uint32_t
        entry_base; /* linear address of 256 one-instruction entry stubs, CPU_ENTRY_STRIDE apart */
    bool entry_enabled;

    /* How often each atomic event was charged, for reports; instructions' base costs are not
     * counted. Not state. */
    uint64_t events[SIM_COSTS];
    /*
     * Null, or told of every sensitive instruction at CPL 1 to 3 that is about to be executed
     * because nothing makes it trap (a hypervisor compares what it does with what its guest was
     * due). Changes nothing, costs nothing.
     */
    void (*sensitive_passed)(void *context, struct cpu *c, const struct insn *in);
    void *sensitive_context;
    /*
     * Null, or told that the CPU is about to wait in HLT for so many cycles, from the present one
     * on. One wait may be told in parts. Changes nothing, costs nothing.
     */
    void (*idled)(void *context, uint64_t cycles);
    void *idled_context;

    /* Wire: can a device interrupt a processor that halts now, by itself? Null: one with a deadline
     * can. */
    bool (*may_wake)(void *owner);

    const struct cpu_probe *probe; /* a debugger's (sim/probe.h); borrowed; null: none. Not state */
    bool probe_stop;               /* cpu_probe_stop was called and no cpu_run has said so yet */
    struct {
        bool valid;
        uint32_t linear, pa;
        uint64_t done;
    } probe_passed; /* the instruction that the probe let pass last, and icount - rep_extra then */
};

#define CPU_ENTRY_STRIDE 4u

/* --- life --- */

/* Puts a CPU into the state after INIT/RESET with protected mode off (SDM v3, Processor State After
 * Reset). */
void cpu_reset(struct cpu *c);

/* Allocates the block cache (not for virtual CPUs); SIM_NO_MEMORY on failure. cpu_fini frees it. */
enum sim_status cpu_init(struct cpu *c, const struct cpu_ops *ops, void *owner, struct ram *ram,
                         const struct sim_costs *costs, bool runs, struct sim_error *err);
void cpu_fini(struct cpu *c);

/* After s was written from outside (restore, a test): derives everything that hangs on it, drops
 * all caches. */
void cpu_state_changed(struct cpu *c);

/* --- running --- */

/*
 * Runs until s.cycle >= cycle_limit or s.icount >= insn_limit, exactly at that boundary, or another
 * stop. On return state is complete: EIP precise, flags materialized, counters settled.
 */
enum cpu_stop cpu_run(struct cpu *c, uint64_t cycle_limit, uint64_t insn_limit);

/*
 * Executes exactly one instruction at CS:EIP through ops, without cache or TLB: what a hypervisor's
 * emulator and the tests use. Returns true if it completed, false if it raised c->fault (state
 * unchanged, not delivered). A REP string instruction does one iteration and leaves EIP on itself
 * until done.
 */
bool cpu_step_virtual(struct cpu *c);

/* The same for an instruction that has been decoded already (EIP is at it). */
bool cpu_execute(struct cpu *c, const struct insn *in);

/* Fetches and decodes at CS:EIP through ops (limit and page checks). False: c->fault is raised
 * (#PF, #GP, #UD). */
bool cpu_fetch_decode(struct cpu *c, struct insn *in, uint8_t bytes[INSN_MAX_LENGTH]);

/* How an event came about; it decides error-code EXT, gate checks, and what is charged. */
enum event_kind {
    EVENT_EXTERNAL,  /* hardware interrupt, NMI */
    EVENT_EXCEPTION, /* fault or trap found by the CPU */
    EVENT_SOFTWARE,  /* INT n: gate DPL is checked */
    EVENT_SOFT_TRAP, /* INT3, INTO: gate DPL is checked */
    EVENT_ICEBP,     /* INT1 */
};

/*
 * Delivers an event through the IDT (SDM v3, Interrupt and Exception Handling), in full: gate
 * checks, stack switch through the TSS, frame, flags. s.eip is what the frame shall hold. On a
 * fault during delivery returns false with c->fault raised and state unchanged (the caller
 * combines: cpu_deliver_exception does).
 */
bool cpu_deliver_event(struct cpu *c, unsigned vector, enum event_kind kind, bool has_error,
                       uint32_t error);

/*
 * Delivers c->fault, combining faults met on the way into #DF and shutdown by table 6-5. Sets CR2
 * for #PF, DR6 for #DB. After a triple fault s.shutdown is set and it returns false.
 */
bool cpu_deliver_exception(struct cpu *c);

/* Does the frame of this exception have RF set whatever EFLAGS was, because its instruction will be
 * restarted (SDM v3, Instruction-Breakpoint Exception Condition)? */
bool cpu_fault_sets_rf(const struct cpu_fault *fault);

/* Carries out IRET on the present stack, as the instruction does (used to resume a guest). False:
 * c->fault. */
bool cpu_iret(struct cpu *c);

/* --- pieces --- */

/* Raise a fault: sets c->fault, c->fault_pending and returns false, for `return cpu_raise_gp(c,
 * 0)`. */
bool cpu_raise(struct cpu *c, unsigned vector);
bool cpu_raise_error(struct cpu *c, unsigned vector, uint32_t error);
bool cpu_raise_pf(struct cpu *c, uint32_t linear, uint32_t error);
bool cpu_unsupported(struct cpu *c, const char *what); /* stops the machine by name */

/* EFLAGS with the lazy arithmetic flags folded in, and back. */
uint32_t cpu_eflags(const struct cpu *c);
void cpu_set_eflags(struct cpu *c, uint32_t eflags);

/* Memory through a segment, with all checks at the present CPL. size 1, 2, 4. */
bool cpu_read(struct cpu *c, unsigned seg, uint32_t offset, unsigned size, uint32_t *value);
bool cpu_write(struct cpu *c, unsigned seg, uint32_t offset, unsigned size, uint32_t value);
/* Checks that a write would succeed without doing it (both pages if it crosses). */
bool cpu_probe_write(struct cpu *c, unsigned seg, uint32_t offset, unsigned size);

/* Memory at a linear address; user: as a CPL 3 access, else supervisor (descriptor tables, TSS,
 * inner stacks). */
bool cpu_read_linear(struct cpu *c, uint32_t linear, unsigned size, bool user, uint32_t *value);
bool cpu_write_linear(struct cpu *c, uint32_t linear, unsigned size, bool user, uint32_t value);
bool cpu_probe_linear(struct cpu *c, uint32_t linear, unsigned size, bool user,
                      enum cpu_access access);

/* Sets CPL and books what ran so far to the old level. */
void cpu_set_cpl(struct cpu *c, unsigned cpl);

/* Books cycles since the last time to the present level's bucket; and charges `cycles` to a bucket
 * directly. */
void cpu_settle(struct cpu *c);
void cpu_charge_cycles(struct cpu *c, enum sim_bucket bucket, uint64_t cycles);

/* Sets a control register as MOV CRn does: checks, then ops->cr_written. False: #GP(0) or stop
 * raised. */
bool cpu_set_cr(struct cpu *c, unsigned n, uint32_t value);

/* Makes the run loop look at deadlines, interrupts and limits at the next boundary. Devices that
 * change INTR call it. */
void cpu_kick(struct cpu *c);
void cpu_set_intr(struct cpu *c, bool level);
/* A rise of the NMI input. One is remembered while NMIs are blocked, more are lost (SDM v3,
 * Handling Multiple NMIs). */
void cpu_raise_nmi(struct cpu *c);

/* Drops blocks and host pointers; results never change. cpu_tlb_flush is the modelled flush
 * (global: also G entries). */
void cpu_drop_caches(struct cpu *c);
void cpu_tlb_flush(struct cpu *c, bool global);
void cpu_tlb_flush_page(struct cpu *c, uint32_t linear);

/* The machine's own operations (RAM, TLB, struct machine's buses). */
extern const struct cpu_ops cpu_hw_ops;

#endif
