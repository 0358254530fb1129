/*
 * Columns of an exit: see trace_columns.h.
 */
#include "trace_columns.h"

#include "sim/insn.h"

struct maybe {
    bool there;
    uint64_t number;
};

static struct maybe has(bool there, uint64_t number)
{
    return (struct maybe){there, number};
}

/* What a page fault or a device register in memory was at. */
static struct maybe address_of(const struct vm_exit *x)
{
    if (x->reason == EXIT_IO_INSTRUCTION)
        return has(x->q.io.gpa != 0, x->q.io.gpa);
    return has(x->vector == VEC_PF && x->reason != EXIT_EXTERNAL_INTERRUPT, x->cr2);
}

/* What was read or written. */
static struct maybe value_of(const struct vm_exit *x)
{
    if (x->reason == EXIT_IO_INSTRUCTION)
        return has(true, x->q.io.value);
    if (x->reason == EXIT_CR_ACCESS)
        return has(true, x->q.cr.value);
    return has(x->reason == EXIT_ptwr_emulation, x->q.mem.entry);
}

static const char *insn_of(const struct vm_exit *x)
{
    return x->row < insn_row_count ? insn_rows[x->row].mnemonic : "";
}

static const char *hypercall_of(const struct vm_exit *x)
{
    static const struct {
        uint32_t number;
        const char *name;
    } calls[] = {
#define HYPERCALL(number, name, arguments, text) {number, #name},
#include "hv/abi/hypercalls.def"
#undef HYPERCALL
    };
    if (x->reason != EXIT_hypercall)
        return "";
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == x->q.hypercall.number)
            return calls[i].name;
    return "?";
}

#define NUMBER(v)                                                                                  \
    {                                                                                              \
        .there = true, .number = (v)                                                               \
    }
#define HEX(v)                                                                                     \
    {                                                                                              \
        .there = true, .hex = true, .number = (v)                                                  \
    }
#define TEXT(v)                                                                                    \
    {                                                                                              \
        .there = true, .text = (v)                                                                 \
    }
#define MAYBE(v)                                                                                   \
    {                                                                                              \
        .there = (v).there, .number = (v).number                                                   \
    }

void trace_values(const struct trace *t, const struct vm_exit *x, struct trace_value *value)
{
    const struct trace_value row[TRACE_COLUMNS] = {
#define COLUMN(name, kind, value) kind(value),
#include "trace_columns.def"
#undef COLUMN
    };
    for (unsigned i = 0; i < TRACE_COLUMNS; i++)
        value[i] = row[i];
}
