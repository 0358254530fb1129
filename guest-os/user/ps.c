/* ps: the processes. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    static const char *const states[] = {"unused", "ready", "running", "sleeping", "zombie"};
    (void)argc;
    (void)argv;
    struct proc_info info;
    printf("  PID  PPID STATE    NAME\n");
    for (int pid = 0; (pid = procinfo(pid, &info)) > 0;)
        printf("%5d %5d %-8s %s\n", info.pid, info.parent, states[info.state], info.name);
    return 0;
}
