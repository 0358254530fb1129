/*
 * record, replay, save and restore: sessions as files. A file is written beside its place and
 * renamed, so that the old one is whole until the new one is.
 */
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "sim/alloc.h"

typedef enum sim_status writer(struct session *s, const char *note, uint8_t **bytes, size_t *n,
                               struct sim_error *err);

static int write_session(struct debugger *d, const char *command, const char *path, writer *write)
{
    struct complaint why = {CLI_OK, "", ""};
    struct sim_error err = {SIM_OK, ""};
    uint8_t *bytes = NULL;
    size_t n = 0;
    if (!*path)
        return refuse(d, CLI_USAGE, "%s: which file?", command);
    char *note = note_write(d->options, d->inputs);
    if (!note)
        return refuse(d, CLI_OURS, "%s: no memory", command);
    enum sim_status status = write(d->session, note, &bytes, &n, &err);
    free(note);
    if (status != SIM_OK)
        return refuse_error(d, &err);
    bool ok = file_replace(command, path, bytes, n, &why);
    sim_free(bytes);
    if (!ok)
        return refuse_complaint(d, &why);
    (void)fprintf(d->out, "%s: %zu bytes\n", path, n);
    return CLI_OK;
}

int command_record(struct debugger *d, const char *rest)
{
    return write_session(d, "record", rest, session_record);
}

int command_save(struct debugger *d, const char *rest)
{
    return write_session(d, "save", rest, session_save);
}

/* Do the options in the file make the machine we have? */
static bool same_options(struct debugger *d, const struct note *note, const char *path,
                         struct complaint *why)
{
    struct note ours;
    char *text = note_write(d->options, d->inputs);
    bool read = text && note_read(&ours, text, strlen(text), "this session", why);
    free(text);
    if (!read)
        return text ? false : complain_ours(why, NULL, "no memory");
    bool same = ours.argc == note->argc;
    for (int i = 0; same && i < ours.argc; i++)
        same = strcmp(ours.argv[i], note->argv[i]) == 0;
    note_free(&ours);
    if (!same)
        return complain(why, "start anew with ringside debug --replay or --restore",
                        "%s: was made with other options", path);
    return note_check(note, d->inputs, path, why);
}

/* From one session to another: points, with their numbers' order. */
static void take_points(struct session *to, struct session *from)
{
    unsigned number = 0;
    struct sim_error err;
    for (const struct session_point *p; (p = session_point_next(from, number)) != NULL;) {
        struct session_point copy = *p;
        number = p->number;
        copy.hits = 0;
        if (!copy.silent)
            (void)session_point_add(to, &copy, &err);
    }
}

bool debugger_load(struct debugger *d, char kind, const struct file_bytes *file,
                   struct complaint *why)
{
    struct session *fresh;
    struct sim_error err = {SIM_OK, ""};
    if (!debug_open_session(d, &fresh, why))
        return false;
    enum sim_status status = kind == 'R' ? session_replay(fresh, file->bytes, file->size, &err)
                                         : session_restore(fresh, file->bytes, file->size, &err);
    if (status != SIM_OK) {
        session_destroy(fresh);
        return complain_error(why, &err, NULL);
    }
    struct session *old = d->session;
    d->session = fresh;
    d->loads++;
    log_clear(&d->log);
    d->log_misses = kind == 'S';
    bool armed = !predict_point(d) || predict_arm(d, why); /* its point is met before the user's */
    take_points(fresh, old);
    forget_programs(d);
    session_destroy(old);
    return armed;
}

static int load(struct debugger *d, const char *command, char wanted, const char *path)
{
    struct complaint why = {CLI_OK, "", ""};
    struct sim_error err = {SIM_OK, ""};
    struct file_bytes file;
    struct note note = {0};
    const char *text;
    size_t n;
    char kind;
    if (!*path)
        return refuse(d, CLI_USAGE, "%s: which file?", command);
    if (!file_read(&file, command, path, &why))
        return refuse_complaint(d, &why);
    bool ok = session_note(file.bytes, file.size, &kind, &text, &n, &err) == SIM_OK ||
              complain(&why, NULL, "%s: %s", path, err.text);
    if (ok && kind != wanted)
        ok = complain(&why, wanted == 'R' ? "use restore" : "use replay", "%s: is %s", path,
                      kind == 'R' ? "a recording" : "a saved session");
    ok = ok && note_read(&note, text, n, path, &why) && same_options(d, &note, path, &why) &&
         debugger_load(d, kind, &file, &why);
    note_free(&note);
    file_free(&file);
    if (!ok)
        return refuse_complaint(d, &why);
    return debug_tell_here(d);
}

int command_replay(struct debugger *d, const char *rest)
{
    return load(d, "replay", 'R', rest);
}

int command_restore(struct debugger *d, const char *rest)
{
    return load(d, "restore", 'S', rest);
}
