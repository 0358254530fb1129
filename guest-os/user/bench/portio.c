/* portio [N]: reading the interrupt controller's port 21h, in the kernel (kernel/bench.c). */
#include "user/bench/lib/bench.h"

const struct benchmark benchmark = {.name = "portio", .count = 1000, .operation = BENCH_PORTIO};
