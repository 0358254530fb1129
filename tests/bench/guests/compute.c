/*
 * Compute-bound work for timing interpreters: eight small programs, paging on, interrupts off. The
 * command line is "NAME COUNT"; the checksum is printed so that no machine can be fast by being
 * wrong.
 */
#include "bench.h"

/* --- sieve --- */

static uint8_t flags[8192];

static uint32_t sieve(uint32_t rounds)
{
    uint32_t primes = 0;

    while (rounds--) {
        primes = 0;
        for (uint32_t i = 0; i < 8191; i++)
            flags[i] = 1;
        for (uint32_t i = 0; i < 8191; i++) {
            if (!flags[i])
                continue;
            for (uint32_t k = i + i + 3 + i; k < 8191; k += i + i + 3)
                flags[k] = 0;
            primes++;
        }
    }
    return primes;
}

/* --- crc --- */

static uint32_t crc_table[256];
static uint8_t text[4096];

static uint32_t crc(uint32_t rounds)
{
    uint32_t sum = ~0u;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (unsigned bit = 0; bit < 8; bit++)
            v = (v >> 1) ^ ((v & 1) ? 0xedb88320u : 0);
        crc_table[i] = v;
    }
    for (uint32_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7 + (i >> 5));
    while (rounds--) {
        for (uint32_t i = 0; i < sizeof text; i++)
            sum = crc_table[(sum ^ text[i]) & 0xff] ^ (sum >> 8);
    }
    return ~sum;
}

/* --- matmul --- */

#define N 32
static uint32_t a[N][N], b[N][N], product[N][N];

static uint32_t matmul(uint32_t rounds)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < N * N; i++) {
        a[i / N][i % N] = i * 3 + 1;
        b[i / N][i % N] = i ^ 0x55;
    }
    while (rounds--) {
        for (uint32_t i = 0; i < N; i++) {
            for (uint32_t j = 0; j < N; j++) {
                uint32_t s = 0;
                for (uint32_t k = 0; k < N; k++)
                    s += a[i][k] * b[k][j];
                product[i][j] = s;
            }
        }
        sum += product[rounds % N][3];
    }
    return sum;
}

/* --- qsort --- */

static uint32_t items[2048];

static void sort(uint32_t *low, uint32_t *high)
{
    while (low < high) {
        uint32_t pivot = low[(high - low) / 2], *i = low, *j = high, t;
        do {
            while (*i < pivot)
                i++;
            while (*j > pivot)
                j--;
            if (i <= j)
                t = *i, *i++ = *j, *j-- = t;
        } while (i <= j);
        sort(low, j);
        low = i;
    }
}

static uint32_t quicksort(uint32_t rounds)
{
    uint32_t seed = 1, sum = 0;

    while (rounds--) {
        for (uint32_t i = 0; i < 2048; i++)
            items[i] = seed = seed * 1664525u + 1013904223u;
        sort(items, items + 2047);
        sum += items[1000];
    }
    return sum;
}

/* --- fib, gcd --- */

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint32_t fib(uint32_t rounds)
{
    uint32_t sum = 0;

    while (rounds--)
        sum += fibonacci(20);
    return sum;
}

static uint32_t gcd(uint32_t rounds)
{
    uint32_t sum = 0;

    while (rounds--) {
        for (uint32_t i = 1; i < 400; i++) {
            uint32_t x = 40320 + i * 7, y = i * 36 + 5;
            while (x != y) {
                if (x > y)
                    x -= y;
                else
                    y -= x;
            }
            sum += x;
        }
    }
    return sum;
}

/* --- interpreter --- */

enum { PUSH, ADD, SUB, JNZ, DUP, SWAP, STOP };

/* A stack machine counting down from 1000 while it adds. */
static const uint8_t program[] = {
    PUSH, 0, PUSH, 250, /* loop at 4: */ SWAP, PUSH, 3, ADD, SWAP, PUSH, 1, SUB, DUP, JNZ, 4, STOP};

static uint32_t interpret(uint32_t rounds)
{
    uint32_t stack[16], sum = 0;

    while (rounds--) {
        uint32_t *top = stack, t;
        for (const uint8_t *pc = program;;) {
            switch (*pc++) {
            case PUSH:
                *++top = *pc++;
                continue;
            case ADD:
                top--, *top += top[1];
                continue;
            case SUB:
                top--, *top -= top[1];
                continue;
            case DUP:
                top++, *top = top[-1];
                continue;
            case SWAP:
                t = *top, *top = top[-1], top[-1] = t;
                continue;
            case JNZ:
                pc = *top-- ? program + *pc : pc + 1;
                continue;
            }
            break;
        }
        sum += top[-1];
    }
    return sum;
}

/* --- strings --- */

static char line[256], copy[256];

static __attribute__((noinline)) uint32_t length(const char *s)
{
    uint32_t n = 0;

    while (s[n])
        n++;
    return n;
}

static uint32_t strings(uint32_t rounds)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < 200; i++)
        line[i] = (char)('a' + i % 26);
    while (rounds--) {
        uint32_t n = length(line);
        const char *from = line;
        char *to = copy;
        uint32_t bytes = n + 1;
        __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(bytes) : : "memory");
        for (uint32_t i = 0; i < n / 2; i++) {
            char t = copy[i];
            copy[i] = copy[n - 1 - i];
            copy[n - 1 - i] = t;
        }
        for (const char *p = copy; *p; p++)
            sum = sum * 31 + (uint8_t)*p;
    }
    return sum;
}

const struct bench benches[] = {
    {"sieve", sieve}, {"crc", crc}, {"matmul", matmul},    {"qsort", quicksort},
    {"fib", fib},     {"gcd", gcd}, {"interp", interpret}, {"strings", strings},
};
const unsigned bench_count = sizeof benches / sizeof benches[0];
