/*
 * Recordings and saved sessions, as files to begin with: see origin.h.
 */
#include "debug/origin.h"

#include <string.h>
#include <sys/stat.h>

/* A pipe, a terminal or a device that somebody else's file names would keep us waiting. */
static bool names_files(const struct note *note, const char *path, struct complaint *why)
{
    struct stat st;
    for (int i = 0; i < note->argc; i++)
        if (stat(note->argv[i], &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            return complain(why, "record it again with ordinary files",
                            "%s: was made with %s, which is no ordinary file", path, note->argv[i]);
    return true;
}

bool origin_read(struct origin *origin, char kind, const char *what, const char *path,
                 struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    const char *text;
    size_t n;
    memset(origin, 0, sizeof *origin);
    origin->path = path;
    if (!file_read(&origin->file, what, path, why))
        return false;
    if (session_note(origin->file.bytes, origin->file.size, &origin->kind, &text, &n, &err) !=
        SIM_OK)
        return complain(why, "give a file of the debugger's record or save", "%s: %s", path,
                        err.text);
    if (origin->kind != kind)
        return complain(why, kind == 'R' ? "use --restore" : "use --replay", "%s: is %s", path,
                        kind == 'R' ? "a saved session" : "a recording");
    return note_read(&origin->note, text, n, path, why) && names_files(&origin->note, path, why);
}

bool origin_open(struct origin *origin, const struct options *o, struct complaint *why)
{
    memset(origin, 0, sizeof *origin);
    if (o->replay)
        return origin_read(origin, 'R', "--replay", o->replay, why);
    return !o->restore || origin_read(origin, 'S', "--restore", o->restore, why);
}

bool origin_options(struct options *made, const struct options *o, const struct origin *origin,
                    struct complaint *why)
{
    if (!options_parse(made, V_DEBUG, origin->note.argc, origin->note.argv, why))
        return false;
    made->verb = o->verb;
    made->given = o->given;
    if (o->keyboard && made->modes[0] == MODE_pv)
        return complain(why, "leave it out", "--keyboard: mode pv has no keyboard");
    made->json = o->json;
    made->console = o->console;
    made->console_file = o->console_file;
    made->quiet = o->quiet;
    made->color = o->color;
    made->commands = o->commands;
    made->batch = o->batch;
    made->accessible = o->accessible;
    made->predict = o->predict;
    made->keyboard = o->keyboard;
    made->gdb = o->gdb;
    made->gdb_stopped = o->gdb_stopped;
    made->view = o->view;
    made->theme = o->theme;
    made->panel_script = o->panel_script;
    made->picture = o->picture;
    made->width = o->width;
    made->height = o->height;
    made->lock = o->lock;
    made->text = o->text;
    return true;
}

bool origin_check(const struct origin *origin, const struct inputs *in, struct complaint *why)
{
    return !origin->kind || note_check(&origin->note, in, origin->path, why);
}

bool origin_load(const struct origin *origin, struct debugger *d, struct complaint *why)
{
    return !origin->kind || debugger_load(d, origin->kind, &origin->file, why);
}

void origin_free(struct origin *origin)
{
    note_free(&origin->note);
    file_free(&origin->file);
}
