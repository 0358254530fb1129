/* ptemod [N]: storing a page-table entry, in the kernel (kernel/bench.c). */
#include "user/bench/lib/bench.h"

const struct benchmark benchmark = {.name = "ptemod", .count = 1000, .operation = BENCH_PTEMOD};
