/* What a mode does where another one exits. */
#ifndef CLI_ELSEWHERE_H
#define CLI_ELSEWHERE_H

#include "hv/hv.h"

/* One line in words; never null. */
const char *elsewhere(enum hv_mode_id mode, enum exit_reason reason);

#endif
