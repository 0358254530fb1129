/*
 * Arguments of hypercalls that lie in guest memory. Xen's structures for x86_32; 64-bit fields are
 * two halves, low first.
 */
#ifndef HV_ABI_PV_CALLS_H
#define HV_ABI_PV_CALLS_H

#include <stdint.h>

enum pv_hypercall_number {
#define HYPERCALL(number, name, arguments, text) PV_HYPERCALL_##name = number,
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
};

/* set_trap_table: entries up to one whose address is 0. */
struct pv_trap_info {
    uint8_t vector;
    uint8_t flags; /* PV_TRAP_DPL: outermost ring that may use INT n; PV_TRAP_MASK_EVENTS */
    uint16_t cs;
    uint32_t address;
};

/* mmu_update: ptr is an entry's machine address with PV_MMU_* in bits 1:0; val the new entry. */
struct pv_mmu_update {
    uint32_t ptr_lo, ptr_hi;
    uint32_t val_lo, val_hi;
};

/* mmuext_op. */
struct pv_mmuext_op {
    uint32_t cmd;
    uint32_t arg1; /* frame number, or linear address */
    uint32_t arg2; /* SET_LDT: entries; COPY_PAGE: source frame */
};

/* multicall: result is written back. */
struct pv_multicall_entry {
    uint32_t op, result;
    uint32_t args[6];
};

/* memory_op: increase, decrease, populate. */
struct pv_memory_reservation {
    uint32_t extent_start; /* linear address of a list of frame numbers */
    uint32_t nr_extents;
    uint32_t extent_order; /* 0: single pages; nothing else here */
    uint32_t address_bits;
    uint16_t domid;
    uint16_t pad;
};

struct pv_sched_shutdown {
    uint32_t reason;
};

struct pv_sched_poll {
    uint32_t ports; /* linear address of a list of ports */
    uint32_t nr_ports;
    uint32_t timeout[2]; /* system time in ns; 0: none */
};

struct pv_evtchn_alloc_unbound {
    uint16_t dom, remote_dom;
    uint32_t port; /* out */
};

struct pv_evtchn_bind_interdomain {
    uint16_t remote_dom, pad;
    uint32_t remote_port;
    uint32_t local_port; /* out */
};

struct pv_evtchn_bind_virq {
    uint32_t virq, vcpu;
    uint32_t port; /* out */
};

struct pv_evtchn_bind_ipi {
    uint32_t vcpu;
    uint32_t port; /* out */
};

struct pv_evtchn_port { /* close, send, unmask */
    uint32_t port;
};

struct pv_evtchn_bind_vcpu {
    uint32_t port, vcpu;
};

struct pv_evtchn_status {
    uint16_t dom, pad;
    uint32_t port;
    uint32_t status; /* out */
    uint32_t vcpu;   /* out */
    uint32_t detail; /* out: the virtual interrupt, or the other port */
};

struct pv_vcpu_runstate {
    uint32_t state; /* 0 running, 1 runnable, 2 blocked, 3 offline */
    uint32_t state_entry_time[2];
    uint32_t time[4][2]; /* ns spent in each */
};

struct pv_set_singleshot_timer {
    uint32_t timeout[2]; /* absolute system time, ns */
    uint32_t flags;
};

struct pv_platform_parameters {
    uint32_t virt_start;
};

struct pv_feature_info {
    uint32_t submap_idx;
    uint32_t submap; /* out */
};

_Static_assert(sizeof(struct pv_trap_info) == 8, "as Xen's trap_info");
_Static_assert(sizeof(struct pv_mmu_update) == 16, "as Xen's mmu_update");
_Static_assert(sizeof(struct pv_mmuext_op) == 12, "as Xen's mmuext_op");
_Static_assert(sizeof(struct pv_multicall_entry) == 32, "as Xen's multicall_entry");

#endif
