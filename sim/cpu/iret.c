/*
 * IRET: return from an event, to the same ring or an outer one (SDM v2, IRET/IRETD, "Operation").
 *
 * Also what resumes a guest after its hypervisor has run: the frame is real, and so is the
 * instruction. Returns to a task (NT set) and to virtual-8086 mode stop the machine by name.
 */
#include "cpu/exec_system.h"
#include "cpu/probe.h"
#include "cpu/transfer.h"

/* What lies on the stack. ESP and SS count only in a return to an outer ring. */
struct iret_image {
    uint32_t eip, cs, eflags, esp, ss;
    bool whole;      /* esp and ss were read with the rest */
    bool untold;     /* ... and no probe has heard of it */
    uint32_t linear; /* of esp, if untold */
    uint32_t pa;
};

/*
 * An image of doublewords in one page of RAM is translated once: ESP and SS come from where EIP
 * came from, also if the descriptor that is read in between takes the page's place in the TLB. It
 * must not depend on whether there is a host pointer to the page, which no state tells. They are
 * read, but nobody is told before it is known that they count.
 */
static void read_rest(struct cpu *c, const struct frame *f, unsigned size, struct iret_image *image)
{
    uint32_t linear = f->ss.base + f->esp;
    if (!c->cache || size != 4 || f->mask != 0xffffffffu ||
        (linear & ~PAGE_MASK) + 5 * size > PAGE_SIZE)
        return;
    const struct tlb_entry *e = &c->s.dtlb[(linear >> PAGE_SHIFT) & (TLB_DATA_ENTRIES - 1)];
    uint32_t page = c->s.cr0 & CR0_PG ? e->frame : linear & PAGE_MASK;
    uint32_t pa = page | (linear & ~PAGE_MASK);
    if (!ram_contains(c->ram, page, PAGE_SIZE))
        return;
    image->esp = ram_read32(c->ram, pa + 3 * size);
    image->ss = ram_read32(c->ram, pa + 4 * size);
    image->whole = image->untold = true;
    image->linear = linear + 3 * size;
    image->pa = pa + 3 * size;
}

static SIM_ALWAYS_INLINE bool read_image(struct cpu *c, const struct frame *f, unsigned size,
                                         struct iret_image *image)
{
    uint32_t words[5] = {0};
    if (!frame_holds(f, 3 * size, size))
        return cpu_raise_error(c, VEC_SS, 0);
    image->whole = frame_glance(c, f, size, words, 5);
    if (SIM_UNLIKELY(!image->whole) && !frame_peek_all(c, f, size, words, 3))
        return false;
    image->eip = words[0];
    image->cs = words[1];
    image->eflags = words[2];
    image->esp = words[3];
    image->ss = words[4];
    if (SIM_UNLIKELY(!image->whole))
        read_rest(c, f, size, image);
    return true;
}

static void tell_rest(struct cpu *c, const struct iret_image *image)
{
    probe_data(c, image->linear, image->pa, 4, ACCESS_READ, image->esp);
    if (c->probe)
        probe_data(c, image->linear + 4, image->pa + 4, 4, ACCESS_READ, image->ss);
}

static SIM_ALWAYS_INLINE bool read_outer_stack(struct cpu *c, const struct frame *f, unsigned size,
                                               struct iret_image *image)
{
    uint32_t words[5];
    if (!frame_holds(f, 5 * size, size))
        return cpu_raise_error(c, VEC_SS, 0);
    if (SIM_UNLIKELY(image->untold) && c->probe)
        tell_rest(c, image);
    if (SIM_LIKELY(image->whole))
        return true;
    if (!frame_peek_all(c, f, size, words, 5))
        return false;
    image->esp = words[3];
    image->ss = words[4];
    return true;
}

/* The flags IRET may change at this CPL and IOPL. VIF and VIP do not exist here (CPUID: no VME). */
static uint32_t iret_flag_mask(const struct cpu *c, uint32_t eflags, unsigned size)
{
    uint32_t mask = FLAG_ARITH | FLAG_TF | FLAG_DF | FLAG_NT;
    if (size == 4)
        mask |= FLAG_RF | FLAG_AC | FLAG_ID;
    if (c->s.cpl <= (eflags & FLAG_IOPL) >> FLAG_IOPL_SHIFT)
        mask |= FLAG_IF;
    if (c->s.cpl == 0)
        mask |= FLAG_IOPL;
    return mask;
}

/* EFLAGS after the return, by the CPL before it. The arithmetic flags all come from the image, so
 * the lazy ones need no folding in. */
static uint32_t returned_flags(const struct cpu *c, uint32_t image, unsigned size)
{
    uint32_t mask = iret_flag_mask(c, c->s.eflags, size);
    return (c->s.eflags & ~mask) | (image & mask);
}

/* Charges the return; one out of the hypervisor is the end of a transition. */
static void account(struct cpu *c, enum sim_cost key, bool from_hypervisor)
{
    if (from_hypervisor) {
        c->events[key]++;
        cpu_charge_cycles(c, BUCKET_transition_out, c->costs->cycles[key]);
    } else {
        c->ops->charge(c, key);
    }
}

static SIM_ALWAYS_INLINE bool return_same(struct cpu *c, const struct iret_image *image,
                                          struct descriptor *code, const struct frame *f,
                                          unsigned size)
{
    uint32_t eflags = returned_flags(c, image->eflags, size);
    bool from_hypervisor = transfer_in_hypervisor(c);
    if (!transfer_eip_in_limit(code, image->eip))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_set_accessed(c, code))
        return false;
    transfer_set_cs(c, code, c->s.cpl, image->eip);
    frame_commit_esp(c, f->mask, f->esp + 3 * size);
    cpu_set_eflags(c, eflags);
    account(c, COST_iret_same, from_hypervisor);
    return true;
}

static SIM_ALWAYS_INLINE bool return_outer(struct cpu *c, struct iret_image *image,
                                           struct descriptor *code, const struct frame *f,
                                           unsigned size)
{
    struct descriptor ss;
    unsigned rpl = image->cs & SEL_RPL;
    if (!read_outer_stack(c, f, size, image) ||
        !transfer_return_stack(c, (uint16_t)image->ss, rpl, &ss))
        return false;
    if (!transfer_eip_in_limit(code, image->eip))
        return cpu_raise_error(c, VEC_GP, 0);
    if (!segment_set_accessed(c, code) || !segment_set_accessed(c, &ss))
        return false;

    uint32_t eflags = returned_flags(c, image->eflags, size);
    bool from_hypervisor = transfer_in_hypervisor(c);
    cpu_set_eflags(c, eflags); /* before a probe hears of the ring */
    transfer_set_cs(c, code, rpl, image->eip);
    transfer_enter_outer(c, &ss, image->esp);
    account(c, COST_iret_outer, from_hypervisor);
    return true;
}

/* NT set: back to the task named in the TSS's link field. Its checks are made; the switch itself is
 * not built. */
static bool task_return(struct cpu *c)
{
    const struct segment *tr = &c->s.seg[SEG_TR];
    struct descriptor tss;
    uint32_t link;
    if (!cpu_read_linear(c, tr->base, 2, false, &link))
        return false;
    uint16_t sel = (uint16_t)link;
    if (sel & SEL_TI)
        return cpu_raise_error(c, VEC_TS, selector_error(sel, 0));
    if (!segment_read_descriptor(c, sel, VEC_TS, 0, &tss))
        return false;
    unsigned type = desc_type(&tss);
    if (desc_s(&tss) || (type != SYS_TSS16_BUSY && type != SYS_TSS32_BUSY))
        return cpu_raise_error(c, VEC_TS, selector_error(sel, 0));
    if (!desc_present(&tss))
        return cpu_raise_error(c, VEC_NP, selector_error(sel, 0));
    return cpu_unsupported(c, "IRET with NT set: hardware task return (SDM v3, Task Management)");
}

static SIM_ALWAYS_INLINE bool iret(struct cpu *c, unsigned size)
{
    struct frame f;
    struct iret_image image = {0};
    struct descriptor code;
    /* NMIs are unblocked even by an IRET that faults (SDM v3, Handling Multiple NMIs). */
    c->s.nmi_blocked = 0;
    if (c->s.nmi_pending)
        cpu_kick(c);
    if (c->s.eflags & FLAG_NT)
        return task_return(c);
    frame_open_current(c, &f);
    if (!read_image(c, &f, size, &image))
        return false;
    if (size == 4 && (image.eflags & FLAG_VM) && c->s.cpl == 0)
        return cpu_unsupported(c, "IRET to virtual-8086 mode (SDM v3, 8086 Emulation)");
    if (!transfer_return_code(c, (uint16_t)image.cs, &code))
        return false;
    if ((image.cs & SEL_RPL) > c->s.cpl)
        return return_outer(c, &image, &code, &f, size);
    return return_same(c, &image, &code, &f, size);
}

bool cpu_iret(struct cpu *c)
{
    return iret(c, 4);
}

bool exec_iret(struct cpu *c, const struct insn *in)
{
    return in->opsize == 4 ? cpu_iret(c) : iret(c, 2);
}
