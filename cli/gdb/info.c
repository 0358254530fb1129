/*
 * What the client asks about us, threads, the monitor, and leaving.
 */
#include "gdb/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------- what we can do */

/* Features come separated by semicolons; of ours some depend on them. */
unsigned packet_supported(struct gdb_server *g, struct gdb_args *args)
{
    g->swbreak = g->hwbreak = false;
    (void)args_char(args, ':');
    while (!args_end(args)) {
        if (args_word(args, "swbreak+"))
            g->swbreak = true;
        else if (args_word(args, "hwbreak+"))
            g->hwbreak = true;
        while (!args_end(args) && *args->at++ != ';')
            ;
    }
    reply_text(g, "PacketSize=");
    reply_number(g, GDB_PACKET);
    reply_text(g, ";qXfer:features:read+;QStartNoAckMode+;vContSupported+;ReverseStep+;"
                  "ReverseContinue+;swbreak+;hwbreak+");
    return 0;
}

unsigned packet_no_ack(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    g->no_ack_next = true; /* this reply is still acknowledged */
    reply_text(g, "OK");
    return 0;
}

/* 1: gdb leaves by detaching, not by killing. */
unsigned packet_attached(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, "1");
    return 0;
}

unsigned packet_no_symbols(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, "OK"); /* we want none */
    return 0;
}

/* ---------------------------------------- threads */

static unsigned read_thread(const struct gdb_server *g, struct gdb_args *args, int64_t *thread)
{
    if (!args_thread(args, thread) || !args_end(args))
        return GDB_EINVAL;
    return *thread > (int64_t)gdb_threads(g) ? GDB_EIO : 0;
}

/* Hg: registers and memory; Hc: c and s. */
unsigned packet_choose_thread(struct gdb_server *g, struct gdb_args *args)
{
    int64_t thread;
    bool other = args_char(args, 'c');
    if (!other && !args_char(args, 'g'))
        return GDB_EINVAL;
    unsigned error = read_thread(g, args, &thread);
    if (error)
        return error;
    if (other)
        g->running = thread > 0 ? (unsigned)thread : 0;
    else if (thread > 0)
        g->thread = (unsigned)thread;
    reply_text(g, "OK");
    return 0;
}

unsigned packet_thread_lives(struct gdb_server *g, struct gdb_args *args)
{
    int64_t thread;
    unsigned error = read_thread(g, args, &thread);
    if (error || thread < 1)
        return error ? error : GDB_EIO;
    reply_text(g, "OK");
    return 0;
}

unsigned packet_current_thread(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, "QC");
    reply_number(g, gdb_vm(g) + 1u);
    return 0;
}

unsigned packet_first_threads(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    for (unsigned n = 1; n <= gdb_threads(g); n++) {
        reply_text(g, n == 1 ? "m" : ",");
        reply_number(g, n);
    }
    return 0;
}

unsigned packet_more_threads(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, "l");
    return 0;
}

/* "VM 1, trap mode, ring 3": what `info threads` shows. */
unsigned packet_about_thread(struct gdb_server *g, struct gdb_args *args)
{
    struct session *s = gdb_session(g);
    const struct hv *hv = session_hv(s);
    struct cpu_state cpu;
    char text[160];
    int64_t thread;
    unsigned error = read_thread(g, args, &thread);
    if (error || thread < 1)
        return error ? error : GDB_EIO;
    unsigned vm = (unsigned)thread - 1u;
    if (!session_guest(s, vm, &cpu))
        return GDB_EIO;
    (void)snprintf(text, sizeof text, "VM %u, %s, ring %u%s%s", vm, hv->mode->name, cpu.cpl,
                   hv->vm[vm]->s.end == VM_RUNNING ? "" : ", ",
                   hv->vm[vm]->s.end < VM_ENDS && hv->vm[vm]->s.end != VM_RUNNING
                       ? vm_end_names[hv->vm[vm]->s.end]
                       : "");
    reply_hex(g, text, strlen(text));
    return 0;
}

/* ---------------------------------------- monitor */

static int run_command(struct gdb_server *g, const char *line, FILE *out)
{
    int status = 0;
    if (gdb_space_command(g, line, out, &status))
        return status;
    if (g->host.monitor)
        return g->host.monitor(g->host.opaque, line, out);
    (void)fputs("there are no commands here but `space`\n", out);
    return 1;
}

/* qRcmd,LINE in hex digits. The answer is told as it is; what failed ends in an error, so that
 * gdb's script stops. */
unsigned packet_monitor(struct gdb_server *g, struct gdb_args *args)
{
    char line[GDB_PACKET / 2];
    size_t n = 0;
    uint8_t byte;
    while (!args_end(args)) {
        if (!args_byte(args, &byte))
            return GDB_EINVAL;
        line[n++] = byte ? (char)byte : ' ';
    }
    line[n] = 0;

    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return GDB_ENOSPC;
    struct session *before = gdb_session(g);
    session_set_vm(before, gdb_vm(g));
    gdb_watch_client(g, true); /* who goes away ends what he asked for */
    int status = run_command(g, line, out);
    gdb_watch_client(g, false);
    if (gdb_session(g) != before)
        gdb_points_again(g);
    if (fclose(out) == 0)
        reply_console(g, text, size);
    free(text);
    g->reply_n = 0;
    if (status)
        return GDB_EPERM;
    reply_text(g, "OK");
    return 0;
}

/* ---------------------------------------- leaving */

unsigned packet_kill(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    g->wish = GDB_KILLED;
    g->silent = true; /* k has no reply */
    return 0;
}

unsigned packet_kill_process(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    g->wish = GDB_KILLED;
    reply_text(g, "OK");
    return 0;
}

unsigned packet_detach(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    gdb_points_clear(g);
    g->wish = GDB_DETACHED;
    reply_text(g, "OK");
    return 0;
}
