/* cat [FILE...]: the files (or the standard input), one after the other. */
#include "user/lib/bantam.h"

static int copy(int fd)
{
    static char bytes[4096];
    int n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        if (write(1, bytes, (unsigned)n) != n)
            return -EPIPE;
    return n;
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc == 1)
        return copy(0) == 0 ? 0 : 1;
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], OPEN_READ);
        int error = fd < 0 ? fd : copy(fd);
        if (error == -EPIPE) /* nobody reads any more; not worth a word */
            return 1;
        if (error < 0)
            status = complain("cat", argv[i], error);
        if (fd >= 0)
            (void)close(fd);
    }
    return status;
}
