/*
 * What the rooms of hv share among themselves and show to nobody else.
 */
#ifndef HV_CORE_INTERNAL_H
#define HV_CORE_INTERNAL_H

#include "hv/hv.h"

/* ---------------------------------------- account */

/* hv_charge where it is used several times an exit: the bucket's arithmetic spelled out. */
static inline void charge_now(struct hv *hv, enum hv_cost key)
{
    struct cpu_state *s = &hv->machine->cpu.s;
    uint32_t cycles = hv->config.profile->hv.cycles[key];
    if (SIM_UNLIKELY(hv->quiet || !hv->phase_open || !hv->open)) {
        hv_charge_n(hv, key, 1);
        return;
    }
    hv->events[key]++;
    hv->open->phase[hv->phase] += cycles;
    s->cycle += cycles;
    s->settled_cycle += cycles;
    s->bucket[hv_phase_bucket(hv->phase)] += cycles;
}

/* Charges an atomic hardware event that the hypervisor causes (INVLPG, CR3 load) to the open phase.
 */
void hv_charge_hw(struct hv *hv, enum sim_cost key);

/* Tells the sink, if there is one. vm may be null. */
void hv_trace(struct hv *hv, const struct vm *vm, enum trace_kind kind, uint32_t a, uint32_t b,
              uint64_t value);

/*
 * The hypervisor has carried out n more instructions, or iterations, of a guest: they count like
 * those that ran directly, but as none of those (a REP's further iterations do the same). -1: one
 * that the processor took for completed was not.
 */
void account_instructions(struct hv *hv, int n);

/* Books what the machine counted since the last call to vm (null: shared). */
void account_switch(struct hv *hv, struct vm *vm);

/* ---------------------------------------- own tables */

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

/* Maps another frame at page `page` of VM's part of the area (pv: the guest's own descriptor
 * frames). */
void own_map_vm_page(struct hv *hv, unsigned vm, unsigned page, uint32_t mfn);

/* Fills the hypervisor's slots of a page directory that a CPU shall walk. */
void own_directory(struct hv *hv, uint32_t pd_mfn);

/* Physical address of descriptor n of VM's real GDT (ldt: LDT). */
static inline uint32_t own_descriptor_pa(const struct hv *hv, unsigned vm, bool ldt, unsigned n)
{
    const uint32_t *mfn = ldt ? hv->own.ldt_mfn[vm] : hv->own.gdt_mfn[vm];
    return (mfn[n >> 9] << PAGE_SHIFT) + (n & 511u) * 8u;
}

/* Reads and writes it. */
static inline void own_descriptor(const struct hv *hv, unsigned vm, bool ldt, unsigned n,
                                  uint32_t desc[2])
{
    (void)ram_get(&hv->machine->ram, own_descriptor_pa(hv, vm, ldt, n), desc, 8);
}
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

/* ---------------------------------------- frames */

enum sim_status frames_create(struct hv *hv, struct sim_error *err);
void frames_destroy(struct hv *hv);

/* ---------------------------------------- VMs */

enum sim_status vm_create(struct hv *hv, unsigned n, struct sim_error *err);
void vm_destroy(struct vm *vm);

/* Ends a VM that halted for good: with interrupts off, EIP being behind its HLT; or with interrupts
 * on, but with no device, timer or input that could interrupt it. */
void vm_end_halted(struct vm *vm, uint32_t next_eip);
void vm_end_asleep(struct vm *vm);

/* The callbacks through which a VM's devices reach the host. */
struct pc_host vm_host(struct vm *vm);

/* Exit reason + 1 of each instruction row that faults #GP outside ring 0; 0 for the others. */
void privops_index(uint8_t *reason_of_row);

/* Fires what is due on the VM's clock. */
void vm_clock_run(struct vm *vm);

/*
 * Before an access to ports, or to a register at gpa: the device that answers is brought up to
 * date, and no other. A deadline that has come meanwhile has an interrupt of its own, and what it
 * costs belongs there, not to the exit that happened to be open.
 */
void vm_port_now(struct vm *vm, uint16_t port, unsigned size);
void vm_device_now(struct vm *vm, const struct io_range *range);

/* When the VM's next deadline is, in machine cycles; CLOCK_NEVER. */
uint64_t vm_next_deadline(const struct vm *vm);

/* Forgets the translations found during this exit: a table or a control register changed. */
void vcpu_memo_drop(struct vcpu *v);

static inline struct vcpu *vcpu_of(struct cpu *virt)
{
    return (struct vcpu *)virt->owner;
}

/* ---------------------------------------- running */

/* Opens the record of an exit that physical vector `vector` caused; v may be null (idle). */
struct vm_exit *exit_open(struct hv *hv, struct vcpu *v, unsigned vector);

/*
 * A device was accessed at a port, or in memory at gpa (port is then 0): qualifies the open exit if
 * that is what it is about. The last access stands there, and how many there were.
 */
void exit_note_access(struct hv *hv, uint16_t port, uint32_t gpa, unsigned size, bool write,
                      uint32_t value);

/* Completes the open record, counts it, tells the sink. Nothing if none is open. */
void exit_close(struct hv *hv);

/* Decides, handles and finishes the open exit of v; what remains is resuming somebody. */
void exit_handle(struct vcpu *v, struct vm_exit *x);

/* Goes on with the REP that a limit cut short in the open exit of v (v->repeats). */
void exit_go_on(struct vcpu *v);

/*
 * Gets v to the point where IRET was done: pending events, commit, the physical timer. False: v
 * cannot run now (ended, blocked, or a limit was reached while the hypervisor executed for it).
 */
bool hv_resume(struct vcpu *v);

/*
 * One more instruction of the guest carried out by the hypervisor: fetch, decode, execute, and its
 * fault delivered; or the rest of the REP that a limit cut short.
 */
void hv_step(struct vcpu *v);

/* Delivers v->virt.fault through the VM's reflect. */
void hv_reflect(struct vcpu *v);

/* The vCPU that runs next, its tables on the CPU; null if none is ready. */
struct vcpu *sched_pick(struct hv *hv);

/* True once a limit of this hv_run is reached. */
bool hv_limit_reached(const struct hv *hv);
/* The same, and the limit of exits: have there been so many? */
bool hv_limits_reached(const struct hv *hv, uint64_t exits);

/* Programs the physical timer for the earliest deadline of all, if that changed. */
void timer_program(struct hv *hv);

/* Tells the mode what becomes of a vCPU. */
static inline void sched_runs_as(struct vcpu *v, enum vcpu_runs how)
{
    if (v->hv->mode->runs_as)
        v->hv->mode->runs_as(v, how);
}

/* The earliest cycle at which a physical interrupt is wanted; CLOCK_NEVER. */
uint64_t timer_next(const struct hv *hv);

/* A physical interrupt was taken: end of interrupt, then everything due fires. */
void timer_arrived(struct hv *hv);

/*
 * Nothing can run: lets time pass to the next physical interrupt and takes it. HV_STOP_NONE: look
 * again.
 */
enum hv_stop hv_idle(struct hv *hv);

/* The machine's CPU as after an entry, whatever it held: ring 0 on the hypervisor's stack. */
void own_enter_ring0(struct hv *hv);

/* ---------------------------------------- looking (read.c, poke.c) */

/*
 * Where a guest's linear address is at present: its physical address, in pv with paging on the
 * machine's. Sets no bits, charges nothing, ignores rights. False: nowhere.
 */
bool guest_translate(struct hv *hv, unsigned n, uint32_t gva, uint32_t *at);

/* Makes a physical interrupt due, so that the hypervisor looks at its guests: host input came. */
void hv_poke(struct hv *hv);

/* ---------------------------------------- audit */

/* Counts a finding; the first one is kept in words. */
void audit_note(struct hv_audit *a, uint64_t *counter, const char *what, uint32_t where,
                uint32_t value);

/* Looks at one descriptor that a guest could load: no gate, no ring 0 code, no offset at or above
 * end. */
void audit_descriptor(struct hv_audit *a, uint32_t index, uint32_t lo, uint32_t hi, uint32_t end);

/* True if some valid offset of a code or data descriptor is at a linear address of `end` or above.
 */
bool segment_reaches(const uint32_t desc[2], uint32_t end);

/* ---------------------------------------- silent events */

/* Wires the machine's CPU so that sensitive instructions which do not trap are looked at. */
void silent_watch(struct hv *hv);

/* A tick came: the no-progress rule. */
void silent_tick(struct vm *vm);

#endif
