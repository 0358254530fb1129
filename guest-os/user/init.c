/*
 * init: process 1. Runs a shell, sees orphans off, and stops the machine when the shell is done.
 *
 * With run= on the kernel's command line the shell runs that text, silently; otherwise it greets
 * and prompts.
 */
#include "user/lib/bantam.h"

static _Noreturn void become_shell(bool script)
{
    const char *const interactive[] = {"sh", NULL};
    const char *const scripted[] = {"sh", "-r", NULL};
    int error = exec("/bin/sh", script ? scripted : interactive);
    exit(complain("init", "/bin/sh", error));
}

static void print_motd(void)
{
    char text[256];
    int fd = open("/etc/motd", OPEN_READ);
    for (int n; (n = read(fd, text, sizeof text)) > 0;)
        (void)write(1, text, (unsigned)n);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char text[2];
    bool script = bootarg("run", text, sizeof text) >= 0;
    if (!script)
        print_motd();
    int shell = fork();
    if (shell == 0)
        become_shell(script);
    int ended;
    do {
        ended = wait(-1, NULL);
    } while (ended != shell && ended > 0);
    halt(0);
}
