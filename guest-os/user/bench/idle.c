/* idle [N]: sleeps N times 10 milliseconds; the machine has nothing to do. */
#include "user/bench/lib/bench.h"

static uint32_t step(uint32_t i)
{
    (void)sleep(10);
    return i;
}

const struct benchmark benchmark = {.name = "idle", .count = 10, .step = step};
