/* rm PATH...: removes files and empty directories. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    return each_argument(argc, argv, "PATH...", unlink);
}
