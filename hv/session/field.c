/*
 * Named numbers of exits and events: see hv/field.h. All from hv/field.def; here is only how a name
 * is looked up.
 */
#include "hv/field.h"

#include "hv/stats.h"

#include <string.h>

/* ---------------------------------------- the tables */

#define EXIT_FIELD(name, group, type, of, text)                                                    \
    static uint64_t exit_##group##_##name(const struct vm_exit *x)                                 \
    {                                                                                              \
        return of;                                                                                 \
    }
#define EVENT_FIELD(kind, name, type, of, text)
#include "hv/field.def"
#undef EXIT_FIELD
#undef EVENT_FIELD

#define EXIT_FIELD(name, group, type, of, text)
#define EVENT_FIELD(kind, name, type, of, text)                                                    \
    static uint64_t event_##kind##_##name(const struct trace_event *e)                             \
    {                                                                                              \
        return of;                                                                                 \
    }
#include "hv/field.def"
#undef EXIT_FIELD
#undef EVENT_FIELD

static const struct {
    const char *name;
    uint64_t (*read)(const struct vm_exit *x);
    uint8_t group, type;
} exit_fields[] = {
#define EXIT_FIELD(name, group, type, of, text)                                                    \
    {#name, exit_##group##_##name, GROUP_##group, FIELD_##type},
#define EVENT_FIELD(kind, name, type, of, text)
#include "hv/field.def"
#undef EXIT_FIELD
#undef EVENT_FIELD
};

static const struct {
    const char *name;
    uint64_t (*read)(const struct trace_event *e);
    uint8_t kind, type;
} event_fields[] = {
#define EXIT_FIELD(name, group, type, of, text)
#define EVENT_FIELD(kind, name, type, of, text)                                                    \
    {#name, event_##kind##_##name, TRACE_##kind, FIELD_##type},
#include "hv/field.def"
#undef EXIT_FIELD
#undef EVENT_FIELD
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const uint8_t group_of_reason[EXIT_REASONS] = {
    [EXIT_IO_INSTRUCTION] = GROUP_IO,     [EXIT_CR_ACCESS] = GROUP_CR,
    [EXIT_shadow_fill] = GROUP_MEM,       [EXIT_ptwr_emulation] = GROUP_MEM,
    [EXIT_MSR_READ] = GROUP_MSR,          [EXIT_MSR_WRITE] = GROUP_MSR,
    [EXIT_GDTR_IDTR] = GROUP_TABLE,       [EXIT_LDTR_TR] = GROUP_TABLE,
    [EXIT_gdt_fill] = GROUP_TABLE,        [EXIT_hypercall] = GROUP_HYPERCALL,
    [EXIT_CPUID] = GROUP_CPUID,           [EXIT_EXTERNAL_INTERRUPT] = GROUP_IRQ,
    [EXIT_reflect_interrupt] = GROUP_IRQ,
};

static const char *const group_words[FIELD_GROUPS] = {
    [GROUP_ANY] = "every exit",
    [GROUP_IO] = "IO_INSTRUCTION exits",
    [GROUP_CR] = "CR_ACCESS exits",
    [GROUP_MEM] = "page faults",
    [GROUP_MSR] = "MSR_READ and MSR_WRITE",
    [GROUP_TABLE] = "GDTR_IDTR, LDTR_TR and gdt_fill",
    [GROUP_HYPERCALL] = "hypercall",
    [GROUP_CPUID] = "CPUID",
    [GROUP_IRQ] = "EXTERNAL_INTERRUPT and reflect_interrupt",
};

/* ---------------------------------------- constants */

static const struct {
    uint32_t number;
    const char *name;
} hypercalls[] = {
#define HYPERCALL(number, name, arguments, text) {number, #name},
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
};

static bool same(const char *word, const char *name, size_t length)
{
    return word && strlen(word) == length && !memcmp(word, name, length);
}

static bool listed(const char *const *names, size_t count, const char *name, size_t length,
                   uint64_t *value)
{
    for (size_t i = 0; i < count; i++)
        if (same(names[i], name, length)) {
            *value = i;
            return true;
        }
    return false;
}

bool field_constant(enum field_type type, const char *name, size_t length, uint64_t *value)
{
    if (type == FIELD_REASON)
        return listed(exit_reason_names, EXIT_REASONS, name, length, value);
    if (type == FIELD_OUTCOME)
        return listed(exit_outcome_names, EXIT_OUTCOMES, name, length, value);
    for (size_t i = 0; type == FIELD_INSTRUCTION && i < INSN_TRAPS; i++)
        if (same(insn_sensitive[i].name, name, length)) {
            *value = i;
            return true;
        }
    for (size_t i = 0; type == FIELD_HYPERCALL && i < COUNT(hypercalls); i++)
        if (same(hypercalls[i].name, name, length)) {
            *value = hypercalls[i].number;
            return true;
        }
    return false;
}

const char *field_value_name(enum field_type type, uint64_t value)
{
    if (type == FIELD_REASON && value < EXIT_REASONS)
        return exit_reason_names[value];
    if (type == FIELD_OUTCOME && value < EXIT_OUTCOMES)
        return exit_outcome_names[value];
    if (type == FIELD_INSTRUCTION && value < INSN_TRAPS)
        return insn_sensitive[value].name;
    for (size_t i = 0; type == FIELD_HYPERCALL && i < COUNT(hypercalls); i++)
        if (hypercalls[i].number == value)
            return hypercalls[i].name;
    return NULL;
}

/* ---------------------------------------- exits */

static bool has_group(const struct vm_exit *x, uint8_t group)
{
    if (group == GROUP_ANY)
        return true;
    if (x->reason >= EXIT_REASONS)
        return false;
    if (group == GROUP_MEM && x->vector == 14)
        return x->reason == EXIT_reflect_exception || x->reason == EXIT_segment_assist ||
               group_of_reason[x->reason] == GROUP_MEM;
    return group_of_reason[x->reason] == group;
}

bool exit_field_known(const char *name, size_t length, enum field_type *type)
{
    for (size_t i = 0; i < COUNT(exit_fields); i++)
        if (same(exit_fields[i].name, name, length)) {
            if (type)
                *type = (enum field_type)exit_fields[i].type;
            return true;
        }
    return false;
}

enum field_found exit_field(const struct vm_exit *x, const char *name, size_t length,
                            uint64_t *value, enum field_type *type)
{
    enum field_found found = FIELD_UNKNOWN;
    for (size_t i = 0; i < COUNT(exit_fields); i++) {
        if (!same(exit_fields[i].name, name, length))
            continue;
        found = FIELD_ABSENT;
        if (!has_group(x, exit_fields[i].group))
            continue;
        *value = exit_fields[i].read(x);
        if (type)
            *type = (enum field_type)exit_fields[i].type;
        return FIELD_FOUND;
    }
    return found;
}

const char *exit_field_next(const struct vm_exit *x, unsigned *n, uint64_t *value,
                            enum field_type *type)
{
    while (*n < COUNT(exit_fields)) {
        unsigned i = (*n)++;
        if (!has_group(x, exit_fields[i].group))
            continue;
        *value = exit_fields[i].read(x);
        *type = (enum field_type)exit_fields[i].type;
        return exit_fields[i].name;
    }
    return NULL;
}

const char *exit_field_where(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(exit_fields); i++)
        if (same(exit_fields[i].name, name, length))
            return group_words[exit_fields[i].group];
    return "no exit";
}

/* ---------------------------------------- events */

const char *event_field(enum trace_kind kind, unsigned n, const struct trace_event *e,
                        uint64_t *value, enum field_type *type)
{
    for (size_t i = 0; i < COUNT(event_fields); i++)
        if (event_fields[i].kind == kind && !n--) {
            if (type)
                *type = (enum field_type)event_fields[i].type;
            if (e && value)
                *value = event_fields[i].read(e);
            return event_fields[i].name;
        }
    return NULL;
}
