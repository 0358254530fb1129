/* shot: a picture of the panel, without a window. */
#include "panel/script.h"
#include "verbs.h"

int verb_shot(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    struct show w;
    int status = CLI_USAGE;
    if (show_open(&w, V_SHOT, argc, argv, &why)) {
        while (script_next(&w, stdout))
            continue;
        status = w.status;
        if (status == CLI_OK && w.options.picture && !show_picture(&w, w.options.picture, &why))
            status = CLI_OURS;
    }
    if (status == CLI_OK && !why.what[0] && !show_commit(&w, &why))
        status = CLI_OURS;
    show_close(&w);
    return why.what[0] ? complaint_print(&why, stderr) : status;
}
