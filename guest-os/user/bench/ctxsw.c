/*
 * ctxsw [N]: a token goes N times from one process to another and back, through two pipes; what
 * passing it costs without switching is measured in one process and taken off, as lmbench does
 * (McVoy and Staelin, lmbench: Portable Tools for Performance Analysis, 1996). Two switches an
 * iteration; the line is for one.
 */
#include "user/lib/bench.h"

static int there[2], back[2];

static uint32_t round_trip(uint32_t i)
{
    uint32_t token = i;
    (void)write(there[1], &token, sizeof token);
    (void)read(back[0], &token, sizeof token);
    return token;
}

/* The same four calls, by one process: it takes out itself what it put in. */
static uint32_t alone(uint32_t i)
{
    uint32_t token = i;
    (void)write(back[1], &token, sizeof token);
    (void)read(back[0], &token, sizeof token);
    (void)write(back[1], &token, sizeof token);
    (void)read(back[0], &token, sizeof token);
    return token;
}

static _Noreturn void partner(uint32_t n)
{
    uint32_t token;
    for (; n > 0; n--) {
        (void)read(there[0], &token, sizeof token);
        token++;
        (void)write(back[1], &token, sizeof token);
    }
    exit(0);
}

int main(int argc, char **argv)
{
    uint32_t n = count_argument(argc, argv, 500);
    uint32_t sum = 0;
    (void)pipe(there);
    (void)pipe(back);
    if (fork() == 0)
        partner(n);
    uint64_t start = cycles_now();
    for (uint32_t i = 0; i < n; i++)
        sum += round_trip(i);
    uint64_t cycles = cycles_now() - start;
    (void)wait(-1, NULL);
    start = cycles_now();
    for (uint32_t i = 0; i < n; i++)
        (void)alone(i);
    uint64_t overhead = cycles_now() - start;
    bench_print("ctxsw", n, cycles > overhead ? (cycles - overhead) / 2 : 0, sum);
    return 0;
}
