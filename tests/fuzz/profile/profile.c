/*
 * Profile files are whatever a user found on the net: any bytes must be refused in words or read
 * completely.
 */
#include <stdlib.h>
#include <string.h>

#include "profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct profile p;
    struct complaint why = {CLI_OK, "", ""};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (profile_parse(&p, "fuzz.json", text, size, &why)) {
        for (unsigned key = 0; key < COST_KEYS; key++)
            if (!p.source[key] || cost_value(&p.cost, key) > PROFILE_MAX_CYCLES)
                abort(); /* accepted, but not complete */
        if (p.cost.clock_hz == 0)
            abort();
        profile_free(&p);
    } else if (!why.what[0] || why.status == CLI_OK) {
        abort(); /* refused without a word */
    }
    free(text);
    return 0;
}
