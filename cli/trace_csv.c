/*
 * The trace as CSV: one exit a row. Lines that begin with # say what a run was; most readers can be
 * told to skip them (pandas: comment="#").
 */
#include <inttypes.h>
#include <string.h>

#include "trace_columns.h"
#include "trace_read.h"

static const char *const columns[] = {
#define COLUMN(name, kind, value) #name,
#include "trace_columns.def"
#undef COLUMN
};
#define COLUMNS (sizeof columns / sizeof *columns)

/* ---------------------------------------- writing */

static void put_head(struct text_out *o)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        text_out_string(o, i ? "," : "");
        text_out_string(o, columns[i]);
    }
    for (unsigned p = 0; p < HV_PHASES; p++) {
        text_out_literal(o, ",");
        text_out_string(o, hv_phase_names[p]);
    }
    text_out_literal(o, "\n");
}

static bool begin(struct trace *t, struct complaint *why)
{
    (void)why;
    text_out_string(&t->out, "# ringside.trace/1: one exit a row; modelled cycles, not measured\n");
    put_head(&t->out);
    return true;
}

static void run_begin(struct trace *t)
{
    trace_put_run(&t->out, &t->run);
}

static void put_value(struct text_out *o, const struct trace_value *v)
{
    if (v->text)
        text_out_string(o, v->text);
    else if (v->hex) {
        text_out_literal(o, "0x");
        text_out_hex(o, (uint32_t)v->number, 8);
    } else if (v->there)
        text_out_decimal(o, v->number);
}

static void write_exit(struct trace *t, const struct vm_exit *x)
{
    struct text_out *o = &t->out;
    struct trace_value value[TRACE_COLUMNS];
    trace_values(t, x, value);
    text_out_room(o);
    for (unsigned i = 0; i < TRACE_COLUMNS; i++) {
        if (i)
            text_out_literal(o, ",");
        put_value(o, &value[i]);
    }
    for (unsigned p = 0; p < HV_PHASES; p++) {
        text_out_literal(o, ",");
        text_out_decimal(o, x->phase[p]);
    }
    text_out_literal(o, "\n");
    text_out_record(o);
}

static void run_end(struct trace *t)
{
    trace_put_end(&t->out, &t->run);
}

static void end(struct trace *t)
{
    (void)t;
}

extern const struct trace_writer trace_csv_writer;
const struct trace_writer trace_csv_writer = {
    .begin = begin,
    .run_begin = run_begin,
    .exit = write_exit,
    .run_end = run_end,
    .end = end,
};

/* ---------------------------------------- reading */

#define MAX_FIELDS (COLUMNS + HV_PHASES)

struct row {
    const char *field[MAX_FIELDS];
    size_t length[MAX_FIELDS];
    unsigned fields;
};

static bool split(struct row *r, const struct trace_text *in)
{
    const char *at = in->text, *end = in->text + in->length;
    for (r->fields = 0; r->fields < MAX_FIELDS;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        r->field[r->fields] = at;
        r->length[r->fields++] = (size_t)((comma ? comma : end) - at);
        if (!comma)
            return r->fields == MAX_FIELDS;
        at = comma + 1;
    }
    return false;
}

/* Are these our columns, in our order? */
static bool is_head(const struct row *r)
{
    for (unsigned i = 0; i < MAX_FIELDS; i++)
        if (trace_name(r->field[i], r->length[i],
                       i < COLUMNS ? &columns[i] : &hv_phase_names[i - COLUMNS], 1) != 0)
            return false;
    return true;
}

static bool take_row(struct trace_exit *x, const struct row *r)
{
    int reason = trace_name(r->field[TRACE_COLUMN_reason], r->length[TRACE_COLUMN_reason],
                            exit_reason_names, EXIT_REASONS);
    int outcome = trace_name(r->field[TRACE_COLUMN_outcome], r->length[TRACE_COLUMN_outcome],
                             exit_outcome_names, EXIT_OUTCOMES);
    if (reason < 0 || outcome < 0 ||
        !trace_number(r->field[TRACE_COLUMN_cycles], r->length[TRACE_COLUMN_cycles], &x->cycles))
        return false;
    for (unsigned p = 0; p < HV_PHASES; p++)
        if (!trace_number(r->field[COLUMNS + p], r->length[COLUMNS + p], &x->phase[p]))
            return false;
    x->reason = (unsigned)reason;
    x->outcome = (unsigned)outcome;
    return true;
}

bool trace_csv_read(struct trace_file *f, struct trace_text *in, struct complaint *why)
{
    bool had_head = false, ours;
    while (trace_next_line(in)) {
        struct row row;
        struct trace_exit x;
        if (!trace_take_comment(f, in, &ours, why))
            return false;
        if (ours)
            continue;
        if (!in->whole)
            break;
        if (!split(&row, in))
            return trace_bad_line(in, why, "has not as many fields as there are columns");
        if (!had_head) {
            if (!is_head(&row))
                return trace_bad_line(in, why, "the names of the columns should stand here");
            had_head = true;
        } else if (!take_row(&x, &row)) {
            return trace_bad_line(in, why, "no reason, outcome and cycles as --trace writes them");
        } else if (!f->runs || f->table[f->runs - 1].run.ended) {
            return trace_bad_line(in, why, "an exit outside of any run");
        } else {
            trace_table_count(&f->table[f->runs - 1], &x);
        }
    }
    return true;
}
