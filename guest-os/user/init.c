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

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char text[2];
    bool script = bootarg("run", text, sizeof text) >= 0;
    if (!script)
        (void)with_file("/etc/motd", copy_out);
    int shell = fork();
    if (shell == 0)
        become_shell(script);
    for (int ended = 0; ended != shell && ended >= 0;)
        ended = wait(-1, NULL);
    halt(0);
}
