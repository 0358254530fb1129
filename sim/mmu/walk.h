/*
 * The page walk is public (sim/walk.h): a hypervisor walks its guest's tables with the same function.
 */
#ifndef SIM_MMU_WALK_H
#define SIM_MMU_WALK_H

#include "sim/walk.h"

#endif
