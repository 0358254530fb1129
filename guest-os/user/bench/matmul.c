/* matmul [N]: N products of two 32 by 32 matrices of integers. */
#include "user/bench/lib/bench.h"

#define SIZE 32u

static uint32_t a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static uint32_t step(uint32_t i)
{
    for (uint32_t row = 0; row < SIZE; row++) {
        for (uint32_t column = 0; column < SIZE; column++) {
            uint32_t sum = 0;
            for (uint32_t k = 0; k < SIZE; k++)
                sum += a[row][k] * b[k][column];
            c[row][column] = sum;
        }
    }
    a[i % SIZE][0]++;
    return c[i % SIZE][SIZE - 1 - i % SIZE];
}

static void prepare(void)
{
    for (uint32_t row = 0; row < SIZE; row++) {
        for (uint32_t column = 0; column < SIZE; column++) {
            a[row][column] = row + column;
            b[row][column] = row * 3 + column + 1;
        }
    }
}

const struct benchmark benchmark = {
    .name = "matmul", .count = 10, .prepare = prepare, .step = step};
