/*
 * Who runs next: preemptive round robin, and sleeping.
 *
 * One queue of ready processes, first in, first out. The timer only asks for a switch; it happens
 * when the interrupted process returns to user mode, so kernel code is never preempted and needs to
 * guard only against interrupt handlers. Nobody is idle: whoever finds the queue empty waits for
 * interrupts on its own stack. (Lions, Commentary on UNIX 6th Edition: sleep and wakeup.)
 */
#include "kernel/print.h"
#include "kernel/proc.h"

struct proc *current;
unsigned clock_hz = 100;

static struct proc *first_ready, *last_ready;
static bool switch_wanted;
static uint32_t ticks;

void sched_ready(struct proc *p)
{
    p->state = PROC_READY;
    p->next_ready = NULL;
    if (first_ready == NULL)
        first_ready = p;
    else
        last_ready->next_ready = p;
    last_ready = p;
}

static struct proc *take_ready(void)
{
    while (first_ready == NULL)
        arch_idle();
    struct proc *p = first_ready;
    first_ready = p->next_ready;
    return p;
}

void schedule(void)
{
    struct proc *before = current;
    struct proc *next = take_ready();
    next->state = PROC_RUNNING;
    switch_wanted = false;
    if (next == before)
        return;
    current = next;
    arch_batch_begin();
    arch_set_kernel_stack((uintptr_t)frame_address(next->stack) + PAGE_SIZE);
    if (next->space.root != before->space.root)
        arch_load_root(next->space.root);
    arch_batch_end();
    arch_context_switch(&before->context, next->context);
}

void sched_give_way(void)
{
    if (!switch_wanted)
        return;
    uint32_t saved = arch_irq_save();
    sched_ready(current);
    schedule();
    arch_irq_restore(saved);
}

void timer_tick(void)
{
    ticks++;
    for (struct proc *p = procs; p < procs + PROC_MAX; p++)
        if (p->state == PROC_SLEEPING && p->channel == &p->wake_tick &&
            (int32_t)(ticks - p->wake_tick) >= 0)
            sched_ready(p);
    if (first_ready != NULL)
        switch_wanted = true;
}

void wait_on(const void *channel)
{
    current->channel = channel;
    current->state = PROC_SLEEPING;
    schedule();
    current->channel = NULL;
}

bool sleep_on(const void *channel)
{
    if (!current->killed)
        wait_on(channel);
    return !current->killed;
}

void wakeup(const void *channel)
{
    uint32_t saved = arch_irq_save();
    for (struct proc *p = procs; p < procs + PROC_MAX; p++)
        if (p->state == PROC_SLEEPING && p->channel == channel)
            sched_ready(p);
    arch_irq_restore(saved);
}

int sleep_milliseconds(uint32_t ms)
{
    uint32_t n = (uint32_t)(((uint64_t)ms * clock_hz + 999) / 1000);
    uint32_t saved = arch_irq_save();
    current->wake_tick = ticks + n;
    bool whole = n == 0 || sleep_on(&current->wake_tick);
    arch_irq_restore(saved);
    return whole ? 0 : -EINTR;
}

void lock_acquire(struct lock *lock)
{
    uint32_t saved = arch_irq_save();
    while (lock->held)
        wait_on(lock);
    lock->held = true;
    arch_irq_restore(saved);
}

void lock_release(struct lock *lock)
{
    lock->held = false;
    wakeup(lock);
}
