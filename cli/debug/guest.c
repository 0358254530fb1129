/*
 * The guest as the debugger sees it: registers, memory, and whose names its addresses have.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "sim/insn.h"

struct hv *debug_hv(struct debugger *d)
{
    return session_hv(d->session);
}

struct cpu_state *debug_cpu(struct debugger *d, struct cpu_state *s)
{
    if (!session_guest(d->session, session_vm(d->session), s))
        memset(s, 0, sizeof *s);
    return s;
}

bool read_linear(struct debugger *d, uint32_t address, void *to, uint32_t n)
{
    return hv_guest_linear(debug_hv(d), session_vm(d->session), address, to, n);
}

bool read_physical(struct debugger *d, uint32_t address, void *to, uint32_t n)
{
    return hv_guest_memory(debug_hv(d), session_vm(d->session), address, to, n);
}

uint32_t read_some(struct debugger *d, uint32_t address, void *to, uint32_t n)
{
    while (n && !read_linear(d, address, to, n))
        n--;
    return n;
}

unsigned disassemble_at(struct debugger *d, uint32_t address, char *text, unsigned size)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    struct cpu_state cpu;
    uint32_t n = read_some(d, address, bytes, sizeof bytes);
    if (!n) {
        (void)snprintf(text, size, "(not readable)");
        return 0;
    }
    bool code16 = !(debug_cpu(d, &cpu)->seg[SEG_CS].ar & AR_DB);
    return insn_disassemble(bytes, n, address, code16, text, size);
}

/* Where a process's record has its name; looked up once, debug information is slow to search. */
static const struct name_place *place_of_name(struct debugger *d)
{
    struct name_place *p = &d->name_place;
    if (!p->tried)
        p->there = symbols_member(d->kernel, "proc", "name", &p->offset, &p->bytes);
    p->tried = true;
    return p->there ? p : NULL;
}

const char *running_program(struct debugger *d, char text[PROGRAM_NAME])
{
    struct symbol current;
    uint32_t at = 0;
    char name[PROGRAM_NAME];
    const struct name_place *place = place_of_name(d);
    text[0] = 0;
    if (!place || place->bytes > sizeof name || !symbols_find(d->kernel, "current", 7, &current) ||
        !read_linear(d, current.value, &at, 4) || !at ||
        !read_linear(d, at + place->offset, name, place->bytes))
        return text;
    if (!memchr(name, 0, place->bytes))
        return text;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return text;
    (void)snprintf(text, PROGRAM_NAME, "%s", name);
    return text;
}

/* The kernel's own addresses: from its first symbol to the last. */
static bool is_kernels(struct debugger *d, uint32_t address)
{
    struct symbol at;
    return symbols_at(d->kernel, address, &at);
}

const struct symbols *symbols_for(struct debugger *d, uint32_t address, const char **program)
{
    char name[PROGRAM_NAME];
    if (program)
        *program = "";
    if (is_kernels(d, address))
        return d->kernel;
    if (!running_program(d, name)[0])
        return NULL;
    const struct symbols *s = programs_find(&d->programs, name);
    for (unsigned i = 0; program && i < d->programs.count; i++)
        if (strcmp(d->programs.program[i].name, name) == 0)
            *program = d->programs.program[i].name;
    return s;
}

const char *address_name(struct debugger *d, uint32_t address, char *text, size_t size)
{
    const char *program;
    char name[80];
    const struct symbols *s = symbols_for(d, address, &program);
    text[0] = 0;
    if (symbols_name(s, address, name, sizeof name)[0])
        (void)snprintf(text, size, "%s%s%s", program, program[0] ? ":" : "", name);
    return text;
}

bool resolve_symbol(void *debugger, const char *name, size_t length, uint64_t *value)
{
    struct debugger *d = debugger;
    struct symbol found;
    char program[PROGRAM_NAME];
    if (!symbols_find(d->kernel, name, length, &found) &&
        (!d->session || !running_program(d, program)[0] ||
         !symbols_find(programs_find(&d->programs, program), name, length, &found)))
        return false;
    *value = found.value;
    return true;
}

const char *address_line(struct debugger *d, uint32_t address, char *text, size_t size)
{
    struct source_line line;
    text[0] = 0;
    if (!symbols_line(symbols_for(d, address, NULL), address, &line))
        return text;
    const char *file = line.file;
    file += strncmp(file, "./", 2) == 0 ? 2 : 0;
    (void)snprintf(text, size, "%.100s line %u", file, line.line);
    text_make_printable(text);
    return text;
}

bool exit_is_classified(struct debugger *d)
{
    const struct hv *hv = debug_hv(d);
    if (!hv->open || session_position(d->session)->phase == SESSION_OUTSIDE)
        return true;
    /* Finding out takes the first phases, of which `memory` may come again later. */
    return hv->phase == PHASE_EMULATE || hv->phase > PHASE_MEMORY ||
           hv->open->phase[PHASE_EMULATE] != 0;
}

bool exit_completed(struct debugger *d, uint64_t number, struct vm_exit *out)
{
    const struct session_move step = {
        .verb = SESSION_STEP, .count = 1, .reason = -1, .no_points = true};
    const struct session_position here = *session_position(d->session);
    struct hv *hv = debug_hv(d);
    struct session_event e;
    bool open = hv->open && hv->open->number == number;
    if (open)
        (void)session_go(d->session, &step, &e);
    const struct vm_exit *x = hv_exit(hv, number);
    bool known = x && hv->open != x;
    if (known)
        *out = *x;
    if (open)
        (void)session_goto(d->session, &here, &e);
    return known;
}
