/*
 * Time for a paravirtual guest: system time in nanoseconds since it began, read without a trap, and
 * one timer.
 *
 * shared_info holds a time and the time-stamp counter of that moment, and by what to multiply the
 * counter's advance; the version is odd while they are being changed. (Xen's public xen.h,
 * vcpu_time_info.) System time is the VM's clock, so it stands still when the VM's clock does.
 */
#include "pv/pv.h"

#define NS_PER_SECOND 1000000000ull

#define TIME_VERSION ((uint32_t)offsetof(struct pv_vcpu_info, time_version))
#define TIME_TSC     ((uint32_t)offsetof(struct pv_vcpu_info, tsc_timestamp))
#define TIME_SYSTEM  ((uint32_t)offsetof(struct pv_vcpu_info, system_time))
#define TIME_MUL     ((uint32_t)offsetof(struct pv_vcpu_info, tsc_to_system_mul))
#define TIME_SHIFT   ((uint32_t)offsetof(struct pv_vcpu_info, tsc_shift))
#define WALL_VERSION ((uint32_t)offsetof(struct pv_shared_info, wc_version))
#define WALL_SEC     ((uint32_t)offsetof(struct pv_shared_info, wc_sec))

uint64_t pv_system_time(const struct pv *pv)
{
    const struct sim_clock *c = &pv->vm->clock;
    return clock_cycles_to_ticks(c, clock_now(c), NS_PER_SECOND);
}

static void put(const struct pv *pv, uint32_t offset, uint32_t value)
{
    pv_frame_write(pv->vm, pv->s.shared_mfn, offset, 4, value);
}

static void put64(const struct pv *pv, uint32_t offset, uint64_t value)
{
    put(pv, offset, (uint32_t)value);
    put(pv, offset + 4, (uint32_t)(value >> 32));
}

void pv_time_update(struct pv *pv)
{
    struct cpu *virt = &pv->vm->cpu.virt;
    uint32_t version = pv_frame_read(pv->vm, pv->s.shared_mfn, TIME_VERSION, 4);
    put(pv, TIME_VERSION, version | 1u);
    put64(pv, TIME_TSC, virt->ops->rdtsc(virt)); /* what the guest's RDTSC would say */
    put64(pv, TIME_SYSTEM, pv_system_time(pv));
    put(pv, TIME_VERSION, (version | 1u) + 1u);
}

/* ns = (cycles << shift) * mul / 2^32, with mul as large as 32 bits allow. */
static void write_scale(struct pv *pv)
{
    uint64_t hz = pv->vm->clock.hz;
    int shift = 0;
    while (hz > 2 * NS_PER_SECOND) {
        hz >>= 1;
        shift--;
    }
    while (hz <= NS_PER_SECOND) {
        hz <<= 1;
        shift++;
    }
    put(pv, TIME_MUL, (uint32_t)((NS_PER_SECOND << 32) / hz));
    pv_frame_write(pv->vm, pv->s.shared_mfn, TIME_SHIFT, 1, (uint32_t)shift & 0xffu);
}

void pv_runs_as(struct vcpu *v, enum vcpu_runs how)
{
    struct pv_state *s = &pv_of(v)->s;
    uint64_t now = pv_system_time(pv_of(v));
    s->runs_time[s->runs_as] += now - s->runs_since;
    s->runs_since = now;
    s->runs_as = (uint32_t)how;
}

static void timer_fired(void *opaque, uint64_t now)
{
    (void)now;
    pv_virq(opaque, PV_VIRQ_TIMER);
}

static void poll_over(void *opaque, uint64_t now)
{
    struct pv *pv = opaque;
    (void)now;
    pv->s.woken |= pv->s.polling;
    pv->s.polling = 0;
}

void pv_time_init(struct pv *pv)
{
    pv->timer = clock_add_timer(&pv->vm->clock, timer_fired, pv);
    pv->poll_timer = clock_add_timer(&pv->vm->clock, poll_over, pv);
    pv->s.runs_as = VCPU_RUNNABLE;
}

void pv_time_start(struct pv *pv)
{
    write_scale(pv);
    put(pv, WALL_VERSION, 2);
    put(pv, WALL_SEC, (uint32_t)pv->vm->hv->config.boot_time);
    pv_time_update(pv);
}

void pv_timer_set(struct pv *pv, unsigned timer, uint64_t ns)
{
    struct sim_clock *c = &pv->vm->clock;
    uint64_t deadline = CLOCK_NEVER;
    if (ns && ns < UINT64_MAX / 8)
        deadline = clock_ticks_to_cycles(c, ns, NS_PER_SECOND);
    clock_arm(c, timer, deadline);
}
