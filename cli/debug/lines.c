/*
 * Source lines: see symbols.h (DWARF 5, Line Number Information).
 */
#include <stdlib.h>
#include <string.h>

#include "debug/symbols.h"

#if RINGSIDE_HAVE_LIBDW

#include "debug/symbols_private.h"

#define ROWS_MOST ((size_t)1 << 22) /* a hostile table must not eat the host */

/* Rows of one address: an end first (it belongs to what was before), then as in the table. */
static int by_address(const void *a, const void *b)
{
    const struct line_row *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->end != y->end)
        return x->end ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The table as it goes on. */
struct reading {
    size_t room;
    const char *file; /* of the row before */
    int kept;         /* line of the last row that was kept */
    int line;         /* line of the row before... */
    bool paths;       /* ... and whether it had discriminators */
};

/*
 * A line that goes on in another path of the code (DWARF: a discriminator) begins no new row, as in
 * gdb: else a loop's condition would be a line to stop at each time round.
 */
static bool begins_row(struct reading *r, Dwarf_Line *line, const char *file, int number, bool end)
{
    unsigned path = 0;
    (void)dwarf_linediscriminator(line, &path);
    r->paths = path != 0 || (number == r->line && r->paths);
    r->line = number;
    bool begins = end || file != r->file || number != r->kept || !r->paths;
    r->file = end ? NULL : file;
    if (begins)
        r->kept = end ? 0 : number;
    return begins;
}

static bool take_row(struct symbols *s, Dwarf_Line *line, struct reading *r)
{
    Dwarf_Addr address;
    bool end = false, statement = false;
    int number = 0;
    if (dwarf_lineaddr(line, &address) != 0 || dwarf_lineendsequence(line, &end) != 0 ||
        dwarf_linebeginstatement(line, &statement) != 0 || dwarf_lineno(line, &number) != 0 ||
        address > UINT32_MAX || number < 0)
        return true; /* this one is not usable */
    const char *file = end ? "" : dwarf_linesrc(line, NULL, NULL);
    if (!file || s->rows >= ROWS_MOST)
        return file == NULL;
    if (!begins_row(r, line, file, number, end))
        return true;
    if (s->rows == r->room) {
        size_t more = r->room ? r->room * 2 : 4096;
        struct line_row *row = realloc(s->row, more * sizeof *row);
        if (!row)
            return false;
        s->row = row;
        r->room = more;
    }
    s->row[s->rows] = (struct line_row){(uint32_t)address, (uint32_t)s->rows, file,
                                        (uint32_t)number,  statement,         end};
    s->rows++;
    return true;
}

void symbols_read_lines(struct symbols *s)
{
    Dwarf_Off offset = 0, next;
    size_t header;
    struct reading r = {0};
    bool ok = true;
    while (ok && dwarf_nextcu(s->dwarf, offset, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit;
        Dwarf_Lines *lines;
        size_t n;
        if (dwarf_offdie(s->dwarf, offset + header, &unit) &&
            dwarf_getsrclines(&unit, &lines, &n) == 0)
            for (size_t i = 0; ok && i < n; i++)
                ok = take_row(s, dwarf_onesrcline(lines, i), &r);
        if (next <= offset)
            break;
        offset = next;
    }
    if (s->rows)
        qsort(s->row, s->rows, sizeof *s->row, by_address);
}

/* The last row at or before an address; -1: none. */
static long row_at(const struct symbols *s, uint32_t address)
{
    size_t low = 0, high = s->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->row[middle].address > address)
            high = middle;
        else
            low = middle + 1;
    }
    return (long)low - 1;
}

bool symbols_line(const struct symbols *s, uint32_t address, struct source_line *out)
{
    long i = s ? row_at(s, address) : -1;
    if (i < 0 || s->row[i].end)
        return false;
    long next = i + 1, best = i; /* inlining gives one address several rows */
    while (best > 0 && !s->row[best].statement && s->row[best - 1].address == s->row[i].address &&
           !s->row[best - 1].end)
        best--;
    const struct line_row *row = &s->row[s->row[best].statement ? best : i];
    if ((size_t)next >= s->rows || !row->line)
        return false;
    *out = (struct source_line){row->file, row->line, row->address, s->row[next].address,
                                row->statement};
    return true;
}

static bool same_file(const char *path, const char *file, size_t length)
{
    size_t n = strlen(path);
    return n >= length && memcmp(path + n - length, file, length) == 0 &&
           (n == length || path[n - length - 1] == '/' || file[0] == '/');
}

bool symbols_line_address(const struct symbols *s, const char *file, size_t length, unsigned *line,
                          uint32_t *address)
{
    const struct line_row *best = NULL;
    for (size_t i = 0; s && i < s->rows; i++) {
        const struct line_row *row = &s->row[i];
        if (row->end || !row->statement || row->line < *line || (best && row->line >= best->line) ||
            !same_file(row->file, file, length))
            continue;
        best = row;
    }
    if (!best)
        return false;
    *line = best->line;
    *address = best->address;
    return true;
}

/* The second row of the function that has an address and a line of its own. */
uint32_t symbols_body(const struct symbols *s, uint32_t function)
{
    struct symbol at;
    if (!s || !symbols_at(s, function, &at) || at.value != function)
        return function;
    long i = row_at(s, function);
    if (i < 0 || s->row[i].address != function)
        return function;
    for (size_t k = (size_t)i + 1; k < s->rows && !s->row[k].end; k++) {
        const struct line_row *row = &s->row[k];
        if (at.size && row->address - function >= at.size)
            break;
        if (row->address > function && row->statement && row->line)
            return row->address;
    }
    return function;
}

#else

bool symbols_line(const struct symbols *s, uint32_t address, struct source_line *out)
{
    (void)s, (void)address, (void)out;
    return false;
}

bool symbols_line_address(const struct symbols *s, const char *file, size_t length, unsigned *line,
                          uint32_t *address)
{
    (void)s, (void)file, (void)length, (void)line, (void)address;
    return false;
}

uint32_t symbols_body(const struct symbols *s, uint32_t function)
{
    (void)s;
    return function;
}

#endif
