/*
 * From a frame to its caller, and where members of structs are: see symbols.h (DWARF 5, Call Frame
 * Information; Structure Type Entries).
 */
#include <string.h>

#include "debug/symbols.h"

#if RINGSIDE_HAVE_LIBDW

#include <stdlib.h>

#include <dwarf.h>

#include "debug/symbols_private.h"

enum { DWARF_EIP = 8, DWARF_ESP = 4 }; /* the System V ABI's numbers for i386 */

struct evaluation {
    const struct unwind_frame *frame;
    uint32_t cfa;
    bool (*read)(void *opaque, uint32_t address, uint32_t *value);
    void *opaque;
};

#define STACK_MOST 8u

/* An expression's stack of numbers. */
struct stack {
    uint32_t value[STACK_MOST];
    unsigned n;
};

static bool push(struct stack *s, uint32_t value)
{
    if (s->n == STACK_MOST)
        return false;
    s->value[s->n++] = value;
    return true;
}

/* What replaces the two on top. */
static bool combine(struct stack *s, unsigned atom)
{
    if (s->n < 2)
        return false;
    uint32_t b = s->value[--s->n], *a = &s->value[s->n - 1];
    *a = atom == DW_OP_minus  ? *a - b
         : atom == DW_OP_plus ? *a + b
         : atom == DW_OP_and  ? *a & b
                              : *a == b;
    return true;
}

static bool step(const struct evaluation *e, const Dwarf_Op *op, struct stack *s)
{
    unsigned atom = op->atom;
    uint32_t *top = s->n ? &s->value[s->n - 1] : NULL;
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg7)
        return push(s, e->frame->gpr[atom - DW_OP_breg0] + (uint32_t)op->number);
    if (atom == DW_OP_bregx)
        return op->number < 8 && push(s, e->frame->gpr[op->number] + (uint32_t)op->number2);
    if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
        return push(s, atom - DW_OP_lit0);
    if (atom == DW_OP_call_frame_cfa)
        return push(s, e->cfa);
    if (atom == DW_OP_minus || atom == DW_OP_plus || atom == DW_OP_and || atom == DW_OP_eq)
        return combine(s, atom);
    if (!top)
        return false;
    if (atom == DW_OP_dup)
        return push(s, *top);
    if (atom == DW_OP_deref)
        return e->read(e->opaque, *top, top);
    *top += (uint32_t)op->number;
    return atom == DW_OP_plus_uconst;
}

/* The operation that a branch leads to, forwards; n: the end, 0: none. */
static size_t branch(const Dwarf_Op *ops, size_t n, size_t from)
{
    Dwarf_Word target = ops[from].offset + 3 + ops[from].number; /* bra and skip take 3 bytes */
    size_t to = from + 1;
    while (to < n && ops[to].offset < target)
        to++;
    return to;
}

/* The operations that are written for frames. False: another one, or it makes no sense. */
static bool evaluate(const struct evaluation *e, const Dwarf_Op *ops, size_t n, uint32_t *value,
                     bool *is_value)
{
    struct stack s = {.n = 0};
    *is_value = n && ops[n - 1].atom == DW_OP_stack_value;
    n -= *is_value;
    for (size_t i = 0; i < n;) {
        unsigned atom = ops[i].atom;
        bool jumps = atom == DW_OP_skip || (atom == DW_OP_bra && s.n && s.value[--s.n]);
        if (atom != DW_OP_skip && atom != DW_OP_bra && !step(e, &ops[i], &s))
            return false;
        i = jumps ? branch(ops, n, i) : i + 1;
    }
    *value = s.n ? s.value[s.n - 1] : 0;
    return s.n != 0;
}

/* A register of the caller. */
static bool restore(const struct evaluation *e, Dwarf_Frame *rules, int reg, uint32_t *value)
{
    Dwarf_Op memory[3], *ops;
    size_t n;
    bool is_value;
    uint32_t at;
    if (dwarf_frame_register(rules, reg, memory, &ops, &n) != 0)
        return false;
    if (n == 0)
        return reg != DWARF_EIP; /* the same value, or undefined: left as it is */
    if (!evaluate(e, ops, n, &at, &is_value))
        return false;
    if (is_value) {
        *value = at;
        return true;
    }
    return e->read(e->opaque, at, value);
}

bool symbols_unwind(const struct symbols *s, struct unwind_frame *f, bool call,
                    bool (*read)(void *opaque, uint32_t address, uint32_t *value), void *opaque)
{
    Dwarf_Frame *rules;
    Dwarf_Op *ops;
    size_t n;
    bool is_value, ok;
    struct unwind_frame caller = *f;
    struct evaluation e = {f, 0, read, opaque};
    if (!s || !s->cfi || dwarf_cfi_addrframe(s->cfi, f->eip - (call ? 1u : 0u), &rules) != 0)
        return false;
    ok = dwarf_frame_cfa(rules, &ops, &n) == 0 && n && evaluate(&e, ops, n, &e.cfa, &is_value) &&
         restore(&e, rules, DWARF_EIP, &caller.eip);
    caller.gpr[DWARF_ESP] = e.cfa; /* unless there is a rule for it */
    for (int reg = 0; ok && reg < 8; reg++)
        ok = restore(&e, rules, reg, &caller.gpr[reg]);
    free(rules);
    if (ok)
        *f = caller;
    return ok;
}

/* Bytes of a type, through arrays; 0: unknown. */
static uint32_t bytes_of(Dwarf_Die *owner)
{
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    Dwarf_Word bytes;
    if (!dwarf_attr_integrate(owner, DW_AT_type, &attribute) ||
        !dwarf_formref_die(&attribute, &type) || dwarf_aggregate_size(&type, &bytes) != 0 ||
        bytes > UINT32_MAX)
        return 0;
    return (uint32_t)bytes;
}

static bool member_of(Dwarf_Die *type, const char *member, uint32_t *offset, uint32_t *bytes)
{
    Dwarf_Die die;
    if (dwarf_child(type, &die) != 0)
        return false;
    do {
        const char *name = dwarf_diename(&die);
        Dwarf_Attribute attribute;
        Dwarf_Word at;
        if (dwarf_tag(&die) != DW_TAG_member || !name || strcmp(name, member) != 0)
            continue;
        if (!dwarf_attr(&die, DW_AT_data_member_location, &attribute) ||
            dwarf_formudata(&attribute, &at) != 0 || at > UINT32_MAX)
            return false;
        *offset = (uint32_t)at;
        *bytes = bytes_of(&die);
        return true;
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

bool symbols_member(const struct symbols *s, const char *type, const char *member, uint32_t *offset,
                    uint32_t *bytes)
{
    Dwarf_Off at = 0, next;
    size_t header;
    while (s && s->dwarf && dwarf_nextcu(s->dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit, die;
        if (dwarf_offdie(s->dwarf, at + header, &unit) && dwarf_child(&unit, &die) == 0)
            do {
                const char *name = dwarf_diename(&die);
                if (dwarf_tag(&die) == DW_TAG_structure_type && name && strcmp(name, type) == 0 &&
                    member_of(&die, member, offset, bytes))
                    return true;
            } while (dwarf_siblingof(&die, &die) == 0);
        if (next <= at)
            break;
        at = next;
    }
    return false;
}

#else

bool symbols_unwind(const struct symbols *s, struct unwind_frame *f, bool call,
                    bool (*read)(void *opaque, uint32_t address, uint32_t *value), void *opaque)
{
    (void)s, (void)f, (void)call, (void)read, (void)opaque;
    return false;
}

bool symbols_member(const struct symbols *s, const char *type, const char *member, uint32_t *offset,
                    uint32_t *bytes)
{
    (void)s, (void)type, (void)member, (void)offset, (void)bytes;
    return false;
}

#endif
