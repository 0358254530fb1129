/* The debugger's tables and how a line becomes a command. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"

/* A debugger over Bantam on the bare machine, and what it answers. */
struct rig {
    struct options options;
    struct inputs inputs;
    struct debugger *d;
    char kernel[1024], disk[1024];
    char *answer; /* owned; of the last command */
};

static void rig_init(struct rig *r, bool accessible)
{
    const char *guests = getenv("RINGSIDE_GUESTS");
    struct complaint why = {CLI_OK, "", ""};
    memset(r, 0, sizeof *r);
    (void)snprintf(r->kernel, sizeof r->kernel, "%s/bantam.elf", guests ? guests : "guest-os");
    (void)snprintf(r->disk, sizeof r->disk, "%s/disk.img", guests ? guests : "guest-os");
    char *argv[] = {"--mode", "native", "--guest", r->kernel,      "--disk",
                    r->disk,  "--mem",  "16",      "--accessible", NULL};
    cr_assert(options_parse(&r->options, V_DEBUG, accessible ? 9 : 8, argv, &why), "%s", why.what);
    cr_assert(inputs_open(&r->inputs, &r->options, &why), "%s", why.what);
    cr_assert(debugger_create(&r->d, &r->options, &r->inputs, NULL, &why), "%s", why.what);
}

static void rig_fini(struct rig *r)
{
    debugger_destroy(r->d);
    inputs_close(&r->inputs);
    options_free(&r->options);
    free(r->answer);
}

static int say(struct rig *r, const char *line)
{
    size_t n;
    free(r->answer);
    r->answer = NULL;
    FILE *out = open_memstream(&r->answer, &n);
    cr_assert_not_null(out);
    int status = debug_command(r->d, line, out);
    (void)fclose(out);
    return status;
}

#define ANSWERS(line, text)                                                                        \
    do {                                                                                           \
        cr_assert_eq(say(&r, line), CLI_OK, "%s: %s", line, r.answer);                             \
        cr_assert_str_eq(r.answer, text);                                                          \
    } while (0)

Test(debug_tables, every_command_has_its_form_and_one_meaning)
{
    for (unsigned i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        cr_assert(strncmp(c->usage, c->name, strlen(c->name)) == 0, "%s: %s", c->name, c->usage);
        cr_assert(strlen(c->help) > 3 && c->help[strlen(c->help) - 1] != '.', "%s", c->name);
        for (unsigned k = 0; k < command_count; k++) {
            char alias[40], all[160];
            (void)snprintf(alias, sizeof alias, " %s ", c->name);
            (void)snprintf(all, sizeof all, " %s ", commands[k].aliases);
            cr_assert(!strstr(all, alias), "%s is also an alias of %s", c->name, commands[k].name);
            cr_assert(i == k || strcmp(commands[k].name, c->name) != 0, "%s twice", c->name);
        }
    }
}

Test(debug_tables, aliases_belong_to_one_command)
{
    char seen[2000] = " ";
    for (unsigned i = 0; i < command_count; i++) {
        char aliases[160];
        (void)snprintf(aliases, sizeof aliases, "%s", commands[i].aliases);
        for (char *word = strtok(aliases, " "); word; word = strtok(NULL, " ")) {
            char padded[48];
            (void)snprintf(padded, sizeof padded, " %s ", word);
            cr_assert(!strstr(seen, padded), "%s stands twice", word);
            (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", word);
        }
    }
}

Test(debug_tables, every_subject_of_info_answers_at_the_beginning)
{
    struct rig r;
    rig_init(&r, false);
    for (unsigned i = 0; i < info_count; i++) {
        char line[60];
        (void)snprintf(line, sizeof line, "info %s", info_rows[i].name);
        int status = say(&r, line);
        cr_assert(status == CLI_OK || strchr(r.answer, '\n') == r.answer + strlen(r.answer) - 1,
                  "%s: status %d: %s", line, status, r.answer);
        cr_assert(r.answer[0], "%s says nothing", line);
    }
    rig_fini(&r);
}

Test(debug_commands, beginnings_and_aliases_are_understood)
{
    struct rig r;
    rig_init(&r, false);
    ANSWERS("print insn", "insn = 0\n");
    ANSWERS("  p   insn  \r\n", "insn = 0\n");
    ANSWERS("pri insn", "insn = 0\n");
    cr_assert_eq(say(&r, "stepi"), CLI_OK);
    ANSWERS("p insn", "insn = 1\n");
    cr_assert_eq(say(&r, "s 4"), CLI_OK);
    cr_assert_eq(say(&r, "rs 2"), CLI_OK);
    ANSWERS("p insn", "insn = 3\n");
    cr_assert_eq(say(&r, "re"), CLI_USAGE);
    cr_assert(strstr(r.answer, "could be") && strstr(r.answer, "record"), "%s", r.answer);
    cr_assert_eq(say(&r, "steep"), CLI_USAGE);
    cr_assert(strstr(r.answer, "did you mean step"), "%s", r.answer);
    ANSWERS("# a comment", "");
    ANSWERS("", "");
    rig_fini(&r);
}

Test(debug_commands, an_empty_line_repeats_steps_for_a_person)
{
    struct rig r;
    rig_init(&r, false);
    cr_assert_eq(say(&r, "step 3"), CLI_OK);
    ANSWERS("", "");
    debugger_set_interactive(r.d, true);
    cr_assert_eq(say(&r, "step 3"), CLI_OK);
    cr_assert_eq(say(&r, ""), CLI_OK);
    ANSWERS("print insn", "insn = 9\n");
    ANSWERS("", ""); /* print is no step */
    cr_assert_eq(say(&r, "x/2xw 0x100000"), CLI_OK);
    char first[40];
    (void)snprintf(first, sizeof first, "%.10s", r.answer);
    cr_assert_str_eq(first, "0x00100000");
    cr_assert_eq(say(&r, ""), CLI_OK);
    cr_assert(strncmp(r.answer, "0x00100008", 10) == 0, "%s", r.answer);
    rig_fini(&r);
}

Test(debug_commands, numbers_are_written_as_asked)
{
    struct rig r;
    rig_init(&r, false);
    ANSWERS("print 10 + 5", "10 + 5 = 0xf\n");
    ANSWERS("print/d 10 + 5", "10 + 5 = 15\n");
    ANSWERS("p/d 0xffffffff", "0xffffffff = -1\n");
    ANSWERS("p/u 0xffffffff", "0xffffffff = 4294967295\n");
    ANSWERS("p/t 5", "5 = 101\n");
    ANSWERS("p/o 8", "8 = 010\n");
    ANSWERS("p/c 65", "65 = 65 'A'\n");
    ANSWERS("print cycle", "cycle = 0\n");
    ANSWERS("print exit", "exit = 0\n");
    ANSWERS("print eax", "eax = 0x2badb002\n");
    cr_assert_eq(say(&r, "print hash"), CLI_OK);
    cr_assert_eq(strlen(r.answer), strlen("hash = 0123456789abcdef\n"));
    rig_fini(&r);
}

Test(debug_commands, places_are_names_lines_and_addresses)
{
    struct rig r;
    struct location at, kmain;
    rig_init(&r, false);
    r.d->out = stderr;
    cr_assert(parse_location(r.d, "kmain", &kmain));
    cr_assert(parse_location(r.d, "*kmain", &at) && at.address == kmain.address);
    cr_assert(parse_location(r.d, "kmain + 4", &at) && at.address == kmain.address + 4);
    cr_assert(parse_location(r.d, "0xc0101234", &at) && at.address == 0xc0101234);
    cr_assert(parse_location(r.d, "sh:main", &at) && strcmp(at.program, "sh") == 0);
    cr_assert(at.address >= 0x400000 && at.address < 0x500000);
    cr_assert(parse_location(r.d, "kernel/main.c:1", &at) && at.address >= 0xc0000000);
    FILE *nowhere = fopen("/dev/null", "w");
    r.d->out = nowhere;
    cr_assert(!parse_location(r.d, "0x100000000", &at));
    cr_assert(!parse_location(r.d, "../../etc/passwd:main", &at));
    cr_assert(!parse_location(r.d, "", &at));
    (void)fclose(nowhere);
    rig_fini(&r);
}

Test(debug_facts, stand_side_by_side_for_eyes_and_below_each_other_for_ears)
{
    char *text;
    size_t n;
    struct facts f;
    FILE *to = open_memstream(&text, &n);
    facts_begin(&f, to, false, 10);
    facts_put(&f, "eax", "%d", 1);
    facts_put(&f, "a_long_name", "%d", 2);
    facts_put(&f, "ecx", "%d", 3);
    facts_end(&f);
    (void)fclose(to);
    cr_assert_str_eq(text, "eax 1     a_long_name 2       ecx 3\n");
    free(text);
    to = open_memstream(&text, &n);
    facts_begin(&f, to, true, 10);
    facts_put(&f, "eax", "%d", 1);
    facts_put(&f, "ecx", "%d", 3);
    facts_end(&f);
    (void)fclose(to);
    cr_assert_str_eq(text, "eax 1\necx 3\n");
    free(text);
}

Test(debug_facts, tables_become_lines_with_names)
{
    static const struct table_column columns[] = {{"Number", 6}, {"Name", -6}, {"What", 0}};
    char *text;
    size_t n;
    struct table t;
    for (unsigned plain = 0; plain < 2; plain++) {
        FILE *to = open_memstream(&text, &n);
        table_begin(&t, to, plain, columns, 3);
        table_put(&t, "%u", 7);
        table_put(&t, "seven");
        table_put(&t, "a number");
        (void)fclose(to);
        cr_assert_str_eq(text, plain ? "Number 7\n  Name seven\n  What a number\n"
                                     : "Number  Name    What\n     7  seven   a number\n");
        free(text);
    }
}

Test(debug_log, another_future_replaces_what_was_ahead)
{
    struct event_log log = {0};
    struct vm_exit x = {.number = 1, .cycle = 100, .cycles = 50};
    struct trace_event exit = {.kind = TRACE_EXIT, .cycle = 100, .exit = &x};
    struct trace_event mark = {.kind = TRACE_MARK, .cycle = 120};
    struct trace_event idle = {.kind = TRACE_IDLE, .cycle = 150, .value = 250};
    /* A mark inside the exit, which is told at its end; idling; a mark, and one in the same cycle.
     */
    log_add(&log, &mark, &(struct session_happened){.events = 1, .cycle = 120});
    log_add(&log, &exit, &(struct session_happened){.exits = 1, .events = 1, .cycle = 150});
    log_add(&log, &idle, &(struct session_happened){.exits = 1, .events = 1, .cycle = 150});
    mark.cycle = 400;
    log_add(&log, &mark, &(struct session_happened){.exits = 1, .events = 2, .cycle = 400});
    log_add(&log, &mark, &(struct session_happened){.exits = 1, .events = 3, .cycle = 400});
    const struct session_happened places[] = {{0, 0, 120}, {0, 1, 120}, {1, 1, 150},
                                              {1, 1, 151}, {1, 2, 400}, {1, 3, 400}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        cr_assert_eq(log_until(&log, &places[i]), i);
    cr_assert_eq(log_at(&log, 1)->exit->number, 1);
    cr_assert_null(log_at(&log, 5));
    log_cut(&log, &places[4]);
    cr_assert_eq(log.count, 4);
    log_cut(&log, &places[2]);
    cr_assert_eq(log.count, 2);
    log_clear(&log);
    cr_assert_eq(log.count, 0);
}

Test(debug_log, the_last_events_are_kept)
{
    struct event_log log = {.most = 2048};
    struct trace_event mark = {.kind = TRACE_MARK};
    struct session_happened now = {.events = 0};
    for (unsigned i = 1; i <= 5000; i++) {
        mark.a = i;
        now.events = i;
        log_add(&log, &mark, &now);
        cr_assert_eq(log.lost, i > 2048);
        cr_assert_eq(log_at(&log, log.count - 1)->a, i);
    }
    cr_assert_geq(log.count, 1024);
    cr_assert_leq(log.count, 2048);
    cr_assert_eq(log_until(&log, &now), log.count);
    now.events = 4990;
    cr_assert_eq(log_at(&log, log_until(&log, &now) - 1)->a, 4990);
    now.events = 1;
    cr_assert_eq(log_until(&log, &now), 0);
    log_clear(&log);
}

Test(debug_note, options_are_read_back_as_they_were)
{
    struct rig r;
    struct note note;
    struct options again;
    struct complaint why = {CLI_OK, "", ""};
    rig_init(&r, false);
    char *text = note_write(&r.options, &r.inputs);
    cr_assert_not_null(text);
    cr_assert(note_read(&note, text, strlen(text), "a file", &why), "%s", why.what);
    cr_assert(options_parse(&again, V_DEBUG, note.argc, note.argv, &why), "%s", why.what);
    cr_assert_eq(again.modes[0], MODE_native);
    cr_assert_eq(again.mem_mib, 16);
    cr_assert_eq(again.disks, 1);
    cr_assert(note_check(&note, &r.inputs, "a file", &why));
    note.file[0].hash ^= 1;
    cr_assert(!note_check(&note, &r.inputs, "a file", &why));
    cr_assert(strstr(why.what, "bantam.elf"), "%s", why.what);
    note_free(&note);
    options_free(&again);
    free(text);
    static const char *const bad[] = {
        "",         "{}",
        "[]",       "{\"schema\":\"ringside.session/1\"}",
        "nonsense", "{\"schema\":\"ringside.session/1\",\"options\":[3],\"files\":[]}"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!note_read(&note, bad[i], strlen(bad[i]), "a file", &why), "%s", bad[i]);
    rig_fini(&r);
}
