/*
 * Everything a verb reads and writes besides the guest's console: opened once, before any guest
 * starts.
 */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "disk.h"
#include "file.h"
#include "options.h"
#include "profile.h"

#define INPUT_PATH 1024

struct inputs {
    struct profile profile;
    struct {
        char path[INPUT_PATH];
        struct file_bytes file;
    } guest[HV_MODES]; /* only the modes asked for are read */
    struct file_bytes module[OPTIONS_MAX_MODULES];
    struct disk_image disk[2];
    unsigned disks;
    char *cmdline; /* owned: --cmdline and run="..." */
    struct output json, csv, trace, console;
};

/* Reads and opens what the options name. On failure everything is closed again and no file has
 * changed. */
bool inputs_open(struct inputs *in, const struct options *o, struct complaint *why);

/* Does a report or trace go to standard output? Then it holds that alone. */
bool inputs_take_stdout(const struct inputs *in);

/* Puts finished outputs in place. */
bool inputs_commit(struct inputs *in, struct complaint *why);

/* Frees all; outputs not committed are thrown away. */
void inputs_close(struct inputs *in);

/*
 * Kernel command line: cmdline, the script's words, then run="its text" with quotes and backslashes
 * escaped. Null texts are left out. Owned by the caller; null without memory.
 */
char *inputs_cmdline(const char *cmdline, const struct script *script);

#endif
