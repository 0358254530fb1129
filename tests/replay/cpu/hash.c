/*
 * Prints the hash of every guest at some points of its run. The same program is linked with a
 * simulator that was compiled otherwise (-O0, no guaranteed sibling calls): same_build.sh compares
 * what the two print.
 */
#include <stdio.h>

#include "box.h"

int main(void)
{
    unsigned ran = 0;

    for (unsigned g = 0; g < guest_count; g++) {
        struct box *b = box_create(&guests[g]);
        if (!b)
            return 1;
        for (uint64_t step = 1000; !box_done(b); step *= 8) {
            box_run(b, step, UINT64_MAX / 2);
            printf("%s %llu %llu %016llx\n", guests[g].name, (unsigned long long)b->m->cpu.s.icount,
                   (unsigned long long)b->m->cpu.s.cycle, (unsigned long long)box_hash(b));
        }
        ran += b->printed != 0;
        box_destroy(b);
    }
    return ran != guest_count;
}
