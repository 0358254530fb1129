/* ls [PATH...]: what directories hold, with sizes in bytes; never dates, which differ between
 * machines. */
#include "user/lib/bantam.h"

static bool several;

static int list(int fd)
{
    struct dir_entry entry;
    int result;
    while ((result = readdir(fd, &entry)) > 0)
        if (entry.name[0] != '.')
            printf("%8u %s%s\n", entry.size, entry.name, entry.is_directory ? "/" : "");
    return result;
}

static int list_path(const char *path)
{
    if (several)
        printf("%s:\n", path);
    return with_file(path, list);
}

int main(int argc, char **argv)
{
    static char *here[] = {"ls", ".", NULL};
    several = argc > 2;
    return argc == 1 ? each_argument(2, here, "", list_path)
                     : each_argument(argc, argv, "PATH...", list_path);
}
