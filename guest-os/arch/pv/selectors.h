/* The flat segments that the hypervisor keeps in every descriptor table. */
#ifndef ARCH_PV_SELECTORS_H
#define ARCH_PV_SELECTORS_H

#include <hv/abi/pv.h>

#define KERNEL_CODE PV_FLAT_RING1_CS
#define KERNEL_DATA PV_FLAT_RING1_DS
#define USER_CODE   PV_FLAT_RING3_CS
#define USER_DATA   PV_FLAT_RING3_DS

#endif
