/*
 * The console as a file: lines in, bytes out.
 *
 * Input is edited by the line (backspace, Ctrl-U) and given to readers when a line ends; Ctrl-D on
 * its own ends the input. Characters come from interrupt handlers, are echoed there, and wait in
 * one ring: `taken` up to `ready` is for readers, `ready` up to `edited` is the line being typed.
 * When it is full, the sender waits.
 */
#include "kernel/file.h"
#include "kernel/proc.h"

#define RING_SIZE 1024u
#define CTRL_D    0x04
#define CTRL_U    0x15
#define DELETE    0x7f

static char ring[RING_SIZE];
static uint32_t taken, ready, edited;
static bool echo;
static bool refused = true; /* the sender waits for arch_console_resume */
static unsigned readers;    /* processes in console_read */
static bool output_full;    /* its address is what writers sleep on */

void console_init(bool with_echo)
{
    echo = with_echo;
}

static void console_echo(const char *s, uint32_t n)
{
    if (echo)
        (void)arch_console_write(s, n);
}

/* A no is remembered: somebody has to tell the sender when there is room again. */
bool console_has_room(void)
{
    refused = readers == 0 || taken != ready || edited - taken >= RING_SIZE;
    return !refused;
}

void console_input(char c)
{
    if (c == '\r')
        c = '\n';
    if (c == '\b' || c == DELETE || c == CTRL_U) {
        for (uint32_t n = c == CTRL_U ? RING_SIZE : 1; n > 0 && edited != ready; n--, edited--)
            console_echo("\b \b", 3);
        return;
    }
    if (edited - taken >= RING_SIZE)
        return;
    ring[edited++ % RING_SIZE] = c;
    if (c != CTRL_D)
        console_echo(&c, 1);
    if (c == '\n' || c == CTRL_D || edited - taken == RING_SIZE) {
        ready = edited;
        wakeup(&ready);
    }
}

void console_writable(void)
{
    if (output_full) {
        output_full = false;
        wakeup(&output_full);
    }
}

/* Takes one line, or what fits. A Ctrl-D after some text stays, to end the input the next time. */
static uint32_t take_line(char *to, uint32_t n)
{
    uint32_t got = 0;
    while (got < n && taken != ready) {
        char c = ring[taken % RING_SIZE];
        if (c == CTRL_D) {
            taken += got == 0;
            break;
        }
        taken++;
        to[got++] = c;
        if (c == '\n')
            break;
    }
    return got;
}

static int console_read(struct file *file, void *to, uint32_t n)
{
    (void)file;
    bool interrupted = false;
    uint32_t saved = arch_irq_save();
    readers++;
    while (taken == ready && !interrupted) {
        if (refused) { /* let the sender go on; its bytes come by interrupt */
            refused = false;
            arch_console_resume();
        }
        interrupted = !sleep_on(&ready);
    }
    readers--;
    uint32_t got = interrupted ? 0 : take_line(to, n);
    arch_irq_restore(saved);
    return interrupted ? -EINTR : (int)got;
}

static int console_write(struct file *file, const void *from, uint32_t n)
{
    (void)file;
    uint32_t done = arch_console_write(from, n);
    while (done < n && !current->killed) {
        uint32_t saved = arch_irq_save();
        done += arch_console_write((const char *)from + done, n - done);
        output_full = done < n;
        if (output_full)
            (void)sleep_on(&output_full);
        arch_irq_restore(saved);
    }
    return (int)done;
}

const struct file_kind console_file = {console_read, console_write, NULL};
