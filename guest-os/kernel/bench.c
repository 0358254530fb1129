/*
 * What the microbenchmarks need of the kernel: loops in kernel mode, and pages that fault on
 * purpose.
 *
 * Each timed loop takes the time-stamp counter right before and after the one thing it is about,
 * and subtracts what an empty pair costs. Nothing else in the kernel is here for measuring.
 */
#include "kernel/fat.h"
#include "kernel/frame.h"
#include "kernel/proc.h"
#include "kernel/syscall.h"
#include "lib/cycles.h"

#define PORT_PIC_MASK 0x21

enum between { NOTHING, WORD, ENTRY };

static uint64_t less(uint64_t total, uint64_t overhead)
{
    return total > overhead ? total - overhead : 0;
}

/* The least that two readings of the counter differ by when that is read in between: nothing, a
 * word, or a page's entry. Inlined, so that which it is need not be found out in between. */
static inline __attribute__((always_inline)) uint64_t least(enum between what, uint32_t va)
{
    static volatile pte_t word;
    uint64_t smallest = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        pte_t pte = 0;
        uint64_t start = cycles_now();
        if (what == ENTRY)
            pte = arch_pte_get(current->space.root, va);
        else if (what == WORD)
            pte = word;
        uint64_t took = cycles_now() - start;
        __asm__ volatile("" : : "r"(pte));
        smallest = took < smallest ? took : smallest;
    }
    return smallest;
}

/*
 * Stores the entry of one mapped page, alternately to two frames, and reads the page in between so
 * that somebody who shadows the table has to follow every store. Only the stores are timed.
 */
static int bench_ptemod(uint32_t n, struct bench_result *result)
{
    struct space *space = &current->space;
    uint32_t va = (uint32_t)sys_mmap(PAGE_SIZE, 0, 0);
    if (space_check(space, va, PAGE_SIZE, true) != 0)
        return -ENOMEM;
    frame_t other = frame_alloc_zeroed();
    if (other == NO_FRAME)
        return -ENOMEM;
    pte_t first = arch_pte_get(space->root, va);
    pte_t ptes[2] = {first, arch_pte_make(other, pte_flags_of(first))};
    *(volatile uint32_t *)va = 1;
    /* To find an entry costs what reading it does, less the load at its end. */
    uint64_t empty = least(NOTHING, 0) + less(least(ENTRY, va), least(WORD, va));
    for (uint32_t i = 0; i < n; i++) {
        pte_t pte = ptes[(i + 1) % 2];
        uint64_t start = cycles_now();
        arch_pte_set(space->root, va, pte);
        uint64_t took = less(cycles_now() - start, empty);
        result->cycles += took > 0 ? took : 1; /* a store is an instruction, resolved or not */
        arch_flush_page(va);
        result->checksum += *(volatile uint32_t *)va;
    }
    arch_pte_change(space->root, va, first);
    frame_free(other);
    return sys_munmap(va, PAGE_SIZE, 0);
}

static int bench_portio(uint32_t n, struct bench_result *result)
{
    uint64_t empty = least(NOTHING, 0);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t start = cycles_now();
        uint8_t value = arch_port_read(PORT_PIC_MASK);
        result->cycles += less(cycles_now() - start, empty);
        result->checksum += value != 0;
    }
    return 0;
}

static __attribute__((noinline)) uint32_t callee(uint32_t x)
{
    __asm__ volatile("" : "+r"(x));
    return x;
}

static inline uint32_t inlined(uint32_t x)
{
    __asm__ volatile("" : "+r"(x));
    return x;
}

static int bench_callret(uint32_t n, struct bench_result *result)
{
    uint64_t sum = 0;
    uint64_t start = cycles_now();
    for (uint32_t i = 0; i < n; i++)
        sum += inlined(i);
    uint64_t empty = cycles_now() - start;
    start = cycles_now();
    for (uint32_t i = 0; i < n; i++)
        sum -= callee(i); /* to what it was: the same work, and a call */
    result->cycles = less(cycles_now() - start, empty);
    result->checksum = sum + n;
    return 0;
}

/* Changes the flags of a page that is there. */
static int change_flags(uint32_t va, bool write, uint32_t clear, uint32_t set)
{
    struct space *space = &current->space;
    if (space_check(space, va, 1, write) != 0)
        return -EFAULT;
    arch_pte_change(space->root, va, (arch_pte_get(space->root, va) & ~clear) | set);
    return 0;
}

static int bench_disk(uint32_t sector, uint32_t count)
{
    if (count == 0 || count > 8)
        return -EINVAL;
    frame_t frame = frame_alloc();
    if (frame == NO_FRAME)
        return -ENOMEM;
    int error = fat_raw_read(sector, count, frame_address(frame));
    const uint32_t *words = frame_address(frame);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count * 128; i++)
        sum = (sum << 1 | sum >> 31) ^ words[i];
    frame_free(frame);
    return error != 0 ? error : (int)(sum & INT32_MAX);
}

int32_t sys_bench(uint32_t operation, uint32_t a, uint32_t b)
{
    static int (*const timed[])(uint32_t, struct bench_result *) = {
        [BENCH_PTEMOD] = bench_ptemod,
        [BENCH_PORTIO] = bench_portio,
        [BENCH_CALLRET] = bench_callret,
    };
    struct bench_result result = {0, 0};
    switch (operation) {
    case BENCH_HIDE:
        return change_flags(a, false, PTE_PRESENT, PTE_KEPT);
    case BENCH_SKIP:
        current->fault_skip = a;
        return 0;
    case BENCH_DISK:
        return bench_disk(a, b);
    case BENCH_PROTECT:
        return change_flags(a, true, PTE_WRITE | PTE_COW, 0);
    default:
        if (operation >= sizeof timed / sizeof *timed)
            return -EINVAL;
    }
    int error = timed[operation](b, &result);
    struct bench_result *user = user_pointer(a, sizeof *user, true);
    if (user == NULL)
        return -EFAULT;
    *user = result;
    return error;
}
