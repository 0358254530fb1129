/* kill PID...: ends processes. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        eprintf("usage: kill PID...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        uint32_t pid;
        int error = string_number(argv[i], &pid) ? kill((int)pid) : -EINVAL;
        if (error < 0)
            status = complain("kill", argv[i], error);
    }
    return status;
}
