/* The modes that there are: hv/modes.def. */
#include "hv/mode.h"

#include <string.h>

#define MODE(id, symbol) extern const struct hv_mode symbol;
#include "hv/modes.def"
#undef MODE

const struct hv_mode *const hv_modes[HV_MODES] = {
#define MODE(id, symbol) &symbol,
#include "hv/modes.def"
#undef MODE
};

const struct hv_mode *hv_mode_find(const char *name)
{
    for (unsigned i = 0; i < HV_MODES; i++)
        if (!strcmp(hv_modes[i]->name, name))
            return hv_modes[i];
    return NULL;
}
