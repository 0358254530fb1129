/* The exit port, with a value. */
#include "kit/kit.h"

int main(void)
{
    kit_exit(42);
}
