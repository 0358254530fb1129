/* pipe [N]: N times 1,024 bytes from one process to another. */
#include "user/lib/bench.h"

#define BLOCK 1024u

static uint8_t block[BLOCK];

static _Noreturn void producer(int to, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        memset(block, (int)i, BLOCK);
        (void)write(to, block, BLOCK);
    }
    exit(0);
}

int main(int argc, char **argv)
{
    uint32_t n = count_argument(argc, argv, 200);
    int fds[2];
    (void)pipe(fds);
    uint64_t start = cycles_now();
    if (fork() == 0)
        producer(fds[1], n);
    (void)close(fds[1]);
    uint32_t sum = 0;
    for (int got; (got = read(fds[0], block, BLOCK)) > 0;)
        for (int i = 0; i < got; i++)
            sum += block[i];
    uint64_t cycles = cycles_now() - start;
    (void)wait(-1, NULL);
    bench_print("pipe", n, cycles, sum);
    return 0;
}
