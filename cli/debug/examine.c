/*
 * x and xp: memory in gdb's formats.
 */
#include <ctype.h>
#include <string.h>

#include "debug/internal.h"

struct format {
    unsigned count;
    char letter; /* x d u o t c a s i */
    unsigned size;
};

static bool parse_format(struct debugger *d, const char **rest, struct format *f)
{
    uint64_t count = 0;
    bool counted = false;
    *f = (struct format){1, 'x', 4};
    if (**rest != '/')
        return true;
    const char *at = *rest + 1;
    for (; isdigit((unsigned char)*at) && count < 100000; at++, counted = true)
        count = count * 10 + (uint64_t)(*at - '0');
    for (; *at && !strchr(" \t", *at); at++) {
        if (strchr("xduotcasi", *at)) {
            f->letter = *at;
            f->size = *at == 'c' ? 1 : f->size;
        } else if (strchr("bhw", *at)) {
            f->size = *at == 'b' ? 1 : *at == 'h' ? 2 : 4;
        } else {
            (void)refuse(d, CLI_USAGE, "x/%c: formats are x d u o t c a s i, sizes b h w", *at);
            return false;
        }
    }
    *rest = skip_blanks(at);
    f->count = counted ? (unsigned)count : 1;
    if (f->count >= 1 && f->count <= 4096)
        return true;
    (void)refuse(d, CLI_USAGE, "x: shows 1 to 4096 at a time");
    return false;
}

static bool read_at(struct debugger *d, bool physical, uint32_t address, void *to, uint32_t n)
{
    return physical ? read_physical(d, address, to, n) : read_linear(d, address, to, n);
}

static void put_binary(FILE *to, uint32_t v, unsigned bits)
{
    for (unsigned i = bits; i-- > 0;)
        (void)putc('0' + (int)(v >> i & 1), to);
}

static void put_value(struct debugger *d, const struct format *f, uint32_t v)
{
    char name[100];
    int32_t sign = f->size == 1 ? (int8_t)v : f->size == 2 ? (int16_t)v : (int32_t)v;
    switch (f->letter) {
    case 'd':
        (void)fprintf(d->out, "%d", sign);
        break;
    case 'u':
        (void)fprintf(d->out, "%u", v);
        break;
    case 'o':
        (void)fprintf(d->out, "0%o", v);
        break;
    case 't':
        put_binary(d->out, v, f->size * 8);
        break;
    case 'c':
        (void)fprintf(d->out, "%d '%c'", sign, v >= ' ' && v < 0x7f ? (int)v : '.');
        break;
    case 'a':
        (void)address_name(d, v, name, sizeof name);
        (void)fprintf(d->out, "0x%08x%s%s%s", v, name[0] ? " <" : "", name, name[0] ? ">" : "");
        break;
    default:
        (void)fprintf(d->out, "0x%0*x", (int)f->size * 2, v);
        break;
    }
}

static int not_readable(struct debugger *d, bool physical, uint32_t address)
{
    return refuse(d, CLI_GUEST_FAILED, "0x%08x: %s", address,
                  physical ? "the guest has no memory there" : "not mapped, or no memory");
}

static int show_values(struct debugger *d, bool physical, const struct format *f)
{
    static const unsigned a_line[] = {0, 8, 8, 0, 4};
    unsigned each = d->plain || f->letter == 'a' ? 1 : a_line[f->size];
    char name[100];
    for (unsigned i = 0; i < f->count; i++) {
        uint32_t value = 0, address = d->examine_at;
        if (!read_at(d, physical, address, &value, f->size)) {
            if (i % each)
                (void)putc('\n', d->out);
            return not_readable(d, physical, address);
        }
        if (i % each == 0) {
            if (physical)
                name[0] = 0;
            else
                (void)address_name(d, address, name, sizeof name);
            (void)fprintf(d->out, "0x%08x%s%s%s:", address, name[0] ? " <" : "", name,
                          name[0] ? ">" : "");
        }
        (void)putc(' ', d->out);
        put_value(d, f, value);
        if (i % each == each - 1 || i + 1 == f->count)
            (void)putc('\n', d->out);
        d->examine_at += f->size;
    }
    return CLI_OK;
}

static int show_strings(struct debugger *d, bool physical, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t c;
        unsigned n = 0;
        if (!read_at(d, physical, d->examine_at, &c, 1))
            return not_readable(d, physical, d->examine_at);
        (void)fprintf(d->out, "0x%08x: \"", d->examine_at);
        while (n < 200 && read_at(d, physical, d->examine_at, &c, 1) && c) {
            if (c == '"' || c == '\\')
                (void)fprintf(d->out, "\\%c", c);
            else if (c == '\n')
                (void)fputs("\\n", d->out);
            else if (c >= ' ' && c < 0x7f)
                (void)putc(c, d->out);
            else
                (void)fprintf(d->out, "\\x%02x", c);
            d->examine_at++;
            n++;
        }
        (void)fprintf(d->out, "\"%s\n", n == 200 ? "..." : "");
        d->examine_at += n < 200;
    }
    return CLI_OK;
}

static int show_code(struct debugger *d, unsigned count)
{
    char text[100], name[100];
    for (unsigned i = 0; i < count; i++) {
        unsigned n = disassemble_at(d, d->examine_at, text, sizeof text);
        (void)address_name(d, d->examine_at, name, sizeof name);
        (void)fprintf(d->out, "0x%08x%s%s%s: %s\n", d->examine_at, name[0] ? " <" : "", name,
                      name[0] ? ">" : "", text);
        if (!n && strcmp(text, "(not readable)") == 0)
            return CLI_GUEST_FAILED;
        d->examine_at += n ? n : 1;
    }
    return CLI_OK;
}

static int examine(struct debugger *d, const char *rest, bool physical)
{
    struct format f;
    uint64_t address;
    if (!parse_format(d, &rest, &f))
        return CLI_USAGE;
    if (*rest) {
        if (!evaluate(d, rest, &address))
            return CLI_USAGE;
        if (address > UINT32_MAX)
            return refuse(d, CLI_USAGE, "%s: addresses end at 0xffffffff", rest);
        d->examine_at = (uint32_t)address;
    }
    if (f.letter == 'i' && physical)
        return refuse(d, CLI_USAGE, "xp/i: instructions have linear addresses; use x/i");
    return f.letter == 'i'   ? show_code(d, f.count)
           : f.letter == 's' ? show_strings(d, physical, f.count)
                             : show_values(d, physical, &f);
}

int command_x(struct debugger *d, const char *rest)
{
    return examine(d, rest, false);
}

int command_xp(struct debugger *d, const char *rest)
{
    return examine(d, rest, true);
}

int command_disassemble(struct debugger *d, const char *rest)
{
    struct location at;
    struct cpu_state cpu;
    struct symbol function;
    char text[LINE_MOST], code[100], name[100];
    uint64_t count = 0;
    uint32_t here = debug_cpu(d, &cpu)->seg[SEG_CS].base + cpu.eip;
    (void)snprintf(text, sizeof text, "%s", rest);
    char *comma = strchr(text, ',');
    if (comma) {
        *comma++ = 0;
        if (!evaluate_count(d, skip_blanks(comma), &count))
            return CLI_USAGE;
    }
    at.address = here;
    if (text[0] && !parse_location(d, text, &at))
        return CLI_USAGE;
    uint32_t from = at.address, to = UINT32_MAX;
    if (!count && symbols_at(symbols_for(d, from, NULL), from, &function) && function.size &&
        from - function.value < function.size && function.size <= 65536) {
        from = function.value;
        to = function.value + function.size;
    } else if (!count) {
        count = 10;
    }
    for (uint64_t i = 0; (!count || i < count) && i < 20000 && from < to; i++) {
        unsigned n = disassemble_at(d, from, code, sizeof code);
        (void)address_name(d, from, name, sizeof name);
        (void)fprintf(d->out, "%s0x%08x%s%s%s: %s\n",
                      from == here ? "=> "
                      : d->plain   ? ""
                                   : "   ",
                      from, name[0] ? " <" : "", name, name[0] ? ">" : "", code);
        if (!n && strcmp(code, "(not readable)") == 0)
            return CLI_GUEST_FAILED;
        from += n ? n : 1;
    }
    return CLI_OK;
}
