/* The command line: what is read, and what is refused in words. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static struct options o;
static struct complaint why;

/* Arguments end with a null. */
static bool parse(unsigned verb, const char *const *args)
{
    static char kept[16][128]; /* the options point into it */
    char *argv[16];
    int n = 0;
    for (; args[n]; n++) {
        snprintf(kept[n], sizeof kept[n], "%s", args[n]);
        argv[n] = kept[n];
    }
    memset(&why, 0, sizeof why);
    return options_parse(&o, verb, n, argv, &why);
}

#define PARSE(verb, ...) parse(verb, (const char *const[]){__VA_ARGS__, NULL})

/* Refused, with the value in the first line and the remedy in the second. */
#define REFUSED(verb, value, remedy_part, ...)                                                     \
    do {                                                                                           \
        cr_assert(!PARSE(verb, __VA_ARGS__), "accepted");                                          \
        cr_assert(strstr(why.what, value), "%s does not name %s", why.what, value);                \
        cr_assert(strstr(why.remedy, remedy_part), "remedy: %s", why.remedy);                      \
        cr_assert_eq(why.status, CLI_USAGE);                                                       \
        options_free(&o);                                                                          \
    } while (0)

Test(options, nothing_given_means_trap_with_a_console)
{
    char *none[1] = {NULL};
    cr_assert(options_parse(&o, V_RUN, 0, none, &why));
    cr_assert_eq(o.modes[0], MODE_trap);
    cr_assert_eq(o.mem_mib, 64);
    cr_assert_str_eq(o.profile, "p4-2005");
    cr_assert_null(o.script.text);
    cr_assert_eq(o.console, CONSOLE_STDIO);
    options_free(&o);
}

Test(options, compare_takes_all_three_modes_unless_told)
{
    char *none[1] = {NULL};
    cr_assert(options_parse(&o, V_COMPARE, 0, none, &why));
    cr_assert_eq(o.mode_count, 3);
    cr_assert_eq(o.modes[0], MODE_native);
    cr_assert_eq(o.modes[2], MODE_pv);
    options_free(&o);
}

Test(options, modes_keep_their_order)
{
    cr_assert(PARSE(V_COMPARE, "--modes", "pv,native"));
    cr_assert_eq(o.mode_count, 2);
    cr_assert_eq(o.modes[0], MODE_pv);
    cr_assert_eq(o.modes[1], MODE_native);
    options_free(&o);
}

Test(options, value_may_follow_an_equals_sign)
{
    cr_assert(PARSE(V_RUN, "--mem=128", "--run=echo a=b"));
    cr_assert_eq(o.mem_mib, 128);
    cr_assert_str_eq(o.script.text, "echo a=b");
    options_free(&o);
}

Test(options, costs_modules_and_disks_may_repeat)
{
    cr_assert(PARSE(V_RUN, "--cost", "decode=1", "--cost", "inject=2", "--module", "a", "--module",
                    "b", "--disk", "x", "--disk", "y,rw"));
    cr_assert_eq(o.costs, 2);
    cr_assert_eq(o.cost[1].value, 2);
    cr_assert_eq(o.modules, 2);
    cr_assert(!o.disk[0].rw && o.disk[1].rw);
    cr_assert_str_eq(o.disk[1].path, "y");
    options_free(&o);
}

Test(options, cpu_models_are_sets)
{
    cr_assert(PARSE(V_RUN, "--cpu", "classic,+popf,+iret"));
    cr_assert_eq(o.cpu_model.traps, 1u << TRAP_POPF | 1u << TRAP_IRET);
    options_free(&o);
}

Test(options, console_file_keeps_the_whole_path)
{
    cr_assert(PARSE(V_RUN, "--console", "file:a:b"));
    cr_assert_eq(o.console, CONSOLE_FILE);
    cr_assert_str_eq(o.console_file, "a:b");
    options_free(&o);
}

Test(options, unknown_option_suggests_the_nearest)
{
    REFUSED(V_RUN, "--profil", "--profile", "--profil", "flat");
    REFUSED(V_RUN, "--frobnicate", "ringside help run", "--frobnicate");
}

Test(options, options_of_another_verb_are_named_so)
{
    REFUSED(V_RUN, "--suite", "ringside compare", "--suite", "micro");
    REFUSED(V_COMPARE, "--story", "ringside exits", "--story", "3");
    REFUSED(V_COMPARE, "--mode", "ringside run", "--mode", "trap");
}

Test(options, what_is_not_an_option_is_refused)
{
    REFUSED(V_RUN, "bantam.elf", "options begin with --", "bantam.elf");
    REFUSED(V_RUN, "-m", "options begin with --", "-m", "64");
    REFUSED(V_RUN, "--", "options begin with --", "--");
}

Test(options, missing_value_says_what_it_would_be)
{
    REFUSED(V_RUN, "--mem", "MIB", "--mem");
    REFUSED(V_RUN, "--cost", "KEY=VALUE", "--cost");
}

Test(options, switches_take_no_value)
{
    REFUSED(V_RUN, "--quiet=yes", "no value", "--quiet=yes");
}

Test(options, twice_is_refused)
{
    REFUSED(V_RUN, "--mem", "once", "--mem", "64", "--mem", "64");
    REFUSED(V_RUN, "--quiet", "once", "--quiet", "--quiet");
}

Test(options, one_cost_changed_twice_is_refused)
{
    REFUSED(V_RUN, "decode=2", "once", "--cost", "decode=1", "--cost", "decode=2");
}

Test(options, memory_is_1_to_1024_mib)
{
    cr_assert(PARSE(V_RUN, "--mem", "1"));
    cr_assert(PARSE(V_RUN, "--mem", "1024"));
    REFUSED(V_RUN, "1025", "1 to 1024", "--mem", "1025");
    REFUSED(V_RUN, "--mem 0", "1 to 1024", "--mem", "0");
    REFUSED(V_RUN, "64M", "1 to 1024", "--mem", "64M");
    REFUSED(V_RUN, "-5", "1 to 1024", "--mem", "-5");
    REFUSED(V_RUN, "18446744073709551680", "1 to 1024", "--mem", "18446744073709551680");
}

Test(options, vms_are_1_to_8_and_need_a_hypervisor)
{
    REFUSED(V_RUN, "--vms 9", "1 to 8", "--vms", "9");
    REFUSED(V_RUN, "--vms 2", "trap", "--vms", "2", "--mode", "native");
    cr_assert(PARSE(V_RUN, "--vms", "2"));
    options_free(&o);
}

Test(options, budgets_are_positive)
{
    REFUSED(V_RUN, "--max-insns 0", "from 1", "--max-insns", "0");
    REFUSED(V_RUN, "--max-cycles 1e9", "whole number", "--max-cycles", "1e9");
    REFUSED(V_RUN, "--timeout 0", "seconds", "--timeout", "0");
    REFUSED(V_RUN, "--timeout nan", "seconds", "--timeout", "nan");
    REFUSED(V_RUN, "--timeout 1e3", "seconds", "--timeout", "1e3");
    cr_assert(PARSE(V_RUN, "--timeout", "0.5"));
    cr_assert_float_eq(o.timeout, 0.5, 1e-9);
    options_free(&o);
}

Test(options, unknown_names_list_the_known)
{
    REFUSED(V_RUN, "tarp", "did you mean trap", "--mode", "tarp");
    REFUSED(V_RUN, "vtx", "native, trap or pv", "--mode", "vtx");
    REFUSED(V_COMPARE, "--modes ", "native", "--modes", "");
    REFUSED(V_COMPARE, "trap stands twice", "once", "--modes", "trap,trap");
    REFUSED(V_RUN, "rings", "ring", "--io", "rings");
    REFUSED(V_RUN, "virtio", "emulated", "--io", "virtio");
    REFUSED(V_RUN, "pentium", "classic", "--cpu", "pentium");
    REFUSED(V_RUN, "classic,+nop", "list cpus", "--cpu", "classic,+nop");
    REFUSED(V_RUN, "sometimes", "direct", "--tsc", "sometimes");
    REFUSED(V_RUN, "wireless", "instant", "--serial", "wireless");
    REFUSED(V_RUN, "tty", "stdio", "--console", "tty");
    REFUSED(V_RUN, "file:", "file:F", "--console", "file:");
    REFUSED(V_RUN, "red", "always", "--color", "red");
    REFUSED(V_COMPARE, "macro", "micro", "--suite", "macro");
}

Test(options, combinations_a_mode_refuses_are_refused_here)
{
    REFUSED(V_RUN, "--io ring", "leave --io out", "--io", "ring", "--mode", "trap");
    REFUSED(V_RUN, "--tsc emulate", "--mode trap", "--tsc", "emulate", "--mode", "native");
    REFUSED(V_RUN, "ring 0", "--mode trap", "--cpu", "classic", "--mode", "native");
}

Test(options, writable_disks_are_one_guests)
{
    REFUSED(V_RUN, "several guests", "overlay", "--disk", "d,rw", "--vms", "2");
    REFUSED(V_COMPARE, "several guests", "overlay", "--disk", "d,rw");
    REFUSED(V_RUN, "third", "master and slave", "--disk", "a", "--disk", "b", "--disk", "c");
    REFUSED(V_RUN, "one file", "two images", "--disk", "a,rw", "--disk", "a,rw");
}

Test(options, two_outputs_never_share_a_file)
{
    REFUSED(V_RUN, "--json and --csv", "own file", "--json", "-", "--csv", "-");
    REFUSED(V_RUN, "--json and --trace", "own file", "--json", "x.json", "--trace", "x.json");
    REFUSED(V_RUN, "file:", "own file", "--json", "x", "--console", "file:x");
}

/* In a folder of its own, removed at the end: a file `in`, a link to it, and nothing else. */
static void in_a_folder(void (*f)(void))
{
    char folder[] = "/tmp/ringside-options-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    FILE *in = fopen("in", "w");
    cr_assert_not_null(in);
    fputs("halt\n", in);
    fclose(in);
    cr_assert_eq(symlink("in", "link"), 0);
    f();
    cr_assert_eq(unlink("in"), 0);
    cr_assert_eq(unlink("link"), 0);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(rmdir(folder), 0, "something was written");
}

static void outputs_over_inputs(void)
{
    REFUSED(V_RUN, "over what --guest reads", "own file", "--guest", "in", "--json", "in");
    REFUSED(V_RUN, "--csv ./in", "own file", "--csv", "./in", "--module", "in");
    REFUSED(V_RUN, "--trace link", "own file", "--trace", "link", "--trace-format", "csv", "--disk",
            "in");
    REFUSED(V_RUN, "--run", "own file", "--run", "@in", "--console", "file:link");
    REFUSED(V_EXITS, "--profile", "own file", "--profile", "./in", "--json", "in");
    REFUSED(V_COMPARE, "--guest", "own file", "--guest", "./link", "--csv", "in");
    REFUSED(V_DEBUG, "-x", "own file", "-x", "in", "--predict", "--json", "in");
}

Test(options, an_output_never_falls_on_an_input)
{
    in_a_folder(outputs_over_inputs);
}

static void one_place_two_names(void)
{
    REFUSED(V_RUN, "--json and --csv", "own file", "--json", "new", "--csv", "./new");
    REFUSED(V_RUN, "--json and --csv", "own file", "--json", "in", "--csv", "link");
    REFUSED(V_RUN, "both write", "own file", "--disk", "in,rw", "--disk", "link,rw");
    REFUSED(V_RUN, "over what --disk reads", "own file", "--disk", "in,rw", "--disk", "./in");
    REFUSED(V_RUN, "--csv and --disk", "own file", "--disk", "in,rw", "--csv", "in");
}

Test(options, one_place_with_two_names_is_one_place)
{
    in_a_folder(one_place_two_names);
}

static void what_is_apart(void)
{
    static const char *const good[][6] = {
        {"--disk", "in", "--disk", "./in"},
        {"--json", "new", "--csv", "newer"},
        {"--json", "/dev/null", "--csv", "/dev/null"},
        {"--run", "@tour", "--json", "tour"},
        {"--profile", "p4-2005", "--json", "p4-2005"},
        {"--guest", "in", "--json", "-"},
    };
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert(parse(V_RUN, good[i]), "%s %s: %s", good[i][0], good[i][1], why.what);
        options_free(&o);
    }
}

Test(options, files_that_are_apart_or_only_read_may_be_named_twice)
{
    in_a_folder(what_is_apart);
}

Test(options, a_trace_has_a_form)
{
    REFUSED(V_RUN, "--trace x.jsn", "--trace-format", "--trace", "x.jsn");
    REFUSED(V_RUN, "--trace -", ".json", "--trace", "-");
    REFUSED(V_RUN, "--trace-format jason", "did you mean json", "--trace-format", "jason");
    REFUSED(V_RUN, "no --trace", "add --trace FILE", "--trace-format", "json");
}

Test(options, suite_and_run_exclude_each_other)
{
    REFUSED(V_COMPARE, "--suite and --run", "one of them", "--suite", "micro", "--run", "ls");
}

Test(options, story_numbers_begin_with_1)
{
    REFUSED(V_EXITS, "--story 0", "from 1", "--story", "0");
    REFUSED(V_EXITS, "--story last", "from 1", "--story", "last");
}

Test(options, command_line_is_one_line)
{
    REFUSED(V_RUN, "line break", "one line", "--cmdline", "a\nb");
}

Test(options, control_bytes_never_reach_the_terminal)
{
    cr_assert(!PARSE(V_RUN, "--mode", "\033[2J"));
    cr_assert_null(strchr(why.what, 033));
    cr_assert_null(strchr(why.remedy, 033));
}

Test(options, debug_takes_dashes_as_gdb_and_qemu_do)
{
    cr_assert(PARSE(V_DEBUG, "-x", "a.cmd", "-batch", "-s", "-S", "--mode", "pv"), "%s", why.what);
    cr_assert(o.batch && o.gdb_stopped && strcmp(o.commands, "a.cmd") == 0);
    cr_assert_str_eq(o.gdb, "127.0.0.1:1234");
    options_free(&o);
    REFUSED(V_EXITS, "-batch", "ringside help exits", "-batch");
    REFUSED(V_DEBUG, "-z", "ringside help debug", "-z");
    REFUSED(V_DEBUG, "-mode", "ringside help debug", "-mode", "pv");
}

Test(options, a_session_has_its_own_rules)
{
    REFUSED(V_DEBUG, "--mode", "leave it out", "--replay", "a.rec", "--mode", "pv");
    REFUSED(V_DEBUG, "--restore", "one of them", "--replay", "a.rec", "--restore", "b.save");
    REFUSED(V_DEBUG, "d.img,rw", ",rw", "--disk", "d.img,rw");
    REFUSED(V_DEBUG, "--json", "--predict", "--json", "x.json");
    REFUSED(V_DEBUG, "-S", "--gdb", "-S");
    REFUSED(V_DEBUG, "--gdb", "PORT", "--gdb", "70000");
    cr_assert(PARSE(V_DEBUG, "--replay", "a.rec", "--quiet", "--console", "none"), "%s", why.what);
    options_free(&o);
}
