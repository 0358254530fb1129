/*
 * What all forms of a trace share: see trace.h.
 */
#include "trace.h"

#include <string.h>

const struct trace_format_row trace_format_rows[TRACE_FORMATS] = {
#define TRACE_FORMAT(id, name, suffix, what) {name, suffix, what},
#include "trace_formats.def"
#undef TRACE_FORMAT
};

#define TRACE_FORMAT(id, name, suffix, what) extern const struct trace_writer trace_##id##_writer;
#include "trace_formats.def"
#undef TRACE_FORMAT

static const struct trace_writer *const writers[TRACE_FORMATS] = {
#define TRACE_FORMAT(id, name, suffix, what) &trace_##id##_writer,
#include "trace_formats.def"
#undef TRACE_FORMAT
};

enum trace_format trace_format_of(const char *path)
{
    size_t n = strlen(path);
    for (unsigned i = 0; i < TRACE_FORMATS; i++) {
        size_t m = strlen(trace_format_rows[i].suffix);
        if (n > m && strcmp(path + n - m, trace_format_rows[i].suffix) == 0)
            return (enum trace_format)i;
    }
    return TRACE_FORMATS;
}

bool trace_begin(struct trace *t, enum trace_format format, struct output *to,
                 struct complaint *why)
{
    t->writer = writers[format];
    t->output = to;
    memset(&t->run, 0, sizeof t->run);
    t->runs = 0;
    t->exits = t->lost = 0;
    t->problem[0] = 0;
    t->flushed = 0;
    t->own = NULL;
    text_out_init(&t->out, to->stream);
    if (t->writer->begin(t, why))
        return true;
    t->writer = NULL;
    return false;
}

void trace_run_begin(struct trace *t, const struct hv_mode *mode, uint64_t clock_hz, unsigned vms)
{
    memset(&t->run, 0, sizeof t->run);
    while (hv_modes[t->run.mode] != mode)
        t->run.mode++;
    t->run.clock_hz = clock_hz;
    t->run.vms = vms;
    t->runs++;
    t->writer->run_begin(t);
}

static uint64_t dropped(const struct trace *t)
{
    uint64_t unwritten = t->out.error ? t->out.records - t->out.records_written : 0;
    return t->lost + unwritten;
}

void trace_run_end(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS])
{
    t->run.cycles = cycle;
    t->run.idle = bucket[BUCKET_idle];
    t->run.dropped = dropped(t);
    t->run.ended = true;
    t->writer->run_end(t);
}

static void flush(struct trace *t)
{
    output_publish(t->output);
    text_out_flush(&t->out);
    if (t->writer->flush)
        t->writer->flush(t);
}

void trace_tick(struct trace *t, double now)
{
    if (now - t->flushed < TRACE_FLUSH_SECONDS)
        return;
    t->flushed = now;
    flush(t);
}

static void end(struct trace *t)
{
    t->writer->end(t);
    text_out_finish(&t->out);
    t->writer = NULL;
}

bool trace_end(struct trace *t, struct complaint *why)
{
    if (!t->writer)
        return true;
    end(t);
    uint64_t n = dropped(t);
    if (!t->out.error && !n && !t->problem[0])
        return true;
    return complain_ours(why, "the trace ends there; what stands in it is whole",
                         "--trace %s: %s; %llu of %llu exits were dropped", t->output->given,
                         t->out.error ? strerror(t->out.error) : t->problem, (unsigned long long)n,
                         (unsigned long long)t->exits);
}

void trace_abandon(struct trace *t)
{
    if (t->writer)
        end(t);
}

static void on_event(void *opaque, const struct trace_event *e)
{
    struct trace *t = opaque;
    if (SIM_LIKELY(e->kind == TRACE_EXIT)) {
        t->exits++;
        t->run.exits++;
        t->writer->exit(t, e->exit);
    } else if (t->writer->event) {
        t->writer->event(t, e);
    }
}

struct trace_sink trace_sink_of(struct trace *t)
{
    struct trace_sink sink = {on_event, t};
    return sink;
}

void trace_sample(struct trace *t, uint64_t cycle, const uint64_t bucket[SIM_BUCKETS])
{
    if (t->writer->sample)
        t->writer->sample(t, cycle, bucket);
}
