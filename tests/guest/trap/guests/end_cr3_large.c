/* The same with 4 MiB pages on: a floating entry is a large page with reserved bits set. */
#include "kit/kit.h"

int main(void)
{
    kit_paging_on();
    kit_put("before\n");
    __asm__ volatile("movl %cr4, %eax; orl $0x10, %eax; movl %eax, %cr4;"
                     "movl $0x7ff00000, %eax; movl %eax, %cr3");
    kit_put("never\n");
    return 1;
}
