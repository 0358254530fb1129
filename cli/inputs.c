/*
 * Inputs and outputs: see inputs.h.
 */
#include "inputs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BANTAM_CMDLINE 4095u /* what its native build has room for */

static const char build_remedy[] = "build it with ./ringside run, or name another with --guest ELF";

/* The path of one of Bantam's files, beside the program: BINDIR/../guest-os/NAME. */
static bool bantam_path(char path[INPUT_PATH], const char *name, struct complaint *why)
{
    char folder[INPUT_PATH - 64];
    if (!program_folder(folder, sizeof folder))
        return complain_ours(why, "name the kernel with --guest ELF",
                             "the program's own folder is unknown");
    (void)snprintf(path, INPUT_PATH, "%s/../guest-os/%s", folder, name);
    return true;
}

static bool open_guest(struct inputs *in, const struct options *o, enum hv_mode_id mode,
                       struct complaint *why)
{
    char *path = in->guest[mode].path;
    if (o->guest) {
        if (strlen(o->guest) >= INPUT_PATH)
            return complain(why, "move the file", "--guest: the path is longer than %d bytes",
                            INPUT_PATH);
        (void)snprintf(path, INPUT_PATH, "%s", o->guest);
        return file_read(&in->guest[mode].file, "--guest", path, why);
    }
    if (!bantam_path(path, mode == MODE_pv ? "bantam-pv.elf" : "bantam.elf", why))
        return false;
    if (access(path, R_OK) != 0)
        return complain(why, build_remedy, "%s: Bantam is not built", path);
    return file_read(&in->guest[mode].file, "Bantam", path, why);
}

static bool open_disks(struct inputs *in, const struct options *o, struct complaint *why)
{
    char path[INPUT_PATH];
    for (; in->disks < o->disks; in->disks++)
        if (!disk_open(&in->disk[in->disks], o->disk[in->disks].path, o->disk[in->disks].rw, why))
            return false;
    if (in->disks)
        return true;
    if (!bantam_path(path, "disk.img", why))
        return false;
    if (access(path, R_OK) != 0) /* a guest of one's own needs no disk */
        return o->guest
                   ? true
                   : complain(why, "build it with ./ringside run, or name one with --disk FILE",
                              "%s: Bantam's disk is not built", path);
    if (!disk_open(&in->disk[0], path, false, why))
        return false;
    in->disks = 1;
    return true;
}

char *inputs_cmdline(const char *cmdline, const struct script *script)
{
    const char *words = script->words ? script->words : "", *text = script->text;
    size_t room =
        (cmdline ? strlen(cmdline) : 0) + strlen(words) + (text ? 2 * strlen(text) : 0) + 16;
    char *line = calloc(1, room), *to = line;
    if (!line)
        return NULL;
    if (cmdline && cmdline[0])
        to += sprintf(to, "%s ", cmdline);
    if (words[0])
        to += sprintf(to, "%s ", words);
    if (!text) {
        if (to > line)
            to[-1] = 0;
        return line;
    }
    to += sprintf(to, "run=\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text;
    }
    *to++ = '"';
    return line;
}

static bool open_outputs(struct inputs *in, const struct options *o, struct complaint *why)
{
    if (o->json && !output_open(&in->json, "--json", o->json, why))
        return false;
    if (o->csv && !output_open(&in->csv, "--csv", o->csv, why))
        return false;
    if (o->trace && !output_open(&in->trace, "--trace", o->trace, why))
        return false;
    return !o->console_file || output_open(&in->console, "--console", o->console_file, why);
}

static bool open_all(struct inputs *in, const struct options *o, struct complaint *why)
{
    if (!profile_load(&in->profile, o->profile, why))
        return false;
    for (unsigned i = 0; i < o->costs; i++)
        profile_apply(&in->profile, &o->cost[i]);
    for (unsigned i = 0; i < o->mode_count; i++)
        if (!open_guest(in, o, o->modes[i], why))
            return false;
    for (unsigned i = 0; i < o->modules; i++)
        if (!file_read(&in->module[i], "--module", o->module[i], why))
            return false;
    if (!open_disks(in, o, why))
        return false;
    in->cmdline = inputs_cmdline(o->cmdline, &o->script);
    if (!in->cmdline)
        return complain_ours(why, NULL, "no memory");
    if (!o->guest && strlen(in->cmdline) > BANTAM_CMDLINE)
        return complain(why, "put the commands into a file on the disk, and run that with sh",
                        "the command line, --cmdline and --run together, has %zu characters: "
                        "Bantam takes %u",
                        strlen(in->cmdline), BANTAM_CMDLINE);
    return open_outputs(in, o, why);
}

bool inputs_open(struct inputs *in, const struct options *o, struct complaint *why)
{
    memset(in, 0, sizeof *in);
    if (open_all(in, o, why))
        return true;
    inputs_close(in);
    return false;
}

bool inputs_take_stdout(const struct inputs *in)
{
    return in->json.is_stdout || in->csv.is_stdout || in->trace.is_stdout;
}

bool inputs_commit(struct inputs *in, struct complaint *why)
{
    struct output *const outputs[] = {&in->json, &in->csv, &in->trace, &in->console};
    bool ok = true;
    for (unsigned i = 0; i < 4; i++)
        if (!output_commit(outputs[i], why))
            ok = false;
    return ok;
}

void inputs_close(struct inputs *in)
{
    output_abandon(&in->json);
    output_abandon(&in->csv);
    output_abandon(&in->trace);
    output_abandon(&in->console);
    for (unsigned i = 0; i < HV_MODES; i++)
        file_free(&in->guest[i].file);
    for (unsigned i = 0; i < OPTIONS_MAX_MODULES; i++)
        file_free(&in->module[i]);
    disk_close(&in->disk[0]);
    disk_close(&in->disk[1]);
    profile_free(&in->profile);
    free(in->cmdline);
    memset(in, 0, sizeof *in);
}
