/* kill PID...: ends processes. */
#include "user/lib/bantam.h"

static int kill_one(const char *argument)
{
    uint32_t pid;
    return string_number(argument, &pid) ? kill((int)pid) : -EINVAL;
}

int main(int argc, char **argv)
{
    return each_argument(argc, argv, "PID...", kill_one);
}
