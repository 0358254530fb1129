/*
 * The debugger behind gdb's server: see serve.h.
 */
#include "gdb/serve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

#define IDLE_MS 50 /* longest sleep while the guests idle */

struct keeper {
    struct debugger *d;
    bool run; /* the verb is run */
    char line[4096];
    size_t line_n;
    bool line_long; /* its rest is dropped */
    struct key_filter keys;
    bool leaves;
    uint64_t idle, cycle, hz; /* of the machine at the last poll; its clock */
    int status;
};

/* ---------------------------------------- typed: commands */

static void end_line(struct keeper *k)
{
    k->line[k->line_n] = 0;
    if (k->line_long)
        (void)puts("a line of more than 4095 characters is no command");
    else
        (void)debug_command(k->d, k->line, stdout);
    (void)fflush(stdout);
    k->line_n = 0;
    k->line_long = false;
}

static void take_commands(struct keeper *k, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && !debugger_quits(k->d); i++) {
        if (bytes[i] == '\n')
            end_line(k);
        else if (k->line_n + 1 < sizeof k->line)
            k->line[k->line_n++] = bytes[i];
        else
            k->line_long = true;
    }
}

/* ---------------------------------------- typed: the console */

static void give_byte(struct keeper *k, unsigned char byte)
{
    struct session *s = debugger_session(k->d);
    struct sim_error err;
    const struct session_input in = {
        .kind = INPUT_CONSOLE, .vm = (uint8_t)session_vm(s), .value = byte};
    if (!session_give(s, &in, &err))
        (void)fprintf(stderr, "ringside: %s\n", err.text);
}

static void take_keys(struct keeper *k, unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n && !k->leaves; i++) {
        enum key_action action = terminal_is_raw() ? key_filter(&k->keys, &bytes[i]) : KEY_PASS;
        if (action == KEY_PASS)
            give_byte(k, bytes[i]);
        else if (action == KEY_LEAVE || action == KEY_STOP)
            k->leaves = true;
    }
}

static bool typed(void *opaque)
{
    struct keeper *k = opaque;
    unsigned char bytes[512];
    long n = terminal_read(bytes, sizeof bytes);
    if (n > 0 && k->run)
        take_keys(k, bytes, (size_t)n);
    else if (n > 0)
        take_commands(k, (const char *)bytes, (size_t)n);
    return n != 0;
}

/* ---------------------------------------- the host */

static struct session *session_of(void *opaque)
{
    const struct keeper *k = opaque;
    return debugger_session(k->d);
}

static int monitor(void *opaque, const char *line, FILE *out)
{
    const struct keeper *k = opaque;
    return debug_command(k->d, line, out);
}

static void tell(void *opaque, const struct session_event *e, FILE *out)
{
    const struct keeper *k = opaque;
    (void)debugger_stopped(k->d, e, out);
}

static bool asks(void *opaque, FILE *out)
{
    const struct keeper *k = opaque;
    if (!debugger_asks(k->d))
        return false;
    (void)fprintf(out, "answer first: monitor answer REASON OUTCOME CYCLES\n");
    return true;
}

/* Idle guests with a person before them do not heat the room. */
static bool poll_moves(void *opaque)
{
    struct keeper *k = opaque;
    const struct hv *hv = session_hv(debugger_session(k->d));
    uint64_t idle = hv->machine->cpu.s.bucket[BUCKET_idle], cycle = hv_cycle(hv);
    bool idles = cycle > k->cycle && idle > k->idle && (idle - k->idle) * 2 > cycle - k->cycle;
    if (idles && k->run && terminal_is_raw()) {
        uint64_t ms = (idle - k->idle) * 1000 / k->hz;
        (void)terminal_wait(ms < IDLE_MS ? (int)ms : IDLE_MS);
    }
    k->idle = idle;
    k->cycle = cycle;
    return terminal_stop_signal() != 0;
}

/* Ctrl-C stops what runs; without something that runs, and any other signal, it ends us. */
static bool over(void *opaque)
{
    const struct keeper *k = opaque;
    return k->leaves || debugger_quits(k->d) || terminal_stop_signal() != 0;
}

static int status_of(const struct session_event *e, const struct hv *hv)
{
    int status = e->why == SESSION_ENDED ? CLI_OK : CLI_GUEST_DIED;
    for (unsigned n = 0; n < hv->vms && e->why == SESSION_ENDED; n++) {
        const struct vm_state *vm = &hv->vm[n]->s;
        if (vm->end != VM_EXITED)
            status = CLI_GUEST_DIED;
        else if (vm->exit_value && status == CLI_OK)
            status = CLI_GUEST_FAILED;
    }
    return status;
}

static bool stopped(void *opaque, const struct session_event *e)
{
    struct keeper *k = opaque;
    (void)debugger_stopped(k->d, e, k->run ? stderr : stdout);
    (void)fflush(stdout);
    if (!k->run)
        return false; /* a client may come and go back */
    k->status = status_of(e, session_hv(debugger_session(k->d)));
    return true;
}

int gdb_serve_debugger(struct debugger *d, const struct options *o, struct complaint *why)
{
    static struct keeper k; /* large */
    struct gdb_listener l;
    memset(&k, 0, sizeof k);
    k.d = d;
    k.run = o->verb == V_RUN;
    k.hz = session_hv(debugger_session(d))->config.profile->clock_hz;
    const struct gdb_serving serving = {
        .host = {.opaque = &k,
                 .session = session_of,
                 .monitor = monitor,
                 .tell = tell,
                 .poll = poll_moves,
                 .asks = asks},
        .runs = k.run && !o->gdb_stopped,
        .typed = k.run && o->script.text ? NULL : typed,
        .types_input = k.run,
        .over = over,
        .stopped = stopped,
    };
    if (!gdb_listen(&l, o->gdb, why))
        return CLI_USAGE;
    (void)fprintf(stderr, "ringside: gdb can connect: target remote %s\n", l.where);
    if (k.run && o->console == CONSOLE_STDIO && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        (void)terminal_raw();
    bool good = gdb_serve(&l, &serving);
    terminal_restore();
    gdb_listener_close(&l);
    return good ? k.status : CLI_OURS;
}

int gdb_run(const struct options *o, struct inputs *in, FILE *console)
{
    struct complaint why = {CLI_OK, "", ""};
    struct debugger *d = NULL;
    int status = CLI_OK;
    if (debugger_create(&d, o, in, console, &why)) {
        status = gdb_serve_debugger(d, o, &why);
        debugger_end(d);
    }
    debugger_destroy(d);
    return why.what[0] ? complaint_print(&why, stderr) : status;
}
