/* Waits with interrupts on for what never comes: it has asked no device for anything. */
#include "kit/kit.h"

int main(void)
{
    kit_put("asleep\n");
    for (;;)
        __asm__ volatile("sti; hlt");
}
