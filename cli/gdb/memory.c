/*
 * Memory of the chosen thread, in the space that was chosen: through the page tables in use,
 * through others, guest physical, or the machine's.
 *
 * Writing is an input to the session, byte by byte, so that a recording has it.
 */
#include "gdb/internal.h"

#include <stdlib.h>
#include <string.h>

#include "hv/expr.h"
#include "sim/walk.h"
#include "sim/x86.h"

/* ---------------------------------------- other page tables */

struct walker {
    struct hv *hv;
    unsigned vm;
};

/* With direct paging the guest's tables hold machine frames; else guest physical ones. */
static bool read_physical(const struct walker *w, bool machine, uint32_t at, void *to, uint32_t n)
{
    const struct ram *ram = &w->hv->machine->ram;
    if (!machine)
        return hv_guest_memory(w->hv, w->vm, at, to, n);
    return ram_contains(ram, at, n) && ram_copy_out(ram, at, to, n);
}

static bool read_entry(void *opaque, uint32_t at, uint32_t *entry)
{
    const struct walker *w = opaque;
    return read_physical(w, w->hv->mode->direct_paging, at, entry, sizeof *entry);
}

/* Where a linear address is by the tables at cr3; false: nowhere. */
static bool translate(struct gdb_server *g, uint32_t linear, uint32_t *at)
{
    struct walker w = {session_hv(gdb_session(g)), gdb_vm(g)};
    const struct walk_ops ops = {read_entry, NULL};
    const struct cpu_state *s = hv_guest_cpu(w.hv, w.vm);
    const struct walk_mode mode = {.cr3 = g->cr3, .wp = true, .pse = s->cr4 & CR4_PSE};
    struct walk_result r;
    if (!mmu_walk(&ops, &w, &mode, linear, ACCESS_READ, false, &r))
        return false;
    *at = r.frame | (linear & ~PAGE_MASK);
    return true;
}

/* ---------------------------------------- bytes */

/* At most to the end of the page. */
static bool read_part(struct gdb_server *g, uint32_t address, uint8_t *to, uint32_t n)
{
    struct walker w = {session_hv(gdb_session(g)), gdb_vm(g)};
    uint32_t at;
    switch (g->space) {
    case GDB_OTHER:
        return translate(g, address, &at) &&
               read_physical(&w, w.hv->mode->direct_paging, at, to, n);
    case GDB_PHYSICAL:
        return read_physical(&w, false, address, to, n);
    case GDB_MACHINE:
        return read_physical(&w, true, address, to, n);
    case GDB_CURRENT:
    case GDB_SPACES:
        break;
    }
    return hv_guest_linear(w.hv, w.vm, address, to, n);
}

size_t gdb_memory_read(struct gdb_server *g, uint32_t address, uint8_t *to, size_t n)
{
    size_t done = 0;
    while (done < n) {
        uint32_t room = PAGE_SIZE - (address & ~PAGE_MASK);
        uint32_t part = n - done < room ? (uint32_t)(n - done) : room;
        if (!read_part(g, address, to + done, part))
            break;
        done += part;
        address += part;
        if (!address)
            break; /* the end of memory */
    }
    return done;
}

static bool write_byte(struct gdb_server *g, uint32_t address, uint8_t byte)
{
    struct sim_error err;
    struct session *s = gdb_session(g);
    struct session_input in = {.kind = INPUT_MEMORY,
                               .space = SPACE_LINEAR,
                               .vm = (uint8_t)gdb_vm(g),
                               .address = address,
                               .value = byte};
    if (g->space == GDB_OTHER) {
        if (!translate(g, address, &in.address))
            return false;
        in.space = session_hv(s)->mode->direct_paging ? SPACE_MACHINE : SPACE_GUEST_PHYSICAL;
    } else if (g->space == GDB_PHYSICAL) {
        in.space = SPACE_GUEST_PHYSICAL;
    } else if (g->space == GDB_MACHINE) {
        in.space = SPACE_MACHINE;
    }
    return session_give(s, &in, &err);
}

bool gdb_memory_write(struct gdb_server *g, uint32_t address, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t at = address + (uint32_t)i;
        uint8_t there;
        if (!gdb_memory_read(g, at, &there, 1))
            return false;
        if (there != from[i] && !write_byte(g, at, from[i]))
            return false;
    }
    return true;
}

/* ---------------------------------------- packets */

/* ADDRESS,LENGTH */
static bool read_range(struct gdb_args *args, uint32_t *address, uint64_t *length)
{
    return args_hex32(args, address) && args_char(args, ',') && args_hex(args, length);
}

/* m ADDRESS,LENGTH: what can be read of it, and an error if that is nothing. */
unsigned packet_read_memory(struct gdb_server *g, struct gdb_args *args)
{
    uint8_t bytes[GDB_PACKET / 2];
    uint32_t address;
    uint64_t length;
    if (!read_range(args, &address, &length) || !args_end(args))
        return GDB_EINVAL;
    size_t n =
        gdb_memory_read(g, address, bytes, length < sizeof bytes ? (size_t)length : sizeof bytes);
    if (!n && length)
        return GDB_EFAULT;
    reply_hex(g, bytes, n);
    return 0;
}

static unsigned write_reply(struct gdb_server *g, uint32_t address, const uint8_t *bytes, size_t n)
{
    if (!gdb_memory_write(g, address, bytes, n))
        return GDB_EFAULT;
    reply_text(g, "OK");
    return 0;
}

/* M ADDRESS,LENGTH:DIGITS */
unsigned packet_write_memory(struct gdb_server *g, struct gdb_args *args)
{
    uint8_t bytes[GDB_PACKET / 2];
    uint32_t address;
    uint64_t length;
    if (!read_range(args, &address, &length) || !args_char(args, ':') || length > sizeof bytes)
        return GDB_EINVAL;
    for (uint64_t i = 0; i < length; i++)
        if (!args_byte(args, &bytes[i]))
            return GDB_EINVAL;
    if (!args_end(args))
        return GDB_EINVAL;
    return write_reply(g, address, bytes, (size_t)length);
}

/* X ADDRESS,LENGTH:BYTES */
unsigned packet_write_binary(struct gdb_server *g, struct gdb_args *args)
{
    uint32_t address;
    uint64_t length;
    if (!read_range(args, &address, &length) || !args_char(args, ':') ||
        length != (uint64_t)(args->end - args->at))
        return GDB_EINVAL;
    return write_reply(g, address, args->at, (size_t)length);
}

/* ---------------------------------------- spaces */

unsigned packet_qemu(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, "PhyMemMode");
    return 0;
}

unsigned packet_is_physical(struct gdb_server *g, struct gdb_args *args)
{
    (void)args;
    reply_text(g, g->space == GDB_PHYSICAL ? "1" : "0");
    return 0;
}

/* As QEMU has it: 1 physical, 0 the space in use. */
unsigned packet_set_physical(struct gdb_server *g, struct gdb_args *args)
{
    if (args->end - args->at != 1 || (*args->at != '0' && *args->at != '1'))
        return GDB_EINVAL;
    g->space = *args->at == '1' ? GDB_PHYSICAL : GDB_CURRENT;
    reply_text(g, "OK");
    return 0;
}

static const char *const space_names[GDB_SPACES] = {
    [GDB_CURRENT] = "current", [GDB_PHYSICAL] = "physical", [GDB_MACHINE] = "machine"};

static void say_space(const struct gdb_server *g, FILE *out)
{
    if (g->space == GDB_OTHER)
        (void)fprintf(out, "memory is read through the page tables at 0x%08x\n", g->cr3);
    else
        (void)fprintf(out, "memory is read in the %s space\n", space_names[g->space]);
}

static bool choose_space(struct gdb_server *g, const char *name, FILE *out)
{
    const struct expr_scope scope = {.session = gdb_session(g)};
    struct sim_error err;
    uint64_t value;
    for (unsigned i = 0; i < GDB_SPACES; i++)
        if (space_names[i] && !strcmp(space_names[i], name)) {
            g->space = (enum gdb_space)i;
            return true;
        }
    if (expr_eval(&scope, name, &value, NULL, &err) != SIM_OK || value > UINT32_MAX) {
        (void)fprintf(out, "space %s: is not current, physical, machine or a value of CR3\n", name);
        return false;
    }
    g->space = GDB_OTHER;
    g->cr3 = (uint32_t)value;
    return true;
}

bool gdb_space_command(struct gdb_server *g, const char *line, FILE *out, int *status)
{
    static const char word[] = "space";
    size_t n = sizeof word - 1;
    while (*line == ' ')
        line++;
    if (strncmp(line, word, n) != 0 || (line[n] && line[n] != ' '))
        return false;
    line += n;
    while (*line == ' ')
        line++;
    *status = 0;
    if (*line && !choose_space(g, line, out))
        *status = 1;
    else
        say_space(g, out);
    return true;
}
