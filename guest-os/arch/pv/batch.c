/*
 * Page-table changes on their way to the hypervisor: one by one, or gathered into one multicall.
 *
 * An entry into the hypervisor costs as much as dozens of checked stores, so between
 * arch_batch_begin and arch_batch_end requests are queued; neighbouring stores share one
 * mmu_update, neighbouring operations one mmuext_op. With `batch=off` on the command line nothing
 * is gathered, to see what that costs.
 */
#include "arch/pv/pv.h"
#include "arch/pv/selectors.h"
#include "kernel/print.h"

#define CALLS      32
#define UPDATES    128
#define OPERATIONS 32

static struct pv_multicall_entry calls[CALLS];
static struct pv_mmu_update updates[UPDATES];
static struct pv_mmuext_op operations[OPERATIONS];
static unsigned call_count, update_count, operation_count;
static bool allowed, open;

void batch_init(bool allow)
{
    allowed = allow;
}

bool batch_is_open(void)
{
    return open;
}

static void check(const struct pv_multicall_entry *call)
{
    if ((int32_t)call->result < 0)
        panic("hypercall %u(0x%x, 0x%x, 0x%x, 0x%x): error %d", call->op, call->args[0],
              call->args[1], call->args[2], call->args[3], -(int32_t)call->result);
}

static void flush(void)
{
    int32_t error = 0;
    unsigned n = call_count;
    call_count = update_count = operation_count = 0;
    if (n == 1)
        calls[0].result = (uint32_t)hypercall(calls[0].op, calls[0].args[0], calls[0].args[1],
                                              calls[0].args[2], calls[0].args[3]);
    else if (n > 1)
        error = hypercall(PV_HYPERCALL_multicall, address_of(calls), n, 0, 0);
    if (error != 0)
        panic("multicall: error %d", -error);
    for (unsigned i = 0; i < n; i++)
        check(&calls[i]);
}

static void add_call(uint32_t op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    calls[call_count++] = (struct pv_multicall_entry){.op = op, .args = {a, b, c, d}};
    if (!open)
        flush();
}

/* The last call in the queue, if it is of that kind. */
static struct pv_multicall_entry *last_call(uint32_t op)
{
    return call_count > 0 && calls[call_count - 1].op == op ? &calls[call_count - 1] : NULL;
}

static void make_room(void)
{
    if (call_count == CALLS || update_count == UPDATES || operation_count == OPERATIONS)
        flush();
}

void batch_update(uint32_t entry_machine_address, pte_t pte)
{
    make_room();
    struct pv_mmu_update *update = &updates[update_count++];
    *update = (struct pv_mmu_update){.ptr_lo = entry_machine_address, .val_lo = pte};
    struct pv_multicall_entry *last = last_call(PV_HYPERCALL_mmu_update);
    if (last != NULL)
        last->args[1]++;
    else
        add_call(PV_HYPERCALL_mmu_update, address_of(update), 1, 0, PV_DOMID_SELF);
}

void batch_map(uint32_t va, pte_t pte, uint32_t flags)
{
    if (!open) { /* the page fault's way, so it is short */
        if (hypercall(PV_HYPERCALL_update_va_mapping, va, pte, 0, flags) < 0)
            panic("the hypervisor refused page 0x%x, entry 0x%x", va, pte);
        return;
    }
    make_room();
    add_call(PV_HYPERCALL_update_va_mapping, va, pte, 0, flags);
}

void batch_mmuext(uint32_t command, uint32_t arg1)
{
    make_room();
    struct pv_mmuext_op *operation = &operations[operation_count++];
    *operation = (struct pv_mmuext_op){command, arg1, 0};
    struct pv_multicall_entry *last = last_call(PV_HYPERCALL_mmuext_op);
    if (last != NULL)
        last->args[1]++;
    else
        add_call(PV_HYPERCALL_mmuext_op, address_of(operation), 1, 0, PV_DOMID_SELF);
}

void batch_stack_switch(uint32_t esp)
{
    make_room();
    add_call(PV_HYPERCALL_stack_switch, KERNEL_DATA, esp, 0, 0);
}

void arch_flush_page(uint32_t va)
{
    batch_mmuext(PV_MMUEXT_INVLPG_LOCAL, va);
}

void arch_flush_all(void)
{
    batch_mmuext(PV_MMUEXT_TLB_FLUSH_LOCAL, 0);
}

void arch_batch_begin(void)
{
    open = allowed;
}

void arch_batch_end(void)
{
    open = false;
    flush();
}
