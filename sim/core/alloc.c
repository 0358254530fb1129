/* The one door to the host's heap (sim/alloc.h). calloc checks the product and gives untouched zero
 * pages. */
#include "sim/alloc.h"

#include <stdlib.h>

void *sim_alloc(size_t count, size_t size)
{
    return calloc(count, size);
}

void sim_free(void *memory)
{
    free(memory);
}
