/* A page directory where there is no memory: the bus floats, and not even #DF can be delivered. */
#include "kit/kit.h"

int main(void)
{
    kit_paging_on();
    kit_put("before\n");
    __asm__ volatile("movl $0x7ff00000, %eax; movl %eax, %cr3");
    kit_put("never\n");
    return 1;
}
