/* hexdump [FILE]: bytes in hexadecimal and as text, as `hexdump -C` prints them. */
#include "lib/format.h"
#include "user/lib/bantam.h"

#define ROW  16u
#define LINE 80u /* a printed row fits */

static char output[4096]; /* many rows to a system call */
static size_t used;

static void add(const char *text, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *text, ...)
{
    va_list args;
    va_start(args, text);
    used += format_list(output + used, LINE, text, args);
    va_end(args);
}

static void flush(size_t limit)
{
    if (used > limit) {
        (void)write(1, output, used);
        used = 0;
    }
}

static void print_row(unsigned at, const uint8_t *bytes, unsigned n)
{
    add("%08x", at);
    for (unsigned i = 0; i < ROW; i++) {
        add(i % 8 == 0 ? "  " : " ");
        if (i < n)
            add("%02x", bytes[i]);
        else
            add("  ");
    }
    add("  |");
    for (unsigned i = 0; i < n; i++)
        add("%c", bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.');
    add("|\n");
}

/* Fills a row, also when the input comes in small pieces. */
static unsigned read_row(int fd, uint8_t *bytes)
{
    unsigned n = 0;
    int got;
    while (n < ROW && (got = read(fd, bytes + n, ROW - n)) > 0)
        n += (unsigned)got;
    return n;
}

static int dump(int fd)
{
    uint8_t row[ROW], before[ROW];
    unsigned at = 0;
    bool starred = false;
    for (unsigned n; (n = read_row(fd, row)) > 0; at += n) {
        bool same = at > 0 && n == ROW && memcmp(row, before, ROW) == 0;
        if (!same)
            print_row(at, row, n);
        else if (!starred)
            add("*\n");
        starred = same;
        memcpy(before, row, ROW);
        flush(sizeof output - 2 * LINE);
    }
    if (at > 0)
        add("%08x\n", at);
    flush(0);
    return 0;
}

int main(int argc, char **argv)
{
    int error = argc > 1 ? with_file(argv[1], dump) : dump(0);
    return error < 0 ? complain("hexdump", argv[1], error) : 0;
}
