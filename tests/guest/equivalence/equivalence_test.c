/*
 * Equivalence, Popek and Goldberg's first property: every scenario says the same on its console,
 * leaves the same disk and ends with the same value natively, trapped and paravirtualized. Only
 * what is printed as cycles=<n> may differ.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../rig/rig.h"
#include "inputs.h"

#define FOLDER  RINGSIDE_SOURCE_DIR "/assets/scenarios"
#define SCRIPTS 64

struct scenario {
    char path[200];
};

static void free_params(struct criterion_test_params *params)
{
    cr_free(params->params);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct scenario *)a)->path, ((const struct scenario *)b)->path);
}

static unsigned list_scenarios(struct scenario *to)
{
    unsigned n = 0;
    DIR *folder = opendir(FOLDER "/equivalence");
    for (struct dirent *e; folder && (e = readdir(folder)) && n < SCRIPTS - 1;)
        if (e->d_name[0] != '.')
            (void)snprintf(to[n++].path, sizeof to->path, FOLDER "/equivalence/%.99s", e->d_name);
    if (folder)
        closedir(folder);
    qsort(to, n, sizeof *to, by_name);
    (void)snprintf(to[n++].path, sizeof to->path, FOLDER "/tour");
    return n;
}

ParameterizedTestParameters(equivalence, every_scenario_is_the_same_in_all_modes)
{
    struct scenario *list = cr_malloc(SCRIPTS * sizeof *list);
    return cr_make_param_array(struct scenario, list, list_scenarios(list), free_params);
}

/* What a run leaves behind. */
struct left {
    char end[256], *console;
    uint64_t disk;
};

static void run_mode(enum hv_mode_id mode, const char *cmdline, struct left *left)
{
    struct rig r;
    const struct rig_plan plan = {
        .mode = mode,
        .vms = 1,
        .guest = {{.image = mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf",
                   .cmdline = cmdline,
                   .disk = "disk.img"}},
        .profile = "p4-2005"};
    rig_start(&r, &plan);
    rig_run(&r, 0);
    rig_end(&r, 0, left->end, sizeof left->end);
    left->disk = rig_disk_hash(&r, 0);
    left->console = strdup(r.console[0].text);
    rig_mask_cycles(left->console);
    if (mode != MODE_native) {
        struct hv_audit a;
        hv_audit(r.hv, &a);
        cr_expect_eq(a.foreign + a.gates + a.ports + a.inconsistent, 0, "%s", a.first);
    }
    rig_stop(&r);
}

static char *cmdline_of(const char *path)
{
    struct complaint why = {CLI_OK, "", ""};
    struct script script = {0};
    char at[256];
    (void)snprintf(at, sizeof at, "@%s", path);
    cr_assert(script_load(&script, at, &why), "%s", why.what);
    char *cmdline = inputs_cmdline(NULL, &script);
    script_free(&script);
    return cmdline;
}

ParameterizedTest(const struct scenario *s, equivalence, every_scenario_is_the_same_in_all_modes)
{
    static const enum hv_mode_id others[] = {MODE_trap, MODE_pv};
    struct left native;
    char where[256];
    char *cmdline = cmdline_of(s->path);
    run_mode(MODE_native, cmdline, &native);
    cr_expect_eq(strncmp(native.end, "exited ", 7), 0, "%s: native: %s", s->path, native.end);
    cr_expect_gt(strlen(native.console), 40, "%s says hardly anything", s->path);
    for (unsigned i = 0; i < 2; i++) {
        struct left left;
        const char *name = hv_modes[others[i]]->name;
        run_mode(others[i], cmdline, &left);
        cr_expect_str_eq(left.end, native.end, "%s, %s: %s, native: %s", s->path, name, left.end,
                         native.end);
        cr_expect_eq(strcmp(left.console, native.console), 0, "%s, %s: %s", s->path, name,
                     rig_difference(native.console, left.console, where, sizeof where));
        cr_expect_eq(left.disk, native.disk, "%s, %s: the disks differ", s->path, name);
        free(left.console);
    }
    free(native.console);
    free(cmdline);
}

Test(equivalence_list, has_every_scenario_and_the_tour)
{
    static struct scenario list[SCRIPTS];
    unsigned n = list_scenarios(list);
    cr_expect_geq(n, 14);
    cr_expect(strstr(list[n - 1].path, "/tour"));
}

Test(equivalence_mask, hides_numbers_behind_cycles_and_nothing_else)
{
    char text[] = "a 5 cycles=123 b 7\ncycles= 8 cycles=9";
    rig_mask_cycles(text);
    cr_expect_str_eq(text, "a 5 cycles=# b 7\ncycles= 8 cycles=#");
}
