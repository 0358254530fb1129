/*
 * The neighbour: computes, pages and takes exceptions for a while, and ends in a state that does
 * not depend on time. Whoever harms it changes its last words or its memory.
 */
#include "kit/kit.h"

#define PAGES  64u
#define ROUNDS 60u
#define BASE   0x40000000u

static uint32_t sum = 1;

static void touch(void *address)
{
    *(volatile uint32_t *)address += sum;
}

static void round_of(unsigned n)
{
    for (uint32_t p = 0; p < PAGES; p++) {
        uint32_t va = BASE + (p * 7 + n) % PAGES * 4096;
        volatile uint32_t *page = (uint32_t *)va;
        kit_map(va, 0x00900000 + p * 4096, KIT_PRESENT | KIT_WRITE);
        for (unsigned i = 0; i < 1024; i += 31) {
            sum = sum * 1664525u + 1013904223u + page[i];
            page[i] = sum;
        }
        if (p % 16 == 0) {
            struct kit_fault fault;
            kit_map(va, 0x00900000 + p * 4096, KIT_PRESENT);
            sum += (uint32_t)kit_catch(touch, (void *)va, &fault) + fault.cr2 + fault.error;
        }
    }
}

int main(void)
{
    kit_paging_on();
    for (unsigned n = 0; n < ROUNDS; n++) {
        round_of(n);
        if (n % 20 == 19)
            kit_printf("innocent: %08x after %u rounds\n", sum, n + 1);
    }
    kit_put("innocent: done\n");
    return 0;
}
