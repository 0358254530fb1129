/* mkdir PATH...: makes directories. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    return each_argument(argc, argv, "PATH...", mkdir);
}
