/*
 * What the files of arch/pv share: hypercalls, shared_info, and the drivers' entry points.
 */
#ifndef ARCH_PV_PV_H
#define ARCH_PV_PV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hv/abi/pv.h>
#include <hv/abi/pv_calls.h>
#include <hv/abi/pv_rings.h>
#include <hv/abi/pv_shared.h>

#include "arch/arch_ops.h"

/* Number in EAX, arguments in EBX, ECX, EDX, ESI; the answer in EAX, the others unchanged. */
static inline int32_t hypercall(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    int32_t result;
    __asm__ volatile("int $0x82"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d)
                     : "memory");
    return result;
}

static inline uint32_t address_of(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}

/* Without this the compiler may move memory accesses across. */
static inline void barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

/* start_info and shared_info; the second is mapped by pv_start before anybody looks. */
extern const struct pv_start_info *start_info;
extern volatile struct pv_shared_info shared_info;

static inline volatile struct pv_vcpu_info *this_vcpu(void)
{
    return &shared_info.vcpu_info[0];
}

/* memory.c */
uint32_t frame_to_machine(frame_t frame); /* machine frame number */
void memory_init(struct boot_info *boot);

/* batch.c: hypercalls that may wait for the end of a batch. Each panics if it is refused. */
void batch_init(bool allowed);
bool batch_is_open(void);
void batch_update(uint32_t entry_machine_address, pte_t pte);
void batch_map(uint32_t va, pte_t pte, uint32_t flags);
void batch_mmuext(uint32_t command, uint32_t arg1);
void batch_stack_switch(uint32_t esp);

/* events.c */
void events_init(void);
void event_bind(uint32_t port, void (*handler)(void));
void event_notify(uint32_t port);
void event_raise(uint32_t port); /* here, as if the other end had; with events masked */
void event_bind_virq(uint32_t virq, void (*handler)(void));
void event_dispatch(struct trap_frame *frame);

/* Drivers. */
void console_ring_init(void);
void block_ring_init(void);

#endif
