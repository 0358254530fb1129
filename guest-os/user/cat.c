/* cat [FILE...]: the files (or the standard input), one after the other. */
#include "user/lib/bantam.h"

static int copy_file(const char *path)
{
    return with_file(path, copy_out);
}

int main(int argc, char **argv)
{
    return argc == 1 ? copy_out(0) != 0 : each_argument(argc, argv, "FILE...", copy_file);
}
