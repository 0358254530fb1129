/*
 * The paravirtual neighbour: computes and remaps pages for a while, and ends in a state that does
 * not depend on time.
 */
#include "../../pv/guest/guest.h"

#define ROUNDS 60u

static const char *innocent(void)
{
    static char line[] = "innocent: 00000000\n";
    uint32_t sum = 1;
    for (uint32_t n = 0; n < ROUNDS; n++)
        for (uint32_t p = 0; p < 16; p++) {
            volatile uint32_t *page = (uint32_t *)(uintptr_t)pages[p];
            uint32_t mfn = mfn_of(pages[(p + n) % 16]);
            EXPECT(map((const void *)(uintptr_t)page, mfn, P | W) == 0);
            for (unsigned i = 0; i < 1024; i += 29) {
                sum = sum * 1664525u + 1013904223u + page[i];
                page[i] = sum;
            }
        }
    for (unsigned i = 0; i < 8; i++)
        line[10 + i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
    print(line);
    return 0;
}

const struct attack attacks_mmu[] = {{"innocent", innocent}, {0, 0}};
const struct attack attacks_segments[] = {{0, 0}};
const struct attack attacks_calls[] = {{0, 0}};
const struct attack attacks_sched[] = {{0, 0}};
const struct attack attacks_asking[] = {{0, 0}};
const struct attack attacks_rings[] = {{0, 0}};
const struct attack attacks_refused[] = {{0, 0}};
const struct attack attacks_frames[] = {{0, 0}};
