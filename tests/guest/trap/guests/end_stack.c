/* A kernel stack that is not there: #PF becomes #DF, and #DF has no stack either. */
#include "kit/kit.h"

int main(void)
{
    kit_paging_on();
    kit_put("before\n");
    __asm__ volatile("movl $0x48000000, %esp; pushl $1");
    kit_put("never\n");
    return 1;
}
