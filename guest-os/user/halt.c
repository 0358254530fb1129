/* halt [N]: stops the machine with exit value N (0). */
#include "user/lib/bantam.h"

int main(int argc, char **argv)
{
    uint32_t value = count_argument(argc, argv, 0);
    if (value > 255) {
        eprintf("halt: %u: the exit port takes 0 to 255\n", value);
        return 2;
    }
    halt((int)value);
}
