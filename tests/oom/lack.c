/* The linker's detour of sim_alloc and sim_free: see lack.h. */
#include "tests/oom/lack.h"

#include <stddef.h>

static unsigned calls, fail_at;
static bool for_ever;
static long held;

void *__real_sim_alloc(size_t count, size_t size);
void __real_sim_free(void *memory);
void *__wrap_sim_alloc(size_t count, size_t size);
void __wrap_sim_free(void *memory);

void *__wrap_sim_alloc(size_t count, size_t size)
{
    calls++;
    if (fail_at && (for_ever ? calls >= fail_at : calls == fail_at))
        return NULL;
    void *memory = __real_sim_alloc(count, size);
    held += memory != NULL;
    return memory;
}

void __wrap_sim_free(void *memory)
{
    held -= memory != NULL;
    __real_sim_free(memory);
}

void lack(unsigned n, bool ever)
{
    calls = 0;
    fail_at = n;
    for_ever = ever;
}

unsigned lack_calls(void)
{
    return calls;
}

long lack_held(void)
{
    return held;
}

void lack_forget(void)
{
    held = 0;
}
