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

#define CALLS 32
#define ITEMS 128

static struct pv_multicall_entry calls[CALLS];
static struct pv_mmu_update updates[ITEMS];
static struct pv_mmuext_op operations[ITEMS];
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
    for (const struct pv_multicall_entry *c = calls; c < calls + n; c++)
        if ((int32_t)c->result < 0)
            panic("hypercall %u(0x%x, 0x%x, 0x%x, 0x%x): error %d", c->op, c->args[0], c->args[1],
                  c->args[2], c->args[3], -(int32_t)c->result);
}

static void add_call(uint32_t op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    calls[call_count++] = (struct pv_multicall_entry){.op = op, .args = {a, b, c, d}};
    if (!open || call_count == CALLS)
        flush();
}

/* The newest element of a list: one more for the last call, if it is of that kind, or a new one. */
static void add_item(uint32_t op, const void *item, unsigned count)
{
    if (call_count > 0 && calls[call_count - 1].op == op)
        calls[call_count - 1].args[1]++;
    else
        add_call(op, address_of(item), 1, 0, PV_DOMID_SELF);
    if (count == ITEMS)
        flush();
}

void batch_update(uint32_t entry_machine_address, pte_t pte)
{
    struct pv_mmu_update *update = &updates[update_count++];
    *update = (struct pv_mmu_update){.ptr_lo = entry_machine_address, .val_lo = pte};
    add_item(PV_HYPERCALL_mmu_update, update, update_count);
}

void batch_mmuext(uint32_t command, uint32_t arg1)
{
    struct pv_mmuext_op *operation = &operations[operation_count++];
    *operation = (struct pv_mmuext_op){command, arg1, 0};
    add_item(PV_HYPERCALL_mmuext_op, operation, operation_count);
}

void batch_map(uint32_t va, pte_t pte, uint32_t flags)
{
    if (open)
        add_call(PV_HYPERCALL_update_va_mapping, va, pte, 0, flags);
    else if (hypercall(PV_HYPERCALL_update_va_mapping, va, pte, 0, flags) < 0) /* short: faults */
        panic("the hypervisor refused page 0x%x, entry 0x%x", va, pte);
}

void batch_stack_switch(uint32_t esp)
{
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
