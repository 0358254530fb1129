/*
 * The oracle: the only file that includes Unicorn.
 */
#include <stdlib.h>
#include <unicorn/unicorn.h>

#include "oracle.h"

struct oracle {
    uc_engine *uc;
    uc_context *fresh; /* what an exception leaves behind inside is put back from here */
    int interrupt;     /* the number an interrupt hook saw, or -1 */
};

/* Exceptions and INT n: Unicorn never goes through an IDT; noted, and the run ends. */
static void on_interrupt(uc_engine *uc, uint32_t number, void *user)
{
    struct oracle *o = user;

    o->interrupt = (int)number;
    uc_emu_stop(uc);
}

static bool map_regions(struct oracle *o, const struct oracle_region *regions, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t rights =
            UC_PROT_READ | (uint32_t)(regions[i].writable ? UC_PROT_WRITE : UC_PROT_EXEC);
        if (uc_mem_map_ptr(o->uc, regions[i].base, regions[i].size, rights, regions[i].bytes))
            return false;
    }
    return true;
}

struct oracle *oracle_create(const struct oracle_region *regions, unsigned count)
{
    struct oracle *o = calloc(1, sizeof *o);
    uc_hook hook;

    if (!o)
        return NULL;
    if (uc_open(UC_ARCH_X86, UC_MODE_32, &o->uc)) {
        free(o);
        return NULL;
    }
    /* The hook's address travels as a data pointer: Unicorn's interface asks for it. */
    void *callback = NULL;
    void (*function)(uc_engine *, uint32_t, void *) = on_interrupt;
    _Static_assert(sizeof callback == sizeof function, "");
    __builtin_memcpy(&callback, &function, sizeof callback);
    if (!map_regions(o, regions, count) ||
        uc_hook_add(o->uc, &hook, UC_HOOK_INTR, callback, o, 1, 0) ||
        uc_context_alloc(o->uc, &o->fresh) || uc_context_save(o->uc, o->fresh)) {
        oracle_destroy(o);
        return NULL;
    }
    return o;
}

void oracle_destroy(struct oracle *o)
{
    if (!o)
        return;
    if (o->fresh)
        uc_context_free(o->fresh);
    uc_close(o->uc);
    free(o);
}

static enum oracle_end classify(const struct oracle *o, uc_err error, unsigned *vector,
                                const char **why)
{
    *why = NULL;
    if (o->interrupt >= 0) {
        *vector = (unsigned)o->interrupt;
        return ORACLE_EXCEPTION;
    }
    switch (error) {
    case UC_ERR_OK:
        return ORACLE_DONE;
    case UC_ERR_INSN_INVALID:
        *vector = 6;
        return ORACLE_EXCEPTION;
    case UC_ERR_READ_UNMAPPED:
    case UC_ERR_WRITE_UNMAPPED:
    case UC_ERR_FETCH_UNMAPPED:
    case UC_ERR_READ_PROT:
    case UC_ERR_WRITE_PROT:
    case UC_ERR_FETCH_PROT:
        *vector = 14;
        return ORACLE_EXCEPTION;
    default:
        *why = uc_strerror(error);
        return ORACLE_BROKEN;
    }
}

enum { REGISTERS = 10 };

enum oracle_end oracle_step(struct oracle *o, struct oracle_state *state, uint32_t length,
                            unsigned *vector, const char **why)
{
    int registers[REGISTERS] = {UC_X86_REG_EAX, UC_X86_REG_ECX,   UC_X86_REG_EDX, UC_X86_REG_EBX,
                                UC_X86_REG_ESP, UC_X86_REG_EBP,   UC_X86_REG_ESI, UC_X86_REG_EDI,
                                UC_X86_REG_EIP, UC_X86_REG_EFLAGS};
    void *values[REGISTERS];
    uint32_t eip = state->eip;

    for (unsigned i = 0; i < 8; i++)
        values[i] = &state->gpr[i];
    values[8] = &state->eip;
    values[9] = &state->eflags;
    *why = "registers refused";
    *vector = 0;
    if (uc_context_restore(o->uc, o->fresh) || uc_ctl_remove_cache(o->uc, eip, eip + 32) ||
        uc_reg_write_batch(o->uc, registers, values, REGISTERS))
        return ORACLE_BROKEN;
    o->interrupt = -1;
    uc_err error = uc_emu_start(o->uc, eip, length ? eip + length : 0xffffffffu, 0, length ? 0 : 1);
    if (uc_reg_read_batch(o->uc, registers, values, REGISTERS))
        return ORACLE_BROKEN;
    return classify(o, error, vector, why);
}
