/* hexdump [FILE]: bytes in hexadecimal and as text, as `hexdump -C` prints them. */
#include "lib/format.h"
#include "user/lib/bantam.h"

#define ROW 16u

#define LINE 80u /* a printed row fits */

static char output[4096]; /* many rows to a system call */
static unsigned used;

static void flush(void)
{
    (void)write(1, output, used);
    used = 0;
}

static void add(const char *s)
{
    string_copy(output + used, s, sizeof output - used);
    used += (unsigned)strlen(output + used);
    if (used > sizeof output - LINE)
        flush();
}

static void print_row(unsigned at, const uint8_t *bytes, unsigned n)
{
    char line[LINE];
    char *end = line + 8;
    format_buffer(line, sizeof line, "%08x", at);
    for (unsigned i = 0; i < ROW; i++) {
        if (i % 8 == 0)
            *end++ = ' ';
        format_buffer(end, 4, i < n ? " %02x" : "   ", bytes[i]);
        end += 3;
    }
    memcpy(end, "  |", 3);
    end += 3;
    for (unsigned i = 0; i < n; i++)
        *end++ = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
    memcpy(end, "|\n", 3);
    add(line);
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

int main(int argc, char **argv)
{
    uint8_t row[ROW], before[ROW];
    unsigned at = 0;
    bool starred = false;
    int fd = argc > 1 ? open(argv[1], OPEN_READ) : 0;
    if (fd < 0)
        return complain("hexdump", argv[1], fd);
    unsigned n;
    for (; (n = read_row(fd, row)) > 0; at += n) {
        bool same = at > 0 && n == ROW && memcmp(row, before, ROW) == 0;
        if (!same)
            print_row(at, row, n);
        else if (!starred)
            add("*\n");
        starred = same;
        memcpy(before, row, ROW);
    }
    char total[LINE];
    format_buffer(total, sizeof total, "%08x\n", at);
    if (at > 0)
        add(total);
    flush();
    return 0;
}
