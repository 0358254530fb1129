/*
 * Inside the saved state: what of struct hv and struct vcpu is scattered among wires, gathered into
 * plain structs, and the list of all regions.
 */
#ifndef HV_CORE_SAVED_H
#define HV_CORE_SAVED_H

#include "core/internal.h"
#include "hv/saved.h"

/* The hypervisor's own numbers. */
struct saved_hv {
    uint64_t exits, armed, in_mark;
    uint64_t bucket_mark[SIM_BUCKETS], insn_mark[2];
    uint32_t deal_count, next_vm;
    uint32_t current; /* VM number + 1; 0: nobody */
    uint32_t phase;   /* enum hv_phase */
    uint32_t hook_phases;
    uint8_t open;       /* the last record of the ring is of an exit that is not over */
    uint8_t phase_open; /* and 0 or 1 are these as well */
    uint8_t poke, resume_ready, suspended;
    uint8_t reserved[7];
};

/* What a virtual CPU keeps from one hv_run to the next, beside virt.s and struct vcpu_state. */
struct saved_vcpu {
    uint32_t memo[VCPU_MEMO][2]; /* translations of this exit: they were paid for */
    uint32_t fault_error, fault_cr2;
    uint32_t stop;    /* enum cpu_stop */
    uint32_t repeats; /* see struct vcpu */
    uint8_t fault_vector, fault_has_error, fault_trap, fault_pending;
    uint8_t seg_dirty, mmu_dirty, emulated;
    uint8_t inject_queued, inject_vector, inject_kind;
    uint8_t insn_mode; /* DECODE_* + 1; 0: nothing was decoded */
    uint8_t insn_bytes[INSN_MAX_LENGTH];
    uint8_t unsupported[96]; /* with stop */
};

/* At most: 20 of the machine and the hypervisor, 40 of a VM. */
#define SAVED_REGIONS (20u + 40u * HV_MAX_VMS)

struct saved {
    struct state_region region[SAVED_REGIONS];
    unsigned count;
    struct saved_hv hv;
    struct saved_vcpu vcpu[HV_MAX_VMS];
};

/* Lists all regions; those of `hv` and `vcpu` are in the struct itself. */
void saved_list(struct hv *hv, struct saved *saved);

/* Adds a region that decides what comes, and one that only records what happened. */
void saved_add(struct saved *saved, const char *name, int vm, const struct state_desc *desc,
               void *data, uint32_t count);
void saved_add_record(struct saved *saved, const char *name, int vm, const struct state_desc *desc,
                      void *data, uint32_t count);

/* The scattered numbers, into the struct and back. `put` expects numbers that were checked. */
void saved_gather(struct hv *hv, struct saved *saved);
void saved_put(struct hv *hv, const struct saved *saved);

/* Null, or what cannot be in regions that were just written ("vm0 p2m: ..."), in *err too. */
enum sim_status saved_check(struct hv *hv, const struct saved *saved, struct sim_error *err);

#endif
