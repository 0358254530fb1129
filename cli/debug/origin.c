/*
 * Recordings and saved sessions, as files to begin with: see origin.h.
 */
#include "debug/origin.h"

#include <string.h>

bool origin_read(struct origin *origin, char kind, const char *what, const char *path,
                 struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    const char *text;
    size_t n;
    memset(origin, 0, sizeof *origin);
    if (!file_read(&origin->file, what, path, why))
        return false;
    if (session_note(origin->file.bytes, origin->file.size, &origin->kind, &text, &n, &err) !=
        SIM_OK)
        return complain(why, "give a file of the debugger's record or save", "%s: %s", path,
                        err.text);
    if (origin->kind != kind)
        return complain(why, kind == 'R' ? "use --restore" : "use --replay", "%s: is %s", path,
                        kind == 'R' ? "a saved session" : "a recording");
    return note_read(&origin->note, text, n, path, why);
}

void origin_free(struct origin *origin)
{
    note_free(&origin->note);
    file_free(&origin->file);
}
