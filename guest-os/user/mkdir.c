/* mkdir PATH...: makes directories. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        eprintf("usage: mkdir PATH...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int error = mkdir(argv[i]);
        if (error < 0)
            status = complain("mkdir", argv[i], error);
    }
    return status;
}
