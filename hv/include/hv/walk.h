/*
 * The result of one walk of a guest's own page tables, as its virtual MMU sees them. Plain data.
 */
#ifndef HV_WALK_H
#define HV_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* A walk of the guest's own tables, as the virtual MMU sees them. */
struct guest_walk {
    uint32_t gva;
    uint32_t gpa;      /* translated, if ok */
    uint32_t pde, pte; /* as read; pte is 0 for a 4 MiB page */
    uint32_t pde_gpa, pte_gpa;
    uint8_t access; /* enum cpu_access */
    uint8_t user;
    bool large;  /* 4 MiB page */
    bool ok;     /* the guest's tables allow the access */
    bool paging; /* CR0.PG */
    uint8_t refs;
    uint32_t error;         /* !ok: page-fault error code the guest is due */
    bool writable, user_ok; /* effective rights */
};

#endif
