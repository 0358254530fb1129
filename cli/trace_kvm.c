/*
 * The trace as the text that Linux's ftrace prints of KVM's tracepoints kvm_entry and kvm_exit
 * (arch/x86/kvm/trace.h), so that what reads that reads ours too:
 *
 *     TASK-PID  [CPU] flags  TIMESTAMP: EVENT: FIELDS
 *
 * The task is the mode, the pid the guest's number plus 1, the timestamp the machine's clock in
 * cycles, as ftrace prints it with trace_clock x86-tsc. Every exit is followed by ringside_exit, an
 * event of our own with what KVM's have no room for: number, outcome, cycles and phases. An exit
 * while no guest ran (an interrupt that ends idling) has no kvm_entry before it.
 *
 * Hot enough to be made without printf, but not as JSON is: the form is for small runs and tools.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace_read.h"

struct kvm {
    uint64_t since; /* end of the last exit */
    bool inside;    /* the hypervisor has been entered, nobody resumed yet */
    uint8_t vm;     /* that goes on then */
    uint32_t eip[HV_MAX_VMS];
};

/* ---------------------------------------- writing */

static bool begin(struct trace *t, struct complaint *why)
{
    t->own = calloc(1, sizeof(struct kvm));
    if (!t->own)
        return complain_ours(why, NULL, "no memory");
    text_out_string(&t->out, "# tracer: nop\n"
                             "# ringside.trace/1: clock x86-tsc, modelled cycles, not measured\n"
                             "#\n"
                             "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
                             "#              | |         |   |||||     |         |\n");
    return true;
}

static void run_begin(struct trace *t)
{
    struct kvm *k = t->own;
    memset(k, 0, sizeof *k);
    trace_put_run(&t->out, &t->run);
}

/* "          trap-1       [000] d..1.      1234: EVENT: " */
static void put_event(struct trace *t, unsigned vm, uint64_t cycle, const char *event)
{
    static const char spaces[] = "                ";
    struct text_out *o = &t->out;
    const char *task = hv_modes[t->run.mode]->name;
    size_t n = strlen(task);
    char number[24];
    text_out_room(o);
    text_out_bytes(o, spaces, n < 16 ? 16 - n : 0);
    text_out_bytes(o, task, n);
    text_out_literal(o, "-");
    text_out_decimal(o, vm + 1);
    text_out_literal(o, "       [000] d..1. ");
    n = (size_t)(text_put_decimal(number, cycle) - number);
    text_out_bytes(o, spaces, n < 12 ? 12 - n : 0);
    text_out_bytes(o, number, n);
    text_out_string(o, event);
}

static void put_hex(struct text_out *o, const char *before, uint32_t v, unsigned digits)
{
    text_out_string(o, before);
    text_out_hex(o, v, digits);
}

/* An address without leading zeros, as %lx prints it. */
static void put_address(struct text_out *o, uint32_t v)
{
    text_out_literal(o, "0x");
    text_out_hex(o, v, v ? (35 - SIM_CLZ32(v)) / 4 : 1);
}

/* The guest is resumed, late: when it is known who goes on, and where. */
static void put_entry(struct trace *t, unsigned vm, uint64_t cycle)
{
    struct kvm *k = t->own;
    if (vm >= HV_MAX_VMS)
        return;
    put_event(t, vm, cycle, ": kvm_entry: vcpu 0, rip ");
    put_address(&t->out, k->eip[vm]);
    text_out_literal(&t->out, " intr_info 0x00000000 error_code 0x00000000\n");
}

/* Interruption information as VT-x has it: valid, type, vector; info1 of a page fault is its
 * address, as on SVM. SDM v3, Information for VM Exits Due to Vectored Events. */
static void put_exit(struct trace *t, const struct vm_exit *x)
{
    struct text_out *o = &t->out;
    bool external = x->reason == EXIT_EXTERNAL_INTERRUPT;
    bool software = x->reason == EXIT_reflect_interrupt || x->reason == EXIT_hypercall;
    uint32_t type = external ? 0 : software ? 4 : 3;
    put_event(t, x->vm, x->cycle, ": kvm_exit: vcpu 0 reason ");
    text_out_string(o, exit_reason_names[x->reason]);
    text_out_literal(o, " rip ");
    put_address(o, x->eip);
    put_hex(o, " info1 0x00000000", x->vector == 14 && !external ? x->cr2 : 0, 8);
    put_hex(o, " info2 0x00000000", 0, 8);
    put_hex(o, " intr_info 0x",
            1u << 31 | (x->has_error ? 1u << 11 : 0) | type << 8 | (uint32_t)x->vector, 8);
    put_hex(o, " error_code 0x", x->has_error ? x->error : 0, 8);
    text_out_literal(o, "\n");
}

static void put_ours(struct trace *t, const struct vm_exit *x)
{
    struct text_out *o = &t->out;
    put_event(t, x->vm, x->cycle + x->cycles, ": ringside_exit: number ");
    text_out_decimal(o, x->number);
    text_out_literal(o, " outcome ");
    text_out_string(o, exit_outcome_names[x->outcome]);
    text_out_literal(o, " cycles ");
    text_out_decimal(o, x->cycles);
    for (unsigned p = 0; p < HV_PHASES; p++) {
        if (!x->phase[p])
            continue;
        text_out_literal(o, " ");
        text_out_string(o, hv_phase_names[p]);
        text_out_literal(o, " ");
        text_out_decimal(o, x->phase[p]);
    }
    text_out_literal(o, "\n");
    text_out_record(o);
}

static void write_exit(struct trace *t, const struct vm_exit *x)
{
    struct kvm *k = t->own;
    if (!x->idle && k->inside && x->cycle > k->since)
        put_entry(t, x->vm, k->since);
    put_exit(t, x);
    put_ours(t, x);
    k->inside = true;
    k->since = x->cycle + x->cycles;
    k->eip[x->vm] = x->eip_out;
}

static void write_event(struct trace *t, const struct trace_event *e)
{
    struct kvm *k = t->own;
    uint64_t until = e->cycle + (e->kind == TRACE_IDLE ? e->value : 0);
    if (e->kind != TRACE_IDLE && e->kind != TRACE_SWITCH)
        return;
    if (e->kind == TRACE_SWITCH)
        k->vm = (uint8_t)e->b;
    if (until > k->since)
        k->since = until;
}

static void run_end(struct trace *t)
{
    struct kvm *k = t->own;
    if (k->inside && t->run.cycles > k->since)
        put_entry(t, k->vm, k->since);
    trace_put_end(&t->out, &t->run);
}

static void end(struct trace *t)
{
    free(t->own);
    t->own = NULL;
}

extern const struct trace_writer trace_kvm_writer;
const struct trace_writer trace_kvm_writer = {
    .begin = begin,
    .run_begin = run_begin,
    .exit = write_exit,
    .event = write_event,
    .run_end = run_end,
    .end = end,
};

/* ---------------------------------------- reading */

/* The words of a line, from the one after `at`; a length of 0 ends them. */
struct words {
    const char *at, *end;
    const char *word;
    size_t length;
};

static bool next_word(struct words *w)
{
    while (w->at < w->end && *w->at == ' ')
        w->at++;
    w->word = w->at;
    while (w->at < w->end && *w->at != ' ')
        w->at++;
    w->length = (size_t)(w->at - w->word);
    return w->length != 0;
}

static bool is_word(const struct words *w, const char *text)
{
    return strlen(text) == w->length && memcmp(text, w->word, w->length) == 0;
}

/* Goes behind the event's name, the word that ends in a colon after the timestamp's. */
static bool find_event(struct words *w)
{
    unsigned colons = 0;
    while (colons < 2 && next_word(w))
        colons += w->word[w->length - 1] == ':';
    return colons == 2;
}

/* The reason in a kvm_exit's fields. */
static bool take_kvm_exit(struct words *w, struct trace_exit *x)
{
    while (next_word(w)) {
        if (!is_word(w, "reason"))
            continue;
        int reason =
            next_word(w) ? trace_name(w->word, w->length, exit_reason_names, EXIT_REASONS) : -1;
        memset(x, 0, sizeof *x);
        x->reason = (unsigned)reason;
        return reason >= 0;
    }
    return false;
}

/* A key and its number; false unless both are there and known. */
static bool take_pair(struct words *w, struct trace_exit *x, bool *has_outcome)
{
    uint64_t ignored;
    int phase = trace_name(w->word, w->length, hv_phase_names, HV_PHASES);
    bool outcome = is_word(w, "outcome"), cycles = is_word(w, "cycles");
    if (phase < 0 && !outcome && !cycles && !is_word(w, "number"))
        return false;
    if (!next_word(w))
        return false;
    if (outcome) {
        int o = trace_name(w->word, w->length, exit_outcome_names, EXIT_OUTCOMES);
        x->outcome = (unsigned)o;
        *has_outcome = o >= 0;
        return o >= 0;
    }
    return trace_number(w->word, w->length,
                        cycles       ? &x->cycles
                        : phase >= 0 ? &x->phase[phase]
                                     : &ignored);
}

static bool take_ringside_exit(struct words *w, struct trace_exit *x)
{
    bool has_outcome = false;
    while (next_word(w))
        if (!take_pair(w, x, &has_outcome))
            return false;
    return has_outcome;
}

bool trace_kvm_read(struct trace_file *f, struct trace_text *in, struct complaint *why)
{
    struct trace_exit x = {.reason = 0};
    bool ours, is_open = false;
    while (trace_next_line(in)) {
        struct words w = {.at = in->text, .end = in->text + in->length};
        if (!trace_take_comment(f, in, &ours, why))
            return false;
        if (ours)
            continue;
        if (!in->whole)
            break;
        if (!find_event(&w))
            return trace_bad_line(in, why, "TASK-PID [CPU] FLAGS TIME: EVENT: should stand here");
        if (is_word(&w, "kvm_exit:")) {
            if (is_open || !take_kvm_exit(&w, &x))
                return trace_bad_line(in, why,
                                      "a kvm_exit without a reason that we know, or the "
                                      "one before lacks its ringside_exit");
            is_open = true;
        } else if (is_word(&w, "ringside_exit:")) {
            if (!is_open || !take_ringside_exit(&w, &x) || !f->runs ||
                f->table[f->runs - 1].run.ended)
                return trace_bad_line(in, why, "no outcome, cycles and phases of an exit in a run");
            trace_table_count(&f->table[f->runs - 1], &x);
            is_open = false;
        }
    }
    return true;
}
