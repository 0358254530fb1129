/* The smallest guest: says hello and ends with 0. */
#include "kit/kit.h"

int main(void)
{
    kit_put("hello from ring 0\n");
    return 0;
}
