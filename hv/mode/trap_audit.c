/*
 * The audit of a VM in trap mode: its real descriptor tables and every shadow page.
 */
#include "mode/trap.h"

static void audit_tables(struct vm *vm, struct hv_audit *a)
{
    for (unsigned table = 0; table < TABLES; table++) {
        unsigned entries = table == TABLE_GDT ? HV_GDT_FIRST : TABLE_ENTRIES;
        for (unsigned n = 0; n < entries; n++) {
            uint32_t desc[2];
            own_descriptor(vm->hv, vm->number, table == TABLE_LDT, n, desc);
            audit_descriptor(a, n, desc[0], desc[1], HV_HOLE);
        }
    }
}

void trap_audit(struct vm *vm, struct hv_audit *a)
{
    audit_tables(vm, a);
    shadow_audit(vm, a);
}
