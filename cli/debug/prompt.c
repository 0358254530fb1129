/*
 * Reading commands: see prompt.h.
 */
#include "debug/prompt.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

#if RINGSIDE_HAVE_LIBEDIT
#include <histedit.h>
#endif

#define PROMPT "(ringside) "

/* Some signal other than Ctrl-C asks to end. */
static bool must_end(void)
{
    int signal = terminal_stop_signal();
    if (signal == SIGINT) {
        terminal_forget_interrupt();
        return false;
    }
    return signal != 0;
}

static int run_line(struct debugger *d, const char *line)
{
    int status = debug_command(d, line, stdout);
    (void)fflush(stdout);
    return status;
}

#define LONGEST 65536u /* bytes of a line: what is longer is no text at all */

/* A line; false: the end. One that is cut at LONGEST is no command. */
static bool read_line(FILE *from, char line[LONGEST + 1])
{
    size_t n = 0;
    int c = 0;
    while (n < LONGEST && (c = getc(from)) != EOF && c != '\n')
        line[n++] = (char)(c ? c : '?');
    line[n] = 0;
    return n || c == '\n';
}

int prompt_run_stream(struct debugger *d, FILE *from, bool stops)
{
    static char line[LONGEST + 1];
    (void)setvbuf(from, NULL, _IOLBF, 4096);
    while (!debugger_quits(d) && !must_end() && read_line(from, line)) {
        int now = run_line(d, line);
        if (now != CLI_OK && (stops || strlen(line) == LONGEST))
            return now;
    }
    return CLI_OK;
}

#if RINGSIDE_HAVE_LIBEDIT

static char *prompt_text(EditLine *edit)
{
    static char text[] = PROMPT;
    (void)edit;
    return text;
}

/* One line from the terminal: false at its end. */
static bool edit_line(EditLine *edit, History *past, struct debugger *d)
{
    int n = 0;
    HistEvent event;
    errno = 0;
    /* It would do so behind the prompt: Ctrl-D in between would be the terminal's and be lost. */
    (void)el_set(edit, EL_PREP_TERM, 1);
    const char *line = el_gets(edit, &n);
    if (!line || n <= 0) {
        if (errno != EINTR && !terminal_stop_signal())
            return false;
        (void)putchar('\n');
        return !must_end();
    }
    if (n > 1)
        (void)history(past, &event, H_ENTER, line);
    (void)run_line(d, line);
    return !must_end();
}

int prompt_run_terminal(struct debugger *d)
{
    HistEvent event;
    History *past = history_init();
    EditLine *edit = el_init("ringside", stdin, stdout, stderr);
    if (!past || !edit) {
        if (past)
            history_end(past);
        return prompt_run_stream(d, stdin, false);
    }
    (void)history(past, &event, H_SETSIZE, 500);
    (void)el_set(edit, EL_PROMPT, prompt_text);
    (void)el_set(edit, EL_EDITOR, "emacs");
    (void)el_set(edit, EL_HIST, history, past);
    while (!debugger_quits(d) && edit_line(edit, past, d))
        ;
    el_end(edit);
    history_end(past);
    return CLI_OK;
}

#else

int prompt_run_terminal(struct debugger *d)
{
    static char line[LONGEST + 1];
    for (;;) {
        (void)fputs(PROMPT, stdout);
        (void)fflush(stdout);
        errno = 0;
        if (!read_line(stdin, line)) {
            bool interrupted = errno == EINTR && !must_end();
            clearerr(stdin);
            (void)putchar('\n');
            if (!interrupted)
                break;
            continue;
        }
        (void)run_line(d, line);
        if (debugger_quits(d) || must_end())
            break;
    }
    return CLI_OK;
}

#endif
