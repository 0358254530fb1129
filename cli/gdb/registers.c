/*
 * Registers of a thread (a VM's CPU as its guest believes it to be), and the description of them
 * that gdb asks for. All from registers.def.
 */
#include "gdb/internal.h"

#include <string.h>

#define READ_ONLY UINT32_MAX

struct gdb_register {
    const char *name;
    uint64_t (*read)(const struct cpu_state *s,
                     const struct session_position *at); /* null: absent */
    uint32_t set;                                        /* INPUT_REGISTER's number, or READ_ONLY */
    uint8_t bytes;
};

#define SECTION(feature)
#define ABSENT(name, type, bits, group)
#define REGISTER(name, type, bits, of, set)                                                        \
    static uint64_t read_##name(const struct cpu_state *s, const struct session_position *at)      \
    {                                                                                              \
        (void)s, (void)at;                                                                         \
        return of;                                                                                 \
    }
#include "gdb/registers.def"
#undef REGISTER
#undef ABSENT

static const struct gdb_register registers[] = {
#define ABSENT(name, type, bits, group)     {#name, NULL, READ_ONLY, (bits) / 8},
#define REGISTER(name, type, bits, of, set) {#name, read_##name, set, (bits) / 8},
#include "gdb/registers.def"
#undef REGISTER
#undef ABSENT
#undef SECTION
};
#define REGISTERS (sizeof registers / sizeof *registers)

/* A section's text begins by ending the one before; the first one's is dropped below. */
#define END_FEATURE "</feature>"
static const char description[] =
#define SECTION(feature) END_FEATURE "<feature name=\"" feature "\">"
#define ABSENT(name, type, bits, group)                                                            \
    "<reg name=\"" #name "\" bitsize=\"" #bits "\" type=\"" type "\" group=\"" group "\"/>"
#define REGISTER(name, type, bits, of, set)                                                        \
    "<reg name=\"" #name "\" bitsize=\"" #bits "\" type=\"" type "\"/>"
#include "gdb/registers.def"
#undef REGISTER
#undef ABSENT
#undef SECTION
    END_FEATURE "</target>";

static const char head[] = "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                           "<target version=\"1.0\"><architecture>i386</architecture>";

/* gdb's type of EFLAGS belongs to the feature that uses it. */
static const char flags[] =
    "<flags id=\"i386_eflags\" size=\"4\"><field name=\"CF\" start=\"0\" end=\"0\"/>"
    "<field name=\"\" start=\"1\" end=\"1\"/><field name=\"PF\" start=\"2\" end=\"2\"/>"
    "<field name=\"AF\" start=\"4\" end=\"4\"/><field name=\"ZF\" start=\"6\" end=\"6\"/>"
    "<field name=\"SF\" start=\"7\" end=\"7\"/><field name=\"TF\" start=\"8\" end=\"8\"/>"
    "<field name=\"IF\" start=\"9\" end=\"9\"/><field name=\"DF\" start=\"10\" end=\"10\"/>"
    "<field name=\"OF\" start=\"11\" end=\"11\"/><field name=\"NT\" start=\"14\" end=\"14\"/>"
    "<field name=\"RF\" start=\"16\" end=\"16\"/><field name=\"VM\" start=\"17\" end=\"17\"/>"
    "<field name=\"AC\" start=\"18\" end=\"18\"/><field name=\"VIF\" start=\"19\" end=\"19\"/>"
    "<field name=\"VIP\" start=\"20\" end=\"20\"/><field name=\"ID\" start=\"21\" end=\"21\"/>"
    "</flags>";

/* ---------------------------------------- the description */

/* The description's three parts, one behind the other, from `offset` on; what fits into n. */
static size_t description_part(uint64_t offset, char *to, size_t n)
{
    const char *first = description + sizeof END_FEATURE - 1;
    size_t opening = (size_t)(strchr(first, '>') - first) + 1;
    const struct {
        const char *text;
        size_t n;
    } parts[] = {{head, sizeof head - 1},
                 {first, opening},
                 {flags, sizeof flags - 1},
                 {first + opening, strlen(first + opening)}};
    size_t done = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && done < n; i++) {
        if (offset >= parts[i].n) {
            offset -= parts[i].n;
            continue;
        }
        size_t part = parts[i].n - (size_t)offset;
        if (part > n - done)
            part = n - done;
        memcpy(to + done, parts[i].text + offset, part);
        done += part;
        offset = 0;
    }
    return done;
}

/* qXfer:features:read:target.xml:OFFSET,LENGTH */
unsigned packet_features(struct gdb_server *g, struct gdb_args *args)
{
    uint64_t offset, length;
    if (!args_word(args, "target.xml:"))
        return GDB_ENOANNEX;
    if (!args_hex(args, &offset) || !args_char(args, ',') || !args_hex(args, &length) ||
        !args_end(args))
        return GDB_EINVAL;
    reply_text(g, "m");
    size_t room = reply_room(g);
    size_t n = description_part(offset, g->reply + 1, length < room ? (size_t)length : room);
    char more;
    if (!description_part(offset + n, &more, 1))
        g->reply[0] = 'l';
    g->reply_n = n + 1;
    return 0;
}

/* ---------------------------------------- reading */

struct thread_state {
    struct cpu_state cpu;
    const struct session_position *at;
};

static bool thread_state(const struct gdb_server *g, struct thread_state *t)
{
    struct session *s = gdb_session(g);
    t->at = session_position(s);
    return session_guest(s, gdb_vm(g), &t->cpu);
}

static void put_register(struct gdb_server *g, const struct gdb_register *r,
                         const struct thread_state *t)
{
    uint8_t bytes[10] = {0};
    if (!r->read) {
        for (unsigned i = 0; i < r->bytes; i++)
            reply_text(g, "xx");
        return;
    }
    uint64_t value = r->read(&t->cpu, t->at);
    for (unsigned i = 0; i < r->bytes && i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    reply_hex(g, bytes, r->bytes);
}

unsigned packet_read_registers(struct gdb_server *g, struct gdb_args *args)
{
    struct thread_state t;
    (void)args;
    if (!thread_state(g, &t))
        return GDB_EIO;
    for (size_t i = 0; i < REGISTERS; i++)
        put_register(g, &registers[i], &t);
    return 0;
}

/* p NUMBER */
unsigned packet_read_register(struct gdb_server *g, struct gdb_args *args)
{
    struct thread_state t;
    uint64_t n;
    if (!args_hex(args, &n) || !args_end(args))
        return GDB_EINVAL;
    if (n >= REGISTERS || !thread_state(g, &t))
        return GDB_EIO;
    put_register(g, &registers[n], &t);
    return 0;
}

/* ---------------------------------------- writing */

static bool read_value(struct gdb_args *args, const struct gdb_register *r, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < r->bytes; i++) {
        uint8_t byte;
        if (!r->read && args_word(args, "xx"))
            continue;
        if (!args_byte(args, &byte))
            return false;
        if (i < 8)
            *value |= (uint64_t)byte << 8 * i;
    }
    return true;
}

static bool set_register(struct gdb_server *g, const struct gdb_register *r, uint64_t value)
{
    struct sim_error err;
    const struct session_input in = {.kind = INPUT_REGISTER,
                                     .vm = (uint8_t)gdb_vm(g),
                                     .address = r->set,
                                     .value = (uint32_t)value};
    return r->set != READ_ONLY && session_give(gdb_session(g), &in, &err);
}

/* P NUMBER=VALUE */
unsigned packet_write_register(struct gdb_server *g, struct gdb_args *args)
{
    uint64_t n, value;
    if (!args_hex(args, &n) || !args_char(args, '='))
        return GDB_EINVAL;
    if (n >= REGISTERS)
        return GDB_EIO;
    if (!read_value(args, &registers[n], &value) || !args_end(args))
        return GDB_EINVAL;
    if (!set_register(g, &registers[n], value))
        return GDB_EPERM;
    reply_text(g, "OK");
    return 0;
}

/* G VALUES: all of them. One that cannot be written must be what it is; then nothing is written. */
unsigned packet_write_registers(struct gdb_server *g, struct gdb_args *args)
{
    uint64_t value[REGISTERS];
    struct thread_state t;
    if (!thread_state(g, &t))
        return GDB_EIO;
    for (size_t i = 0; i < REGISTERS; i++)
        if (!read_value(args, &registers[i], &value[i]))
            return GDB_EINVAL;
    if (!args_end(args))
        return GDB_EINVAL;
    for (size_t i = 0; i < REGISTERS; i++)
        if (registers[i].read && registers[i].set == READ_ONLY &&
            registers[i].read(&t.cpu, t.at) != value[i])
            return GDB_EPERM;
    for (size_t i = 0; i < REGISTERS; i++)
        if (registers[i].read && registers[i].read(&t.cpu, t.at) != value[i] &&
            !set_register(g, &registers[i], value[i]))
            return GDB_EPERM;
    reply_text(g, "OK");
    return 0;
}
