/* Running a snippet and printing what it left. */
#include "report.h"

uint32_t out[8];

void show(const char *name, uint32_t value)
{
    kit_printf("%s %08x\n", name, value);
}

void report(const char *name, unsigned ring, snippet *run)
{
    struct kit_fault f = {0};
    for (unsigned i = 0; i < 8; i++)
        out[i] = 0;
    int vector = ring ? kit_catch_in_ring(ring, run, NULL, &f) : kit_catch(run, NULL, &f);
    kit_printf("%s/%u: ", name, ring);
    if (vector == KIT_NO_FAULT)
        kit_printf("done");
    else
        kit_printf("#%d error %x eip+%x cs %x flags %x cr2 %x", vector, f.error,
                   f.eip - (uint32_t)(uintptr_t)run, f.cs & 0xffff, f.eflags,
                   vector == 14 ? f.cr2 : 0);
    for (unsigned i = 0; i < 8; i++)
        kit_printf(" %x", out[i]);
    kit_printf("\n");
}
