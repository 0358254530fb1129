/*
 * Probes: what a debugger wants to be told by a CPU while it runs.
 *
 * Without a probe nothing is asked on any fast path. With one, a block of decoded code never runs
 * past a marked page offset without the run loop asking first, and watched pages never get a host
 * pointer beside the TLB, so that only what lies in their pages goes the slow way. The same probe
 * may hang on the machine's CPU and on virtual CPUs: each callback is told which. A probe that only
 * looks changes nothing: no state, no cycle, no TLB entry.
 *
 * Inside a callback the CPU is in the middle of its work: read flags with cpu_eflags, and EIP only
 * in `code` and `event`. Counters are exact; in `data` and `ring` they are those after the present
 * instruction (or REP iteration), unless an event is being delivered.
 */
#ifndef SIM_PROBE_H
#define SIM_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu.h"

struct cpu_probe {
    void *context; /* all callbacks may be null */
    /*
     * Bit n: instructions that begin at page offset n are asked about. Whoever changes it, or the
     * set of watched pages, calls cpu_probe_changed on each CPU.
     */
    uint8_t code_offset[PAGE_SIZE / 8];
    /*
     * An instruction at linear address (physical pa) is about to be executed by cpu_run; interrupts
     * that were due went first. True: cpu_run stops before it with CPU_STOP_PROBE, nothing of it
     * done and nothing charged; when it runs again it asks again. False: the instruction was let
     * pass, and is not asked about again while it is the same one: a REP with iterations to come,
     * or one that is repeated after a fault whose handler (a hypervisor) completed no instruction.
     * Only asked for marked offsets, and not where the fetch would fault on the first byte or one
     * of the guest's own breakpoints comes first. An entry to a hypervisor is no instruction.
     */
    bool (*code)(void *context, struct cpu *c, uint32_t linear, uint32_t pa);
    /*
     * Is any byte of this linear page, in this physical page, watched? Both are page addresses;
     * physical means of the machine on its CPU, of the guest on a virtual one.
     */
    bool (*watches)(void *context, struct cpu *c, uint32_t linear_page, uint32_t pa_page);
    /*
     * A data access to a watched page was made (a store: is about to be made, old bytes are still
     * there). What instructions and event delivery read and write, stacks, descriptors and the TSS
     * included; no fetches and no page walks. An access of two pages comes in two parts, each with
     * its own size, address and bytes. value is zero-extended. An instruction that faults half way
     * did what was told until then, and tells it again when it is repeated.
     */
    void (*data)(void *context, struct cpu *c, uint32_t linear, uint32_t pa, unsigned size,
                 enum cpu_access access, uint32_t value);
    /*
     * An event was delivered through this CPU's IDT (after the fact: EIP is the handler's; the
     * frame is on the stack). error is 0 if there is none. On the machine's CPU under a hypervisor:
     * also what led to an entry stub.
     */
    void (*event)(void *context, struct cpu *c, unsigned vector, enum event_kind kind,
                  uint32_t error);
    /* CPL changed: the transfer is under way, CS and EIP may still be the old ones. */
    void (*ring)(void *context, struct cpu *c, unsigned from, unsigned to);
    /*
     * RDTSC is about to give *tsc; the callback may put another value there, which is the one thing
     * a probe can change. It must follow from the state alone, or the run cannot be repeated.
     */
    void (*time)(void *context, struct cpu *c, uint64_t *tsc);
};

/*
 * Puts a probe on a CPU, or takes it off (null); drops what was decoded and cached, and a stop that
 * was asked for. Borrowed.
 */
void cpu_set_probe(struct cpu *c, const struct cpu_probe *probe);

/*
 * The probe's offsets or watched pages changed. May be called inside a callback; it then counts
 * from the next instruction (or REP iteration) on, for data perhaps from the next access on.
 */
void cpu_probe_changed(struct cpu *c);

/*
 * From a callback: cpu_run returns CPU_STOP_PROBE at the next instruction boundary (the present
 * instruction, or REP iteration, completes first, with the delivery of its fault). If it has to
 * return there for another reason, the next cpu_run returns CPU_STOP_PROBE at once. On a virtual
 * CPU it does nothing.
 */
void cpu_probe_stop(struct cpu *c);

/*
 * Watches the stores of all, CPU, page walks, devices and hypervisors, to the page of RAM at pa:
 * ram.watched is told before bytes change. False: no more. Outside RAM nothing happens.
 */
void cpu_watch_ram(struct cpu *c, uint32_t pa, bool on);

#endif
