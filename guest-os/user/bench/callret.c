/* callret [N]: a call and its return, in kernel mode (kernel/bench.c). */
#include "user/bench/lib/bench.h"

const struct benchmark benchmark = {.name = "callret", .count = 1000, .operation = BENCH_CALLRET};
