/*
 * Two states of the two runs, and what differs between them, in words: registers at crossings,
 * user memory, consoles, disks.
 */
#include <string.h>

#include "diverge/diverge.h"

static const char *const register_names[8] = {"EAX", "ECX", "EDX", "EBX",
                                              "ESP", "EBP", "ESI", "EDI"};

/* ---------------------------------------- words */

static void say_words(char *text, size_t size, const char *words)
{
    size_t n = strlen(text);
    (void)snprintf(text + n, size - n, "%s%s", n ? "; " : "", words);
}

void say_difference(char *text, size_t size, const char *name, uint64_t a, uint64_t b)
{
    char words[120];
    (void)snprintf(words, sizeof words, "%s is 0x%" PRIx64 " in A and 0x%" PRIx64 " in B", name, a,
                   b);
    if (a != b)
        say_words(text, size, words);
}

/* RF is the processor's own note to itself. */
static void say_flags(char *text, size_t size, uint32_t a, uint32_t b)
{
    char flags[80], words[120];
    uint32_t differ = (a ^ b) & ~FLAG_RF;
    if (!differ)
        return;
    (void)snprintf(words, sizeof words, "EFLAGS is 0x%x in A and 0x%x in B", a, b);
    if (flag_names(differ, flags)[0])
        (void)snprintf(words + strlen(words), sizeof words - strlen(words), " (%s)", flags);
    say_words(text, size, words);
}

static void say_registers(char *text, size_t size, const uint32_t a[8], const uint32_t b[8])
{
    for (unsigned r = 0; r < 8; r++)
        say_difference(text, size, register_names[r], a[r], b[r]);
}

bool same_states(const struct cpu_state *a, const struct cpu_state *b, bool user, char *text,
                 size_t size)
{
    text[0] = 0;
    say_difference(text, size, "EIP", a->eip, b->eip);
    say_registers(text, size, a->gpr, b->gpr);
    say_flags(text, size, a->eflags, b->eflags);
    if (!user)
        say_difference(text, size, "the ring", a->cpl, b->cpl);
    return !text[0];
}

/* ---------------------------------------- two crossings */

static uint64_t work_at_end(const struct work_stretch *t)
{
    return t->key.insns + (t->to.insn - t->from.insn);
}

static void compare_hashes(struct diverge *v, bool both, uint64_t a, uint64_t b)
{
    if (!both)
        return;
    v->memories++;
    if (a == b)
        return;
    v->first.memory = true;
    say_words(v->first.text, TEXT_SIZE, MEMORY_DIFFERS);
}

bool same_leaving(struct diverge *v, const struct work_stretch *a, const struct work_stretch *b)
{
    char *text = v->first.text;
    uint64_t na = work_at_end(a), nb = work_at_end(b);
    v->entries++;
    text[0] = 0;
    if (na != nb)
        (void)snprintf(text, TEXT_SIZE,
                       "it gets there after %" PRIu64 " instructions in A and %" PRIu64 " in B", na,
                       nb);
    if (a->end != b->end)
        say_words(text, TEXT_SIZE,
                  a->end == WORK_CALL ? "A calls its kernel, B faults"
                                      : "A faults, B calls its kernel");
    say_difference(text, TEXT_SIZE, "the vector", a->vector, b->vector);
    say_difference(text, TEXT_SIZE, "the error code", a->error, b->error);
    say_difference(text, TEXT_SIZE, "EIP", a->eip, b->eip);
    say_registers(text, TEXT_SIZE, a->out, b->out);
    say_flags(text, TEXT_SIZE, a->eflags, b->eflags);
    if (v->same_kernel) {
        say_difference(text, TEXT_SIZE, "CS", a->cs, b->cs);
        say_difference(text, TEXT_SIZE, "SS", a->ss, b->ss);
    }
    compare_hashes(v, a->out_memory && b->out_memory, a->memory_out, b->memory_out);
    return !text[0];
}

bool same_coming(struct diverge *v, const struct work_stretch *a, const struct work_stretch *b)
{
    char *text = v->first.text;
    v->returns++;
    v->processes += a->begin == WORK_START;
    text[0] = 0;
    say_difference(text, TEXT_SIZE, "EIP", a->in_eip, b->in_eip);
    say_registers(text, TEXT_SIZE, a->in, b->in);
    say_flags(text, TEXT_SIZE, a->in_eflags, b->in_eflags);
    compare_hashes(v, a->in_memory && b->in_memory, a->memory_in, b->memory_in);
    return !text[0];
}

/* ---------------------------------------- user memory */

/* "0x6f (o)" */
static const char *byte_text(uint8_t byte, char text[16])
{
    (void)snprintf(text, 16, byte > ' ' && byte < 0x7f ? "0x%02x (%c)" : "0x%02x", byte, byte);
    return text;
}

/* Where user pages of both sides stand in the order of their addresses. */
struct pages {
    const uint8_t *bytes; /* of the page; null: as if zero */
    uint32_t linear;
    bool any;
};

static struct pages page_at(struct diverge *v, unsigned side, uint32_t from)
{
    struct pages p = {.linear = from};
    p.any = session_user_page(v->side[side].s, 0, &p.linear, &p.bytes);
    return p;
}

static uint8_t byte_of(const struct pages *p, uint32_t linear, uint32_t offset)
{
    return p->any && p->linear == linear && p->bytes ? p->bytes[offset] : 0;
}

static void say_byte(struct diverge *v, char *text, size_t size, uint32_t linear, uint8_t a,
                     uint8_t b)
{
    char name[120], words[300], in_a[16], in_b[16];
    (void)address_name(v->side[0].d, linear, name, sizeof name);
    (void)snprintf(words, sizeof words, "the byte at 0x%08x%s%s%s is %s in A and %s in B", linear,
                   name[0] ? " (" : "", name, name[0] ? ")" : "", byte_text(a, in_a),
                   byte_text(b, in_b));
    say_words(text, size, words);
}

bool same_memory(struct diverge *v, char *text, size_t size)
{
    uint32_t from = 0;
    for (;;) {
        const struct pages a = page_at(v, 0, from), b = page_at(v, 1, from);
        if (!a.any && !b.any)
            return true;
        uint32_t linear = !b.any || (a.any && a.linear < b.linear) ? a.linear : b.linear;
        for (uint32_t i = 0; i < PAGE_SIZE; i++) {
            uint8_t in_a = byte_of(&a, linear, i), in_b = byte_of(&b, linear, i);
            if (in_a == in_b)
                continue;
            say_byte(v, text, size, linear + i, in_a, in_b);
            return false;
        }
        from = linear + PAGE_SIZE;
        if (from == 0)
            return true;
    }
}

/* ---------------------------------------- consoles and disks */

bool same_console(struct diverge *v, uint64_t until)
{
    struct difference *d = &v->first;
    char in_a[16], in_b[16];
    size_t na, nb;
    const char *a = session_console(v->side[0].s, 0, &na);
    const char *b = session_console(v->side[1].s, 0, &nb);
    uint64_t n = na < nb ? na : nb;
    for (n = until < n ? until : n; v->console_bytes < n; v->console_bytes++)
        if (a[v->console_bytes] != b[v->console_bytes])
            break;
    if (v->console_bytes >= n)
        return true;
    d->kind = DIFFERENT_CONSOLE;
    d->offset = v->console_bytes;
    (void)snprintf(d->text, sizeof d->text,
                   "byte %" PRIu64 " on the console is %s in A and %s in B", d->offset,
                   byte_text((uint8_t)a[d->offset], in_a), byte_text((uint8_t)b[d->offset], in_b));
    return false;
}

static void disks_differ(struct diverge *v, unsigned disk, uint32_t lba, const uint8_t *a,
                         const uint8_t *b)
{
    struct difference *d = &v->first;
    char in_a[16], in_b[16];
    unsigned i = 0;
    while (a[i] == b[i])
        i++;
    d->kind = DIFFERENT_DISK;
    d->disk = disk;
    d->offset = (uint64_t)lba * DISK_SECTOR + i;
    (void)snprintf(d->text, sizeof d->text,
                   "byte %u of sector %u of disk %u is %s in A and %s in B at the end", i, lba,
                   disk, byte_text(a[i], in_a), byte_text(b[i], in_b));
}

bool same_disk(struct diverge *v, unsigned disk)
{
    uint8_t a[DISK_SECTOR], b[DISK_SECTOR];
    const struct disk_backend da = session_hv(v->side[0].s)->config.vm[0].disk[disk];
    const struct disk_backend db = session_hv(v->side[1].s)->config.vm[0].disk[disk];
    if (da.sectors != db.sectors) {
        v->first.kind = DIFFERENT_DISK;
        v->first.disk = disk;
        v->first.offset = UINT64_MAX;
        (void)snprintf(v->first.text, TEXT_SIZE, "disk %u has %u sectors in A and %u in B", disk,
                       da.sectors, db.sectors);
        return false;
    }
    for (uint32_t lba = 0; lba < da.sectors; lba++) {
        if (da.read(da.opaque, lba, a) && db.read(db.opaque, lba, b) &&
            memcmp(a, b, DISK_SECTOR) != 0) {
            disks_differ(v, disk, lba, a, b);
            return false;
        }
        v->disk_bytes += DISK_SECTOR;
    }
    return true;
}
