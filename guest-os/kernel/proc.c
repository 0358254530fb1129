/*
 * Processes: birth by fork, death by exit, and the parent that asks about it.
 *
 * A process leaves nothing behind but its entry in the table, with its status, until its parent
 * waits; orphans go to process 1. A process that is killed ends itself, on its next way to user
 * mode.
 */
#include "kernel/proc.h"

#include "kernel/fat.h"
#include "kernel/file.h"
#include "kernel/frame.h"
#include "kernel/print.h"
#include "lib/string.h"

#define STACK_MAGIC 0x57ac4b0du /* at the stack's far end; overwritten means it overflowed */

struct proc procs[PROC_MAX]; /* process 1 is the first; it never ends */
bool proc_exit_sums;
static int last_pid;

struct trap_frame *proc_frame(const struct proc *p)
{
    char *top = (char *)frame_address(p->stack) + PAGE_SIZE;
    return (struct trap_frame *)(void *)(top - sizeof(struct trap_frame));
}

/* A process with a stack that will start at `entry`; NULL when the table or memory is full. */
static struct proc *proc_create(void (*entry)(void))
{
    struct proc *p = procs;
    while (p < procs + PROC_MAX && p->state != PROC_UNUSED)
        p++;
    if (p == procs + PROC_MAX)
        return NULL;
    memset(p, 0, sizeof *p);
    p->stack = frame_alloc();
    if (p->stack == NO_FRAME)
        return NULL;
    *(uint32_t *)frame_address(p->stack) = STACK_MAGIC;
    p->context = (struct context *)(void *)proc_frame(p) - 1;
    *p->context = (struct context){.eip = (uint32_t)(uintptr_t)entry};
    p->pid = ++last_pid;
    return p;
}

void proc_start_first(void (*entry)(void))
{
    static struct proc boot;
    struct proc *p = proc_create(entry);
    ASSERT(p != NULL);
    p->space.root = boot.space.root = arch_kernel_root();
    string_copy(p->name, "init", sizeof p->name);
    current = &boot;
    sched_ready(p);
    schedule();
}

/* A new process's first steps: its trap frame is ready. */
static void proc_enter_user(void)
{
    arch_return_to_user(proc_frame(current));
}

int proc_fork(const struct trap_frame *frame)
{
    struct proc *child = proc_create(proc_enter_user);
    if (child == NULL)
        return -EAGAIN;
    int error = space_copy(&child->space, &current->space);
    if (error != 0) {
        frame_free(child->stack);
        return error;
    }
    space_activate(&child->space);
    *proc_frame(child) = *frame;
    proc_frame(child)->eax = 0;
    child->parent = current;
    string_copy(child->name, current->name, sizeof child->name);
    for (unsigned fd = 0; fd < OPEN_MAX; fd++)
        if (current->files[fd] != NULL)
            child->files[fd] = file_share(current->files[fd]);
    child->directory = fat_share(current->directory);
    int pid = child->pid;
    uint32_t saved = arch_irq_save();
    sched_ready(child);
    arch_irq_restore(saved);
    return pid;
}

static void give_children_away(void)
{
    for (struct proc *p = procs; p < procs + PROC_MAX; p++)
        if (p->state != PROC_UNUSED && p->parent == current)
            p->parent = &procs[0];
    wakeup(&procs[0]);
}

_Noreturn void proc_exit(int status)
{
    if (current == &procs[0])
        panic("process 1 ended with status %d", status);
    for (unsigned fd = 0; fd < OPEN_MAX; fd++)
        if (current->files[fd] != NULL)
            file_close(current->files[fd]);
    fat_close(current->directory);
    if (proc_exit_sums)
        kprintf("exit %s memory %x\n", current->name, space_sum(&current->space));
    arch_load_root(arch_kernel_root());
    space_destroy(&current->space);
    current->space.root = arch_kernel_root();
    arch_irq_disable();
    give_children_away();
    current->status = status;
    current->state = PROC_ZOMBIE;
    wakeup(current->parent);
    schedule();
    panic("a zombie ran");
}

/* Frees what is left of a zombie. */
static int proc_bury(struct proc *p, int *status)
{
    ASSERT(*(uint32_t *)frame_address(p->stack) == STACK_MAGIC);
    frame_free(p->stack);
    p->state = PROC_UNUSED;
    *status = p->status;
    return p->pid;
}

int proc_wait(int pid, int *status)
{
    uint32_t saved = arch_irq_save();
    int result;
    do {
        result = -ECHILD;
        for (struct proc *p = procs; p < procs + PROC_MAX && result <= 0; p++) {
            if (p->state == PROC_UNUSED || p->parent != current || (pid != -1 && p->pid != pid))
                continue;
            result = p->state == PROC_ZOMBIE ? proc_bury(p, status) : 0;
        }
    } while (result == 0 && sleep_on(current));
    arch_irq_restore(saved);
    return result != 0 ? result : -EINTR;
}

/* Those asleep in something that can be broken off notice at once. */
int proc_kill(int pid)
{
    if (pid == 1)
        return -EINVAL;
    for (struct proc *p = procs; p < procs + PROC_MAX; p++) {
        if (p->state == PROC_UNUSED || p->state == PROC_ZOMBIE || p->pid != pid)
            continue;
        p->killed = true;
        uint32_t saved = arch_irq_save();
        if (p->state == PROC_SLEEPING)
            sched_ready(p);
        arch_irq_restore(saved);
        return 0;
    }
    return -ESRCH;
}

int proc_info(int above, struct proc_info *info)
{
    const struct proc *found = NULL;
    for (const struct proc *p = procs; p < procs + PROC_MAX; p++)
        if (p->state != PROC_UNUSED && p->pid > above && (found == NULL || p->pid < found->pid))
            found = p;
    if (found == NULL)
        return 0;
    *info = (struct proc_info){.pid = found->pid, .state = found->state};
    info->parent = found->parent != NULL ? found->parent->pid : 0;
    string_copy(info->name, found->name, sizeof info->name);
    return found->pid;
}
