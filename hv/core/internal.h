/*
 * What the rooms of hv share among themselves and show to nobody else.
 */
#ifndef HV_CORE_INTERNAL_H
#define HV_CORE_INTERNAL_H

#include "hv/hv.h"

/* ------------------------------------------------------------------------------------------
 * account */

/* Charges an atomic hardware event that the hypervisor causes (INVLPG, CR3 load) to the open phase.
 */
void hv_charge_hw(struct hv *hv, enum sim_cost key);

/* Tells the sink, if there is one. vm may be null. */
void hv_trace(struct hv *hv, const struct vm *vm, enum trace_kind kind, uint32_t a, uint32_t b,
              uint64_t value);

/* Books what the machine counted since the last call to vm (null: shared). */
void account_switch(struct hv *hv, struct vm *vm);

/* ------------------------------------------------------------------------------------------ own
 * tables */

#define HV_HOLE          0xfc000000u /* the top 64 MiB of linear space */
#define HV_HOLE_SLOT     (HV_HOLE >> 22)
#define HV_AREA          0xfc400000u /* the hypervisor's own 4 MiB of it */
#define HV_AREA_STUBS    0u          /* page numbers within the area */
#define HV_AREA_TSS      1u
#define HV_AREA_STACK    3u /* two pages, a hole on either side */
#define HV_AREA_VM       8u /* then HV_AREA_VM_PAGES for each VM */
#define HV_AREA_VM_PAGES 40u
#define HV_AREA_GDT      0u  /* 16 pages */
#define HV_AREA_LDT      16u /* 16 pages */
#define HV_AREA_IDT      32u

/* The hypervisor's own descriptors: the last 16 of every GDT. */
#define HV_GDT_FIRST 8176u
#define HV_SEL_CS    0xff80u
#define HV_SEL_DS    0xff88u
#define HV_SEL_TSS   0xff90u
#define HV_SEL_LDT   0xff98u

#define HV_TIMER_VECTOR    0xf0u
#define HV_SPURIOUS_VECTOR 0xffu

/* Linear address of page `page` of the area; of VM n's own pages. */
static inline uint32_t area_address(unsigned page)
{
    return HV_AREA + page * PAGE_SIZE;
}
static inline uint32_t area_vm_address(unsigned vm, unsigned page)
{
    return area_address(HV_AREA_VM + vm * HV_AREA_VM_PAGES + page);
}

/* Builds stubs, TSS, stack and the area's page table in hypervisor frames, and puts the CPU into
 * ring 0 on them. */
enum sim_status own_create(struct hv *hv, struct sim_error *err);

/* A VM's GDT, LDT and IDT pages, mapped in the area, empty but for the hypervisor's own descriptors
 * and gates. */
enum sim_status own_vm_create(struct hv *hv, struct vm *vm, struct sim_error *err);

/* Fills the hypervisor's slots of a page directory that a CPU shall walk. */
void own_directory(struct hv *hv, uint32_t pd_mfn);

/* Reads and writes descriptor n of VM's real GDT (ldt: LDT). */
void own_descriptor(struct hv *hv, unsigned vm, bool ldt, unsigned n, uint32_t desc[2]);
void own_set_descriptor(struct hv *hv, unsigned vm, bool ldt, unsigned n, const uint32_t desc[2]);

/* Sets the DPL of the real gate for a vector (0 or 3). */
void own_set_gate_dpl(struct hv *hv, unsigned vm, unsigned vector, unsigned dpl);
unsigned own_gate_dpl(struct hv *hv, unsigned vm, unsigned vector);

/* Puts a VM's GDT, LDT, IDT and the TSS onto the CPU. */
void own_load(struct hv *hv, unsigned vm);

/* Puts a hidden part in place on a CPU and tells it. */
static inline void segment_put(struct cpu *c, unsigned seg, struct segment value)
{
    c->s.seg[seg] = value;
    c->ops->segment_loaded(c, seg);
}

/* ------------------------------------------------------------------------------------------ frames
 */

enum sim_status frames_create(struct hv *hv, struct sim_error *err);
void frames_destroy(struct hv *hv);

/* ------------------------------------------------------------------------------------------ VMs */

enum sim_status vm_create(struct hv *hv, unsigned n, struct sim_error *err);
void vm_destroy(struct vm *vm);

/* Fires what is due on the VM's clock. */
void vm_clock_run(struct vm *vm);

/* When the VM's next deadline is, in machine cycles; CLOCK_NEVER. */
uint64_t vm_next_deadline(const struct vm *vm);

/* Operations of a virtual CPU whose memory is walked through the guest's tables and the p2m (trap;
 * pv may borrow). */
extern const struct cpu_ops virt_cpu_ops;

static inline struct vcpu *vcpu_of(struct cpu *virt)
{
    return (struct vcpu *)virt->owner;
}

/* ------------------------------------------------------------------------------------------
 * running */

/* Makes the guest of v ready to be resumed: pending events, commit, IRET. False: v cannot run now
 * (ended, or stepping ran into the limit). */
bool hv_resume(struct vcpu *v);

/* One more instruction of the guest carried out by the hypervisor: fetch, decode, execute, and its
 * fault delivered. */
void hv_step(struct vcpu *v);

/* Chooses the vCPU that runs next and switches to it; null if none is ready. */
struct vcpu *sched_pick(struct hv *hv);
void sched_ready(struct vcpu *v);
void sched_block(struct vcpu *v);
bool sched_slice_over(struct hv *hv);

/* Programs the physical timer for the earliest deadline of all. */
void timer_program(struct hv *hv);

/* A physical interrupt is taken: acknowledges it, fires what is due. */
void timer_arrived(struct hv *hv);

/* Copies of a VM for a silent check: sim/cpu's hook for sensitive instructions that do not trap. */
void silent_watch(struct hv *hv);

/* The VM cannot go on: looks at the no-progress rule at each tick. */
void silent_tick(struct vm *vm);

#endif
