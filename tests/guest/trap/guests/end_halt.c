/* HLT with interrupts off. */
#include "kit/kit.h"

int main(void)
{
    kit_put("before\n");
    __asm__ volatile("cli; hlt");
    kit_put("never\n");
    return 1;
}
