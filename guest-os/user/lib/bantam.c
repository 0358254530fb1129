/*
 * Printing, saying what went wrong, and what programs do with their arguments.
 */
#include "lib/format.h"
#include "user/lib/bantam.h"

static void print_to(int fd, const char *text, va_list args)
{
    char bytes[512];
    size_t n = format_list(bytes, sizeof bytes, text, args);
    (void)write(fd, bytes, n);
}

void printf(const char *text, ...)
{
    va_list args;
    va_start(args, text);
    print_to(1, text, args);
    va_end(args);
}

void eprintf(const char *text, ...)
{
    va_list args;
    va_start(args, text);
    print_to(2, text, args);
    va_end(args);
}

static const char *error_text(int error)
{
    switch (-error) {
#define X(name, number, text)                                                                      \
    case number:                                                                                   \
        return text;
        ERROR_LIST(X)
#undef X
    default:
        return "unknown error";
    }
}

int complain(const char *program, const char *what, int error)
{
    eprintf("%s: %s: %s\n", program, what, error_text(error));
    return 1;
}

int with_file(const char *path, int (*act)(int fd))
{
    int fd = open(path, OPEN_READ);
    if (fd < 0)
        return fd;
    int error = act(fd);
    (void)close(fd);
    return error;
}

int copy_out(int fd)
{
    static char bytes[4096];
    int n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        if (write(1, bytes, (unsigned)n) != n)
            return -EPIPE;
    return n;
}

int each_argument(int argc, char **argv, const char *names, int (*act)(const char *argument))
{
    int status = 0;
    if (argc < 2) {
        eprintf("usage: %s %s\n", argv[0], names);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int error = act(argv[i]);
        if (error == -EPIPE) /* nobody reads any more; not worth a word */
            return 1;
        if (error < 0)
            status = complain(argv[0], argv[i], error);
    }
    return status;
}

uint32_t count_argument(int argc, char **argv, uint32_t otherwise)
{
    uint32_t n = otherwise;
    if (argc > 2 || (argc == 2 && !string_number(argv[1], &n))) {
        eprintf("usage: %s [count]\n", argv[0]);
        exit(2);
    }
    return n;
}
