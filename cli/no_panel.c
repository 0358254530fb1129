/* The panel's verbs of a program that was built without it. */
#include "complaint.h"
#include "verbs.h"

static int without(int argc, char *const *argv)
{
    struct complaint why = {CLI_OK, "", ""};
    (void)argc;
    (void)argv;
    (void)complain(&why,
                   "install libfreetype-dev fonts-dejavu-core libstb-dev and build again; compare, "
                   "exits and debug show the same figures",
                   "this program was built without the panel");
    return complaint_print(&why, stderr);
}

int verb_panel(int argc, char *const *argv)
{
    return without(argc, argv);
}

int verb_shot(int argc, char *const *argv)
{
    return without(argc, argv);
}

int verb_plot(int argc, char *const *argv)
{
    return without(argc, argv);
}
