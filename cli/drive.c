/*
 * The run loop of the command line: slices of simulated time, between which signals, budgets and
 * input are looked at.
 *
 * Input from a terminal goes to the guest as it is typed, and an idle guest waits in real time.
 * Input from a file or pipe is given line by line, each when the guest waits for something, so that
 * the same input gives the same run however fast the host delivers it. A guest that never halts
 * shows no waiting: it gets a line whenever it had a tenth of a simulated second to digest the
 * last. With several guests it is the first one that still runs who gets it.
 */
#include "runner.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keys.h"
#include "number.h"
#include "paint.h"
#include "screen.h"
#include "terminal.h"

#define SLICE_CYCLES_MOST 50000000u
#define EOF_TRIES         64
#define CTRL_D            4
#define SCREEN_SECONDS    0.04
#define HELP_SECONDS      3

struct drive {
    struct runner *r;
    double started, shown;
    uint64_t slice;       /* cycles */
    uint64_t idle_before; /* machine's idle cycles at the last look */
    uint64_t cycle_before;
    uint64_t fed_at; /* cycle of the last input */
    struct key_filter keys;
    unsigned char input[1024];
    unsigned from, to;           /* in input: not yet taken by the guest */
    uint8_t codes[KEYS_MOST];    /* --keyboard: of the key being pressed */
    unsigned code_from, code_to; /* not yet taken */
    unsigned listener;           /* the VM that gets the input */
    bool eof;
    unsigned eof_tries; /* at this listener */
    bool regular;       /* standard input is a file: reading never waits */
    bool waits;         /* the guest has been idle for most of the last slice */
    bool progress_shown;
    struct screen screen; /* as painted last */
    double paint_at;      /* host time of the next look */
    bool painted;         /* nothing else is on the terminal */
    bool done;
};

double host_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void finish(struct drive *d, enum run_end end)
{
    d->r->end = end;
    d->done = true;
}

/* When a guest ends, the next one listens; what its predecessor did not take is its now. */
static void choose_listener(struct drive *d)
{
    const struct hv *hv = d->r->hv;
    while (d->listener + 1 < hv->vms && hv->vm[d->listener]->s.end != VM_RUNNING) {
        d->listener++;
        d->eof_tries = 0;
    }
}

/* Presses and releases the keys of what was typed. False: the keyboard's buffer is full now. */
static bool press_keys(struct drive *d)
{
    while (d->code_from < d->code_to || d->from < d->to) {
        if (d->code_from == d->code_to) {
            d->code_from = 0;
            d->from += keys_take(&d->input[d->from], d->to - d->from, d->codes, &d->code_to);
        }
        while (d->code_from < d->code_to) {
            if (!hv_key_in(d->r->hv, d->listener, d->codes[d->code_from]))
                return false;
            d->code_from++;
            d->fed_at = hv_cycle(d->r->hv);
        }
    }
    return true;
}

/* Hands over what is waiting; the device may have no room now. */
static void feed(struct drive *d)
{
    if (d->r->options->keyboard && !press_keys(d))
        return;
    while (d->from < d->to && hv_console_in(d->r->hv, d->listener, d->input[d->from])) {
        d->from++;
        d->fed_at = hv_cycle(d->r->hv);
    }
    if (d->from == d->to)
        d->from = d->to = 0;
}

static void tell_keys(void)
{
    (void)fputs("\nCtrl-A x leaves, Ctrl-A h shows this, Ctrl-A Ctrl-A sends Ctrl-A, Ctrl-C stops "
                "with the summary\n",
                stderr);
}

static void read_keys(struct drive *d)
{
    unsigned char typed[256];
    long n = d->to + sizeof typed < sizeof d->input ? terminal_read(typed, sizeof typed) : -1;
    if (n == 0)
        finish(d, RUN_LEFT); /* the terminal is gone */
    for (long i = 0; i < n && !d->done; i++) {
        switch (key_filter(&d->keys, &typed[i])) {
        case KEY_PASS:
            d->input[d->to++] = typed[i];
            break;
        case KEY_LEAVE:
            finish(d, RUN_LEFT);
            break;
        case KEY_STOP:
            finish(d, RUN_SIGNAL);
            break;
        case KEY_HELP:
            tell_keys();
            d->painted = false;
            d->paint_at = host_now() + HELP_SECONDS;
            break;
        case KEY_NONE:
            break;
        }
    }
}

/* One line of a file or pipe; waits for it, unless a signal comes. */
static void read_line(struct drive *d)
{
    while (d->to < sizeof d->input - 1 && (d->to == 0 || d->input[d->to - 1] != '\n')) {
        if (!terminal_wait(-1) && terminal_stop_signal())
            return;
        long n = terminal_read(&d->input[d->to], 1);
        if (n == 0) {
            d->eof = true;
            return;
        }
        d->to += n > 0;
    }
}

/* True once the guest can be expected to read: it waits, or has been busy for two simulated
 * seconds. A guest that never halts is not stopped for a pipe with nothing in it. */
static bool may_feed(const struct drive *d)
{
    uint64_t hz = d->r->inputs->profile.cost.clock_hz;
    uint64_t busy = hv_cycle(d->r->hv) - d->fed_at;
    if (d->idle_before || d->waits)
        return d->waits || (d->regular && busy > 2 * hz);
    return busy > hz / 10 && (d->regular || terminal_wait(0));
}

static void take_input(struct drive *d)
{
    if (!d->r->feeds_stdin)
        return;
    choose_listener(d);
    if (terminal_is_raw()) {
        read_keys(d);
    } else if (d->from == d->to && d->code_from == d->code_to && !d->eof && may_feed(d)) {
        read_line(d);
    } else if (d->from == d->to && d->eof && d->waits && d->eof_tries < EOF_TRIES) {
        d->input[d->to++] = CTRL_D;
        d->eof_tries++;
    }
    feed(d);
}

/* An idle guest with a person before it: real time passes as slowly as simulated time. */
static void look_at_idling(struct drive *d)
{
    const struct cpu_state *s = &d->r->hv->machine->cpu.s;
    uint64_t idle = s->bucket[BUCKET_idle], cycle = hv_cycle(d->r->hv);
    uint64_t spent = cycle - d->cycle_before;
    d->waits = spent && (idle - d->idle_before) * 2 > spent;
    if (terminal_is_raw() && d->waits) {
        uint64_t ms = (idle - d->idle_before) * 1000 / d->r->inputs->profile.cost.clock_hz;
        (void)terminal_wait(ms < 100 ? (int)ms : 100);
    }
    d->idle_before = idle;
    d->cycle_before = cycle;
}

static void show_progress(struct drive *d)
{
    char insns[NUMBER_TEXT];
    double now = host_now();
    if (!d->r->shows_progress || now - d->started < 1 || now - d->shown < 0.2)
        return;
    d->shown = now;
    d->progress_shown = true;
    (void)fprintf(stderr, "\r%s: %s instructions, %.2f simulated seconds, %.0f s ",
                  hv_modes[d->r->mode]->name, number_short(insns, hv_icount(d->r->hv)),
                  (double)hv_cycle(d->r->hv) / (double)d->r->inputs->profile.cost.clock_hz,
                  now - d->started);
    (void)fflush(stderr);
}

static void show_screen(struct drive *d)
{
    struct screen now;
    double at = host_now();
    if (!d->r->shows_screen || at < d->paint_at)
        return;
    screen_look(&now, d->r->hv, d->listener);
    screen_paint(stdout, &now, &d->screen, !d->painted, paint_wanted(stdout, d->r->options->color));
    d->painted = true;
    d->paint_at = at + SCREEN_SECONDS;
}

static void check_budgets(struct drive *d)
{
    const struct options *o = d->r->options;
    if (terminal_stop_signal())
        finish(d, RUN_SIGNAL);
    else if (o->max_insns && hv_icount(d->r->hv) >= o->max_insns)
        finish(d, RUN_INSNS);
    else if (o->max_cycles && hv_cycle(d->r->hv) >= o->max_cycles)
        finish(d, RUN_CYCLES);
    else if (o->timeout > 0 && host_now() - d->started >= o->timeout)
        finish(d, RUN_TIMEOUT);
}

static uint64_t bounded(uint64_t now, uint64_t step, uint64_t end)
{
    return end && end - now < step ? end : now + step;
}

/* A guest that only input can wake, and that takes none, is stuck: but a person may still leave. */
static void run_slice(struct drive *d, uint64_t stop_exit)
{
    struct hv *hv = d->r->hv;
    const struct options *o = d->r->options;
    const struct hv_limits limits = {
        .cycle = bounded(hv_cycle(hv), d->slice, o->max_cycles),
        .icount = bounded(hv_icount(hv), SLICE_CYCLES_MOST, o->max_insns),
        .exits = stop_exit,
    };
    enum hv_stop stop = hv_run(hv, &limits);
    if (d->r->trace && !hv->mode->has_hypervisor)
        trace_sample(d->r->trace, hv_cycle(hv), hv->machine->cpu.s.bucket);
    if (d->r->trace)
        trace_tick(d->r->trace, host_now());
    for (unsigned i = 0; i < hv->vms; i++)
        if (d->r->console[i].broken)
            finish(d, RUN_BROKEN);
    if (d->done)
        return;
    if (stop == HV_STOP_ENDED)
        finish(d, RUN_ENDED);
    else if (stop_exit && hv->exits >= stop_exit)
        finish(d, RUN_EXIT);
    look_at_idling(d);
    if (stop != HV_STOP_INPUT || d->done)
        return;
    d->waits = true;
    feed(d);
    bool untaken = d->from < d->to || d->code_from < d->code_to;
    if (!d->r->feeds_stdin || d->eof_tries >= EOF_TRIES || (untaken && !terminal_is_raw()))
        finish(d, RUN_STUCK);
    else if (terminal_is_raw())
        (void)terminal_wait(100);
}

void runner_run(struct runner *r, uint64_t stop_exit)
{
    struct stat st;
    struct drive d = {.r = r, .started = host_now()};
    uint64_t hz = r->inputs->profile.cost.clock_hz;
    d.slice = r->feeds_stdin ? hz / 100 : hz / 10;
    if (d.slice > SLICE_CYCLES_MOST)
        d.slice = SLICE_CYCLES_MOST;
    if (r->trace && !hv_modes[r->mode]->has_hypervisor)
        d.slice = hz * TRACE_SAMPLE_US / 1000000;
    d.regular = fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    for (check_budgets(&d); !d.done;) {
        take_input(&d);
        if (!d.done)
            run_slice(&d, stop_exit);
        if (!d.done)
            check_budgets(&d);
        show_progress(&d);
        show_screen(&d);
    }
    if (d.progress_shown)
        (void)fputs("\r\033[K", stderr);
    r->host_seconds = host_now() - d.started;
    for (unsigned i = 0; i < r->hv->vms; i++)
        console_finish(&r->console[i]);
    if (r->trace)
        trace_run_end(r->trace, hv_cycle(r->hv), r->hv->machine->cpu.s.bucket);
}
