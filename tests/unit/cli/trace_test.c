/*
 * Traces as text: strictly nested at any clock, exact to the cycle, and whole up to where the disk
 * was full.
 */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

static struct output file; /* what the trace is written to */

static struct trace *open_trace(enum trace_format format, FILE *to, uint64_t hz, unsigned vms)
{
    struct complaint why = {CLI_OK, "", ""};
    struct trace *t = calloc(1, sizeof *t);
    cr_assert_not_null(t);
    cr_assert_not_null(to);
    memset(&file, 0, sizeof file);
    file.stream = to;
    cr_assert(trace_begin(t, format, &file, &why), "%s", why.what);
    trace_run_begin(t, hv_modes[MODE_trap], hz, vms);
    return t;
}

/* Ends it and gives its text, which the caller frees. */
static char *close_trace(struct trace *t, uint64_t cycle)
{
    const uint64_t bucket[SIM_BUCKETS] = {[BUCKET_idle] = 5};
    struct complaint why = {CLI_OK, "", ""};
    trace_run_end(t, cycle, bucket);
    cr_assert(trace_end(t, &why), "%s", why.what);
    free(t);
    cr_assert_eq(fseek(file.stream, 0, SEEK_END), 0);
    size_t n = (size_t)ftell(file.stream);
    char *text = calloc(1, n + 1);
    rewind(file.stream);
    cr_assert_eq(fread(text, 1, n, file.stream), n);
    (void)fclose(file.stream);
    return text;
}

static void tell(struct trace *t, const struct vm_exit *x)
{
    struct trace_sink sink = trace_sink_of(t);
    const struct trace_event e = {.kind = TRACE_EXIT, .cycle = x->cycle, .exit = x};
    sink.event(sink.opaque, &e);
}

/* n exits from a cycle on, of all reasons and phases; returns the cycle after the last. */
static uint64_t tell_many(struct trace *t, unsigned n, uint64_t at, uint64_t step)
{
    for (unsigned i = 1; i <= n; i++) {
        struct vm_exit x = {.number = i,
                            .cycle = at,
                            .reason = (uint8_t)(i % EXIT_REASONS),
                            .outcome = (uint8_t)(i % EXIT_OUTCOMES),
                            .virtual_cpl = i % 2 ? 3 : 0,
                            .virtual_cpl_out = 3};
        for (unsigned p = 0; p < HV_PHASES; p++)
            x.cycles += x.phase[p] = (i + p) % 3 ? (uint32_t)(p * step + i) : 0;
        tell(t, &x);
        at += x.cycles + i % 4 * 11;
    }
    return at;
}

static double number_of(const cJSON *event, const char *key)
{
    return cJSON_GetObjectItem(event, key)->valuedouble;
}

static bool is_slice(const cJSON *event)
{
    return strcmp(cJSON_GetObjectItem(event, "ph")->valuestring, "X") == 0;
}

/* Slices of one thread must be disjoint or nested; returns false at the first that is neither. */
static bool strictly_nested(const cJSON *events)
{
    const cJSON *a, *b;
    cJSON_ArrayForEach(a, events) cJSON_ArrayForEach(b, events)
    {
        if (a == b || !is_slice(a) || !is_slice(b) || number_of(a, "tid") != number_of(b, "tid"))
            continue;
        double a0 = number_of(a, "ts"), b0 = number_of(b, "ts");
        double a1 = a0 + number_of(a, "dur"), b1 = b0 + number_of(b, "dur");
        if (a0 < b0 - 1e-6 && b0 < a1 - 1e-6 && a1 < b1 - 1e-6)
            return false;
    }
    return true;
}

/* The end of the slice before must not lie behind the next one's begin. */
static void check_clock(uint64_t hz, uint64_t start, uint64_t step)
{
    struct trace *t = open_trace(TRACE_FORMAT_perfetto, tmpfile(), hz, 1);
    char *text = close_trace(t, tell_many(t, 30, start, step));
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root, "not JSON");
    const cJSON *events = cJSON_GetObjectItem(root, "traceEvents"), *e;
    cr_assert(cJSON_GetArraySize(events) > 30 * 6);
    cr_assert(strictly_nested(events), "at %llu Hz", (unsigned long long)hz);
    cJSON_ArrayForEach(e, events)
    {
        const cJSON *args = cJSON_GetObjectItem(e, "args");
        if (!is_slice(e) || !args)
            continue;
        double cycles = number_of(args, "cycles");
        cr_assert_eq(nearbyint(number_of(e, "dur") * (double)hz / 1e6), cycles,
                     "a duration stands for its cycles");
    }
    cJSON_Delete(root);
    free(text);
}

Test(trace, slices_are_strictly_nested_at_any_clock)
{
    check_clock(3799999999u, 7, 3);
    check_clock(3800000000u, 0, 19);
    check_clock(3800000000u, 3800000u - 500, 300);            /* into another millisecond */
    check_clock(3800000000u, 38000000000000u - 77777, 12345); /* after 10,000 seconds */
    check_clock(10000000, 1, 1);
    check_clock(1000000, 0, 50000);
}

Test(trace, the_nesting_check_sees_an_overlap)
{
    cJSON *bad = cJSON_Parse("[{\"ph\":\"X\",\"tid\":1,\"ts\":0,\"dur\":5},{\"ph\":\"X\",\"tid\":1,"
                             "\"ts\":3,\"dur\":5}]");
    cr_assert(!strictly_nested(bad));
    cJSON_Delete(bad);
}

Test(trace, an_array_that_was_never_closed_has_whole_records)
{
    struct trace *t = open_trace(TRACE_FORMAT_perfetto, tmpfile(), 3800000000u, 2);
    (void)tell_many(t, 2000, 1, 40);
    text_out_flush(&t->out);
    char *text = calloc(1, (size_t)t->out.written + 4);
    rewind(file.stream);
    cr_assert_eq(fread(text, 1, (size_t)t->out.written, file.stream), t->out.written);
    memcpy(text + t->out.written, "]}", 3);
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root, "a flushed trace is valid once it is closed");
    cJSON_Delete(root);
    free(text);
    free(close_trace(t, 1000000));
}

Test(trace, what_a_full_disk_does_not_take_is_counted_and_told)
{
    struct complaint why = {CLI_OK, "", ""};
    const uint64_t bucket[SIM_BUCKETS] = {0};
    struct trace *t = open_trace(TRACE_FORMAT_perfetto, fopen("/dev/full", "wb"), 3800000000u, 1);
    trace_run_end(t, tell_many(t, 5000, 1, 40), bucket);
    cr_assert(!trace_end(t, &why));
    cr_assert_eq(why.status, CLI_OURS);
    cr_assert(strstr(why.what, strerror(ENOSPC)) && strstr(why.what, "5000 of 5000 exits"), "%s",
              why.what);
    (void)fclose(file.stream);
    free(t);
}

Test(trace, a_suffix_says_the_form)
{
    cr_assert_eq(trace_format_of("a/b.json"), TRACE_FORMAT_perfetto);
    cr_assert_eq(trace_format_of("b.csv"), TRACE_FORMAT_csv);
    cr_assert_eq(trace_format_of("b.txt"), TRACE_FORMAT_kvm);
    cr_assert_eq(trace_format_of("b.db"), TRACE_FORMAT_sqlite);
    cr_assert_eq(trace_format_of(".json"), TRACE_FORMATS);
    cr_assert_eq(trace_format_of("json"), TRACE_FORMATS);
    cr_assert_eq(trace_format_of("a.json.bak"), TRACE_FORMATS);
}
