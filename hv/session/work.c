/*
 * The log of guest work: see hv/work.h.
 *
 * Where a program leaves for its kernel and where it comes back is told by probes: events and rings
 * of the machine's CPU (native, and pv's direct gate), events of the virtual one (trap), and a hook
 * where pv's hypervisor builds the frame itself. All of them may speak of ground that was covered
 * before, after going back: then the log knows already, and only the open stretch is looked up.
 */
#include "session/work.h"

#include <string.h>

#include "session/internal.h"
#include "sim/alloc.h"

#define NONE SIZE_MAX

/* ---------------------------------------- the last stretch of each process */

static size_t slot_of(const struct work *w, unsigned vm, uint32_t pid)
{
    uint64_t mixed = ((uint64_t)vm << 32 | pid) * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(mixed >> 20) & (w->slots - 1);
    while (w->slot[i].used && (w->slot[i].vm != vm || w->slot[i].pid != pid))
        i = (i + 1) & (w->slots - 1);
    return i;
}

static bool more_slots(struct work *w)
{
    struct work_slot *old = w->slot;
    size_t n = w->slots;
    if (w->slot && w->slots_used * 2 < w->slots)
        return true;
    struct work_slot *slot = sim_alloc(n ? n * 2 : 64, sizeof(*slot));
    if (!slot)
        return false;
    w->slot = slot;
    w->slots = n ? n * 2 : 64;
    for (size_t i = 0; old && i < n; i++)
        if (old[i].used)
            w->slot[slot_of(w, old[i].vm, old[i].pid)] = old[i];
    sim_free(old);
    return true;
}

static size_t last_of(const struct work *w, unsigned vm, uint32_t pid)
{
    const struct work_slot *slot = w->slots ? &w->slot[slot_of(w, vm, pid)] : NULL;
    return slot && slot->used ? slot->last : NONE;
}

static bool set_last(struct work *w, unsigned vm, uint32_t pid, size_t index)
{
    if (!more_slots(w))
        return false;
    struct work_slot *slot = &w->slot[slot_of(w, vm, pid)];
    w->slots_used += !slot->used;
    *slot = (struct work_slot){.used = true, .vm = (uint8_t)vm, .pid = pid, .last = index};
    return true;
}

/* ---------------------------------------- whose work it is */

static uint32_t space_number(struct work *w, unsigned vm, uint32_t cr3)
{
    for (size_t i = 0; i < w->spaces; i++)
        if (w->space[i].vm == vm && w->space[i].cr3 == cr3)
            return w->space[i].number;
    if (w->spaces == w->space_room) {
        size_t room = w->space_room ? w->space_room * 2 : 64;
        struct work_space *more = sim_alloc(room, sizeof(*more));
        if (!more) {
            w->lost = true;
            return 0;
        }
        if (w->spaces)
            memcpy(more, w->space, w->spaces * sizeof(*more));
        sim_free(w->space);
        w->space = more;
        w->space_room = room;
    }
    uint32_t number = ++w->numbers[vm];
    w->space[w->spaces++] = (struct work_space){.vm = vm, .cr3 = cr3, .number = number};
    return number;
}

static uint32_t present_pid(struct session *s, unsigned vm)
{
    struct work *w = s->work;
    const struct hv *hv = s->hv;
    uint32_t at = 0, pid = 0;
    if (w->config.current) {
        if (hv_guest_linear(s->hv, vm, w->config.current, &at, 4) && at)
            (void)hv_guest_linear(s->hv, vm, at + w->config.pid_offset, &pid, 4);
        return pid;
    }
    const struct vcpu *v = &hv->vm[vm]->cpu;
    return space_number(w, vm,
                        hv->mode->direct_paging    ? v->s.real_cr3
                        : hv->mode->has_hypervisor ? v->virt.s.cr3
                                                   : hv->machine->cpu.s.cr3);
}

/* ---------------------------------------- the log */

static struct session_position position(const struct session *s)
{
    return (struct session_position){hv_icount(s->hv), s->hv->exits, hv_cycle(s->hv),
                                     SESSION_OUTSIDE};
}

/* The last stretch of a guest that begins at or before a position. */
static size_t at_or_before(const struct work *w, unsigned vm, const struct session_position *at)
{
    size_t low = 0, high = w->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (session_compare(&w->log[middle].from, at) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low && w->log[low - 1].vm != vm)
        low--;
    return low ? low - 1 : NONE;
}

/* After the session went elsewhere: which stretch of each guest is open here. */
static void look_where(struct session *s)
{
    struct work *w = s->work;
    const struct session_position now = position(s);
    for (unsigned vm = 0; vm < s->hv->vms; vm++) {
        size_t i = at_or_before(w, vm, &now);
        bool open = i != NONE &&
                    (w->log[i].end == WORK_RUNNING || session_compare(&now, &w->log[i].to) < 0);
        w->open[vm] = open ? i : NONE;
    }
    w->moved = false;
}

static struct work_stretch *append(struct work *w)
{
    if (w->config.most && w->count >= w->config.most)
        return NULL;
    if (w->count == w->room) {
        size_t room = w->room ? w->room * 2 : 1024;
        struct work_stretch *log = sim_alloc(room, sizeof(*log));
        if (!log)
            return NULL;
        if (w->count)
            memcpy(log, w->log, w->count * sizeof(*log));
        sim_free(w->log);
        w->log = log;
        w->room = room;
    }
    struct work_stretch *t = &w->log[w->count];
    memset(t, 0, sizeof(*t));
    return t;
}

/* What goes on from the process's last stretch. */
static void follow(const struct work *w, struct work_stretch *t)
{
    size_t before = last_of(w, t->vm, t->key.pid);
    if (before == NONE) {
        t->begin = WORK_START;
        return;
    }
    const struct work_stretch *b = &w->log[before];
    uint64_t ran = b->end == WORK_RUNNING ? 0 : b->to.insn - b->from.insn;
    t->total = b->total + ran;
    t->key.entry = b->key.entry;
    if (b->end == WORK_INTERRUPT) {
        t->begin = WORK_RESUME;
        t->key.insns = b->key.insns + ran;
    } else {
        t->begin = WORK_RETURN;
        t->key.entry++;
    }
}

static void begin(struct session *s, unsigned vm, const struct cpu *c)
{
    struct work *w = s->work;
    const struct session_position now = position(s);
    if (w->moved)
        look_where(s);
    if (w->open[vm] != NONE || w->lost)
        return; /* it only came back from the hypervisor */
    if (w->count && session_compare(&now, &w->log[w->count - 1].from) <= 0) {
        w->open[vm] = at_or_before(w, vm, &now);
        return;
    }
    struct work_stretch *t = append(w);
    if (!t) {
        w->lost = true;
        return;
    }
    t->vm = (uint8_t)vm;
    t->key.pid = present_pid(s, vm);
    if (w->lost)
        return;
    t->from = now;
    follow(w, t);
    for (unsigned r = 0; r < 8; r++)
        t->in[r] = r == R_ESP ? 0 : c->s.gpr[r];
    struct cpu_state guest;
    if (hv_guest_view(s->hv, vm, &guest)) {
        t->in_eip = guest.eip;
        t->in_eflags = guest.eflags;
    }
    t->said_in = s->out[vm].count;
    if (w->config.memory && t->begin != WORK_RESUME)
        (void)work_memory(s, vm, t->key.entry, &t->in_memory, &t->memory_in);
    w->open[vm] = w->count++;
    w->lost = !set_last(w, vm, t->key.pid, w->open[vm]);
}

/* The words of the frame on the kernel's stack, from EIP on. */
static void read_frame(struct session *s, unsigned vm, const struct cpu *c, bool has_error,
                       struct work_stretch *t)
{
    uint32_t word[5] = {0};
    uint32_t at = c->s.seg[SEG_SS].base + c->s.gpr[R_ESP] + (has_error ? 4 : 0);
    (void)hv_guest_linear(s->hv, vm, at, word, sizeof(word));
    t->eip = word[FRAME_EIP];
    t->cs = (uint16_t)word[FRAME_CS];
    t->eflags = word[FRAME_EFLAGS];
    t->out[R_ESP] = word[FRAME_ESP];
    t->ss = (uint16_t)word[FRAME_SS];
}

bool work_pushes_error(unsigned vector)
{
    return vector < 32 && ((0x00227d00u >> vector) & 1); /* 8, 10 to 14, 17, 21 */
}

static void leave(struct session *s, unsigned vm, const struct cpu *c, unsigned vector,
                  enum event_kind kind, uint32_t error)
{
    struct work *w = s->work;
    if (w->moved)
        look_where(s);
    size_t i = w->open[vm];
    w->open[vm] = NONE;
    if (i == NONE || w->log[i].end != WORK_RUNNING)
        return;
    struct work_stretch *t = &w->log[i];
    t->end = kind == EVENT_EXTERNAL    ? WORK_INTERRUPT
             : kind == EVENT_EXCEPTION ? WORK_FAULT
                                       : WORK_CALL;
    t->to = position(s);
    if (t->end == WORK_CALL && s->hv->open && s->hv->open->vector == VEC_GP)
        t->to.insn++; /* a gate counts INT n before we hear of it, the hypervisor after */
    t->vector = (uint8_t)vector;
    t->error = error;
    t->said_out = s->out[vm].count;
    memcpy(t->out, c->s.gpr, sizeof(t->out));
    read_frame(s, vm, c, kind == EVENT_EXCEPTION && work_pushes_error(vector), t);
    if (w->config.memory && t->end != WORK_INTERRUPT)
        t->pages = work_memory(s, vm, t->key.entry + 1, &t->out_memory, &t->memory_out);
}

/* ---------------------------------------- what tells us */

static bool on_machine(const struct session *s, const struct cpu *c)
{
    return c == &s->hv->machine->cpu;
}

static unsigned vm_of(const struct session *s, struct cpu *c)
{
    if (!on_machine(s, c))
        return vcpu_of(c)->vm->number;
    return s->hv->current ? s->hv->current->vm->number : 0;
}

void work_on_event(void *context, struct cpu *c, unsigned vector, enum event_kind kind,
                   uint32_t error)
{
    struct session *s = context;
    if (on_machine(s, c) && s->hv->mode->has_hypervisor && c->s.cpl == 0)
        return; /* into the hypervisor, which may go back to the program */
    leave(s, vm_of(s, c), c, vector, kind, error);
}

void work_on_ring(void *context, struct cpu *c, unsigned from, unsigned to)
{
    struct session *s = context;
    (void)from;
    if (to == 3 && on_machine(s, c))
        begin(s, vm_of(s, c), c);
}

void work_on_bounce(void *context, struct hv *hv, struct vcpu *v, unsigned vector,
                    enum event_kind kind, uint32_t error, bool user)
{
    (void)hv;
    if (!user)
        return;
    leave(context, v->vm->number, &v->virt, vector, kind, error);
}

void work_on_time(void *context, struct cpu *c, uint64_t *tsc)
{
    struct session *s = context;
    struct work *w = s->work;
    unsigned vm = vm_of(s, c);
    if (!w->config.own_time || c->s.cpl != 3)
        return;
    if (w->moved)
        look_where(s);
    if (w->open[vm] == NONE)
        return;
    const struct work_stretch *t = &w->log[w->open[vm]];
    /* A RDTSC that the hypervisor carries out is not counted yet. */
    *tsc = t->total + (hv_icount(s->hv) - t->from.insn) + (s->hv->open != NULL);
}

/* ---------------------------------------- for the session */

void work_fini(struct session *s)
{
    if (!s->work)
        return;
    sim_free(s->work->log);
    sim_free(s->work->slot);
    sim_free(s->work->space);
    sim_free(s->work);
    s->work = NULL;
}

void work_moved(struct session *s)
{
    if (s->work)
        s->work->moved = true;
}

void work_cut(struct session *s)
{
    struct work *w = s->work;
    if (!w)
        return;
    while (w->count && session_compare(&w->log[w->count - 1].from, &s->now) > 0)
        w->count--;
    if (w->slot)
        memset(w->slot, 0, w->slots * sizeof(*w->slot));
    w->slots_used = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct work_stretch *t = &w->log[i];
        if (t->end != WORK_RUNNING && session_compare(&t->to, &s->now) > 0)
            t->end = WORK_RUNNING;
        w->lost = w->lost || !set_last(w, t->vm, t->key.pid, i);
    }
    w->moved = true;
}

enum sim_status work_begin(struct session *s, const struct work_config *config,
                           struct sim_error *err)
{
    if (s->now.insn || s->now.exit || s->work)
        return sim_fail(err, SIM_BAD_INPUT, "guest work is watched from the beginning or not");
    s->work = sim_alloc(1, sizeof(*s->work));
    if (!s->work)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory to watch guest work");
    s->work->config = *config;
    for (unsigned vm = 0; vm < HV_MAX_VMS; vm++)
        s->work->open[vm] = NONE;
    s->work->probe = (struct cpu_probe){
        .context = s, .event = work_on_event, .ring = work_on_ring, .time = work_on_time};
    return SIM_OK;
}

const struct work_stretch *session_work(const struct session *s, size_t *n)
{
    *n = s->work ? s->work->count : 0;
    return *n ? s->work->log : NULL;
}

bool session_work_lost(const struct session *s)
{
    return s->work && s->work->lost;
}

bool session_work_key(struct session *s, unsigned vm, struct work_key *key)
{
    const struct work *w = s->work;
    size_t i = w && vm < s->hv->vms ? at_or_before(w, vm, &s->now) : NONE;
    if (i == NONE)
        return false;
    const struct work_stretch *t = &w->log[i];
    const struct session_position *end = &s->now;
    if (t->end != WORK_RUNNING && session_compare(&t->to, end) < 0)
        end = &t->to;
    *key = t->key;
    key->insns += end->insn - t->from.insn;
    return true;
}

bool session_work_find(const struct session *s, unsigned vm, const struct work_key *key,
                       struct session_position *at)
{
    const struct work *w = s->work;
    for (size_t i = 0; w && i < w->count; i++) {
        const struct work_stretch *t = &w->log[i];
        uint64_t until = t->end == WORK_RUNNING ? s->furthest.insn : t->to.insn;
        if (t->vm != vm || t->key.pid != key->pid || t->key.entry != key->entry ||
            key->insns < t->key.insns || key->insns - t->key.insns > until - t->from.insn)
            continue;
        *at = t->from;
        if (key->insns > t->key.insns) /* the first position with that count */
            *at = (struct session_position){.insn = t->from.insn + (key->insns - t->key.insns),
                                            .phase = SESSION_OUTSIDE};
        return true;
    }
    return false;
}
