/* hexdump [FILE]: bytes in hexadecimal and as text, as `hexdump -C` prints them. */
#include "user/lib/bantam.h"

#define ROW 16u

static void print_row(unsigned at, const uint8_t *bytes, unsigned n)
{
    printf("%08x", at);
    for (unsigned i = 0; i < ROW; i++) {
        const char *gap = i % 8 == 0 ? "  " : " ";
        if (i < n)
            printf("%s%02x", gap, bytes[i]);
        else
            printf("%s  ", gap);
    }
    printf("  |");
    for (unsigned i = 0; i < n; i++)
        printf("%c", bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.');
    printf("|\n");
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
            printf("*\n");
        starred = same;
        memcpy(before, row, ROW);
    }
    if (at > 0)
        printf("%08x\n", at);
    return 0;
}
