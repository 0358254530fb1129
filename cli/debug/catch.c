/*
 * Catchpoints: events of the guest and of the hypervisor.
 */
#include <string.h>
#include <strings.h>

#include "debug/internal.h"
#include "hv/field.h"
#include "sim/insn.h"

typedef bool catch_parser(struct debugger *d, const char *what, struct session_point *p);

static bool named_value(struct debugger *d, const char *kind, enum field_type type,
                        const char *what, struct session_point *p)
{
    uint64_t value;
    if (field_constant(type, what, strlen(what), &value)) {
        p->value = (uint32_t)value;
        return true;
    }
    (void)refuse(d, CLI_USAGE, "catch %s %s: no such name; ringside list shows them", kind, what);
    return false;
}

static bool number_value(struct debugger *d, const char *kind, const char *what, uint64_t most,
                         struct session_point *p)
{
    uint64_t value;
    if (!evaluate(d, what, &value))
        return false;
    p->value = (uint32_t)value;
    if (value <= most)
        return true;
    (void)refuse(d, CLI_USAGE, "catch %s %s: there are 0 to %" PRIu64, kind, what, most);
    return false;
}

static bool catch_reason(struct debugger *d, const char *what, struct session_point *p)
{
    return named_value(d, "exit", FIELD_REASON, what, p);
}

static bool catch_vector(struct debugger *d, const char *what, struct session_point *p)
{
    return number_value(d, "trap", what, 255, p);
}

static bool catch_hypercall(struct debugger *d, const char *what, struct session_point *p)
{
    return named_value(d, "hypercall", FIELD_HYPERCALL, what, p);
}

static bool catch_port(struct debugger *d, const char *what, struct session_point *p)
{
    return number_value(d, "io", what, 0xffff, p);
}

static bool catch_nothing(struct debugger *d, const char *what, struct session_point *p)
{
    (void)p;
    (void)refuse(d, CLI_USAGE, "catch mode %s: is too much; conditions come with if", what);
    return false;
}

static bool catch_instruction(struct debugger *d, const char *what, struct session_point *p)
{
    return named_value(d, "silent", FIELD_INSTRUCTION, what, p);
}

static bool catch_address(struct debugger *d, const char *what, struct session_point *p)
{
    uint64_t value;
    if (!evaluate(d, what, &value))
        return false;
    p->address = (uint32_t)value;
    if (value <= UINT32_MAX)
        return true;
    (void)refuse(d, CLI_USAGE, "catch pagetable %s: addresses end at 0xffffffff", what);
    return false;
}

static const struct {
    const char *word;
    uint8_t kind;
    catch_parser *parse;
} kinds[] = {
#define CATCH(word, kind, parse) {word, kind, parse},
#include "debug/catch.def"
#undef CATCH
};

int command_catch(struct debugger *d, const char *rest)
{
    char what[200];
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct session_point p = {.kind = kinds[i].kind, .cr3 = POINT_ANY, .value = POINT_ANY};
        if (!take_word(&rest, kinds[i].word))
            continue;
        if (p.kind == POINT_PAGETABLE && !*rest)
            return refuse(d, CLI_USAGE, "catch pagetable: of which address?");
        if (strlen(rest) + 2 > sizeof what)
            return refuse(d, CLI_USAGE, "catch %s: a condition has at most %zu letters",
                          kinds[i].word, sizeof p.condition - 1);
        (void)snprintf(what, sizeof what, " %s", rest);
        const char *restrictions = point_cut(what);
        const char *value = skip_blanks(what);
        char word[200];
        (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(value, " \t"), value);
        if (p.kind == POINT_PAGETABLE)
            (void)snprintf(word, sizeof word, "%s", value);
        else if (*skip_blanks(value + strlen(word)))
            return refuse(d, CLI_USAGE, "catch %s: \"%s\" is too much", kinds[i].word,
                          skip_blanks(value + strlen(word)));
        if (word[0] && !kinds[i].parse(d, word, &p))
            return CLI_USAGE;
        return point_add(d, &p, "", restrictions);
    }
    return refuse(d, CLI_USAGE,
                  "catch: exit, trap, hypercall, io, mode, silent or pagetable; help catch");
}
