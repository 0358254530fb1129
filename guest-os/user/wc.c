/* wc [FILE...]: lines, words and bytes of the files or the standard input. */
#include "user/lib/bantam.h"

struct counts {
    unsigned lines, words, bytes;
};

static int count(int fd, struct counts *c)
{
    static char bytes[4096];
    bool in_word = false;
    int n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        c->bytes += (unsigned)n;
        for (int i = 0; i < n; i++) {
            bool space = char_is_space(bytes[i]);
            c->lines += bytes[i] == '\n';
            c->words += !space && !in_word;
            in_word = !space;
        }
    }
    return n;
}

static void print(const struct counts *c, const char *name)
{
    printf("%7u %7u %7u%s%s\n", c->lines, c->words, c->bytes, *name != 0 ? " " : "", name);
}

int main(int argc, char **argv)
{
    struct counts total = {0, 0, 0};
    int status = 0;
    if (argc == 1) {
        status = count(0, &total) < 0;
        print(&total, "");
    }
    for (int i = 1; i < argc; i++) {
        struct counts c = {0, 0, 0};
        int fd = open(argv[i], OPEN_READ);
        int error = fd < 0 ? fd : count(fd, &c);
        if (fd >= 0)
            (void)close(fd);
        if (error < 0) {
            status = complain("wc", argv[i], error);
            continue;
        }
        print(&c, argv[i]);
        total =
            (struct counts){total.lines + c.lines, total.words + c.words, total.bytes + c.bytes};
    }
    if (argc > 2)
        print(&total, "total");
    return status;
}
