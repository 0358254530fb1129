/*
 * What lies ahead is not in the snapshot. Two panels come to the same question: one has never been
 * further, the other has run to the end, looked around there, and gone back. If one fact of the
 * future, a string or a number, were in what views get, the two snapshots would differ.
 *
 * And what an instructor locked is not in there either.
 */
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "panel/ask.h"
#include "panel/script.h"
#include "verbs.h"

#define QUESTIONS 60

static unsigned checks;

static void fail(const char *what, const char *detail)
{
    (void)printf("FAILED: %s: %s\n", what, detail);
    exit(1);
}

static void check(bool ok, const char *what, const char *detail)
{
    checks++;
    if (!ok)
        fail(what, detail);
}

static void open_panel(struct show *w, int argc, char **argv)
{
    struct complaint why = {CLI_OK, "", ""};
    if (!show_open(w, V_SHOT, argc, argv, &why))
        fail("a panel cannot be opened", why.what);
}

static void line(struct show *w, const char *text)
{
    FILE *to = fopen("/dev/null", "w");
    if (!to || script_line(w, text, to) != CLI_OK)
        fail("a script's line", text);
    (void)fclose(to);
}

/* Not inlined: gcc 12 then warns of a pointer that does not dangle. */
__attribute__((noinline)) static char *dump_of(struct show *w, const char *view)
{
    char *text = NULL, command[40];
    size_t size = 0;
    (void)snprintf(command, sizeof command, "say view %s", view);
    line(w, command);
    (void)show_draw(w, true);
    FILE *to = open_memstream(&text, &size);
    if (!to)
        fail("no memory", "");
    dump_snapshot(to, &w->driver.snapshot);
    (void)fclose(to);
    return text;
}

/* The first line in which two texts differ. */
static const char *difference(const char *a, const char *b)
{
    static char said[400];
    const char *at = a;
    for (; *a && *a == *b; a++, b++)
        if (*a == '\n')
            at = a + 1;
    (void)snprintf(said, sizeof said, "at \"%.*s\": \"%.80s\" or \"%.80s\"", (int)strcspn(at, "\n"),
                   at, a, b);
    return said;
}

static bool asks(struct show *w)
{
    return w->driver.snapshot.question.open;
}

/* Three or four first choices: wrong mostly, which is of no matter. */
static void answer(struct show *w)
{
    uint64_t exit = w->driver.side[w->driver.front].ask.exit;
    for (unsigned i = 0; i < 4 && asks(w) && w->driver.side[w->driver.front].ask.exit == exit; i++)
        line(w, "key 1");
}

/* Is this in a line of code? The guest's own source may speak of anything. */
static bool in_code(const char *dump, const char *at)
{
    while (at > dump && at[-1] != '\n')
        at--;
    return strncmp(at, "code: ", 6) == 0;
}

/* Is a name said in lines that are neither choices nor code? */
static bool says(const char *dump, const char *name)
{
    const char *choices = strstr(dump, "\nchoices: ");
    const char *end = choices ? strstr(choices, "\nasked ") : NULL;
    for (const char *at = dump; (at = strstr(at, name)) != NULL; at++)
        if ((!choices || at < choices || at > end) && !in_code(dump, at))
            return true;
    return false;
}

static void test_future(const char *mode, const char *later)
{
    static const char *const view[] = {"debug", "compare", "memory", "schedule"};
    static char m[] = "--mode", run[] = "--run", what[] = "forkwait 2; halt";
    char name[20];
    struct show fresh, knows;
    (void)snprintf(name, sizeof name, "%s", mode);
    char *argv[] = {m, name, run, what};
    open_panel(&fresh, 4, argv);
    open_panel(&knows, 4, argv);
    line(&knows, "key c");
    line(&knows, "run");
    line(&knows, "say info exits");
    line(&knows, "key Home");
    line(&fresh, "say goto insn 0");
    line(&fresh, "key p");
    line(&knows, "key p");
    for (unsigned i = 0; i < QUESTIONS; i++) {
        const char *next = i == QUESTIONS / 2 ? later : "key e";
        if (!asks(&fresh))
            line(&fresh, next);
        if (!asks(&knows))
            line(&knows, next);
        check(asks(&fresh) && asks(&knows), "an exit without a question", mode);
        for (size_t v = 0; v < sizeof view / sizeof *view; v++) {
            char *a = dump_of(&fresh, view[v]), *b = dump_of(&knows, view[v]);
            check(strcmp(a, b) == 0, "a fact of the future is in the snapshot", difference(a, b));
            const struct snap_side *side = &fresh.driver.snapshot.side[0];
            for (size_t r = 0; r < side->regs; r++) /* CR2, the stub of the vector */
                check(!side->reg[r].has_real && !side->reg[r].real, "a real register",
                      side->reg[r].name);
            check(!side->costs && !side->busy, "what it costs", view[v]);
            if (i == 0)
                check(!says(a, "shadow_fill") && !says(a, "hypercall"), "the first reason",
                      view[v]);
            free(a);
            free(b);
        }
        answer(&fresh);
        answer(&knows);
        check(strcmp(fresh.driver.message, knows.driver.message) == 0 &&
                  strstr(fresh.driver.message, " points (you said "),
              "the judgement", fresh.driver.message);
    }
    show_close(&fresh);
    show_close(&knows);
}

/* While one side is asked about, nothing is told of the other but its name. */
static void test_other_side(void)
{
    static char compare[] = "--compare", pair[] = "trap,pv", run[] = "--run", what[] = "halt";
    static char predict[] = "--predict";
    char *argv[] = {compare, pair, run, what, predict};
    struct show w;
    open_panel(&w, 5, argv);
    line(&w, "key c");
    line(&w, "run");
    check(asks(&w), "no question in Compare", "");
    char *text = dump_of(&w, "compare");
    const struct snap_side *other = &w.driver.snapshot.side[1];
    check(!other->cycle && !other->insn && !other->exit && !other->busy && !other->counters &&
              !other->costs && !other->codes && !other->regs && !other->timeline &&
              !other->console_lines && !other->entries && !other->exit_shown.there,
          "the other side is seen", text);
    check(!w.driver.snapshot.differences && !*w.driver.snapshot.comparison, "differences", text);
    free(text);
    show_close(&w);
}

static void write_lock(const char *text)
{
    FILE *to = fopen("hidden-lock.json", "w");
    if (!to || fputs(text, to) < 0 || fclose(to) != 0)
        fail("a file cannot be written", "hidden-lock.json");
}

/* Facts of a view that is locked. */
static void test_lock(const char *views, bool debug, bool memory, bool schedule)
{
    static char mode[] = "--mode", trap[] = "trap", run[] = "--run", what[] = "halt";
    static char lock[] = "--lock", path[] = "hidden-lock.json";
    char *argv[] = {mode, trap, run, what, lock, path};
    char text[200];
    struct show w;
    (void)snprintf(text, sizeof text, "{\"views\": [%s]}", views);
    write_lock(text);
    open_panel(&w, 6, argv);
    line(&w, "say goto exit 300");
    (void)show_draw(&w, true);
    const struct snapshot *s = &w.driver.snapshot;
    const struct snap_side *side = &s->side[0];
    bool sees = side->codes || side->regs || side->counters || side->exit_shown.there ||
                side->console_lines || *side->rings.words;
    check(sees == debug, "Debug", views);
    check((s->memory.cells || s->memory.steps || s->memory.guest[0].entries) == memory, "Memory",
          views);
    check((s->vms || side->turn[0]) == schedule, "Schedule", views);
    check(!side->costs && !side->busy && !s->differences, "Compare", views);
    check(!!side->timeline == (debug || schedule), "the timeline", views);
    show_close(&w);
    (void)remove("hidden-lock.json");
}

int main(void)
{
    test_future("trap", "say goto exit 900");
    test_future("pv", "say goto exit 150");
    test_other_side();
    test_lock("\"debug\"", true, false, false);
    test_lock("\"memory\"", false, true, false);
    test_lock("\"schedule\"", false, false, true);
    test_lock("\"debug\", \"memory\", \"schedule\"", true, true, true);
    (void)printf("checks: %u\n", checks);
    return checks < 2 * QUESTIONS * 6 ? 1 : 0;
}
