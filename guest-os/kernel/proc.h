/*
 * Processes.
 */
#ifndef KERNEL_PROC_H
#define KERNEL_PROC_H

#include "abi/syscall.h"
#include "kernel/space.h"

struct file;
struct fat_node;

struct proc {
    int pid;
    enum proc_state state;
    struct proc *parent;
    struct space space;
    frame_t stack;           /* one page; the trap frame is at its top */
    struct context *context; /* where it goes on, on its stack; not while running */
    const void *channel;     /* what it sleeps on */
    uint32_t wake_tick;      /* when a timed sleep ends */
    bool killed;             /* ends at its next return to user mode */
    int status;              /* a zombie's */
    uint32_t fault_skip;     /* BENCH_SKIP */
    struct file *files[OPEN_MAX];
    struct fat_node *directory; /* the working directory */
    struct proc *next_ready;
    char name[16];
};

/* A processor's pushed state in arch_context_switch, in the order of its pushes. */
struct context {
    uint32_t edi, esi, ebx, ebp, eip;
};

#define PROC_MAX 64u

extern struct proc *current;
extern struct proc procs[PROC_MAX];

/* --- proc.c: birth and death. Where they return something it is a pid, 0, or an error --- */

/* Makes process 1, whose first step is `entry`, and runs it: never returns. */
void proc_start_first(void (*entry)(void));
/* A copy of the current process that returns to user mode by this frame, with 0 in EAX. */
int proc_fork(const struct trap_frame *frame);
_Noreturn void proc_exit(int status);
extern bool proc_exit_sums; /* exit=sum: print space_sum of every process that ends */
/* Waits for a child's end; pid -1: any child's. */
int proc_wait(int pid, int *status);
int proc_kill(int pid);
/* Tells about the process with the least pid above that one; 0: there is none. */
int proc_info(int above, struct proc_info *info);
/* Where a process's registers are while it is in the kernel: at the top of its stack. */
struct trap_frame *proc_frame(const struct proc *p);

/* --- exec.c --- */
int proc_exec(const char *path, const char *const *argv);

/* --- sched.c --- */
void sched_ready(struct proc *p);
/* Gives the processor away. Interrupts must be disabled; they are again (or still) on return. */
void schedule(void);
/* For the current process on its way to user mode: goes to the end of the queue if a tick asked for
 * it. */
void sched_give_way(void);
extern unsigned clock_hz;
/*
 * Both sleep until wakeup(channel). Interrupts must be disabled, from the test of the condition on:
 * that is what makes losing a wakeup impossible. A kill ends both, too. sleep_on then returns
 * false; who uses wait_on has to go on waiting for what must not be broken off.
 */
bool sleep_on(const void *channel);
void wait_on(const void *channel);
void wakeup(const void *channel);
int sleep_milliseconds(uint32_t ms); /* rounded up to clock ticks; 0 or -EINTR */

/* A lock that makes others sleep. Not for interrupt handlers; not interruptible by kill. */
struct lock {
    bool held;
};
void lock_acquire(struct lock *lock);
void lock_release(struct lock *lock);

#endif
