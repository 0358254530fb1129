/*
 * ringside: one guest, many modes, every cycle accounted for.
 */
#include "verbs.h"

int main(int argc, char **argv)
{
    return verbs_dispatch(argc - 1, argv + 1);
}
