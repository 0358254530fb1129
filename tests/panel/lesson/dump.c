/* Snapshots as text: see dump.h. */
#include "dump.h"

#include <inttypes.h>

#define TEXT(object, field)   (void)fprintf(to, #field " \"%s\"\n", (object)->field)
#define NUMBER(object, field) (void)fprintf(to, #field " %" PRIu64 "\n", (uint64_t)(object)->field)

static void dump_lines(FILE *to, const char *name, const char *const *line, size_t n)
{
    (void)fprintf(to, "%s: %zu lines\n", name, n);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(to, "| %s\n", line[i]);
}

/* As views see it: sums of windows, and what there is at moments, to both sides of the end. */
static void dump_timeline(FILE *to, const char *name, const struct timeline *t, uint64_t now)
{
    if (!t) {
        (void)fprintf(to, "%s: none\n", name);
        return;
    }
    uint64_t end = timeline_end(t), step = now / 400 + 1;
    (void)fprintf(to, "%s: end %" PRIu64 " detail %" PRIu64 "\n", name, end, timeline_detail(t));
    for (unsigned i = 0; i < 420; i++) {
        struct span_sums sums;
        struct span s;
        uint64_t until, at = i * step;
        timeline_sum(t, at, at + step, &sums);
        (void)fprintf(to, "%u:", i);
        for (unsigned c = 0; c < CLASSES; c++)
            (void)fprintf(to, " %" PRIu64, sums.cycles[c]);
        (void)fprintf(to, " exits %" PRIu64, sums.exits);
        if (timeline_at(t, at, &s, &until))
            (void)fprintf(to, " at %" PRIu64 "..%" PRIu64 " exit %u class %u reason %u vm %u",
                          s.begin, until, s.exit, s.class, s.reason, s.vm);
        (void)fprintf(to, "\n");
    }
}

static void dump_code(FILE *to, const struct snap_side *s)
{
    NUMBER(s, codes);
    for (size_t i = 0; i < s->codes; i++) {
        const struct snap_line *l = &s->code[i];
        (void)fprintf(to, "code: %08x %s %s %s %s here %d break %d mark %d %s\n",
                      (unsigned)l->address, l->label, l->bytes, l->text, l->source, l->here,
                      l->breakpoint, (int)l->mark, l->why);
    }
    NUMBER(s, regs);
    for (size_t i = 0; i < s->regs; i++) {
        const struct snap_register *r = &s->reg[i];
        (void)fprintf(to, "%s %08x %08x has %d changed %d %s\n", r->name, (unsigned)r->guest,
                      (unsigned)r->real, r->has_real, r->changed, r->words);
    }
}

static void dump_figures(FILE *to, const struct snap_side *s)
{
    NUMBER(s, counters);
    for (size_t i = 0; i < s->counters; i++) {
        const struct snap_counter *c = &s->counter[i];
        (void)fprintf(to, "%s %s %s class %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d",
                      c->name, c->words, c->tip, c->class, c->count, c->cycles, c->min, c->max,
                      c->breakpoint);
        for (unsigned k = 0; k < SNAP_SPARKS; k++)
            (void)fprintf(to, " %u", (unsigned)c->spark[k]);
        (void)fprintf(to, "\n");
    }
    NUMBER(s, costs);
    for (size_t i = 0; i < s->costs; i++)
        (void)fprintf(to, "%s %s %s %" PRIu64 "\n", s->cost[i].name, s->cost[i].words,
                      s->cost[i].tip, s->cost[i].cycles);
    NUMBER(s, busy);
    NUMBER(s, idle);
    NUMBER(s, exits);
    NUMBER(s, exit_cycles);
}

static void dump_exit(FILE *to, const struct snap_exit *x)
{
    NUMBER(x, there);
    TEXT(x, empty);
    NUMBER(x, number);
    NUMBER(x, cycle);
    NUMBER(x, cycles);
    TEXT(x, reason);
    TEXT(x, words);
    TEXT(x, outcome);
    TEXT(x, why);
    TEXT(x, action);
    TEXT(x, instruction);
    NUMBER(x, class);
    NUMBER(x, open);
    NUMBER(x, phases);
    for (size_t i = 0; i < x->phases; i++)
        (void)fprintf(to, "%s %s %" PRIu64 " %d\n", x->phase[i].name, x->phase[i].words,
                      x->phase[i].cycles, x->phase[i].now);
    dump_lines(to, "story", x->story, x->lines);
}

static void dump_side(FILE *to, const struct snap_side *s)
{
    TEXT(s, label);
    TEXT(s, about);
    TEXT(s, state);
    TEXT(s, scale);
    NUMBER(s, running);
    NUMBER(s, ended);
    NUMBER(s, insn);
    NUMBER(s, exit);
    NUMBER(s, cycle);
    TEXT(s, work);
    NUMBER(s, entries);
    for (size_t i = 0; i < s->entries; i++)
        (void)fprintf(to, "%" PRIu64 "\n", s->entry[i]);
    NUMBER(s, clock_hz);
    TEXT(s, symbol);
    dump_code(to, s);
    (void)fprintf(to, "rings %u %u %d %d %d %s\n", s->rings.real, s->rings.believed,
                  s->rings.supervisor, s->rings.hypervisor, s->rings.bare, s->rings.words);
    dump_figures(to, s);
    dump_lines(to, "console", s->console, s->console_lines);
    dump_exit(to, &s->exit_shown);
    dump_timeline(to, "timeline", s->timeline, s->cycle);
    for (unsigned i = 0; i < s->vms; i++)
        dump_timeline(to, "turns", s->turn[i], s->cycle);
    NUMBER(s, vms);
}

static void dump_level(FILE *to, const struct snap_level *l)
{
    TEXT(l, title);
    NUMBER(l, table);
    NUMBER(l, there);
    NUMBER(l, entries);
    for (size_t i = 0; i < l->entries; i++)
        (void)fprintf(to, "%u %08x %s %d %d %s\n", (unsigned)l->entry[i].index,
                      (unsigned)l->entry[i].value, l->entry[i].flags, l->entry[i].here,
                      l->entry[i].differs, l->entry[i].words);
}

static void dump_memory(FILE *to, const struct snap_memory *m)
{
    TEXT(m, empty);
    NUMBER(m, address);
    for (unsigned i = 0; i < SNAP_LEVELS; i++) {
        dump_level(to, &m->guest[i]);
        dump_level(to, &m->real[i]);
    }
    TEXT(m, real_name);
    dump_lines(to, "walk", m->step, m->steps);
    NUMBER(m, kinds);
    for (size_t i = 0; i < m->kinds; i++)
        (void)fprintf(to, "%s %" PRIu64 "\n", m->kind[i].name, m->kind[i].frames);
    NUMBER(m, cells);
    for (size_t i = 0; i < m->cells; i++)
        (void)fprintf(to, "%u ", m->cell[i]);
    (void)fprintf(to, "\n");
    NUMBER(m, per_cell);
    NUMBER(m, frames);
}

static void dump_rest(FILE *to, const struct snapshot *s)
{
    NUMBER(s, differences);
    for (size_t i = 0; i < s->differences; i++)
        (void)fprintf(to, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                      s->difference[i].name, s->difference[i].words, s->difference[i].count[0],
                      s->difference[i].count[1], s->difference[i].cycles[0],
                      s->difference[i].cycles[1]);
    TEXT(s, comparison);
    NUMBER(s, vms);
    for (size_t i = 0; i < s->vms; i++)
        (void)fprintf(to, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", s->vm[i].name,
                      s->vm[i].state, s->vm[i].ran, s->vm[i].waited, s->vm[i].idle,
                      s->vm[i].switches);
    NUMBER(&s->question, open);
    TEXT(&s->question, text);
    dump_lines(to, "choices", s->question.choice, s->question.choices);
    NUMBER(&s->question, asked);
    NUMBER(&s->question, right);
    TEXT(s, story);
    TEXT(s, key);
    TEXT(s, scale_note);
    dump_lines(to, "log", s->log, s->log_lines);
    TEXT(s, message);
    TEXT(s, locked);
    TEXT(s, locked_views);
}

void dump_snapshot(FILE *to, const struct snapshot *s)
{
    NUMBER(s, sides);
    NUMBER(s, front);
    for (unsigned i = 0; i < s->sides; i++) {
        (void)fprintf(to, "side %u\n", i);
        dump_side(to, &s->side[i]);
    }
    dump_memory(to, &s->memory);
    dump_rest(to, s);
}
