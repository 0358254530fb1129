/*
 * Breakpoints and watchpoints of the client: Z and z. They are the session's, silent (in no list of
 * the user's), and go when the client does.
 */
#include "gdb/internal.h"

#include <string.h>

/* What each digit of Z means. Software and hardware breakpoints are the same here: no byte of the
 * guest is changed. */
static const struct {
    uint8_t kind, access;
} types[] = {
    {POINT_CODE, 0}, {POINT_CODE, 0}, {POINT_DATA, 2}, {POINT_DATA, 1}, {POINT_DATA, 3},
};
#define TYPES (sizeof types / sizeof *types)

#define WATCH_MOST 4096u /* bytes of a watchpoint */

static unsigned find(const struct gdb_server *g, const struct gdb_point *p)
{
    unsigned i = 0;
    while (i < g->points && (g->point[i].type != p->type || g->point[i].address != p->address ||
                             g->point[i].kind != p->kind))
        i++;
    return i;
}

const struct gdb_point *gdb_point_of(const struct gdb_server *g, unsigned number)
{
    for (unsigned i = 0; i < g->points; i++)
        if (g->point[i].number == number)
            return &g->point[i];
    return NULL;
}

/* TYPE,ADDRESS,KIND; what follows (conditions, which were not offered) is refused. */
static bool read_point(struct gdb_args *args, struct gdb_point *p)
{
    uint64_t type;
    if (!args_hex(args, &type) || !args_char(args, ',') || !args_hex32(args, &p->address) ||
        !args_char(args, ',') || !args_hex32(args, &p->kind) || !args_end(args))
        return false;
    p->type = type < TYPES ? (uint8_t)type : TYPES;
    return true;
}

/* Gives it to the session; its number, 0: refused. */
static unsigned add(struct gdb_server *g, const struct gdb_point *p)
{
    struct sim_error err;
    bool data = types[p->type].kind == POINT_DATA;
    const struct session_point point = {
        .kind = types[p->type].kind,
        .access = types[p->type].access,
        .space = p->space,
        .enabled = true,
        .silent = true,
        .address = p->address,
        .size = data ? p->kind : 1,
        .cr3 = p->cr3,
        .value = POINT_ANY,
        .vm = p->vm,
    };
    return session_point_add(gdb_session(g), &point, &err);
}

static void choose_space(const struct gdb_server *g, struct gdb_point *p)
{
    p->space = g->space == GDB_PHYSICAL  ? SPACE_GUEST_PHYSICAL
               : g->space == GDB_MACHINE ? SPACE_MACHINE
                                         : SPACE_LINEAR;
    p->cr3 = g->space == GDB_OTHER ? g->cr3 : POINT_ANY;
    p->vm = g->space == GDB_PHYSICAL ? gdb_vm(g) : POINT_ANY;
}

unsigned packet_insert_point(struct gdb_server *g, struct gdb_args *args)
{
    struct gdb_point p = {0};
    if (!read_point(args, &p))
        return GDB_EINVAL;
    if (p.type == TYPES)
        return 0; /* the empty reply: this type is not known */
    bool data = types[p.type].kind == POINT_DATA;
    if (data && (!p.kind || p.kind > WATCH_MOST))
        return GDB_EINVAL;
    if (find(g, &p) < g->points) {
        reply_text(g, "OK");
        return 0;
    }
    if (g->points == GDB_POINTS)
        return GDB_ENOSPC;
    choose_space(g, &p);
    p.number = add(g, &p);
    if (!p.number)
        return GDB_EINVAL;
    g->point[g->points++] = p;
    reply_text(g, "OK");
    return 0;
}

unsigned packet_remove_point(struct gdb_server *g, struct gdb_args *args)
{
    struct gdb_point p = {0};
    if (!read_point(args, &p))
        return GDB_EINVAL;
    if (p.type == TYPES)
        return 0;
    unsigned i = find(g, &p);
    if (i < g->points) {
        (void)session_point_remove(gdb_session(g), g->point[i].number);
        g->point[i] = g->point[--g->points];
    }
    reply_text(g, "OK"); /* z may be repeated too */
    return 0;
}

void gdb_points_clear(struct gdb_server *g)
{
    while (g->points)
        (void)session_point_remove(gdb_session(g), g->point[--g->points].number);
}

void gdb_points_again(struct gdb_server *g)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < g->points; i++) {
        struct gdb_point p = g->point[i];
        p.number = add(g, &p);
        if (p.number)
            g->point[kept++] = p;
    }
    g->points = kept;
}
