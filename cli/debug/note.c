/*
 * The note of recordings and saved sessions: the options they were made with, as the command line
 * would be written, and the files with their hashes. Reading them back is reading a command line.
 */
#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "sim/state.h"

#define SCHEMA "ringside.session/1"

static bool add(cJSON *options, const char *name, const char *fmt, ...) SIM_PRINTF(3, 4);

static bool add(cJSON *options, const char *name, const char *fmt, ...)
{
    char value[SCRIPT_MAX * 2 + 64];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    cJSON *a = cJSON_CreateString(name), *b = cJSON_CreateString(value);
    if (n >= 0 && (size_t)n < sizeof value && a && b && cJSON_AddItemToArray(options, a)) {
        a = NULL;
        if (cJSON_AddItemToArray(options, b))
            return true;
    }
    cJSON_Delete(a);
    cJSON_Delete(b);
    return false;
}

static bool add_path(cJSON *options, const char *name, const char *path)
{
    char *whole = realpath(path, NULL);
    bool ok = add(options, name, "%s", whole ? whole : path);
    free(whole);
    return ok;
}

static bool add_machine(cJSON *j, const struct options *o)
{
    bool ok = add(j, "--mode", "%s", hv_modes[o->modes[0]]->name) &&
              add(j, "--mem", "%u", o->mem_mib) && add(j, "--vms", "%u", o->vms) &&
              add(j, "--seed", "%" PRIu64, o->seed) &&
              add(j, "--tsc", "%s", o->tsc_emulate ? "emulate" : "direct") &&
              add(j, "--serial", "%s", o->serial_instant ? "instant" : "line");
    if (ok && o->io != HV_IO_DEFAULT)
        ok = add(j, "--io", "%s", hv_io_names[o->io]);
    if (ok && o->cpu)
        ok = add(j, "--cpu", "%s", o->cpu);
    for (unsigned i = 0; ok && i < o->costs; i++)
        ok = add(j, "--cost", "%s=%u", o->cost[i].key, o->cost[i].value);
    return ok;
}

static bool add_guest(cJSON *j, const struct options *o)
{
    bool ok = strchr(o->profile, '/') ? add_path(j, "--profile", o->profile)
                                      : add(j, "--profile", "%s", o->profile);
    const char *words = o->script.words ? o->script.words : "";
    if (ok && o->guest)
        ok = add_path(j, "--guest", o->guest);
    for (unsigned i = 0; ok && i < o->modules; i++)
        ok = add_path(j, "--module", o->module[i]);
    for (unsigned i = 0; ok && i < o->disks; i++)
        ok = add_path(j, "--disk", o->disk[i].path);
    if (ok && ((o->cmdline && o->cmdline[0]) || words[0]))
        ok = add(j, "--cmdline", "%s%s%s", o->cmdline ? o->cmdline : "",
                 o->cmdline && o->cmdline[0] && words[0] ? " " : "", words);
    if (ok && o->script.text)
        ok = add(j, "--run", "%s", o->script.text);
    return ok;
}

static bool add_file(cJSON *files, const char *path, const struct file_bytes *f)
{
    char hash[17];
    cJSON *file = cJSON_CreateObject();
    (void)snprintf(hash, sizeof hash, "%016" PRIx64,
                   state_hash_bytes(STATE_HASH_SEED, f->bytes, f->size));
    if (file && cJSON_AddStringToObject(file, "path", path) &&
        cJSON_AddStringToObject(file, "hash", hash) && cJSON_AddItemToArray(files, file))
        return true;
    cJSON_Delete(file);
    return false;
}

/* What the guest is made of, in a fixed order: kernel, modules, disks. */
static unsigned guest_files(const struct inputs *in, const struct file_bytes *files[16])
{
    unsigned n = 0;
    for (unsigned i = 0; i < HV_MODES; i++)
        if (in->guest[i].file.bytes)
            files[n++] = &in->guest[i].file;
    for (unsigned i = 0; i < OPTIONS_MAX_MODULES; i++)
        if (in->module[i].bytes)
            files[n++] = &in->module[i];
    for (unsigned i = 0; i < in->disks; i++)
        files[n++] = &in->disk[i].file;
    return n;
}

char *note_write(const struct options *o, const struct inputs *in)
{
    const struct file_bytes *files[16];
    cJSON *root = cJSON_CreateObject();
    cJSON *options = cJSON_AddArrayToObject(root, "options");
    cJSON *list = cJSON_AddArrayToObject(root, "files");
    unsigned n = guest_files(in, files), module = 0, disk = 0;
    bool ok = root && options && list && cJSON_AddStringToObject(root, "schema", SCHEMA) &&
              cJSON_AddStringToObject(root, "version", RINGSIDE_VERSION) &&
              add_machine(options, o) && add_guest(options, o);
    for (unsigned i = 0; ok && i < n; i++) {
        const char *path = i == 0                                  ? in->guest[o->modes[0]].path
                           : i <= o->modules                       ? o->module[module++]
                           : disk < o->disks && o->disk[disk].path ? o->disk[disk++].path
                                                                   : "Bantam's disk";
        ok = add_file(list, path, files[i]);
    }
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}

/* ---------------------------------------- reading */

void note_free(struct note *note)
{
    for (int i = 0; i < note->argc; i++)
        free(note->argv[i]);
    free(note->argv);
    for (unsigned i = 0; i < note->files; i++)
        free(note->file[i].path);
    memset(note, 0, sizeof *note);
}

static bool read_options(struct note *out, const cJSON *list)
{
    const cJSON *item;
    int n = cJSON_GetArraySize(list);
    if (!cJSON_IsArray(list) || n <= 0 || n > 400)
        return false;
    out->argv = calloc((size_t)n + 1, sizeof *out->argv);
    cJSON_ArrayForEach(item, list)
    {
        if (!out->argv || !cJSON_IsString(item) || out->argc == n)
            return false;
        out->argv[out->argc] = strdup(item->valuestring);
        if (!out->argv[out->argc])
            return false;
        out->argc++;
    }
    return true;
}

static bool read_files(struct note *out, const cJSON *list)
{
    const cJSON *item;
    if (!cJSON_IsArray(list))
        return false;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");
        const cJSON *hash = cJSON_GetObjectItemCaseSensitive(item, "hash");
        char *end;
        if (out->files == 16 || !cJSON_IsString(path) || !cJSON_IsString(hash) ||
            strlen(hash->valuestring) != 16)
            return false;
        struct note_file *f = &out->file[out->files];
        f->hash = strtoull(hash->valuestring, &end, 16);
        f->path = *end ? NULL : strdup(path->valuestring);
        if (!f->path)
            return false;
        out->files++;
    }
    return true;
}

bool note_read(struct note *out, const char *text, size_t n, const char *path,
               struct complaint *why)
{
    memset(out, 0, sizeof *out);
    cJSON *root = cJSON_ParseWithLength(text, n);
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(root, "schema");
    bool ok = cJSON_IsString(schema) && strcmp(schema->valuestring, SCHEMA) == 0 &&
              read_options(out, cJSON_GetObjectItemCaseSensitive(root, "options")) &&
              read_files(out, cJSON_GetObjectItemCaseSensitive(root, "files"));
    cJSON_Delete(root);
    if (ok)
        return true;
    note_free(out);
    return complain(why, "make it with the debugger's record or save",
                    "%s: does not say which options it was made with", path);
}

bool note_check(const struct note *note, const struct inputs *in, const char *path,
                struct complaint *why)
{
    const struct file_bytes *files[16];
    unsigned n = guest_files(in, files);
    for (unsigned i = 0; i < note->files || i < n; i++) {
        if (i >= note->files || i >= n)
            return complain(why, "give the same modules and disks",
                            "%s: was made with %u files of the guest, here are %u", path,
                            note->files, n);
        if (state_hash_bytes(STATE_HASH_SEED, files[i]->bytes, files[i]->size) !=
            note->file[i].hash)
            return complain(why, "it needs the very file it was made with",
                            "%s: %s is not what it was when this was made", path,
                            note->file[i].path);
    }
    return true;
}
