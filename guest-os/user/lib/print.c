/*
 * Printing, and saying what went wrong.
 */
#include "lib/format.h"
#include "user/lib/bantam.h"

struct fd_sink {
    struct format_sink sink;
    int fd;
    unsigned used;
    char bytes[512];
};

static void fd_flush(struct fd_sink *s)
{
    if (s->used > 0)
        (void)write(s->fd, s->bytes, s->used);
    s->used = 0;
}

static void fd_put(struct format_sink *sink, char c)
{
    struct fd_sink *s = (struct fd_sink *)sink;
    if (s->used == sizeof s->bytes)
        fd_flush(s);
    s->bytes[s->used++] = c;
}

static void print_to(int fd, const char *text, va_list args)
{
    struct fd_sink s;
    s.sink.put = fd_put;
    s.fd = fd;
    s.used = 0;
    format(&s.sink, text, args);
    fd_flush(&s);
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

const char *error_text(int error)
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

uint32_t count_argument(int argc, char **argv, uint32_t otherwise)
{
    uint32_t n = otherwise;
    if (argc > 2 || (argc == 2 && !string_number(argv[1], &n))) {
        eprintf("usage: %s [count]\n", argv[0]);
        exit(2);
    }
    return n;
}

bool read_line(int fd, char *line, unsigned size)
{
    unsigned n = 0;
    char c = 0;
    int got = 0;
    while (n < size - 1 && (got = read(fd, &c, 1)) == 1 && c != '\n')
        line[n++] = c;
    line[n] = 0;
    return n > 0 || got == 1;
}
