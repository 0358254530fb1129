/*
 * The guest kit: paging. Eight tables: four for the first 16 MiB, four for 16 MiB at 0x40000000.
 */
#include "kit/kit.h"

#define TABLES     4u
#define EXTRA_BASE 0x40000000u

static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t tables[2 * TABLES][1024] __attribute__((aligned(4096)));

void kit_paging_on(void)
{
    for (unsigned t = 0; t < TABLES; t++) {
        uint32_t flags = KIT_PRESENT | KIT_WRITE | KIT_USER;
        for (uint32_t i = 0; i < 1024; i++)
            tables[t][i] = (t * 1024 + i) << 12 | flags;
        directory[t] = (uint32_t)(uintptr_t)tables[t] | flags;
        directory[(EXTRA_BASE >> 22) + t] = (uint32_t)(uintptr_t)tables[TABLES + t] | flags;
    }
    uint32_t cr0;
    __asm__ volatile("movl %0, %%cr3" : : "r"(directory) : "memory");
    __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movl %0, %%cr0; jmp 1f; 1:" : : "r"(cr0 | 0x80010000u) : "memory");
}

uint32_t *kit_pte(uint32_t va)
{
    unsigned table = va >> 22;
    if (va >= EXTRA_BASE)
        table = (va - EXTRA_BASE) / 0x400000 + TABLES;
    return &tables[table % (2 * TABLES)][va >> 12 & 1023];
}

void kit_flush(uint32_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void kit_map(uint32_t va, uint32_t pa, uint32_t flags)
{
    *(volatile uint32_t *)kit_pte(va) = flags != 0 ? (pa & ~0xfffu) | flags : 0;
    kit_flush(va);
}
