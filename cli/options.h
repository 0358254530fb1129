/*
 * The command line: strict. Unknown names, absurd numbers and repeated options are refused before
 * anything runs.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "complaint.h"
#include "hv/hv.h"
#include "profile.h"
#include "script.h"
#include "trace.h"

enum {
    V_RUN = 1,
    V_COMPARE = 2,
    V_EXITS = 4,
    V_DEBUG = 8,
    V_DIVERGE = 16,
    V_PANEL = 32,
    V_SHOT = 64,
    V_PLOT = 128,
    V_DASH = 0x100, /* the option may be spelled with one dash */
    V_GUEST = V_RUN | V_COMPARE | V_EXITS,
    V_SHOW = V_PANEL | V_SHOT,
    V_MACHINE = V_GUEST | V_DEBUG | V_DIVERGE | V_SHOW, /* all that have a machine */
};

enum console_kind { CONSOLE_STDIO, CONSOLE_NONE, CONSOLE_FILE };
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

#define OPTIONS_MAX_COSTS   64
#define OPTIONS_MAX_MODULES 8
#define OPTIONS_MAX_MODES   6

struct disk_option {
    const char *path; /* into argv, or owned when ,rw was cut off */
    char *owned;
    bool rw;
};

/* Everything a verb was told. Strings are argv's unless said otherwise; options_free frees the
 * rest. */
struct options {
    unsigned verb;                            /* V_* */
    enum hv_mode_id modes[OPTIONS_MAX_MODES]; /* run, exits: modes[0] */
    unsigned mode_count;
    enum hv_io io;
    const char *cpu; /* null: the mode's own */
    struct cpu_model cpu_model;
    const char *profile;
    struct cost_change cost[OPTIONS_MAX_COSTS];
    unsigned costs;
    const char *guest; /* null: Bantam */
    const char *module[OPTIONS_MAX_MODULES];
    unsigned modules;
    struct disk_option disk[2];
    unsigned disks;
    const char *cmdline;  /* null: none */
    struct script script; /* owned; --run's; text null: interactive */
    const char *run_file; /* --run @FILE's; null: none */
    bool suite_micro;
    uint32_t mem_mib;
    unsigned vms;
    bool tsc_emulate;
    bool serial_instant;
    uint64_t max_insns, max_cycles; /* 0: none */
    double timeout;                 /* seconds; 0: none */
    uint64_t seed;
    uint64_t story; /* 0: none */
    const char *json, *csv, *trace;
    enum trace_format trace_format; /* of --trace; TRACE_FORMATS: none is written */
    enum console_kind console;
    const char *console_file;
    bool display_text, keyboard;
    bool why, long_form, quiet;
    enum color_when color;
    const char *commands; /* -x; null: none */
    bool batch, accessible, predict;
    const char *replay, *restore;                      /* null: none */
    const char *gdb;                                   /* [HOST:]PORT; null: no gdb */
    bool gdb_stopped;                                  /* -S */
    const char *view, *theme, *panel_script, *picture; /* null: none */
    const char *lock;                                  /* a lock file; null: none */
    int width, height, text;                           /* 0: not given */
    uint64_t given;                                    /* bit i: row i of options.def */
};

/* One row of options.def. */
struct option_row {
    const char *name;
    const char *argument; /* null: a switch */
    unsigned verbs;
    bool (*read)(struct options *o, const char *value, struct complaint *why);
    const char *help;
};

extern const struct option_row option_rows[];
extern const unsigned option_count;

/*
 * Reads argv[0..argc), which does not include program and verb, as options of `verb` (V_*). "--name
 * value" and
 * "--name=value" are the same. False: why says what is wrong. options_free may be called in any
 * case.
 */
bool options_parse(struct options *o, unsigned verb, int argc, char *const *argv,
                   struct complaint *why);
void options_free(struct options *o);

/* The verb's name ("run") of a V_* that has options. */
const char *options_verb(unsigned verb);

/* Was the option of that name given? */
bool options_given(const struct options *o, const char *name);

#endif
