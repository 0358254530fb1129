/*
 * Writing the trace: see trace.h.
 */
#include "trace.h"

#include <string.h>

static const char *const thread_names[TRACE_THREADS] = {"guest user", "guest kernel", "hypervisor",
                                                        "devices"};

/* A cycle as picoseconds, rounded down: the same cycle always gives the same time, later ones never
 * less. */
static uint64_t picoseconds(const struct trace *t, uint64_t cycle)
{
    uint64_t seconds = cycle / t->hz, rest = cycle % t->hz;
    return seconds * 1000000000000u + (uint64_t)((double)rest / (double)t->hz * 1e12);
}

/* Microseconds with six digits behind the point. */
static void put_time(struct trace *t, uint64_t ps)
{
    text_out_decimal(&t->out, ps / 1000000);
    text_out_literal(&t->out, ".");
    text_out_digits(&t->out, (uint32_t)(ps % 1000000), 6);
}

/* Opens one event object up to its times; room for them and arguments is made. Names come from our
 * tables: nothing in them needs escaping. */
static void put_event(struct trace *t, char phase, const char *name, unsigned vm,
                      enum trace_thread thread)
{
    struct text_out *o = &t->out;

    text_out_room(o);
    if (t->any)
        text_out_literal(o, ",");
    text_out_literal(o, "\n{\"ph\":\"");
    t->any = true;
    text_out_bytes(o, &phase, 1);
    text_out_literal(o, "\",\"pid\":");
    text_out_decimal(o, t->pid);
    text_out_literal(o, ",\"tid\":");
    text_out_decimal(o, (vm & 0xfu) * TRACE_THREADS + (unsigned)thread + 1);
    text_out_literal(o, ",\"name\":\"");
    text_out_string(o, name);
    text_out_literal(o, "\"");
    text_out_room(o);
}

static void put_slice(struct trace *t, const char *name, unsigned vm, enum trace_thread thread,
                      uint64_t from, uint64_t until)
{
    uint64_t start = picoseconds(t, from);
    put_event(t, 'X', name, vm, thread);
    text_out_literal(&t->out, ",\"ts\":");
    put_time(t, start);
    text_out_literal(&t->out, ",\"dur\":");
    put_time(t, picoseconds(t, until) - start);
}

static void put_simple_slice(struct trace *t, const char *name, unsigned vm,
                             enum trace_thread thread, uint64_t from, uint64_t until)
{
    if (until <= from)
        return;
    put_slice(t, name, vm, thread, from, until);
    text_out_literal(&t->out, "}");
}

void trace_begin(struct trace *t, FILE *to)
{
    memset(t, 0, sizeof *t);
    t->out.to = to;
    text_out_string(
        &t->out, "{\"displayTimeUnit\": \"ns\", \"otherData\": {\"note\": \"modelled cycles, not "
                 "measured\"},\n"
                 "\"traceEvents\": [");
}

static void put_metadata(struct trace *t, const char *what, unsigned vm, enum trace_thread thread,
                         const char *name)
{
    put_event(t, 'M', what, vm, thread);
    text_out_literal(&t->out, ", \"args\": {\"name\": \"");
    text_out_string(&t->out, name);
    text_out_literal(&t->out, "\"}}");
}

void trace_mode(struct trace *t, const struct hv_mode *mode, uint64_t clock_hz, unsigned vms)
{
    char name[48];
    for (t->pid = 0; t->pid < HV_MODES && hv_modes[t->pid] != mode;)
        t->pid++;
    t->pid++;
    t->hz = clock_hz;
    t->since = 0;
    t->vm = 0;
    t->ring = 0;
    memset(t->bucket, 0, sizeof t->bucket);
    put_metadata(t, "process_name", 0, THREAD_USER, mode->name);
    for (unsigned vm = 0; vm < vms; vm++)
        for (unsigned i = 0; i < TRACE_THREADS; i++) {
            if (vms > 1)
                (void)snprintf(name, sizeof name, "vm%u %s", vm, thread_names[i]);
            else
                (void)snprintf(name, sizeof name, "%s", thread_names[i]);
            put_metadata(t, "thread_name", vm, (enum trace_thread)i, name);
        }
}

/* Draws what the guest did until `cycle`. */
static void draw_guest(struct trace *t, uint64_t cycle, unsigned ring)
{
    if (t->vm != 0xff && cycle > t->since)
        put_simple_slice(t, ring == 3 ? "user" : "kernel", t->vm,
                         ring == 3 ? THREAD_USER : THREAD_KERNEL, t->since, cycle);
    if (cycle > t->since)
        t->since = cycle;
}

void trace_mode_end(struct trace *t, uint64_t cycle)
{
    if (t->pid != MODE_native + 1)
        draw_guest(t, cycle, t->ring);
}

void trace_end(struct trace *t)
{
    text_out_string(&t->out, "\n]}\n");
    text_out_flush(&t->out);
}

/* The phases of an exit one after the other, inside it. */
static void draw_phases(struct trace *t, const struct vm_exit *x)
{
    uint64_t at = x->cycle, end = x->cycle + x->cycles;
    for (unsigned p = 0; p < HV_PHASES; p++) {
        uint64_t until = at + x->phase[p] < end ? at + x->phase[p] : end;
        put_simple_slice(t, hv_phase_names[p], x->vm, THREAD_HYPERVISOR, at, until);
        if (p == PHASE_DEVICE)
            put_simple_slice(t, exit_reason_names[x->reason], x->vm, THREAD_DEVICES, at, until);
        at = until;
    }
}

static void put_arguments(struct text_out *o, const struct vm_exit *x)
{
    text_out_literal(o, ", \"args\": {\"number\": ");
    text_out_decimal(o, x->number);
    text_out_literal(o, ", \"outcome\": \"");
    text_out_string(o, exit_outcome_names[x->outcome]);
    text_out_literal(o, "\", \"eip\": \"0x");
    text_out_hex(o, x->eip, 8);
    text_out_literal(o, "\", \"ring\": ");
    text_out_decimal(o, x->virtual_cpl);
    text_out_literal(o, ", \"cycles\": ");
    text_out_decimal(o, x->cycles);
    text_out_literal(o, "}}");
}

static void draw_exit(struct trace *t, const struct vm_exit *x)
{
    if (!x->idle)
        draw_guest(t, x->cycle, x->virtual_cpl);
    put_slice(t, exit_reason_names[x->reason], x->vm, THREAD_HYPERVISOR, x->cycle,
              x->cycle + x->cycles);
    put_arguments(&t->out, x);
    draw_phases(t, x);
    t->since = x->cycle + x->cycles;
    t->ring = x->virtual_cpl_out;
}

static void draw_instant(struct trace *t, const struct trace_event *e)
{
    enum trace_thread thread = e->kind == TRACE_RING ? THREAD_DEVICES : THREAD_HYPERVISOR;
    put_event(t, 'i', e->text ? e->text : trace_kind_names[e->kind], e->vm, thread);
    text_out_literal(&t->out, ",\"ts\":");
    put_time(t, picoseconds(t, e->cycle));
    text_out_literal(&t->out, ", \"s\": \"t\", \"args\": {\"a\": ");
    text_out_decimal(&t->out, e->a);
    text_out_literal(&t->out, ", \"b\": ");
    text_out_decimal(&t->out, e->b);
    text_out_literal(&t->out, ", \"value\": ");
    text_out_decimal(&t->out, e->value);
    text_out_literal(&t->out, "}}");
}

static void on_event(void *opaque, const struct trace_event *e)
{
    struct trace *t = opaque;
    switch (e->kind) {
    case TRACE_EXIT:
        draw_exit(t, e->exit);
        break;
    case TRACE_SWITCH:
        t->vm = (uint8_t)e->b;
        t->since = e->cycle > t->since ? e->cycle : t->since;
        break;
    case TRACE_IDLE:
        t->since = e->cycle + e->value > t->since ? e->cycle + e->value : t->since;
        break;
    default:
        draw_instant(t, e);
        break;
    }
}

struct trace_sink trace_sink_of(struct trace *t)
{
    struct trace_sink sink = {on_event, t};
    return sink;
}

void trace_sample(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS])
{
    uint64_t user = bucket[BUCKET_guest_user] - t->bucket[BUCKET_guest_user];
    uint64_t idle = bucket[BUCKET_idle] - t->bucket[BUCKET_idle];
    uint64_t spent = cycle - t->since;
    uint64_t busy_end = cycle - (idle < spent ? idle : spent);
    uint64_t user_end = t->since + user < busy_end ? t->since + user : busy_end;
    put_simple_slice(t, "user (sampled)", 0, THREAD_USER, t->since, user_end);
    put_simple_slice(t, "kernel and events (sampled)", 0, THREAD_KERNEL, user_end, busy_end);
    t->since = cycle;
    memcpy(t->bucket, bucket, sizeof t->bucket);
}
