/*
 * forktree [DEPTH]: a binary tree of processes. Each changes memory all of them began with, and
 * checks after its children ended that nobody else's change shows: copy-on-write, told from
 * outside.
 */
#include "user/lib/bantam.h"

#define WORDS 4096u

static uint32_t *shared; /* on the heap */

/* Returns how many processes the tree below has, or ends this process with 0 when memory was not
 * its own. */
static unsigned grow(unsigned depth, uint32_t path)
{
    unsigned count = 1;
    for (unsigned i = 0; i < WORDS; i += 512)
        shared[i] = path;
    for (uint32_t side = 0; side < 2 && depth > 0; side++) {
        int pid = fork();
        if (pid == 0)
            exit((int)grow(depth - 1, path * 2 + side));
        int status = 0;
        if (pid < 0 || wait(pid, &status) != pid || status == 0)
            exit(0);
        count += (unsigned)status;
    }
    for (unsigned i = 0; i < WORDS; i += 512)
        if (shared[i] != path)
            exit(0);
    return count;
}

int main(int argc, char **argv)
{
    uint32_t depth = count_argument(argc, argv, 3);
    if (depth > 6) {
        eprintf("forktree: at most 6 levels\n");
        return 2;
    }
    shared = sbrk(WORDS * sizeof *shared);
    printf("forktree: %u processes, each with its own memory\n", grow(depth, 1));
    return sbrk(-(int)(WORDS * sizeof *shared)) != shared + WORDS;
}
