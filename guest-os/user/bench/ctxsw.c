/*
 * ctxsw [N]: a token goes N times from one process to another and back, through two pipes; what
 * passing it costs without switching is measured in one process and taken off, as lmbench does
 * (McVoy and Staelin, lmbench: Portable Tools for Performance Analysis, 1996). Two switches an
 * iteration; the line is for one.
 */
#include "user/bench/lib/bench.h"

static int there[2], back[2];

static uint32_t pass(int to, int from, uint32_t token)
{
    (void)write(to, &token, sizeof token);
    (void)read(from, &token, sizeof token);
    return token;
}

static void start_partner(void)
{
    uint32_t token;
    (void)pipe(there);
    (void)pipe(back);
    if (fork() != 0)
        return;
    for (uint32_t i = 0; i < bench_count; i++) {
        (void)read(there[0], &token, sizeof token);
        token++;
        (void)write(back[1], &token, sizeof token);
    }
    exit(0);
}

static uint32_t round_trip(uint32_t i)
{
    return pass(there[1], back[0], i);
}

/* The same four calls, by one process: it takes out itself what it put in. */
static uint32_t alone(uint32_t i)
{
    return pass(back[1], back[0], pass(back[1], back[0], i));
}

const struct benchmark benchmark = {.name = "ctxsw",
                                    .count = 500,
                                    .prepare = start_partner,
                                    .step = round_trip,
                                    .empty = alone,
                                    .parts_per_step = 2};
