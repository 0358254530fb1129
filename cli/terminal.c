/*
 * The terminal: see terminal.h. tcsetattr may be called in a signal handler (POSIX lists it as
 * safe).
 */
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t is_raw;
static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t has_screen;
static bool exit_hook;

static void restore_screen(void)
{
    static const char back[] = "\033[0m\033[?25h\033[?1049l";
    has_screen = 0;
    if (write(STDOUT_FILENO, back, sizeof back - 1) < 0)
        return; /* the terminal is gone */
}

void terminal_restore(void)
{
    if (has_screen)
        restore_screen();
    if (is_raw) {
        is_raw = 0;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    }
}

static void on_stop(int number)
{
    if (stop_signal) { /* asked twice: do not wait for the run loop */
        terminal_restore();
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    stop_signal = number;
}

static const int crashes[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
enum { CRASHES = sizeof crashes / sizeof *crashes };
static struct sigaction crash_before[CRASHES]; /* a sanitizer's, or the default */

/* The terminal first, then whatever would have happened. */
static void on_crash(int number)
{
    terminal_restore();
    for (unsigned i = 0; i < CRASHES; i++)
        if (crashes[i] == number)
            (void)sigaction(number, &crash_before[i], NULL);
    (void)raise(number);
}

/* Stopped by somebody's kill -TSTP: the shell gets its terminal back, and we ours on continuing. */
static void on_suspend(int number)
{
    int error = errno;
    bool was_raw = is_raw, had_screen = has_screen;
    terminal_restore();
    (void)number;
    (void)raise(SIGSTOP);
    if (was_raw)
        (void)terminal_raw();
    if (had_screen)
        terminal_screen();
    errno = error;
}

static void catch_signal(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = number == SIGTSTP ? SA_RESTART : 0; /* what was being written goes on */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void terminal_catch_signals(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (unsigned i = 0; i < sizeof stops / sizeof *stops; i++)
        if (stops[i] != SIGHUP || !is_ignored(SIGHUP)) /* nohup */
            catch_signal(stops[i], on_stop);
    for (unsigned i = 0; i < CRASHES; i++) {
        (void)sigaction(crashes[i], NULL, &crash_before[i]);
        catch_signal(crashes[i], on_crash);
    }
    catch_signal(SIGTSTP, on_suspend);
    catch_signal(SIGPIPE, SIG_IGN);
    catch_signal(SIGXFSZ, SIG_IGN); /* the write fails, and says so */
}

int terminal_stop_signal(void)
{
    return stop_signal;
}

static void restore_at_exit(void)
{
    if (!exit_hook) {
        exit_hook = true;
        (void)atexit(terminal_restore);
    }
}

void terminal_screen(void)
{
    static const char take[] = "\033[?1049h";
    restore_at_exit();
    has_screen = write(STDOUT_FILENO, take, sizeof take - 1) > 0;
}

void terminal_forget_interrupt(void)
{
    if (stop_signal == SIGINT)
        stop_signal = 0;
}

bool terminal_raw(void)
{
    struct termios raw;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved) != 0)
        return false;
    raw = saved;
    raw.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
    raw.c_lflag &= (tcflag_t) ~(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    restore_at_exit();
    is_raw = 1;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
        return true;
    is_raw = 0;
    return false;
}

bool terminal_is_raw(void)
{
    return is_raw != 0;
}

bool terminal_wait(int milliseconds)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    return !stop_signal && poll(&p, 1, milliseconds) > 0;
}

long terminal_read(void *to, size_t size)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    if (poll(&p, 1, 0) <= 0)
        return -1;
    ssize_t n = read(STDIN_FILENO, to, size);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? -1 : 0;
    return (long)n;
}

enum key_action key_filter(struct key_filter *f, unsigned char *byte)
{
    enum { CTRL_A = 1, CTRL_C = 3 };
    if (!f->escape) {
        f->escape = *byte == CTRL_A;
        return f->escape ? KEY_NONE : *byte == CTRL_C ? KEY_STOP : KEY_PASS;
    }
    f->escape = false;
    switch (*byte) {
    case 'x':
    case 'X':
        return KEY_LEAVE;
    case 'h':
    case 'H':
    case '?':
        return KEY_HELP;
    case CTRL_A:
        return KEY_PASS;
    default:
        return KEY_NONE;
    }
}
