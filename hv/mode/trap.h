/*
 * Trap-and-emulate's own part of a VM: the shadow descriptor tables and what was last put on the
 * real CPU.
 */
#ifndef HV_MODE_TRAP_H
#define HV_MODE_TRAP_H

#include "core/virt_ops.h"
#include "mmu/shadow.h"

enum { TABLE_GDT, TABLE_LDT, TABLES };
#define TABLE_ENTRIES 8192u
#define TABLE_PAGES   18u /* 64 KiB at any alignment, and one to spare */

struct trap {
    /* Guest descriptors as they were when they were shadowed; the guest's pages are traced, so they
     * still are. */
    uint32_t guest[TABLES][TABLE_ENTRIES][2];
    uint32_t filled[TABLES][TABLE_ENTRIES / 32];
    struct {
        uint32_t page, gfn; /* linear page of the guest's table, and where it is */
    } traced[TABLES][TABLE_PAGES];
    unsigned traced_count[TABLES];

    /* Descriptors put into the real tables for one IRET, and what was there. */
    struct {
        bool ldt;
        uint32_t index, was[2];
    } lent[2];
    unsigned lent_count;
    struct segment real_cs,
        real_ss; /* as the guest has them now, if seg_dirty does not say otherwise */

    uint16_t resumed_cs, resumed_ss; /* real selectors after the last IRET */
    uint64_t resumed_icount;
    uint32_t traps_kernel, traps_user, traps_user_sensf; /* control bits of the CPU model */
    unsigned real_gates;                                 /* gates with DPL 3 besides 3 and 4 */
};

static inline struct trap *trap_of(struct vcpu *v)
{
    return v->mode_data;
}

/* ---------------------------------------- segments (trap_segment.c) */

/*
 * The part of a segment from which no offset reaches the hole: truncated, or for an expand-down one
 * raised, or an empty data segment. False: a code segment of which nothing is safe.
 */
bool segment_cut(const struct segment *in, struct segment *out);

/* Base, limit, rights as the eight bytes of a descriptor, and back. */
static inline void segment_encode(const struct segment *s, uint32_t desc[2])
{
    uint32_t limit = (s->ar & AR_G) ? s->limit >> PAGE_SHIFT : s->limit;
    desc[0] = (s->base << 16) | (limit & 0xffffu);
    desc[1] = (s->base & 0xff000000u) | ((s->base >> 16) & 0xffu) | (limit & 0xf0000u) |
              ((s->ar & 0xd0ffu) << 8);
}
struct segment segment_decode(const uint32_t desc[2], uint16_t sel);

/* What the real CPU is to hold for a segment of the guest: DPL raised if that is on, cut. False as
 * segment_cut. */
bool trap_real_segment(const struct vcpu *v, const struct segment *guest, struct segment *real);

/* The selector the real CPU holds for CS or SS: ring 0 is ring 1. */
static inline uint16_t trap_real_selector(const struct vcpu *v, uint16_t sel)
{
    return (uint16_t)(v->virt.s.cpl == 0 && (sel & SEL_RPL) == 0 ? sel | 1u : sel);
}

/* ---------------------------------------- descriptor tables (trap_table.c) */

/* True if the guest's descriptor of sel may be shadowed and is not yet. */
bool trap_can_fill(struct vcpu *v, uint16_t sel);

/* Shadows a descriptor that the guest has loaded (Accessed is set) and traces its page. False: it
 * is none. */
bool trap_fill(struct vcpu *v, uint16_t sel);

/* Forgets all shadow descriptors of a table, and stops tracing its pages. */
void trap_table_flush(struct vcpu *v, unsigned table);

/* Translations were dropped, of one linear page or all: tables that now lie in other frames, or
 * behind entries not Accessed any more, are forgotten. Charges the walks. */
void trap_tables_follow(struct vcpu *v, uint32_t gva, bool all);

/* The guest's view of a selector that the guest itself has loaded, from the shadowed descriptor. */
struct segment trap_loaded_segment(struct vcpu *v, uint16_t sel, const struct segment *real);

/* A traced descriptor page was written at gpa. */
void trap_table_wrote(struct vm *vm, uint32_t gpa, unsigned size);

/* ---------------------------------------- real state (trap_sync.c) */

void trap_capture(struct vcpu *v);
void trap_capture_stopped(struct vcpu *v);
/* The same in the middle of a run, for a guest whose next instruction is at eip. */
void trap_capture_live(struct vcpu *v, uint32_t eip);
bool trap_commit(struct vcpu *v);
void trap_committed(struct vcpu *v);

/* Shadow tables, real descriptor tables and gates of one VM. */
void trap_audit(struct vm *vm, struct hv_audit *a);

/* ---------------------------------------- saved state (trap_saved.c) */

struct saved;
void trap_saved(struct vm *vm, struct saved *saved);
enum sim_status trap_restored(struct vm *vm, bool foreign, struct sim_error *err);

/* ---------------------------------------- decisions (trap_classify.c) and answers (exits/) */

void trap_classify(struct vcpu *v, struct vm_exit *x);
extern const struct hv_handlers trap_handlers;

enum hv_action exit_emulate(struct vcpu *v, const struct vm_exit *x);
/* The rest of a REP that a limit cut short, whatever the exit is about. */
enum hv_action exit_repeat(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_cr_access(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_descriptor_table(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_io(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_cpuid(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_msr(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_invlpg(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_shadow_fill(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_ptwr(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_gdt_fill(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_segment_assist(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_reflect_exception(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_reflect_interrupt(struct vcpu *v, const struct vm_exit *x);
enum hv_action exit_external_interrupt(struct vcpu *v, const struct vm_exit *x);

#endif
