/*
 * What may be replaced one function at a time: the exit handlers and the seams that students
 * rebuild.
 *
 * Each mode has one const table; each VM owns a copy, so that a laboratory changes one entry of one
 * VM at run time. A handler works on virtual state through the services of vcpu.h and mmu.h, which
 * charge what they do. It never moves EIP, delivers, schedules or charges the crossing: it says
 * what is to be done, and the run loop does it.
 */
#ifndef HV_HANDLERS_H
#define HV_HANDLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "hv/exit.h"
#include "sim/cpu.h"

struct vm;
struct vcpu;
struct guest_walk;

enum hv_action {
    HV_DEFAULT, /* let the mode's own handler decide (in the mode's own table: our bug) */
    HV_ADVANCE, /* carried out. If hv_emulate did it EIP is right already, else the run loop adds
                   the length */
    HV_RETRY,   /* execute the same instruction again */
    HV_REFLECT, /* deliver v->virt.fault (raised by hv_emulate, or the exit's own by hv_own_fault)
                 */
    HV_INJECT,  /* deliver what hv_inject_later queued (INT n); without it: refused */
    HV_KILL,    /* end the VM; hv_kill has been given the reason */
    HV_ACTIONS
};

extern const char *const hv_action_names[HV_ACTIONS];

typedef enum hv_action (*hv_exit_handler)(struct vcpu *v, const struct vm_exit *x);

struct hv_handlers {
    hv_exit_handler exit[EXIT_REASONS]; /* null: a reason this mode never has; the run loop kills
                                           the VM in words */

    /*
     * Delivers v->virt.fault into the guest (trap: its IDT; pv: its trap table). False: the guest
     * is shut down or killed.
     */
    bool (*reflect)(struct vcpu *v);
    /* Delivers an interrupt or software interrupt. False: a fault was raised in v->virt.fault,
     * nothing changed. */
    bool (*inject)(struct vcpu *v, unsigned vector, enum event_kind kind);

    /* The page tables (shadow in trap; pv has its validator). */
    enum hv_action (*mmu_fill)(
        struct vcpu *v, const struct guest_walk *w); /* a hidden fault: w says what is allowed */
    void (*mmu_write)(struct vm *vm, uint32_t gpa,
                      unsigned size); /* a traced table was changed at gpa */
    void (*mmu_flush)(struct vcpu *v, uint32_t gva,
                      bool all); /* the guest asked for INVLPG gva, or everything */
    bool (*mmu_validate)(struct vm *vm, uint32_t mfn, uint32_t slot,
                         uint32_t entry); /* pv: may this entry stand */
};

/* Replaces one exit handler of one VM; null puts the mode's own back. */
void hv_set_handler(struct vm *vm, enum exit_reason reason, hv_exit_handler handler);

#endif
