/*
 * What a process leaves behind, as one number: `exit=sum` on the boot command line prints it when a
 * process ends.
 *
 * The sum covers address and contents of every page the process has, and no frame number, so that a
 * program that ran alike has the same sum on any machine. FNV-1a over doublewords.
 */
#include "kernel/layout.h"
#include "kernel/space.h"

static uint32_t mix(uint32_t sum, uint32_t word)
{
    return (sum ^ word) * 16777619u;
}

static uint32_t sum_page(uint32_t sum, uint32_t va, const uint32_t *words)
{
    sum = mix(sum, va);
    for (unsigned i = 0; i < PAGE_SIZE / 4; i++)
        sum = mix(sum, words[i]);
    return sum;
}

uint32_t space_sum(const struct space *space)
{
    const pte_t *directory = frame_address(space->root);
    uint32_t sum = 2166136261u;
    for (unsigned slot = 0; slot < USER_DIRECTORY_ENTRIES; slot++) {
        if (!(directory[slot] & PTE_PRESENT))
            continue;
        const pte_t *table = frame_address(arch_pte_frame(directory[slot]));
        for (unsigned i = 0; i < ENTRIES_PER_TABLE; i++)
            if (table[i] & PTE_PRESENT)
                sum = sum_page(sum, (slot * ENTRIES_PER_TABLE + i) * PAGE_SIZE,
                               frame_address(arch_pte_frame(table[i])));
    }
    return sum;
}
