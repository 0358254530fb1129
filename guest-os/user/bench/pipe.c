/* pipe [N]: N times 1,024 bytes from one process to another. */
#include "user/bench/lib/bench.h"

#define BLOCK 1024u

static uint8_t block[BLOCK];
static int fds[2];

static void start_producer(void)
{
    (void)pipe(fds);
    if (fork() != 0)
        return;
    for (uint32_t i = 0; i < bench_count; i++) {
        memset(block, (int)i, BLOCK);
        (void)write(fds[1], block, BLOCK);
    }
    exit(0);
}

static uint32_t step(uint32_t i)
{
    (void)i;
    uint32_t sum = 0;
    for (unsigned left = BLOCK; left > 0;) {
        int got = read(fds[0], block, left);
        for (int k = 0; k < got; k++)
            sum += block[k];
        left -= (unsigned)got;
    }
    return sum;
}

const struct benchmark benchmark = {
    .name = "pipe", .count = 200, .prepare = start_producer, .step = step};
