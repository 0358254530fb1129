/* ls [PATH...]: what directories hold, with sizes in bytes; never dates, which differ between
 * machines. */
#include "user/lib/bantam.h"

static int list(const char *path)
{
    struct dir_entry entry;
    int fd = open(path, OPEN_READ);
    if (fd < 0)
        return complain("ls", path, fd);
    int result;
    while ((result = readdir(fd, &entry)) > 0)
        if (entry.name[0] != '.')
            printf("%8u %s%s\n", entry.size, entry.name, entry.is_directory ? "/" : "");
    (void)close(fd);
    return result < 0 ? complain("ls", path, result) : 0;
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc == 1)
        return list(".");
    for (int i = 1; i < argc; i++) {
        if (argc > 2)
            printf("%s:\n", argv[i]);
        status |= list(argv[i]);
    }
    return status;
}
