/* qsort [N]: N times quicksort of 1,024 pseudo-random numbers (Hoare's partition, recursive). */
#include "user/bench/lib/bench.h"

#define SIZE 1024

static uint32_t numbers[SIZE];

static void sort(int low, int high)
{
    if (low >= high)
        return;
    uint32_t pivot = numbers[(low + high) / 2];
    int i = low - 1;
    int j = high + 1;
    for (;;) {
        do {
            i++;
        } while (numbers[i] < pivot);
        do {
            j--;
        } while (numbers[j] > pivot);
        if (i >= j)
            break;
        uint32_t held = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = held;
    }
    sort(low, j);
    sort(j + 1, high);
}

static uint32_t step(uint32_t i)
{
    uint32_t seed = i;
    for (int k = 0; k < SIZE; k++)
        numbers[k] = seed = seed * 1664525u + 1013904223u;
    sort(0, SIZE - 1);
    return numbers[SIZE / 2] ^ numbers[SIZE - 1];
}

const struct benchmark benchmark = {.name = "qsort", .count = 10, .step = step};
