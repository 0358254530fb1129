/*
 * Telling of a trace what the run itself told: see exits_file.h.
 */
#include "exits_file.h"

#include <string.h>

#include "number.h"
#include "options.h"
#include "report.h"
#include "trace_read.h"

int exits_file_argument(int argc, char *const *argv)
{
    int i = 0;
    while (i < argc && strcmp(argv[i], "--long") == 0)
        i++;
    return i < argc && argv[i][0] && argv[i][0] != '-' ? i : argc;
}

static void put_table(const struct trace_table *t, bool heading, bool long_form)
{
    char a[NUMBER_TEXT];
    const struct trace_run *run = &t->run;
    if (heading)
        (void)printf("%s:\n", hv_modes[run->mode]->name);
    report_exit_table(stdout, run->mode, t->exit, run->ended ? run->cycles - run->idle : 0,
                      long_form);
    if (run->dropped)
        (void)printf("%s exits were dropped: they could not be written.\n",
                     number_grouped(a, run->dropped));
}

int exits_of_file(int argc, char *const *argv, int file)
{
    struct trace_file f = {NULL, 0};
    struct complaint why = {CLI_OK, "", ""};
    bool long_form = file > 0;
    bool ok = true;
    for (int i = file + 1; i < argc && ok; i++) {
        ok = strcmp(argv[i], "--long") == 0 && !long_form;
        long_form = true;
        if (!ok)
            (void)complain(&why, "ringside exits FILE [--long]", "exits: %s: not with a trace",
                           argv[i]);
    }
    if (!ok || !trace_file_read(&f, argv[file], &why))
        return complaint_print(&why, stderr);
    for (unsigned i = 0; i < f.runs; i++)
        put_table(&f.table[i], f.runs > 1, long_form);
    trace_file_free(&f);
    return CLI_OK;
}
