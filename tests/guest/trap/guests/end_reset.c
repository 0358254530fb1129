/* A reset through the keyboard controller. */
#include "kit/kit.h"

int main(void)
{
    kit_put("before\n");
    kit_out8(0x64, 0xfe);
    for (volatile int i = 0; i < 1000; i++)
        ;
    kit_put("never\n");
    return 1;
}
