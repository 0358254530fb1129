/*
 * Every number that the panel shows is the report's for the same run: in the snapshot, and as text
 * in the scene, found by the widget that it stands in.
 *
 *   numbers        runs `ringside run --json` itself (RINGSIDE_BIN)
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/internal.h"
#include "stage.h"

static unsigned wrong, compared;

static void same(const char *where, const char *what, uint64_t have, uint64_t want)
{
    compared++;
    if (have == want)
        return;
    wrong++;
    (void)printf("%s: %s is %llu, the report has %llu\n", where, what, (unsigned long long)have,
                 (unsigned long long)want);
}

/* ---------------------------------------- the report */

static cJSON *report_of(const struct sight *s)
{
    char command[2048];
    const char *program = getenv("RINGSIDE_BIN");
    char *text = NULL, block[4096];
    size_t size = 0, n;
    int at = snprintf(command, sizeof command, "'%s' run --quiet --json -",
                      program ? program : RINGSIDE_BUILD_DIR "/bin/ringside");
    for (unsigned i = 0; s->args[i]; i++)
        at += snprintf(command + at, sizeof command - (size_t)at, " '%s'", s->args[i]);
    FILE *from = popen(command, "r"), *to = open_memstream(&text, &size);
    if (!from || !to)
        stage_fail("%s: cannot be run", command);
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        (void)fwrite(block, 1, n, to);
    (void)fclose(to);
    int status = pclose(from);
    cJSON *report = cJSON_Parse(text);
    if (status != 0 || !report)
        stage_fail("%s: status %d, %zu bytes", command, status, size);
    free(text);
    return report;
}

static uint64_t number(const cJSON *object, const char *name)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(n))
        stage_fail("the report has no number %s", name);
    return (uint64_t)n->valuedouble;
}

static const cJSON *part(const cJSON *object, const char *name)
{
    const cJSON *p = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!p)
        stage_fail("the report has no %s", name);
    return p;
}

struct row {
    uint64_t count, cycles, min, max;
};

/* A reason over all its outcomes. */
static struct row row_of(const cJSON *report, const char *reason)
{
    struct row r = {0, 0, UINT64_MAX, 0};
    const cJSON *e;
    cJSON_ArrayForEach(e, part(part(report, "exits"),
                               "by_reason")) if (strcmp(part(e, "name")->valuestring, reason) == 0)
    {
        r.count += number(e, "count");
        r.cycles += number(e, "cycles");
        r.min = number(e, "min") < r.min ? number(e, "min") : r.min;
        r.max = number(e, "max") > r.max ? number(e, "max") : r.max;
    }
    return r;
}

/* ---------------------------------------- the snapshot */

static void check_counters(const char *where, const struct snap_side *side, const cJSON *report)
{
    uint64_t count = 0, cycles = 0;
    for (size_t i = 0; i < side->counters; i++) {
        const struct snap_counter *c = &side->counter[i];
        struct row r = row_of(report, c->name);
        same(where, c->name, c->count, r.count);
        same(where, c->name, c->cycles, r.cycles);
        same(where, c->name, c->min, r.min);
        same(where, c->name, c->max, r.max);
        count += r.count;
        cycles += r.cycles;
    }
    same(where, "exits", side->exits, number(part(report, "exits"), "total"));
    same(where, "exits of all rows", count, side->exits);
    same(where, "cycles in exits", side->exit_cycles, cycles);
}

static void check_costs(const char *where, const struct snap_side *side, const cJSON *report)
{
    const cJSON *buckets = part(report, "cycles");
    uint64_t busy = 0;
    for (size_t i = 0; i < side->costs; i++) {
        same(where, side->cost[i].name, side->cost[i].cycles, number(buckets, side->cost[i].name));
        busy += side->cost[i].cycles;
    }
    same(where, "buckets", side->costs + 1, (uint64_t)cJSON_GetArraySize(buckets));
    same(where, "idle", side->idle, number(buckets, "idle"));
    same(where, "busy", side->busy, busy);
    same(where, "cycle", side->cycle, number(part(report, "clock"), "cycles"));
    same(where, "busy and idle", side->busy + side->idle, side->cycle);
}

/* What the drawn turns of a VM add up to. One that waits now is not in the report's figure yet. */
static void check_turns(const char *where, const struct snapshot *s, size_t vm, uint64_t all)
{
    struct span_sums sums;
    const struct timeline *turns = s->side[s->front].turn[vm];
    timeline_sum(turns, 0, timeline_end(turns), &sums);
    same(where, "turns: had it", sums.cycles[TURN_has], s->vm[vm].ran);
    same(where, "turns: all", timeline_end(turns), all);
    if (strcmp(s->vm[vm].state, "waits") != 0)
        same(where, "turns: waited", sums.cycles[TURN_waits], s->vm[vm].waited);
}

static void check_vms(const char *where, const struct snapshot *s, const cJSON *report)
{
    const cJSON *vms = part(report, "vms");
    for (size_t i = 0; i < s->vms; i++) {
        const cJSON *vm = cJSON_GetArrayItem(vms, (int)i), *bucket;
        uint64_t ran = 0, idle = number(part(vm, "cycles"), "idle");
        uint64_t all = number(part(report, "clock"), "cycles"), waited = number(vm, "steal_cycles");
        cJSON_ArrayForEach(bucket, part(vm, "cycles")) ran += (uint64_t)bucket->valuedouble;
        same(where, s->vm[i].name, s->vm[i].ran, ran - idle);
        same(where, s->vm[i].name, s->vm[i].waited, waited);
        same(where, s->vm[i].name, s->vm[i].idle, all - (ran - idle) - waited);
        check_turns(where, s, i, all);
    }
    if (s->vms)
        same(where, "VMs", s->vms, (uint64_t)cJSON_GetArraySize(vms));
}

/*
 * Instructions as the report counts them, and what the position counts besides: a REP's further
 * iterations, and what the hypervisor carried out.
 */
static void check_instructions(const char *where, struct show *w, const struct snap_side *side,
                               const cJSON *report)
{
    const struct cpu_state *c = &session_hv(w->driver.side[0].d->session)->machine->cpu.s;
    const cJSON *executed = part(report, "instructions");
    same(where, "user instructions", side->user, number(executed, "user"));
    same(where, "kernel instructions", side->kernel, number(executed, "kernel"));
    same(where, "insn", side->insn, side->user + side->kernel + c->rep_extra);
}

/* What the timeline's spans add up to. */
static void check_timeline(const char *where, const struct snap_side *side, const cJSON *report)
{
    struct span_sums sums;
    uint64_t all = 0;
    timeline_sum(side->timeline, 0, timeline_end(side->timeline), &sums);
    for (unsigned c = 0; c < CLASSES; c++)
        all += sums.cycles[c];
    same(where, "exits in the timeline", sums.exits, number(part(report, "exits"), "total"));
    same(where, "cycles in the timeline", all, number(part(report, "clock"), "cycles"));
    same(where, "idle in the timeline", sums.cycles[CLASS_idle],
         number(part(report, "cycles"), "idle"));
    all = 0;
    for (unsigned c = CLASS_idle + 1; c < CLASSES; c++)
        all += sums.cycles[c];
    same(where, "cycles of exits in the timeline", all, side->exit_cycles);
}

/* ---------------------------------------- the scene */

/* Is there a text that holds `want`, inside the widget (null: anywhere)? */
static void reads(const char *where, const struct scene *s, const char *widget, const char *want)
{
    const struct widget *w = widget ? scene_find(s, widget) : NULL;
    compared++;
    for (size_t i = 0; i < s->shapes; i++) {
        const struct shape *p = &s->shape[i];
        if (p->kind == SHAPE_TEXT && (!widget || (w && box_holds(w->box, p->box.x, p->box.y))) &&
            strstr(scene_string(s, p->text), want))
            return;
    }
    wrong++;
    (void)printf("%s: %s does not show %s\n", where, widget ? widget : "nothing", want);
}

static void reads_number(const char *where, const struct scene *s, const char *widget, uint64_t n)
{
    char digits[32];
    reads(where, s, widget, pane_digits(digits, n));
}

static const struct scene *see(struct show *w, const char *view, const char *pane)
{
    stage_view(w, view);
    struct panel_state *s = &w->panel->state;
    const struct view *v = view_of(s);
    for (unsigned i = 0; i < v->panes; i++)
        if (strcmp(v->pane[i].spec.name, pane) == 0)
            s->zoomed[state_slot(s)] = s->front[state_slot(s)] = (int)i;
    return show_draw(w, true);
}

static void check_debug(const char *where, struct show *w, const cJSON *report)
{
    const struct scene *s = see(w, "debug", "exits");
    const struct snap_side *side = &w->driver.snapshot.side[0];
    char name[80], text[80], a[32], b[32];
    uint64_t all = 0;
    for (size_t i = 0; i < side->counters; i++)
        all += row_of(report, side->counter[i].name).cycles;
    for (size_t i = 0; i < side->counters; i++) {
        struct row r = row_of(report, side->counter[i].name);
        (void)snprintf(name, sizeof name, "exits.%s", side->counter[i].name);
        reads_number(where, s, name, r.count);
        reads_number(where, s, name, r.cycles / r.count);
        (void)snprintf(text, sizeof text, "%s .. %s", pane_digits(a, r.min), pane_digits(b, r.max));
        reads(where, s, name, text);
        uint64_t tenths = r.cycles * 1000 / all;
        (void)snprintf(text, sizeof text, "%u.%u%%", (unsigned)(tenths / 10),
                       (unsigned)(tenths % 10));
        reads(where, s, name, text);
    }
    (void)snprintf(text, sizeof text, "cycle %s",
                   pane_digits(a, number(part(report, "clock"), "cycles")));
    reads(where, s, NULL, text);
    reads(where, s, NULL, side->scale);
    reads(where, s, NULL, part(report, "profile")->valuestring);
}

/* ---------------------------------------- runs */

/* To the end; or with stops wherever they fall: in programs, exits, and while nobody runs. */
static void go_to_end(struct show *w, bool in_pieces)
{
    struct session *session = w->driver.side[0].d->session;
    for (unsigned i = 0; in_pieces && i < 100; i++) {
        stage_linef(w, "say goto cycle %llu",
                    (unsigned long long)session_position(session)->cycle + 1300003);
        (void)show_draw(w, true);
    }
    stage_line(w, "say continue");
}

static void check_run(const struct sight *sight, bool in_pieces)
{
    struct show w;
    cJSON *report = report_of(sight);
    stage_open(&w, sight);
    stage_size(&w, 1920, 1080);
    for (unsigned again = 0; again < 2; again++) {
        char where[80];
        (void)snprintf(where, sizeof where, "%s%s%s", sight->name, in_pieces ? ", in pieces" : "",
                       again ? ", back and again" : "");
        go_to_end(&w, in_pieces);
        stage_view(&w, "schedule");
        (void)show_draw(&w, true);
        check_vms(where, &w.driver.snapshot, report);
        stage_view(&w, "compare");
        (void)show_draw(&w, true);
        const struct snap_side *side = &w.driver.snapshot.side[0];
        check_counters(where, side, report);
        check_costs(where, side, report);
        check_timeline(where, side, report);
        check_instructions(where, &w, side, report);
        if (strcmp(sight->name, "native") != 0)
            check_debug(where, &w, report);
        stage_line(&w, "say goto insn 200000");
        (void)show_draw(&w, true);
    }
    /* 120,000 exits in one go leave nothing behind beside the timeline. */
    same(sight->name, "room for more than 100,000 exits", w.driver.side[0].note_room > 100000, 0);
    show_close(&w);
    cJSON_Delete(report);
}

/* Both columns of the Compare view, against two reports. */
static void check_both(const struct sight *both, const struct sight *left,
                       const struct sight *right)
{
    struct show w;
    cJSON *report[2] = {report_of(left), report_of(right)};
    stage_open(&w, both);
    stage_size(&w, 2560, 1440);
    stage_line(&w, "key c");
    stage_line(&w, "run");
    const struct scene *s = see(&w, "compare", "costs");
    for (unsigned i = 0; i < 2; i++) {
        const cJSON *bucket;
        check_costs("both", &w.driver.snapshot.side[i], report[i]);
        check_counters("both", &w.driver.snapshot.side[i], report[i]);
        cJSON_ArrayForEach(bucket, part(report[i], "cycles"))
        {
            char name[80];
            (void)snprintf(name, sizeof name, "costs.%s", bucket->string);
            if (strcmp(bucket->string, "idle") != 0)
                reads_number("both", s, name, (uint64_t)bucket->valuedouble);
        }
    }
    s = see(&w, "compare", "differences");
    const struct snapshot *snapshot = &w.driver.snapshot;
    for (size_t n = 0; n < snapshot->differences; n++)
        for (unsigned i = 0; i < 2; i++) {
            const struct snap_difference *d = &snapshot->difference[n];
            struct row r = row_of(report[i], d->name);
            char name[80];
            (void)snprintf(name, sizeof name, "differences.%s", d->name);
            same("both", d->name, d->count[i], r.count);
            same("both", d->name, d->cycles[i], r.cycles);
            reads_number("both", s, name, r.count);
            reads_number("both", s, name, r.cycles);
        }
    show_close(&w);
    cJSON_Delete(report[0]);
    cJSON_Delete(report[1]);
}

int main(void)
{
    static const struct sight runs[] = {
        {"native", {"--mode", "native", "--run", "sieve 2; fork 2; ls", NULL}, {NULL}},
        {"trap", {"--mode", "trap", "--run", "sieve 2; fork 2; ls", NULL}, {NULL}},
        {"pv", {"--mode", "pv", "--run", "sieve 2; fork 2; ls", NULL}, {NULL}},
        {"long", {"--mode", "trap", "--run", "null_syscall 60000; halt", NULL}, {NULL}},
        {"two", {"--mode", "trap", "--vms", "2", "--run", "sieve 2; fork 2", NULL}, {NULL}},
    };
    static const struct sight both = {
        "both", {"--compare", "trap,pv", "--run", "sieve 2; fork 2; ls", NULL}, {NULL}};
    for (unsigned i = 0; i < 2 * sizeof runs / sizeof *runs; i++)
        check_run(&runs[i / 2], i & 1);
    check_both(&both, &runs[1], &runs[2]);
    (void)printf("%u numbers compared, %u wrong\n", compared, wrong);
    return wrong || compared < 300 ? 1 : 0;
}
