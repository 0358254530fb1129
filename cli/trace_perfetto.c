/*
 * The trace as Chrome's JSON event format, which ui.perfetto.dev and chrome://tracing open: one
 * process per mode, and for each guest one thread each for user code, kernel code, hypervisor and
 * devices; times in microseconds with five digits behind the point.
 *
 * Only complete slices ("X") and instants ("i") are written, so nothing can be left open, and a
 * file that ends after any record is still a trace (the array's end is optional). A slice's end is
 * computed from the same rounded clock as the next one's beginning: slices of a thread are disjoint
 * or nested. An exit is one slice, its phases are slices in it; phases that cost nothing are left
 * out.
 *
 * Speed: a run with a trace should not be a multiple of one without. Everything in a slice but its
 * two times is one of a few hundred texts, made when the run begins and copied with a constant
 * length; of a time only the last eight digits are made anew.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

enum { USER, KERNEL, HYPERVISOR, DEVICES, THREADS };
static const char *const thread_names[THREADS] = {"guest user", "guest kernel", "hypervisor",
                                                  "devices"};

#define FIXED 80 /* a slice's text up to its times fits, with what is copied too much */

struct fixed {
    char text[FIXED];
    size_t length;
};

/* What stands before the times of one guest's slices. */
struct texts {
    struct fixed kernel, user;
    struct fixed exit[EXIT_REASONS], device[EXIT_REASONS];
    struct fixed phase[HV_PHASES];
};

/* A number of cycles, ready to be written as a duration. */
struct span {
    uint64_t cycles;
    uint64_t units;
    uint64_t digits; /* of units < 10^8: eight digits, the last in the lowest byte */
    char time[8];    /* of units < 10^6: "1.23456" */
    char decimal[8]; /* of cycles < 10^8 */
    size_t decimal_count;
};
#define SPANS 128 /* remembered; most exits of a reason cost the same */

/* A point in time. */
struct point {
    uint64_t units;
    uint64_t digits; /* of the last eight digits of units, as in struct span */
};

struct perfetto {
    double scale;         /* units in a cycle */
    uint64_t since;       /* cycle from which on nothing has been drawn */
    uint8_t vm;           /* that runs since then; 0xff: nobody */
    uint8_t ring;         /* it runs in */
    bool any;             /* a record was written: the next one begins with a comma */
    uint64_t millisecond; /* units at its beginning; its digits: */
    char digits[16];
    size_t digit_count;           /* 0: the first one */
    uint64_t bucket[SIM_BUCKETS]; /* native: at the last sample */
    struct fixed outcome[EXIT_OUTCOMES];
    struct span span[SPANS];
    struct texts texts[HV_MAX_VMS];
};

/* ---------------------------------------- times */

/*
 * Times are in units of 10 ps, rounded down: the same cycle always gives the same time, later ones
 * never less. Durations are rounded down by themselves; two of them together are never longer than
 * their sum's, so what is inside stays inside. (The quarter keeps that true where the
 * multiplication rounds.)
 */
#define MILLISECOND 100000000u

static inline uint64_t time_units(const struct perfetto *p, uint64_t cycle)
{
    return (uint64_t)((double)cycle * p->scale + 0.25);
}

/* Microseconds with five digits behind the point: any number of units. */
static SIM_NOINLINE char *put_any_time(char *at, uint64_t v)
{
    at = text_put_decimal(at, v / 100000);
    *at = '.';
    uint64_t fraction = text_letters8((uint32_t)(v % 100000)) >> 24;
    memcpy(at + 1, &fraction, 8);
    return at + 6;
}

/* Makes v's millisecond the one whose digits are at hand. */
static SIM_NOINLINE void enter_millisecond(struct perfetto *p, uint64_t v)
{
    p->millisecond = v - v % MILLISECOND;
    p->digit_count = 0;
    if (v >= MILLISECOND)
        p->digit_count = (size_t)(text_put_decimal(p->digits, v / MILLISECOND) - p->digits);
}

static inline struct point point_at(struct perfetto *p, uint64_t units)
{
    if (SIM_UNLIKELY(units - p->millisecond >= MILLISECOND))
        enter_millisecond(p, units);
    return (struct point){units, SIM_BSWAP64(text_digits8((uint32_t)(units - p->millisecond)))};
}

/* Decimal addition, a digit a byte: 6 is added to each so that a carry leaves it, and taken back
 * where none did. */
static inline uint64_t add_digits(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b + 0xf6f6f6f6f6f6f6f6u;
    uint64_t no_carry = sum >> 4 & 0x0101010101010101u;
    return (sum - 6 * no_carry) & 0x0f0f0f0f0f0f0f0fu;
}

static inline struct point point_after(struct perfetto *p, struct point from, const struct span *d)
{
    uint64_t units = from.units + d->units;
    if (SIM_UNLIKELY(units - p->millisecond >= MILLISECOND))
        return point_at(p, units);
    return (struct point){units, add_digits(from.digits, d->digits)};
}

static inline char *put_point(const struct perfetto *p, char *at, struct point when)
{
    if (SIM_UNLIKELY(p->digit_count == 0))
        return put_any_time(at, when.units);
    uint64_t letters = SIM_BSWAP64(when.digits) | 0x3030303030303030u, fraction = letters >> 24;
    memcpy(at, p->digits, sizeof p->digits);
    at += p->digit_count;
    memcpy(at, &letters, 4);
    at[3] = '.';
    memcpy(at + 4, &fraction, 8);
    return at + 9;
}

static SIM_NOINLINE void measure(const struct perfetto *p, struct span *d, uint64_t cycles)
{
    d->cycles = cycles;
    d->units = (uint64_t)((double)cycles * p->scale + 1e-6);
    uint64_t digits = text_digits8((uint32_t)(d->units % MILLISECOND));
    d->digits = SIM_BSWAP64(digits);
    digits |= 0x3030303030303030u;
    uint64_t fraction = digits >> 24;
    d->time[0] = (char)(digits >> 16);
    d->time[1] = '.';
    memcpy(d->time + 2, &fraction, 6);
    char decimal[32];
    d->decimal_count = (size_t)(text_put_decimal(decimal, cycles) - decimal);
    memcpy(d->decimal, decimal, 8);
}

static inline const struct span *span_of(struct perfetto *p, uint64_t cycles)
{
    struct span *d = &p->span[cycles % SPANS];
    if (SIM_UNLIKELY(d->cycles != cycles))
        measure(p, d, cycles);
    return d;
}

static inline char *put_span(char *at, const struct span *d)
{
    if (SIM_UNLIKELY(d->units >= 1000000))
        return put_any_time(at, d->units);
    memcpy(at, d->time, 8);
    return at + 7;
}

static inline char *put_cycles(char *at, const struct span *d)
{
    if (SIM_UNLIKELY(d->cycles >= 100000000))
        return text_put_decimal(at, d->cycles);
    memcpy(at, d->decimal, 8);
    return at + d->decimal_count;
}

/* ---------------------------------------- slices */

static inline char *put_fixed(char *at, const struct fixed *f)
{
    memcpy(at, f->text, FIXED);
    return at + f->length;
}

/* A slice up to its closing brace. */
static inline char *put_slice(const struct perfetto *p, char *at, const struct fixed *f,
                              struct point from, const struct span *d)
{
    at = put_point(p, put_fixed(at, f), from);
    memcpy(at, ",\"dur\":", 8);
    return put_span(at + 7, d);
}

static inline char *put_whole_slice(const struct perfetto *p, char *at, const struct fixed *f,
                                    struct point from, const struct span *d)
{
    at = put_slice(p, at, f, from, d);
    *at = '}';
    return at + 1;
}

/* One from a cycle to another; none of no length. */
static inline char *put_stretch(struct perfetto *p, char *at, const struct fixed *f, uint64_t from,
                                uint64_t until)
{
    if (until <= from)
        return at;
    struct point begin = point_at(p, time_units(p, from));
    return put_whole_slice(p, at, f, begin, span_of(p, until - from));
}

static void open_record(struct trace *t)
{
    struct perfetto *p = t->own;
    text_out_room(&t->out);
    if (p->any)
        text_out_literal(&t->out, ",");
    p->any = true;
}

static unsigned thread_number(unsigned vm, unsigned thread)
{
    return (vm % HV_MAX_VMS) * THREADS + thread + 1;
}

/* Fills in a slice's text up to its time. Names come from our tables: nothing in them needs
 * escaping. */
static void fix_slice(const struct trace *t, struct fixed *f, unsigned vm, unsigned thread,
                      const char *name)
{
    int n = snprintf(f->text, sizeof f->text,
                     ",\n{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"ts\":",
                     (unsigned)t->run.mode + 1, thread_number(vm, thread), name);
    f->length = (size_t)n < sizeof f->text ? (size_t)n : sizeof f->text - 1;
}

static void fix_texts(const struct trace *t, struct texts *x, unsigned vm)
{
    fix_slice(t, &x->user, vm, USER, "user");
    fix_slice(t, &x->kernel, vm, KERNEL, "kernel");
    for (unsigned r = 0; r < EXIT_REASONS; r++) {
        fix_slice(t, &x->exit[r], vm, HYPERVISOR, exit_reason_names[r]);
        fix_slice(t, &x->device[r], vm, DEVICES, exit_reason_names[r]);
    }
    for (unsigned ph = 0; ph < HV_PHASES; ph++)
        fix_slice(t, &x->phase[ph], vm, HYPERVISOR, hv_phase_names[ph]);
}

/* ---------------------------------------- the file and its runs */

static bool begin(struct trace *t, struct complaint *why)
{
    struct perfetto *p = calloc(1, sizeof *p);
    if (!p)
        return complain_ours(why, NULL, "no memory");
    t->own = p;
    for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
        struct fixed *f = &p->outcome[o];
        f->length = (size_t)snprintf(f->text, sizeof f->text, ",\"outcome\":\"%s\",\"eip\":\"0x",
                                     exit_outcome_names[o]);
    }
    text_out_string(&t->out,
                    "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"schema\":\"ringside.trace/1\","
                    "\"note\":\"modelled cycles, not measured\"},\n"
                    "\"traceEvents\":[");
    return true;
}

static void put_metadata(struct trace *t, const char *what, unsigned vm, unsigned thread,
                         const char *arguments)
{
    char text[320];
    open_record(t);
    int n = snprintf(text, sizeof text,
                     "\n{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"args\":{%s}}",
                     (unsigned)t->run.mode + 1, thread_number(vm, thread), what, arguments);
    text_out_bytes(&t->out, text, (size_t)n);
}

static void run_begin(struct trace *t)
{
    struct perfetto *p = t->own;
    char text[128];
    p->scale = 1e11 / (double)t->run.clock_hz;
    memset(p->span, 0, sizeof p->span); /* a span of 0 cycles is all zeros */
    p->since = 0;
    p->vm = 0;
    p->ring = 0;
    p->millisecond = 1ull << 63; /* no time is in that */
    memset(p->bucket, 0, sizeof p->bucket);
    (void)snprintf(text, sizeof text, "\"name\":\"%s\"", hv_modes[t->run.mode]->name);
    put_metadata(t, "process_name", 0, USER, text);
    (void)snprintf(text, sizeof text, "\"mode\":\"%s\",\"clock_hz\":%llu,\"vms\":%u",
                   hv_modes[t->run.mode]->name, (unsigned long long)t->run.clock_hz, t->run.vms);
    put_metadata(t, "ringside_run", 0, USER, text);
    for (unsigned vm = 0; vm < t->run.vms; vm++) {
        fix_texts(t, &p->texts[vm], vm);
        for (unsigned i = 0; i < THREADS; i++) {
            if (t->run.vms > 1)
                (void)snprintf(text, sizeof text, "\"name\":\"vm%u %s\"", vm, thread_names[i]);
            else
                (void)snprintf(text, sizeof text, "\"name\":\"%s\"", thread_names[i]);
            put_metadata(t, "thread_name", vm, i, text);
        }
    }
}

/* What the guest did until `cycle`. */
static inline char *put_guest(struct perfetto *p, char *at, uint64_t cycle, unsigned ring)
{
    if (cycle <= p->since)
        return at;
    if (p->vm < HV_MAX_VMS) {
        const struct texts *x = &p->texts[p->vm];
        at = put_stretch(p, at, ring == 3 ? &x->user : &x->kernel, p->since, cycle);
    }
    p->since = cycle;
    return at;
}

static void run_end(struct trace *t)
{
    struct perfetto *p = t->own;
    struct text_out *o = &t->out;
    char text[256];
    text_out_room(o);
    if (hv_modes[t->run.mode]->has_hypervisor)
        o->used = (size_t)(put_guest(p, o->text + o->used, t->run.cycles, p->ring) - o->text);
    (void)snprintf(text, sizeof text,
                   "\"cycles\":%llu,\"idle\":%llu,\"exits\":%llu,\"dropped\":%llu",
                   (unsigned long long)t->run.cycles, (unsigned long long)t->run.idle,
                   (unsigned long long)t->run.exits, (unsigned long long)t->run.dropped);
    put_metadata(t, "ringside_end", 0, USER, text);
}

static void end(struct trace *t)
{
    text_out_room(&t->out);
    text_out_literal(&t->out, "\n]}\n");
    free(t->own);
    t->own = NULL;
}

/* ---------------------------------------- events */

/* The phases of an exit one after the other, inside it. */
static inline char *put_phases(struct perfetto *p, char *at, const struct vm_exit *x,
                               const struct texts *texts, struct point when)
{
    for (unsigned ph = 0; ph < HV_PHASES; ph++) {
        if (!x->phase[ph])
            continue;
        const struct span *d = span_of(p, x->phase[ph]);
        at = put_whole_slice(p, at, &texts->phase[ph], when, d);
        if (ph == PHASE_DEVICE)
            at = put_whole_slice(p, at, &texts->device[x->reason], when, d);
        when = point_after(p, when, d);
    }
    return at;
}

static inline char *put_arguments(const struct perfetto *p, char *at, const struct vm_exit *x,
                                  const struct span *d)
{
    static const char number[32] = ",\"args\":{\"number\":", ring[16] = "\",\"ring\":0",
                      cycles[16] = ",\"cycles\":";
    memcpy(at, number, 32);
    at = text_put_decimal(at + 18, x->number);
    at = text_put_hex8(put_fixed(at, &p->outcome[x->outcome]), x->eip);
    memcpy(at, ring, 16);
    at[9] = (char)('0' + x->virtual_cpl);
    memcpy(at + 10, cycles, 16);
    at = put_cycles(at + 20, d);
    at[0] = at[1] = '}';
    return at + 2;
}

static void write_exit(struct trace *t, const struct vm_exit *x)
{
    struct perfetto *p = t->own;
    struct text_out *o = &t->out;
    const struct texts *texts = &p->texts[x->vm];
    text_out_room(o);
    char *at = o->text + o->used;
    if (!x->idle)
        at = put_guest(p, at, x->cycle, x->virtual_cpl);
    struct point from = point_at(p, time_units(p, x->cycle));
    const struct span *d = span_of(p, x->cycles);
    at = put_slice(p, at, &texts->exit[x->reason], from, d);
    at = put_arguments(p, at, x, d);
    at = put_phases(p, at, x, texts, from);
    o->used = (size_t)(at - o->text);
    text_out_record(o);
    p->since = x->cycle + x->cycles;
    p->ring = x->virtual_cpl_out;
}

static void put_instant(struct trace *t, const struct trace_event *e)
{
    char text[320], *at = text;
    open_record(t);
    at += snprintf(text, 160, "\n{\"ph\":\"i\",\"pid\":%u,\"tid\":%u,\"name\":\"%.60s\",\"ts\":",
                   (unsigned)t->run.mode + 1,
                   thread_number(e->vm, e->kind == TRACE_RING ? DEVICES : HYPERVISOR),
                   e->text ? e->text : trace_kind_names[e->kind]);
    at = put_any_time(at, time_units(t->own, e->cycle));
    at += snprintf(at, 120, ",\"s\":\"t\",\"args\":{\"a\":%u,\"b\":%u,\"value\":%llu}}", e->a, e->b,
                   (unsigned long long)e->value);
    text_out_bytes(&t->out, text, (size_t)(at - text));
}

/* The guest's stretch before an exit, as a record of its own. */
static void put_guest_apart(struct trace *t, const struct vm_exit *x)
{
    const struct perfetto *p = t->own;
    struct text_out *o = &t->out;
    if (x->cycle <= p->since)
        return;
    text_out_room(o);
    o->used = (size_t)(put_guest(t->own, o->text + o->used, x->cycle, x->virtual_cpl) - o->text);
    text_out_record(o);
}

static void write_event(struct trace *t, const struct trace_event *e)
{
    struct perfetto *p = t->own;
    if (e->kind == TRACE_SWITCH) {
        if (e->exit && !e->exit->idle) /* which is told later, and names the guest before it */
            put_guest_apart(t, e->exit);
        p->vm = (uint8_t)e->b;
        p->since = e->cycle > p->since ? e->cycle : p->since;
    } else if (e->kind == TRACE_IDLE && !hv_modes[t->run.mode]->has_hypervisor) {
        return; /* sample() has it from the buckets */
    } else if (e->kind == TRACE_IDLE) {
        p->since = e->cycle + e->value > p->since ? e->cycle + e->value : p->since;
    } else {
        put_instant(t, e);
    }
}

/* Native: what ran since the last sample, as one slice of user and one of kernel code, with the
 * exact cycles of each but not their order. */
static void sample(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS])
{
    struct perfetto *p = t->own;
    struct text_out *o = &t->out;
    uint64_t user = bucket[BUCKET_guest_user] - p->bucket[BUCKET_guest_user];
    uint64_t idle = bucket[BUCKET_idle] - p->bucket[BUCKET_idle];
    uint64_t spent = cycle - p->since;
    uint64_t busy_end = cycle - (idle < spent ? idle : spent);
    uint64_t user_end = p->since + user < busy_end ? p->since + user : busy_end;
    struct fixed text = {.length = 0};
    text_out_room(o);
    char *at = o->text + o->used;
    fix_slice(t, &text, 0, USER, "user (sampled)");
    at = put_stretch(p, at, &text, p->since, user_end);
    fix_slice(t, &text, 0, KERNEL, "kernel and events (sampled)");
    at = put_stretch(p, at, &text, user_end, busy_end);
    o->used = (size_t)(at - o->text);
    p->since = cycle;
    memcpy(p->bucket, bucket, sizeof p->bucket);
}

extern const struct trace_writer trace_perfetto_writer;
const struct trace_writer trace_perfetto_writer = {
    .begin = begin,
    .run_begin = run_begin,
    .exit = write_exit,
    .event = write_event,
    .sample = sample,
    .run_end = run_end,
    .end = end,
};
