/*
 * Names in expressions: what each stands for at this moment. Tables (register.def, hv/field.def)
 * say it; the order of asking is position, register, exit, hit, constant, symbol.
 */
#include "session/expr.h"

#include "hv/field.h"
#include "hv/hv.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool same(const char *word, const char *name, size_t length)
{
    return strlen(word) == length && !memcmp(word, name, length);
}

/* ---------------------------------------- registers */

/* The member itself, whatever its width, made readable by the compiler. */
#define REGISTER(name, member, shift, bits)                                                        \
    static uint64_t read_##name(const struct cpu_state *s)                                         \
    {                                                                                              \
        return ((uint64_t)s->member >> (shift)) & ((UINT64_C(1) << (bits)) - 1u);                  \
    }
#include "session/register.def"
#undef REGISTER

static const struct {
    const char *name;
    uint64_t (*read)(const struct cpu_state *s);
} registers[] = {
#define REGISTER(name, member, shift, bits) {#name, read_##name},
#include "session/register.def"
#undef REGISTER
};

static const struct cpu_state *cpu_of(struct name_scope *n)
{
    struct session *s = n->scope->session;
    if (n->scope->guest)
        return n->scope->guest;
    if (!n->have_cpu)
        n->have_cpu = session_guest(s, session_vm(s), &n->cpu);
    return &n->cpu;
}

/* `real_` before a register: what the machine's CPU holds, whoever runs. */
static bool take_real(const char **name, size_t *length)
{
    static const char real[] = "real_";
    if (*length <= sizeof real - 1 || memcmp(*name, real, sizeof real - 1) != 0)
        return false;
    *name += sizeof real - 1;
    *length -= sizeof real - 1;
    return true;
}

enum name_found expr_register(struct name_scope *n, const char *name, size_t length,
                              uint64_t *value)
{
    bool real = take_real(&name, &length);
    for (size_t i = 0; i < COUNT(registers); i++) {
        if (!same(registers[i].name, name, length))
            continue;
        *value = 0;
        if (!n->dry)
            *value = registers[i].read(real ? &session_hv(n->scope->session)->machine->cpu.s
                                            : cpu_of(n));
        return NAME_VALUE;
    }
    return NAME_UNKNOWN;
}

/* ---------------------------------------- position */

static uint64_t position_insn(struct session *s)
{
    return session_position(s)->insn;
}
static uint64_t position_exit(struct session *s)
{
    return session_position(s)->exit;
}
static uint64_t position_cycle(struct session *s)
{
    return session_position(s)->cycle;
}
static uint64_t position_vm(struct session *s)
{
    return session_vm(s);
}

static const struct {
    const char *name;
    uint64_t (*read)(struct session *s);
} positions[] = {
    {"insn", position_insn}, {"exit", position_exit}, {"cycle", position_cycle},
    {"hash", session_hash},  {"vm", position_vm},
};

static enum name_found position(const struct name_scope *n, const char *name, size_t length,
                                uint64_t *value)
{
    for (size_t i = 0; i < COUNT(positions); i++)
        if (same(positions[i].name, name, length)) {
            *value = n->dry ? 0 : positions[i].read(n->scope->session);
            return NAME_VALUE;
        }
    return NAME_UNKNOWN;
}

/* ---------------------------------------- the exit and the hit */

static const struct vm_exit *exit_of(const struct name_scope *n)
{
    if (n->scope->exit)
        return n->scope->exit;
    const struct hv *hv = session_hv(n->scope->session);
    return hv->open ? hv->open : hv_exit(hv, hv->exits);
}

static enum name_found exit_name(struct name_scope *n, const char *name, size_t length,
                                 uint64_t *value)
{
    if (!exit_field_known(name, length, NULL))
        return NAME_UNKNOWN;
    *value = 0;
    if (n->dry)
        return NAME_VALUE;
    const struct vm_exit *x = exit_of(n);
    if (!x) {
        (void)snprintf(n->why, sizeof n->why, "there has been no exit yet");
        return NAME_NOT_HERE;
    }
    if (exit_field(x, name, length, value, NULL) == FIELD_FOUND)
        return NAME_VALUE;
    (void)snprintf(n->why, sizeof n->why,
                   "exit %llu is %s, which has no `%.*s` (exits that have: %s)",
                   (unsigned long long)x->number,
                   x->reason < EXIT_REASONS ? exit_reason_names[x->reason] : "of no known reason",
                   (int)length, name, exit_field_where(name, length));
    return NAME_NOT_HERE;
}

static uint64_t hit_address(const struct session_hit *h)
{
    return h->address;
}
static uint64_t hit_old(const struct session_hit *h)
{
    return h->old;
}
static uint64_t hit_now(const struct session_hit *h)
{
    return h->now;
}
static uint64_t hit_access(const struct session_hit *h)
{
    return h->access;
}

static const struct {
    const char *name;
    uint64_t (*read)(const struct session_hit *h);
} hits[] = {{"address", hit_address}, {"old", hit_old}, {"now", hit_now}, {"access", hit_access}};

static enum name_found hit_name(struct name_scope *n, const char *name, size_t length,
                                uint64_t *value)
{
    for (size_t i = 0; i < COUNT(hits); i++) {
        if (!same(hits[i].name, name, length))
            continue;
        *value = 0;
        if (n->dry)
            return NAME_VALUE;
        const struct session_hit *hit = n->scope->hit;
        if (hit) {
            *value = hits[i].read(hit);
            return NAME_VALUE;
        }
        (void)snprintf(n->why, sizeof n->why, "`%.*s` is of a point's hit, and there is none here",
                       (int)length, name);
        return NAME_NOT_HERE;
    }
    return NAME_UNKNOWN;
}

/* ---------------------------------------- constants and symbols */

static enum name_found constant(const char *name, size_t length, uint64_t *value)
{
    return field_constant(FIELD_REASON, name, length, value) ||
                   field_constant(FIELD_OUTCOME, name, length, value)
               ? NAME_VALUE
               : NAME_UNKNOWN;
}

enum name_found expr_symbol(const struct name_scope *n, const char *name, size_t length,
                            uint64_t *value)
{
    const struct expr_scope *scope = n->scope;
    return scope->resolve && scope->resolve(scope->opaque, name, length, value) ? NAME_VALUE
                                                                                : NAME_UNKNOWN;
}

enum name_found expr_name(struct name_scope *n, const char *name, size_t length, uint64_t *value)
{
    enum name_found found = position(n, name, length, value);
    if (found == NAME_UNKNOWN)
        found = expr_register(n, name, length, value);
    if (found == NAME_UNKNOWN)
        found = exit_name(n, name, length, value);
    if (found == NAME_UNKNOWN)
        found = hit_name(n, name, length, value);
    if (found == NAME_UNKNOWN)
        found = constant(name, length, value);
    if (found == NAME_UNKNOWN)
        found = expr_symbol(n, name, length, value);
    return found;
}
