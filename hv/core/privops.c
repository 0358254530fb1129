/*
 * From an instruction's row to the reason of the exit it makes, worked out once from privops.def
 * and insns.def.
 */
#include "core/internal.h"

struct privop {
    uint16_t opcode;
    int8_t group;
    uint8_t reason;
};

static const struct privop privops[] = {
#define PRIVOP(opcode, group, reason) {opcode, group, EXIT_##reason},
#include "core/privops.def"
#undef PRIVOP
};

static uint8_t reason_of(const struct insn_row *row)
{
    for (unsigned i = 0; i < sizeof(privops) / sizeof(privops[0]); i++)
        if (privops[i].opcode == row->opcode &&
            (privops[i].group < 0 || privops[i].group == row->group))
            return (uint8_t)(privops[i].reason + 1);
    return row->trap != TRAP_NONE ? EXIT_emulate_sensitive + 1 : 0;
}

void privops_index(uint8_t *reason_of_row)
{
    for (unsigned i = 0; i < insn_row_count; i++)
        reason_of_row[i] = reason_of(&insn_rows[i]);
}
