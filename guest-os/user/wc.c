/* wc [FILE...]: lines, words and bytes of the files or the standard input. */
#include "user/lib/bantam.h"

static struct counts {
    unsigned lines, words, bytes;
} file, total;

static int count(int fd)
{
    static char bytes[4096];
    bool in_word = false;
    int n;
    file = (struct counts){0, 0, 0};
    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        file.bytes += (unsigned)n;
        for (int i = 0; i < n; i++) {
            bool space = char_is_space(bytes[i]);
            file.lines += bytes[i] == '\n';
            file.words += !space && !in_word;
            in_word = !space;
        }
    }
    return n;
}

static void print(const struct counts *c, const char *space, const char *name)
{
    printf("%7u %7u %7u%s%s\n", c->lines, c->words, c->bytes, space, name);
}

static int count_file(const char *path)
{
    int error = with_file(path, count);
    if (error != 0)
        return error;
    print(&file, " ", path);
    total.lines += file.lines;
    total.words += file.words;
    total.bytes += file.bytes;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        int error = count(0);
        print(&file, "", "");
        return error != 0;
    }
    int status = each_argument(argc, argv, "FILE...", count_file);
    if (argc > 2)
        print(&total, " ", "total");
    return status;
}
