/* rm PATH...: removes files and empty directories. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        eprintf("usage: rm PATH...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int error = unlink(argv[i]);
        if (error < 0)
            status = complain("rm", argv[i], error);
    }
    return status;
}
