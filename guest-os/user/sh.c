/*
 * sh: the shell.
 *
 *   line    = job { (";" | "&" | newline) job }       "&": do not wait
 *   job     = command { "|" command }
 *   command = { word | "<" word | ">" word | ">>" word }
 *
 * Words may be quoted with ' or "; # starts a comment. Built in: cd, exit, wait. `sh -c TEXT` runs
 * a text, `sh FILE` a file, `sh -r` the run= text of the kernel's command line; otherwise it reads
 * lines and prompts, unless there is a run= text. $? is the last status, $! the pid of the last job
 * that was not waited for; no other variables, no patterns, no nesting.
 */
#include "lib/format.h"
#include "user/lib/bantam.h"

#define TEXT_MAX     4096
#define WORDS_MAX    31
#define COMMANDS_MAX 8

struct command {
    const char *words[WORDS_MAX + 1];
    unsigned count;
    const char *input, *output;
    bool append;
};

struct job {
    struct command commands[COMMANDS_MAX];
    unsigned count;
    bool background;
};

static char text[TEXT_MAX];
static const char *at; /* what is still to be run */
/* The words of the job being read, each ended by a zero byte; $? may become eleven characters. */
static char words[8 * TEXT_MAX];
static size_t words_used;
static int last_status, last_background;

static void skip_blanks(void)
{
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    if (*at == '#')
        while (*at != 0 && *at != '\n')
            at++;
}

/* Puts the number that $! or $? stands for into the word; false when it is neither. */
static bool expand(void)
{
    if (at[0] != '$' || (at[1] != '!' && at[1] != '?'))
        return false;
    words_used +=
        format(words + words_used, 12, "%d", *++at == '!' ? last_background : last_status);
    return true;
}

/* Reads one word, taking quotes away; NULL when there is none or a quote is not closed. */
static const char *read_word(void)
{
    skip_blanks();
    const char *start = at;
    const char *word = words + words_used;
    char quote = 0;
    for (; *at != 0 && strchr(quote != 0 ? "\n" : " \t\r\n;|&<>", *at) == NULL; at++) {
        if (quote == 0 && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == quote)
            quote = 0;
        else if (quote == '\'' || !expand())
            words[words_used++] = *at;
    }
    words[words_used++] = 0;
    return at == start || quote != 0 ? NULL : word;
}

static bool read_command(struct command *c)
{
    *c = (struct command){.count = 0};
    for (skip_blanks(); strchr("\n;|&", *at) == NULL; skip_blanks()) {
        const char **word = &c->words[c->count];
        if (*at == '<') {
            word = &c->input;
            at++;
        } else if (*at == '>') {
            word = &c->output;
            c->append = *++at == '>';
            at += c->append;
        } else if (c->count++ == WORDS_MAX) {
            return false;
        }
        *word = read_word();
        if (*word == NULL)
            return false;
    }
    return true;
}

/* Reads one job and what ends it; false when it makes no sense. */
static bool read_job(struct job *job)
{
    words_used = 0;
    job->count = 0;
    for (;;) {
        struct command *c = &job->commands[job->count++];
        if (!read_command(c))
            return false;
        char end = *at;
        at += end != 0;
        if (c->count == 0 && (job->count > 1 || end == '|' || end == '&' || c->input || c->output))
            return false;
        if (end == '|' && job->count < COMMANDS_MAX)
            continue;
        job->background = end == '&';
        return end != '|';
    }
}

static void move(int fd, int to)
{
    if (fd != to) {
        (void)dup(fd, to);
        (void)close(fd);
    }
}

static void redirect(const char *path, unsigned flags, int to)
{
    int fd = path != NULL ? open(path, flags) : to;
    if (fd < 0)
        exit(complain("sh", path, fd));
    move(fd, to);
}

static _Noreturn void run_command(const struct command *c)
{
    redirect(c->input, OPEN_READ, 0);
    redirect(c->output, OPEN_WRITE | OPEN_CREATE | (c->append ? OPEN_APPEND : OPEN_TRUNCATE), 1);
    char path[PATH_MAX + 1] = "/bin/";
    unsigned prefix = strchr(c->words[0], '/') != NULL ? 0 : 5;
    string_copy(path + prefix, c->words[0], sizeof path - prefix);
    int error = exec(path, c->words);
    (void)complain("sh", c->words[0], error);
    exit(127);
}

/* The child's end of a pipeline: `in` is read, `out` written, `unused` is the next command's. */
static int start_command(const struct command *c, int in, int out, int unused)
{
    int pid = fork();
    if (pid != 0)
        return pid;
    if (unused >= 0)
        (void)close(unused);
    move(in, 0);
    move(out, 1);
    run_command(c);
}

static void run_pipeline(const struct job *job)
{
    int pids[COMMANDS_MAX];
    int in = 0;
    for (unsigned i = 0; i < job->count; i++) {
        int fds[2] = {-1, 1}; /* for the last: nobody reads, and it writes what the shell does */
        if (i + 1 < job->count && pipe(fds) < 0)
            fds[1] = 1;
        pids[i] = start_command(&job->commands[i], in, fds[1], fds[0]);
        if (pids[i] < 0)
            last_status = complain("sh", "fork", pids[i]);
        if (in != 0)
            (void)close(in);
        if (fds[1] != 1)
            (void)close(fds[1]);
        in = fds[0];
    }
    if (job->background)
        last_background = pids[job->count - 1];
    for (unsigned i = 0; i < job->count && !job->background; i++)
        if (pids[i] > 0)
            (void)wait(pids[i], &last_status);
}

/* Commands that change the shell itself; false when it is not one. */
static bool run_builtin(const struct command *c)
{
    if (strcmp(c->words[0], "cd") == 0) {
        const char *to = c->count > 1 ? c->words[1] : "/";
        int error = chdir(to);
        last_status = error < 0 ? complain("cd", to, error) : 0;
    } else if (strcmp(c->words[0], "exit") == 0) {
        uint32_t status = 0;
        if (c->count > 1)
            (void)string_number(c->words[1], &status);
        exit((int)status);
    } else if (strcmp(c->words[0], "wait") == 0) {
        while (wait(-1, NULL) > 0)
            continue;
    } else {
        return false;
    }
    return true;
}

static void run_text(const char *what)
{
    static struct job job;
    at = what;
    while (*at != 0) {
        if (!read_job(&job)) {
            eprintf("sh: syntax error\n");
            last_status = 2;
            while (*at != 0 && *at != '\n')
                at++;
        } else if (job.commands[0].count == 0) {
            continue;
        } else if (job.count > 1 || job.background || !run_builtin(&job.commands[0])) {
            run_pipeline(&job);
        }
    }
}

/* Reads to the end of the line, or what fits; false at the end of the input. */
static bool read_line(char *line, unsigned size)
{
    unsigned n = 0;
    int got = 0;
    while (n < size - 1 && (got = read(0, line + n, 1)) == 1 && line[n] != '\n')
        n++;
    line[n] = 0;
    return n > 0 || got == 1;
}

static void read_and_run(bool prompt)
{
    for (;;) {
        if (prompt)
            printf("$ ");
        if (!read_line(text, sizeof text))
            break;
        run_text(text);
    }
    if (prompt)
        printf("\n");
}

static int run_file(int fd)
{
    int n = read(fd, text, sizeof text - 1);
    if (n < 0)
        return n;
    text[n] = 0;
    run_text(text);
    return 0;
}

int main(int argc, char **argv)
{
    bool script = bootarg("run", text, sizeof text) >= 0;
    if (argc == 3 && strcmp(argv[1], "-c") == 0) {
        run_text(argv[2]);
    } else if (argc == 2 && strcmp(argv[1], "-r") == 0 && script) {
        run_text(text);
    } else if (argc == 2) {
        int error = with_file(argv[1], run_file);
        return error < 0 ? complain("sh", argv[1], error) : last_status;
    } else {
        read_and_run(!script);
    }
    return last_status;
}
