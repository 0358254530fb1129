/* halt [N]: stops the machine with exit value N (0). */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    halt((int)count_argument(argc, argv, 0));
}
