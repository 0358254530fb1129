/*
 * The console: two byte streams in a page shared with the hypervisor (Xen's public io/console.h).
 */
#include "arch/pv/pv.h"

static volatile struct pv_console_ring *ring;
static bool welcome; /* input, arch_console_resume */

static void receive(void)
{
    while (welcome && ring->in_cons != ring->in_prod && console_has_room()) {
        char c = ring->in[ring->in_cons % PV_CONSOLE_IN_SIZE];
        ring->in_cons++;
        console_input(c);
    }
}

static void console_event(void)
{
    receive();
    if (ring->out_prod - ring->out_cons <= PV_CONSOLE_OUT_SIZE / 2)
        console_writable();
}

void console_ring_init(void)
{
    ring = frame_address(arch_pte_frame(start_info->console_mfn << PAGE_SHIFT));
    event_bind(start_info->console_evtchn, console_event);
}

size_t arch_console_write(const char *bytes, size_t n)
{
    uint32_t saved = arch_irq_save();
    size_t taken = 0;
    for (; taken < n && ring->out_prod - ring->out_cons < PV_CONSOLE_OUT_SIZE; taken++) {
        ring->out[ring->out_prod % PV_CONSOLE_OUT_SIZE] = bytes[taken];
        barrier();
        ring->out_prod++;
    }
    event_notify(start_info->console_evtchn);
    arch_irq_restore(saved);
    return taken;
}

void arch_console_flush(void)
{
    while (ring->out_cons != ring->out_prod)
        event_notify(start_info->console_evtchn);
}

/* What waits in the ring comes as an event, as new input does: the caller is not ready yet. */
void arch_console_resume(void)
{
    uint32_t saved = arch_irq_save();
    welcome = true;
    if (ring->in_cons != ring->in_prod)
        event_raise(start_info->console_evtchn);
    arch_irq_restore(saved);
}
