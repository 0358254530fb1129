/*
 * Reading what trace_perfetto.c wrote: one event a line, in any order of members.
 *
 * Not a JSON reader: an event that somebody wrapped, escaped or nested deeper is refused with its
 * line. The closing bracket is not needed, and a last line that was cut off is not counted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace_read.h"

#define MAX_MEMBERS 16

struct member {
    const char *key, *value;
    size_t key_length, length;
};

struct event {
    struct member member[MAX_MEMBERS]; /* those of "args" among them, as if they were the event's */
    unsigned members;
};

struct reader {
    struct trace_file *file;
    struct trace_text *in;
    struct complaint *why;
    struct trace_table *table[HV_MODES + 1]; /* by pid */
    struct trace_exit open;                  /* its phases are still coming */
    uint64_t open_pid, open_tid;
    bool is_open;
};

/* ---------------------------------------- one line */

static const char *past_string(const char *at, const char *end)
{
    while (at < end && *at != '"' && *at != '\\')
        at++;
    return at < end && *at == '"' ? at : NULL;
}

static const char *past_number(const char *at, const char *end)
{
    while (at < end && ((*at >= '0' && *at <= '9') || strchr("+-.eE", *at)) && *at)
        at++;
    return at;
}

/* One "key":value at `at`; null if there is none. */
static const char *take_member(struct event *e, const char *at, const char *end)
{
    if (e->members == MAX_MEMBERS || at >= end || *at != '"')
        return NULL;
    struct member *m = &e->member[e->members];
    m->key = at + 1;
    at = past_string(at + 1, end);
    if (!at || end - at < 3 || at[1] != ':')
        return NULL;
    m->key_length = (size_t)(at - m->key);
    at += 2;
    if (*at == '{')
        return at; /* the caller goes inside */
    bool string = *at == '"';
    m->value = at + string;
    at = string ? past_string(at + 1, end) : past_number(at, end);
    if (!at)
        return NULL;
    m->length = (size_t)(at - m->value);
    e->members++;
    return at + string;
}

static bool read_event(struct event *e, const struct trace_text *in)
{
    const char *at = in->text, *end = in->text + in->length;
    unsigned depth = 0;
    e->members = 0;
    if (end > at && end[-1] == ',')
        end--;
    while (at < end) {
        if (*at == '{' && depth < 2) {
            depth++;
            at++;
        } else if (*at == '}' && depth) {
            depth--;
            at++;
            if (!depth)
                return at == end;
            continue;
        } else if (*at == ',' && depth) {
            at++;
        } else {
            return false;
        }
        if (at < end && *at == '}')
            continue;
        at = take_member(e, at, end);
        if (!at)
            return false;
    }
    return false;
}

static const struct member *find(const struct event *e, const char *key)
{
    for (unsigned i = 0; i < e->members; i++)
        if (strlen(key) == e->member[i].key_length &&
            memcmp(key, e->member[i].key, e->member[i].key_length) == 0)
            return &e->member[i];
    return NULL;
}

static bool number_of(const struct event *e, const char *key, uint64_t *to)
{
    const struct member *m = find(e, key);
    return m && trace_number(m->value, m->length, to);
}

static bool is(const struct member *m, const char *text)
{
    return m && strlen(text) == m->length && memcmp(text, m->value, m->length) == 0;
}

/* ---------------------------------------- what it means */

static bool bad(struct reader *r, const char *what)
{
    return trace_bad_line(r->in, r->why, what);
}

static void close_exit(struct reader *r)
{
    if (r->is_open)
        trace_table_count(r->table[r->open_pid], &r->open);
    r->is_open = false;
}

static bool begin_run(struct reader *r, const struct event *e, uint64_t pid)
{
    struct trace_run run = {.mode = 0};
    uint64_t vms = 0;
    const struct member *name = find(e, "mode");
    int mode = name ? trace_mode(name->value, name->length) : -1;
    if (mode < 0 || pid != (unsigned)mode + 1 || r->table[pid] ||
        !number_of(e, "clock_hz", &run.clock_hz) || !run.clock_hz || !number_of(e, "vms", &vms) ||
        !vms || vms > HV_MAX_VMS)
        return bad(r, "does not say mode, clock_hz and vms of a new run");
    run.mode = (enum hv_mode_id)mode;
    run.vms = (unsigned)vms;
    r->table[pid] = trace_table_begin(r->file, r->in->path, &run, r->why);
    return r->table[pid] != NULL;
}

static bool end_run(struct reader *r, const struct event *e, uint64_t pid)
{
    struct trace_run *run = r->table[pid] ? &r->table[pid]->run : NULL;
    if (!run || run->ended || !number_of(e, "cycles", &run->cycles) ||
        !number_of(e, "idle", &run->idle) || !number_of(e, "exits", &run->exits) ||
        !number_of(e, "dropped", &run->dropped) || run->idle > run->cycles)
        return bad(r, "does not say cycles, idle, exits and dropped of a run");
    run->ended = true;
    return true;
}

static bool open_exit(struct reader *r, const struct event *e, int reason, uint64_t pid)
{
    const struct member *outcome = find(e, "outcome");
    int o = outcome ? trace_name(outcome->value, outcome->length, exit_outcome_names, EXIT_OUTCOMES)
                    : -1;
    memset(&r->open, 0, sizeof r->open);
    if (o < 0 || !number_of(e, "cycles", &r->open.cycles) || !number_of(e, "tid", &r->open_tid) ||
        !r->table[pid] || r->table[pid]->run.ended)
        return bad(r, "an exit without outcome, cycles or run");
    r->open.reason = (unsigned)reason;
    r->open.outcome = (unsigned)o;
    r->open_pid = pid;
    r->is_open = true;
    return true;
}

/* A duration stands for a whole number of cycles. */
static bool add_phase(struct reader *r, const struct event *e, int phase)
{
    const struct member *dur = find(e, "dur");
    char text[32];
    if (!dur || dur->length >= sizeof text)
        return bad(r, "a phase without a duration");
    memcpy(text, dur->value, dur->length);
    text[dur->length] = 0;
    double cycles =
        nearbyint(strtod(text, NULL) * (double)r->table[r->open_pid]->run.clock_hz / 1e6);
    if (!(cycles >= 0 && cycles <= (double)r->open.cycles * 1.01 + 2))
        return bad(r, "a phase longer than its exit");
    r->open.phase[phase] += (uint64_t)cycles;
    return true;
}

static bool take_slice(struct reader *r, const struct event *e, uint64_t pid)
{
    const struct member *name = find(e, "name");
    uint64_t tid;
    if (!name || !number_of(e, "tid", &tid))
        return bad(r, "a slice without a name or a thread");
    int reason = trace_name(name->value, name->length, exit_reason_names, EXIT_REASONS);
    if (reason >= 0 && find(e, "outcome")) {
        close_exit(r);
        return open_exit(r, e, reason, pid);
    }
    int phase = trace_name(name->value, name->length, hv_phase_names, HV_PHASES);
    if (phase >= 0 && r->is_open && pid == r->open_pid && tid == r->open_tid)
        return add_phase(r, e, phase);
    return true;
}

static bool take(struct reader *r, const struct event *e)
{
    const struct member *ph = find(e, "ph"), *name = find(e, "name");
    uint64_t pid;
    if (!ph || !name || !number_of(e, "pid", &pid) || !pid || pid > HV_MODES)
        return bad(r, "an event without ph, name or the number of a mode as pid");
    if (is(ph, "X"))
        return take_slice(r, e, pid);
    if (!is(ph, "M"))
        return true;
    close_exit(r);
    if (is(name, "ringside_run"))
        return begin_run(r, e, pid);
    return is(name, "ringside_end") ? end_run(r, e, pid) : true;
}

/* An exit at the end of a file that was cut off: whole if its phases make up its cycles. */
static bool is_whole(const struct trace_exit *x)
{
    uint64_t sum = 0;
    for (unsigned p = 0; p < HV_PHASES; p++)
        sum += x->phase[p];
    return sum == x->cycles;
}

bool trace_perfetto_read(struct trace_file *f, struct trace_text *in, struct complaint *why)
{
    struct reader r = {.file = f, .in = in, .why = why};
    struct event e;
    (void)trace_next_line(in); /* what the file is */
    if (!trace_next_line(in))
        return trace_bad_line(in, why, "no events follow");
    if (in->length < 15 || memcmp(in->text, "\"traceEvents\":[", 15) != 0)
        return trace_bad_line(in, why, "\"traceEvents\":[ should stand here");
    while (trace_next_line(in)) {
        if (in->length && in->text[0] == ']')
            break;
        bool ok = read_event(&e, in);
        if (!ok && !in->whole)
            break;
        if (!ok)
            return trace_bad_line(in, why, "is no event as --trace writes them");
        if (!take(&r, &e))
            return false;
    }
    if (r.is_open && !r.table[r.open_pid]->run.ended && !is_whole(&r.open))
        r.is_open = false;
    close_exit(&r);
    return true;
}
