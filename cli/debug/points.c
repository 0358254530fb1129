/*
 * Breakpoints and watchpoints, and what is common to all points. Catchpoints are in catch.c, words
 * in point_text.c.
 */
#include <string.h>

#include "debug/internal.h"

/*
 * Every program is linked at the same addresses: a point in one of them holds while it runs. Its
 * name in the kernel's own record says so, four bytes at a time.
 */
static bool program_condition(struct debugger *d, const char *program, char *text, size_t size)
{
    struct symbol current;
    uint32_t offset, bytes, word;
    size_t n = 0, length = strlen(program) + 1;
    if (!symbols_find(d->kernel, "current", 7, &current) ||
        !symbols_member(d->kernel, "proc", "name", &offset, &bytes) || length > bytes)
        return false;
    for (size_t at = 0; at < length && n < size; at += 4) {
        char four[4] = {0};
        size_t take = length - at < 4 ? length - at : 4;
        memcpy(four, program + at, take);
        memcpy(&word, four, 4);
        uint32_t mask = take == 4 ? UINT32_MAX : (1u << (8 * take)) - 1;
        int k = mask == UINT32_MAX
                    ? snprintf(text + n, size - n, "%s[[0x%x]+%zu]==0x%x", at ? "&&" : "",
                               current.value, offset + at, word)
                    : snprintf(text + n, size - n, "%s([[0x%x]+%zu]&0x%x)==0x%x", at ? "&&" : "",
                               current.value, offset + at, mask, word);
        if (k < 0)
            return false;
        n += (size_t)k;
    }
    return n < size;
}

/* The user's condition, behind what says which program it is. */
static bool add_condition(struct debugger *d, struct session_point *p, const char *own)
{
    size_t at = strlen(p->condition);
    int n = snprintf(p->condition + at, sizeof p->condition - at, at ? "&&(%s)" : "%s", own);
    if (n >= 0 && (size_t)n < sizeof p->condition - at)
        return true;
    (void)refuse(d, CLI_USAGE, "a condition has at most %zu letters", sizeof p->condition - 1);
    return false;
}

/* "cr3 VALUE" and "vm NUMBER". */
static bool take_space_and_vm(struct debugger *d, struct session_point *p, const char **rest)
{
    for (;;) {
        uint64_t value;
        bool vm = take_word(rest, "vm");
        if (!vm && !take_word(rest, "cr3"))
            return true;
        if (!evaluate_some(d, rest, &value))
            return false;
        if (vm && value >= debug_hv(d)->vms) {
            (void)refuse(d, CLI_USAGE, "vm %" PRIu64 ": there are %u, from 0", value,
                         debug_hv(d)->vms);
            return false;
        }
        if (vm)
            p->vm = (unsigned)value;
        else
            p->cr3 = (uint32_t)value & ~0xfffu;
        *rest = skip_blanks(*rest);
    }
}

/* Those, and "if CONDITION", behind a place. */
static bool take_restrictions(struct debugger *d, struct session_point *p, const char *rest)
{
    if (!take_space_and_vm(d, p, &rest))
        return false;
    if (!*rest)
        return true;
    if (!take_word(&rest, "if") || !*rest) {
        (void)refuse(d, CLI_USAGE, "%s: expected \"if CONDITION\"", rest);
        return false;
    }
    return add_condition(d, p, rest);
}

void forget_programs(struct debugger *d)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < d->of_programs; i++)
        if (session_point(d->session, d->of_program[i].number))
            d->of_program[kept++] = d->of_program[i];
    d->of_programs = kept;
}

/* For listings: the condition that says which program is not the user's own. */
static void note_program(struct debugger *d, unsigned number, const char *program, const char *rest)
{
    forget_programs(d);
    if (d->of_programs == sizeof d->of_program / sizeof *d->of_program)
        return;
    struct point_program *of = &d->of_program[d->of_programs++];
    of->number = number;
    (void)snprintf(of->name, sizeof of->name, "%s", program);
    const char *own = strstr(rest, "if ");
    (void)snprintf(of->own, sizeof of->own, "%s", own ? own + 3 : "");
}

int point_add(struct debugger *d, struct session_point *p, const char *program, const char *rest)
{
    struct sim_error err = {SIM_OK, ""};
    char text[400];
    p->enabled = true;
    /* Every guest has its own physical memory and tables: those of the one that is talked about. */
    bool of_one = p->space == SPACE_GUEST_PHYSICAL || p->kind == POINT_PAGETABLE;
    p->vm = of_one && debug_hv(d)->vms > 1 ? session_vm(d->session) : POINT_ANY;
    if (program[0] && !program_condition(d, program, p->condition, sizeof p->condition))
        return refuse(d, CLI_USAGE, "%s: cannot tell when that program runs", program);
    if (!take_restrictions(d, p, rest))
        return CLI_USAGE;
    p->number = session_point_add(d->session, p, &err);
    if (!p->number)
        return refuse(d, CLI_USAGE, "%s%s%s", p->condition, p->condition[0] ? ": " : "", err.text);
    if (program[0])
        note_program(d, p->number, program, rest);
    point_describe(d, p, text, sizeof text);
    (void)fprintf(d->out, "%s %u: %s\n", point_title(p), p->number, text);
    return CLI_OK;
}

int point_set_condition(struct debugger *d, unsigned number, const char *own)
{
    struct sim_error err = {SIM_OK, ""};
    struct session_point whole = {.condition = ""};
    struct point_program *of = point_program_of(d, number);
    if (of && !program_condition(d, of->name, whole.condition, sizeof whole.condition))
        return refuse(d, CLI_USAGE, "%s: cannot tell when that program runs", of->name);
    if (*own && !add_condition(d, &whole, own))
        return CLI_USAGE;
    if (!session_point_condition(d->session, number, whole.condition, &err))
        return refuse(d, CLI_USAGE, "%s: %s", own, err.text);
    if (of)
        (void)snprintf(of->own, sizeof of->own, "%s", own);
    return CLI_OK;
}

static enum point_space take_space(const char **rest)
{
    return take_word(rest, "phys")      ? SPACE_GUEST_PHYSICAL
           : take_word(rest, "machine") ? SPACE_MACHINE
                                        : SPACE_LINEAR;
}

const char *point_cut(char *text)
{
    static const char *const words[] = {" if ", " cr3 ", " vm "};
    char *first = NULL;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        char *at = strstr(text, words[i]);
        if (at && (!first || at < first))
            first = at;
    }
    if (!first)
        return "";
    *first = 0;
    return skip_blanks(first + 1);
}

static void trim_end(char *text)
{
    size_t n = strlen(text);
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = 0;
}

static int add_break(struct debugger *d, const char *rest, bool temporary)
{
    struct session_point p = {.kind = POINT_CODE,
                              .cr3 = POINT_ANY,
                              .value = POINT_ANY,
                              .temporary = temporary,
                              .size = 1};
    struct location at;
    struct cpu_state cpu;
    char text[LINE_MOST];
    p.space = (uint8_t)take_space(&rest);
    (void)snprintf(text, sizeof text, " %s", rest);
    const char *restrictions = point_cut(text);
    trim_end(text);
    const char *place = skip_blanks(text);
    if (!*place) { /* as in gdb: here */
        (void)debug_cpu(d, &cpu);
        memset(&at, 0, sizeof at);
        at.address = cpu.seg[SEG_CS].base + cpu.eip;
    } else if (!parse_location(d, place, &at)) {
        return CLI_USAGE;
    }
    p.address = at.address;
    return point_add(d, &p, at.program, restrictions);
}

int command_break(struct debugger *d, const char *rest)
{
    return add_break(d, rest, false);
}

int command_tbreak(struct debugger *d, const char *rest)
{
    return add_break(d, rest, true);
}

static int add_watch(struct debugger *d, const char *rest, uint8_t access)
{
    struct session_point p = {
        .kind = POINT_DATA, .access = access, .cr3 = POINT_ANY, .value = POINT_ANY, .size = 4};
    uint64_t value;
    char text[LINE_MOST];
    struct symbol found;
    p.space = (uint8_t)take_space(&rest);
    (void)snprintf(text, sizeof text, " %s", rest);
    const char *restrictions = point_cut(text);
    trim_end(text);
    const char *at = skip_blanks(text);
    if (!*at)
        return refuse(d, CLI_USAGE, "watch: which address?");
    if (symbols_find(d->kernel, at, strlen(at), &found) && found.size && found.size <= 4096)
        p.size = found.size;
    if (!evaluate_some(d, &at, &value))
        return CLI_USAGE;
    if (value > UINT32_MAX)
        return refuse(d, CLI_USAGE, "watch: addresses end at 0xffffffff");
    p.address = (uint32_t)value;
    if (*at == ',') {
        at = skip_blanks(at + 1);
        if (!evaluate(d, at, &value))
            return CLI_USAGE;
        if (!value || value > 4096)
            return refuse(d, CLI_USAGE, "watch: %s bytes; 1 to 4096 can be watched", at);
        p.size = (uint32_t)value;
    } else if (*at) {
        return refuse(d, CLI_USAGE, "watch: \"%s\" is too much", at);
    }
    return point_add(d, &p, "", restrictions);
}

int command_watch(struct debugger *d, const char *rest)
{
    return add_watch(d, rest, 2);
}

int command_rwatch(struct debugger *d, const char *rest)
{
    return add_watch(d, rest, 1);
}

int command_awatch(struct debugger *d, const char *rest)
{
    return add_watch(d, rest, 3);
}
