/*
 * The table of elsewhere.def.
 */
#include "elsewhere.h"

#include <stddef.h>

static const char *const texts[EXIT_REASONS][HV_MODES] = {
#define ELSEWHERE(reason, native, trap, pv) [EXIT_##reason] = {native, trap, pv},
#include "elsewhere.def"
#undef ELSEWHERE
};

const char *elsewhere(enum hv_mode_id mode, enum exit_reason reason)
{
    const char *text = mode < HV_MODES && reason < EXIT_REASONS ? texts[reason][mode] : NULL;
    return text ? text : "nothing is known";
}
