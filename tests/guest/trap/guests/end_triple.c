/* The end: no IDT, and an exception. */
#include "kit/kit.h"

int main(void)
{
    static const struct __attribute__((packed)) {
        uint16_t limit;
        uint32_t base;
    } none;
    kit_put("before\n");
    __asm__ volatile("lidt %0; ud2" : : "m"(none));
    kit_put("never\n");
    return 1;
}
