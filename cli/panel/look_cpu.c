/* Parts of a snapshot: code, registers, the exit looked at, exits by reason. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "panel/buckets.h"
#include "panel/driver.h"
#include "sim/insn.h"

#define CODE_LINES 120u

/* ---------------------------------------- code */

/* Would this instruction trap, or go silent, where it stands? */
static void look_mark(struct panel_side *s, struct snapshot *to, struct snap_line *l,
                      const uint8_t *bytes, unsigned n, bool code16)
{
    const struct hv *hv = session_hv(s->d->session);
    struct cpu_state guest;
    struct insn in;
    l->why = "";
    if (!hv->mode->has_hypervisor || predict_waits(s->d) ||
        !session_guest(s->d->session, session_vm(s->d->session), &guest) || guest.cpl == 3 ||
        insn_decode(bytes, n, code16 ? 0 : DECODE_CODE32, &in) != DECODE_OK)
        return;
    const struct insn_row *row = insn_row_of(&in);
    bool made = row->trap && cpu_model_kernel(&s->options.cpu_model) >> row->trap & 1;
    if (row->class == CLASS_PRIVILEGED || row->class == CLASS_IO || made) {
        l->mark = MARK_TRAPS;
        l->why =
            snapshot_text(to, "%s traps: %s. %s", row->mnemonic,
                          row->class == CLASS_PRIVILEGED ? "privileged, and the real ring is not 0"
                          : row->class == CLASS_IO       ? "real IOPL is 0"
                                                         : "this CPU model makes it fault",
                          row->title);
    } else if (row->class == CLASS_SENSITIVE) {
        l->mark = MARK_SILENT;
        l->why = snapshot_text(to,
                               "%s does not trap and tells or does something else than in ring 0: "
                               "silent. %s",
                               row->mnemonic, row->title);
    }
}

static bool has_break(struct panel_side *s, uint32_t address)
{
    for (struct session_point *p = session_point_next(s->d->session, 0); p;
         p = session_point_next(s->d->session, p->number))
        if (!p->silent && p->enabled && p->kind == POINT_CODE && p->address == address)
            return true;
    return false;
}

/* The file of a line; "" if it is not known. */
static const char *file_of(struct panel_side *s, struct snapshot *to, uint32_t address,
                           const char *before)
{
    struct source_line at;
    if (!symbols_line(symbols_for(s->d, address, NULL), address, &at))
        return "";
    const char *file = at.file + (strncmp(at.file, "./", 2) == 0 ? 2 : 0);
    return strcmp(file, before) == 0 ? before : snapshot_text(to, "%s", file);
}

/* Where to begin, so that `here` is a line: the symbol's start, if that is not far. */
static uint32_t first_address(struct panel_side *s, uint32_t here)
{
    struct symbol at;
    const struct symbols *symbols = symbols_for(s->d, here, NULL);
    if (symbols && symbols_at(symbols, here, &at) && here - at.value < 160)
        return at.value;
    return here;
}

/* Blanks behind the first word, two of them at most: a comment far to the right comes near. */
static void close_gaps(char *text)
{
    char *to = text + strspn(text, " ");
    for (const char *from = to; *from; from++)
        if (*from != ' ' || to - text < 2 || to[-1] != ' ' || to[-2] != ' ')
            *to++ = *from;
    *to = 0;
}

static const char *source_of(struct panel_side *s, struct snapshot *to, uint32_t address,
                             const char *before)
{
    char line[140], text[100];
    struct source_line at;
    if (!symbols_line(symbols_for(s->d, address, NULL), address, &at))
        return "";
    (void)address_line(s->d, address, line, sizeof line);
    if (strcmp(line, before) == 0)
        return "";
    source_text(s->d, at.file, at.line, text, sizeof text);
    close_gaps(text);
    return text[0] ? snapshot_text(to, "%3u %s", at.line, text)
                   : snapshot_text(to, "line %u", at.line);
}

void look_code(struct panel_side *s, struct snapshot *to, struct snap_side *side,
               const struct panel_wants *focus)
{
    struct cpu_state cpu;
    uint32_t here = debug_cpu(s->d, &cpu)->seg[SEG_CS].base + cpu.eip;
    uint32_t at = first_address(s, focus && focus->has_eip ? focus->eip : here);
    bool code16 = !(cpu.seg[SEG_CS].ar & AR_DB);
    char text[100], name[100], last_line[140] = "", hex[3 * INSN_MAX_LENGTH + 1];
    side->code = snapshot_alloc(to, CODE_LINES, sizeof *side->code);
    for (unsigned i = 0; side->code && i < CODE_LINES; i++) {
        uint8_t bytes[INSN_MAX_LENGTH];
        uint32_t n = read_some(s->d, at, bytes, sizeof bytes);
        if (!n)
            break;
        struct snap_line *l = &side->code[side->codes++];
        unsigned length = insn_disassemble(bytes, n, at, code16, text, sizeof text);
        (void)address_name(s->d, at, name, sizeof name);
        hex[0] = 0;
        for (unsigned b = 0; b < length && b < 5; b++)
            (void)snprintf(hex + strlen(hex), sizeof hex - strlen(hex), "%02x ", bytes[b]);
        *l = (struct snap_line){.address = at, .here = at == here, .why = ""};
        l->label = strchr(name, '+') ? "" : snapshot_text(to, "%s", name);
        l->bytes = snapshot_text(to, "%s", hex);
        l->text = snapshot_text(to, "%s", length ? text : "(no instruction)");
        l->file = file_of(s, to, at, i ? l[-1].file : "");
        l->source = source_of(s, to, at, last_line);
        (void)address_line(s->d, at, last_line, sizeof last_line);
        l->breakpoint = has_break(s, at);
        look_mark(s, to, l, bytes, n, code16);
        at += length ? length : 1;
    }
}

/* ---------------------------------------- registers */

/* Where in a CPU's state a register is; selectors have two bytes. */
static const struct {
    const char *name;
    size_t at;
    unsigned bytes;
    bool points; /* may hold a linear address */
} registers[] = {
#define GPR(name, number)                                                                          \
    {                                                                                              \
        name, offsetof(struct cpu_state, gpr) + (number) * sizeof(uint32_t), 4, true               \
    }
#define FIELD(name, field, points)                                                                 \
    {                                                                                              \
        name, offsetof(struct cpu_state, field), 4, points                                         \
    }
#define SELECTOR(name, segment)                                                                    \
    {                                                                                              \
        name, offsetof(struct cpu_state, seg[segment].sel), 2, false                               \
    }
    GPR("eax", R_EAX),
    GPR("ecx", R_ECX),
    GPR("edx", R_EDX),
    GPR("ebx", R_EBX),
    GPR("esp", R_ESP),
    GPR("ebp", R_EBP),
    GPR("esi", R_ESI),
    GPR("edi", R_EDI),
    FIELD("eip", eip, true),
    FIELD("eflags", eflags, false),
    SELECTOR("cs", SEG_CS),
    SELECTOR("ss", SEG_SS),
    SELECTOR("ds", SEG_DS),
    SELECTOR("es", SEG_ES),
    FIELD("cr0", cr0, false),
    FIELD("cr2", cr2, true),
    FIELD("cr3", cr3, false),
    FIELD("cr4", cr4, false),
    FIELD("gdtr", gdtr_base, true),
    FIELD("idtr", idtr_base, true),
    SELECTOR("tr", SEG_TR),
#undef GPR
#undef FIELD
#undef SELECTOR
};
#define REGISTERS (sizeof registers / sizeof *registers)

/* Little-endian hosts only. */
static uint32_t value_of(const struct cpu_state *c, size_t n)
{
    uint32_t value = 0;
    memcpy(&value, (const char *)c + registers[n].at, registers[n].bytes);
    return value;
}

void look_registers(struct panel_side *s, struct snapshot *to, struct snap_side *side)
{
    const struct hv *hv = session_hv(s->d->session);
    const struct cpu_state *real = &hv->machine->cpu.s;
    struct cpu_state guest;
    char flags[80];
    (void)debug_cpu(s->d, &guest);
    (void)flag_names(guest.eflags, flags);
    side->reg = snapshot_alloc(to, REGISTERS, sizeof *side->reg);
    for (size_t i = 0; side->reg && i < REGISTERS; i++) {
        struct snap_register *r = &side->reg[side->regs++];
        r->name = registers[i].name;
        r->guest = value_of(&guest, i);
        r->real = value_of(real, i);
        /* Inside an exit it has CR2 and the stub of the vector: that tells what is asked. */
        r->has_real = hv->mode->has_hypervisor && !predict_waits(s->d);
        r->real = r->has_real ? r->real : 0;
        r->changed = s->has_before && r->guest != value_of(&s->before, i);
        r->points = registers[i].points;
        r->words = registers[i].at == offsetof(struct cpu_state, eflags)
                       ? snapshot_text(to, "%s", flags)
                       : "";
    }
}

/* ---------------------------------------- the exit */

/*
 * The end of a line of `info exit`; null: there is none. Where it broke a line because the next
 * word would have gone beyond its 100 columns, that is undone: panes break lines at their own
 * width. It breaks lines (story.c) of two parts only; *broken is kept from line to line.
 */
static char *end_of_line(char *line, bool *broken)
{
    char *from = line, *end = strchr(line, '\n'); /* of the row that is looked at */
    size_t before = 0;                            /* cells that stood before `from` in it */
    if (*line != ' ')
        *broken = strncmp(line, "Why", 3) == 0 || strncmp(line, "Elsewhere", 9) == 0;
    while (*broken && end && end[1] == ' ') {
        char *next = end + 1 + strspn(end + 1, " ");
        if (before + (size_t)(end - from) + 1 + strcspn(next, " \n") <= 100)
            break;
        before = (size_t)(next - end) - 1;
        *end = ' ';
        from = end + 1;
        memmove(from, next, strlen(next) + 1);
        end = strchr(from, '\n');
    }
    return end;
}

/* What `info exit` says, line by line. */
static void look_story_lines(struct panel_side *s, struct snapshot *to, struct snap_exit *x)
{
    char number[24] = "", *text = NULL;
    size_t size = 0;
    bool broken = false;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    if (!x->open)
        (void)snprintf(number, sizeof number, "%" PRIu64, x->number);
    s->d->out = out;
    (void)info_exit(s->d, number);
    if (fclose(out) == 0) {
        x->story = snapshot_alloc(to, 60, sizeof *x->story);
        char *at = strstr(text, "\n\n"); /* its title stands above */
        at = at ? at + 2 : text;
        while (x->story && at && *at && x->lines < 60) {
            char *end = end_of_line(at, &broken);
            if (end)
                *end = 0;
            x->story[x->lines++] = snapshot_line(to, at, strlen(at));
            at = end ? end + 1 : NULL;
        }
    }
    free(text);
}

static void look_phases(const struct panel_side *s, const struct hv *hv, struct snapshot *to,
                        struct snap_exit *to_exit, const struct vm_exit *x)
{
    to_exit->phase = snapshot_alloc(to, HV_PHASES, sizeof *to_exit->phase);
    for (unsigned p = 0; to_exit->phase && p < HV_PHASES; p++) {
        unsigned bucket = hv_phase_bucket((enum hv_phase)p);
        const struct bucket_look look = bucket_look(bucket);
        to_exit->phase[to_exit->phases++] =
            (struct snap_phase){.name = hv_phase_names[p],
                                .words = sim_bucket_texts[bucket],
                                .brief = look.brief,
                                .tip = look_tip(s, to, bucket, hv_phase_names[p], x->phase[p]),
                                .cycles = x->phase[p],
                                .now = hv->open == x && hv->phase == (enum hv_phase)p,
                                .colour = look.colour,
                                .hatch = look.hatch};
    }
}

void look_exit(struct panel_side *s, struct snapshot *to, struct snap_side *side, uint64_t number)
{
    const struct hv *hv = session_hv(s->d->session);
    struct snap_exit *e = &side->exit_shown;
    const struct vm_exit *x = number      ? hv_exit(hv, number)
                              : hv->open  ? hv->open
                              : hv->exits ? hv_exit(hv, hv->exits)
                                          : NULL;
    if (!x) {
        e->empty =
            !hv->mode->has_hypervisor
                ? "In mode native there are no VM exits: the kernel has the machine for itself."
            : number ? "This exit is no longer kept, or has not happened yet. Type "
                       "`:goto exit N` to go there."
                     : "No VM exit so far. Press e to run to the first one.";
        return;
    }
    bool known = hv->open != x || exit_is_classified(s->d);
    char text[100], name[100];
    e->there = true;
    e->known = known;
    e->number = x->number;
    e->cycle = x->cycle;
    e->cycles = x->cycles;
    for (unsigned p = 0; hv->open == x && p < HV_PHASES; p++) /* its sum is made at its end */
        e->cycles += x->phase[p];
    e->open = hv->open == x;
    e->reason = known ? exit_reason_names[x->reason] : "just begun";
    e->words = known ? exit_reason_texts[x->reason] : "the hypervisor has not found out yet why";
    e->outcome = e->open ? "" : exit_outcome_names[x->outcome];
    e->why = known ? snapshot_text(to, "Why: %s (%s)", exit_reason_whys[x->reason],
                                   exit_reason_titles[x->reason])
                   : "Press s to see the hypervisor find out.";
    e->class = (uint8_t)(known ? class_of_reason(x->reason) : CLASS_other);
    (void)disassemble_at(s->d, x->eip, text, sizeof text);
    (void)address_name(s->d, x->eip, name, sizeof name);
    e->instruction =
        snapshot_text(to, "at 0x%08x%s%s  %s", (unsigned)x->eip, name[0] ? " " : "", name, text);
    look_phases(s, hv, to, e, x);
    look_story_lines(s, to, e);
}

/* ---------------------------------------- counters */

static bool has_catch(struct panel_side *s, unsigned reason)
{
    for (struct session_point *p = session_point_next(s->d->session, 0); p;
         p = session_point_next(s->d->session, p->number))
        if (!p->silent && p->enabled && p->kind == POINT_EXIT && p->value == reason)
            return true;
    return false;
}

/* Counts over equal parts of the run up to here. */
static void look_sparks(const struct panel_side *s, unsigned reason, uint64_t now,
                        struct snap_counter *c)
{
    if (!s->bin_cycles)
        return;
    uint64_t bins = now / s->bin_cycles + 1;
    bins = bins > PANEL_BINS ? PANEL_BINS : bins;
    for (unsigned i = 0; i < bins; i++)
        c->spark[i * SNAP_SPARKS / bins] += (uint32_t)s->shown[reason][i];
}

static int by_cycles(const void *a, const void *b)
{
    const struct snap_counter *x = a, *y = b;
    return x->cycles != y->cycles ? (x->cycles < y->cycles ? 1 : -1) : strcmp(x->name, y->name);
}

void look_counters(struct panel_side *s, struct snapshot *to, struct snap_side *side)
{
    struct hv *hv = session_hv(s->d->session);
    struct vm_stats *sum = calloc(1, sizeof *sum);
    side->counter = snapshot_alloc(to, EXIT_REASONS, sizeof *side->counter);
    for (unsigned i = 0; sum && i < hv->vms; i++)
        vm_stats_add(sum, hv_stats(hv, i));
    for (unsigned r = 0; sum && side->counter && r < EXIT_REASONS; r++) {
        struct snap_counter c = {.name = exit_reason_names[r], .words = exit_reason_texts[r]};
        for (unsigned o = 0; o < EXIT_OUTCOMES; o++) {
            const struct exit_counter *e = &sum->exit[r][o];
            if (!e->count)
                continue;
            c.min = c.count == 0 || e->min < c.min ? e->min : c.min;
            c.max = e->max > c.max ? e->max : c.max;
            c.count += e->count;
            c.cycles += e->cycles;
        }
        if (!c.count)
            continue;
        c.tip = snapshot_text(to, "%s: %s. %s (%s)", c.name, c.words, exit_reason_whys[r],
                              exit_reason_titles[r]);
        c.class = (uint8_t)class_of_reason(r);
        c.breakpoint = has_catch(s, r);
        look_sparks(s, r, side->cycle, &c);
        side->exits += c.count;
        side->exit_cycles += c.cycles;
        side->counter[side->counters++] = c;
    }
    if (side->counter)
        qsort(side->counter, side->counters, sizeof *side->counter, by_cycles);
    free(sum);
}
