/*
 * Counters: adding VMs up, and the figures that are made of them.
 */
#include "hv/stats.h"

#include <stddef.h>

double vm_stats_direct_fraction(const struct vm_stats *s)
{
    uint64_t direct = s->insns_user + s->insns_kernel;
    uint64_t all = direct + s->insns_emulated;
    return all ? (double)direct / (double)all : 1.0;
}

static void add_exit(struct exit_counter *sum, const struct exit_counter *a)
{
    if (!a->count)
        return;
    if (!sum->count || a->min < sum->min)
        sum->min = a->min;
    if (a->max > sum->max)
        sum->max = a->max;
    sum->count += a->count;
    sum->cycles += a->cycles;
    for (unsigned p = 0; p < HV_PHASES; p++)
        sum->phase[p] += a->phase[p];
}

/* All members are uint64_t: the rest of the struct adds up as one array. */
static void add_words(void *sum, const void *a, size_t bytes)
{
    uint64_t *to = sum;
    const uint64_t *from = a;
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++)
        to[i] += from[i];
}

void vm_stats_add(struct vm_stats *sum, const struct vm_stats *a)
{
    for (unsigned r = 0; r < EXIT_REASONS; r++)
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++)
            add_exit(&sum->exit[r][o], &a->exit[r][o]);
    size_t done = sizeof(sum->exit);
    add_words((char *)sum + done, (const char *)a + done, sizeof(*sum) - done);
}
