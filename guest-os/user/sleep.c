/* sleep MILLISECONDS: waits. */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    return sleep(count_argument(argc, argv, 0)) < 0;
}
