/*
 * ringside: one guest, many modes, every cycle accounted for.
 */
#include <fcntl.h>
#include <unistd.h>

#include "verbs.h"

/*
 * Started with a standard stream closed: its number must not become that of a file we open, or what
 * is printed lands there. Reading ends at once; writing fails as on a closed stream.
 */
static void hold_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDONLY); /* the lowest free number: this one */
}

int main(int argc, char **argv)
{
    hold_closed_streams();
    return verbs_dispatch(argc - 1, argv + 1);
}
