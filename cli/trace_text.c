/*
 * What the readers of traces share, and the lines that say what a run was: see trace_read.h.
 */
#include "trace_read.h"

#include <inttypes.h>
#include <string.h>

#include "number.h"

bool trace_next_line(struct trace_text *in)
{
    if (in->at >= in->end)
        return false;
    const char *stop = memchr(in->at, '\n', (size_t)(in->end - in->at));
    in->whole = stop != NULL;
    in->text = in->at;
    in->length = (size_t)((stop ? stop : in->end) - in->at);
    in->at = stop ? stop + 1 : in->end;
    if (in->length && in->text[in->length - 1] == '\r')
        in->length--;
    in->line++;
    return true;
}

bool trace_bad_line(const struct trace_text *in, struct complaint *why, const char *what)
{
    return complain(why, "give a file that --trace wrote; docs/trace.md shows what stands in one",
                    "%s: line %lu: %s", in->path, in->line, what);
}

struct trace_table *trace_table_begin(struct trace_file *f, const char *path,
                                      const struct trace_run *run, struct complaint *why)
{
    if (f->runs == TRACE_MAX_RUNS) {
        (void)complain(why, "a trace has at most one run a mode", "%s: more than %u runs", path,
                       TRACE_MAX_RUNS);
        return NULL;
    }
    struct trace_table *t = &f->table[f->runs++];
    t->run = *run;
    return t;
}

void trace_table_count(struct trace_table *t, const struct trace_exit *x)
{
    struct exit_counter *n = &t->exit[x->reason][x->outcome];
    if (!n->count || x->cycles < n->min)
        n->min = x->cycles;
    if (x->cycles > n->max)
        n->max = x->cycles;
    n->count++;
    n->cycles += x->cycles;
    for (unsigned p = 0; p < HV_PHASES; p++)
        n->phase[p] += x->phase[p];
    t->exits++;
}

int trace_name(const char *text, size_t n, const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (strlen(names[i]) == n && memcmp(names[i], text, n) == 0)
            return (int)i;
    return -1;
}

int trace_mode(const char *text, size_t n)
{
    for (unsigned i = 0; i < HV_MODES; i++)
        if (strlen(hv_modes[i]->name) == n && memcmp(hv_modes[i]->name, text, n) == 0)
            return (int)i;
    return -1;
}

bool trace_number(const char *text, size_t n, uint64_t *value)
{
    char copy[24];
    if (n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = 0;
    return number_parse(copy, value);
}

/* ---------------------------------------- lines that say what a run was */

static const char run_mark[] = "# ringside.run", end_mark[] = "# ringside.end";

void trace_put_run(struct text_out *o, const struct trace_run *run)
{
    char text[160];
    (void)snprintf(text, sizeof text, "%s mode=%s clock_hz=%" PRIu64 " vms=%u\n", run_mark,
                   hv_modes[run->mode]->name, run->clock_hz, run->vms);
    text_out_string(o, text);
}

void trace_put_end(struct text_out *o, const struct trace_run *run)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "%s cycles=%" PRIu64 " idle=%" PRIu64 " exits=%" PRIu64 " dropped=%" PRIu64 "\n",
                   end_mark, run->cycles, run->idle, run->exits, run->dropped);
    text_out_string(o, text);
}

/* The value of " key=" in the current line: its length, 0 if there is none. */
static size_t value_of(const struct trace_text *in, const char *key, const char **value)
{
    size_t n = strlen(key);
    for (size_t i = 0; i + n + 2 < in->length; i++) {
        if (in->text[i] != ' ' || memcmp(in->text + i + 1, key, n) != 0 ||
            in->text[i + n + 1] != '=')
            continue;
        *value = in->text + i + n + 2;
        size_t rest = in->length - (i + n + 2), m = 0;
        while (m < rest && (*value)[m] != ' ')
            m++;
        return m;
    }
    return 0;
}

static bool number_at(const struct trace_text *in, const char *key, uint64_t *to)
{
    const char *value = NULL;
    size_t n = value_of(in, key, &value);
    return n && trace_number(value, n, to);
}

static bool begin_run(struct trace_file *f, struct trace_text *in, struct complaint *why)
{
    const char *value = NULL;
    uint64_t vms = 0;
    struct trace_run run = {.mode = 0};
    size_t n = value_of(in, "mode", &value);
    int mode = n ? trace_mode(value, n) : -1;
    if (mode < 0 || !number_at(in, "clock_hz", &run.clock_hz) || !run.clock_hz ||
        !number_at(in, "vms", &vms) || !vms || vms > HV_MAX_VMS)
        return trace_bad_line(in, why, "does not say mode, clock_hz and vms of a run");
    run.mode = (enum hv_mode_id)mode;
    run.vms = (unsigned)vms;
    return trace_table_begin(f, in->path, &run, why) != NULL;
}

static bool end_run(struct trace_file *f, struct trace_text *in, struct complaint *why)
{
    struct trace_run *run = f->runs ? &f->table[f->runs - 1].run : NULL;
    if (!run || run->ended || !number_at(in, "cycles", &run->cycles) ||
        !number_at(in, "idle", &run->idle) || !number_at(in, "exits", &run->exits) ||
        !number_at(in, "dropped", &run->dropped) || run->idle > run->cycles)
        return trace_bad_line(in, why, "does not say cycles, idle, exits and dropped of a run");
    run->ended = true;
    return true;
}

static bool begins_with(const struct trace_text *in, const char *mark, size_t n)
{
    return in->length >= n && memcmp(in->text, mark, n) == 0;
}

bool trace_take_comment(struct trace_file *f, struct trace_text *in, bool *ours,
                        struct complaint *why)
{
    *ours = in->length == 0 || in->text[0] == '#';
    if (!in->whole)
        return true; /* cut off: nothing to rely on */
    if (begins_with(in, run_mark, sizeof run_mark - 1))
        return begin_run(f, in, why);
    if (begins_with(in, end_mark, sizeof end_mark - 1))
        return end_run(f, in, why);
    return true;
}

/* ---------------------------------------- the file */
