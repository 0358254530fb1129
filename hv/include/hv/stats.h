/*
 * Counters of one VM. Everything that a summary, a comparison or a test of shapes needs, and no
 * text.
 *
 * Counters are part of the hypervisor's state only for reports: they are not hashed, and nothing
 * reads them to decide.
 */
#ifndef HV_STATS_H
#define HV_STATS_H

#include <stdint.h>

#include "hv/exit.h"
#include "sim/insn.h"

struct exit_counter {
    uint64_t count;
    uint64_t cycles;   /* sum of the exits' totals; the average is cycles / count */
    uint64_t min, max; /* 0 while count is 0 */
    uint64_t phase[HV_PHASES];
};

/* Activity of the memory virtualization. pv counts its own in the last group. */
struct mmu_counters {
    uint64_t hidden_fills;            /* page faults the guest never saw */
    uint64_t true_faults;             /* page faults that were the guest's own */
    uint64_t traced_writes;           /* stores to a table, carried out by us */
    uint64_t accessed_set, dirty_set; /* bits written to the guest's tables on its behalf */
    uint64_t
        wp_flips; /* virtual WP = 0: a page flipped between supervisor-writable and user-readable */
    uint64_t mmio_faults; /* device registers */
    uint64_t pages_shadowed, pages_unshadowed, pages_evicted;
    uint64_t entries_zapped;
    uint64_t root_switches, root_hits; /* CR3 loads, and how many found a shadow that was kept */
    uint64_t real_invlpg, real_flushes;
    uint64_t descriptor_fills, descriptor_writes;
    uint64_t pte_updates, pte_refused, frames_pinned, frames_typed; /* pv */
};

struct vm_stats {
    struct exit_counter exit[EXIT_REASONS][EXIT_OUTCOMES];
    uint64_t exits;                    /* sum of all counts */
    uint64_t bucket[SIM_BUCKETS];      /* machine cycles booked while this VM was the current one */
    uint64_t insns_user, insns_kernel; /* executed directly, REP counted once */
    uint64_t insns_emulated;           /* executed by the hypervisor for the guest */
    uint64_t silent_total;
    uint64_t silent[INSN_TRAPS]; /* by enum insn_trap */
    struct mmu_counters mmu;
    uint64_t interrupts_delivered; /* virtual interrupts; native: all hardware interrupts taken (0
                                      if not counted) */
    uint64_t exceptions_reflected;
    uint64_t ticks_collapsed; /* periodic ticks merged because the VM did not run */
    uint64_t steal_cycles;    /* ready to run while another VM ran */
    uint64_t switches_in;     /* times this VM was put on the CPU */
    uint64_t port_reads, port_writes, mmio_accesses;
    uint64_t sectors_read, sectors_written, bytes_out;
    uint64_t hypercalls[64]; /* pv: by number */
    uint64_t hypercalls_refused;
};

/* Share of instructions that ran directly on the CPU: direct / (direct + emulated); 1 if none ran.
 */
double vm_stats_direct_fraction(const struct vm_stats *s);

/* Adds a to *sum, counter by counter (min and max combined). */
void vm_stats_add(struct vm_stats *sum, const struct vm_stats *a);

/* One instruction that did something else than the guest was due. */
struct silent_event {
    uint64_t number; /* from 1, per VM */
    uint64_t cycle, icount;
    uint32_t eip;
    uint8_t trap; /* enum insn_trap */
    uint8_t byte_count;
    uint8_t bytes[15];
    uint8_t lost_if; /* the guest meant to set IF and it stayed clear, or the reverse */
    uint8_t what;    /* enum silent_what */
    uint16_t row;
    uint32_t did, expected; /* register, flags or memory value */
};

enum silent_what {
    SILENT_REGISTER,
    SILENT_MEMORY,
    SILENT_FLAGS,
    SILENT_VIRTUAL_IF,
    SILENT_SEGMENT,
    SILENT_FAULT,
    SILENT_WHATS
};

/* "IF stayed 0", "pushed 0x9": what the CPU did and what the guest expected, each into its buffer.
 */
void silent_describe(const struct silent_event *e, char *did, unsigned did_size, char *expected,
                     unsigned expected_size);

#endif
