/*
 * print, set and type: values out of the guest and into it.
 */
#include <ctype.h>
#include <string.h>

#include "debug/internal.h"
#include "keys.h"
#include "hv/field.h"

/* Counts are read as decimal numbers, everything else as hexadecimal ones. */
static bool is_count(const char *text)
{
    static const char *const counts[] = {"insn", "cycle", "exit", "cycles", "cpl", "hits", "vm"};
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
        if (strcmp(text, counts[i]) == 0)
            return true;
    return false;
}

static bool has_name(const char *text)
{
    size_t n = 0;
    text += *text == '$' || *text == '%';
    while (isalnum((unsigned char)text[n]) || text[n] == '_')
        n++;
    return n && !text[n] && !isdigit((unsigned char)text[0]);
}

static int put_number(struct debugger *d, const char *text, char format, uint64_t v)
{
    enum field_type type = FIELD_HEX;
    const char *name = NULL;
    if (!format && exit_field_known(text, strlen(text), &type))
        name = field_value_name(type, v);
    (void)fprintf(d->out, "%s = ", text);
    if (type == FIELD_REASON && !name && v >= EXIT_REASONS) {
        (void)fprintf(d->out, "not known yet\n");
        return CLI_OK;
    }
    if (name)
        (void)fprintf(d->out, "%s\n", name);
    else if (!format && strcmp(text, "hash") == 0)
        (void)fprintf(d->out, "%016" PRIx64 "\n", v);
    else if (format == 'd')
        (void)fprintf(d->out, "%" PRId64 "\n",
                      v > INT32_MAX && v <= UINT32_MAX ? (int64_t)(int32_t)(uint32_t)v
                                                       : (int64_t)v);
    else if (format == 'u' || (!format && (is_count(text) || type == FIELD_NUMBER)))
        (void)fprintf(d->out, "%" PRIu64 "\n", v);
    else if (format == 'o')
        (void)fprintf(d->out, "0%" PRIo64 "\n", v);
    else if (format == 'c')
        (void)fprintf(d->out, "%" PRIu64 " '%c'\n", v, v >= ' ' && v < 0x7f ? (int)v : '.');
    else if (format == 't') {
        bool any = false;
        for (unsigned i = 64; i-- > 0;) {
            any = any || (v >> i & 1) || i == 0;
            if (any)
                (void)putc('0' + (int)(v >> i & 1), d->out);
        }
        (void)putc('\n', d->out);
    } else
        (void)fprintf(d->out, "0x%" PRIx64 "\n", v);
    return CLI_OK;
}

int command_print(struct debugger *d, const char *rest)
{
    uint64_t value;
    char format = 0;
    if (*rest == '/') {
        format = rest[1];
        if (!format || !strchr("xduotc", format) || !strchr(" \t", rest[2]))
            return refuse(d, CLI_USAGE, "print%s: formats are /x /d /u /o /t /c", rest);
        rest = skip_blanks(rest + 2);
    }
    if (!*rest)
        return refuse(d, CLI_USAGE, "print: what? Such as insn, eax, hash, [0xc0101000]");
    if (!evaluate(d, rest, &value))
        return CLI_USAGE;
    return put_number(d, rest, format, value);
}

/* ---------------------------------------- set */

static const struct {
    const char *name;
    uint32_t number;
} registers[] = {
    {"eax", R_EAX}, {"ecx", R_ECX}, {"edx", R_EDX}, {"ebx", R_EBX},     {"esp", R_ESP},
    {"ebp", R_EBP}, {"esi", R_ESI}, {"edi", R_EDI}, {"eip", GUEST_EIP}, {"eflags", GUEST_EFLAGS},
};

static int give(struct debugger *d, const struct session_input *in)
{
    struct sim_error err = {SIM_OK, ""};
    return session_give(d->session, in, &err) ? CLI_OK : refuse_error(d, &err);
}

static int set_memory(struct debugger *d, enum point_space space, uint32_t address, unsigned size,
                      uint64_t value)
{
    struct session_input in = {
        .kind = INPUT_MEMORY, .space = (uint8_t)space, .vm = (uint8_t)session_vm(d->session)};
    int status = CLI_OK;
    for (unsigned i = 0; i < size && status == CLI_OK; i++) {
        in.address = address + i;
        in.value = (uint32_t)(value >> (8 * i)) & 0xffu;
        status = give(d, &in);
    }
    return status;
}

/* "b[EXPR]" and its like: size and space by the letter before the bracket. */
static int set_place(struct debugger *d, const char *left, uint64_t value)
{
    static const struct {
        char letter;
        uint8_t size, space;
    } letters[] = {{'b', 1, SPACE_LINEAR},
                   {'w', 2, SPACE_LINEAR},
                   {'d', 4, SPACE_LINEAR},
                   {'p', 4, SPACE_GUEST_PHYSICAL},
                   {'m', 4, SPACE_MACHINE}};
    unsigned size = 4;
    enum point_space space = SPACE_LINEAR;
    const char *at = left;
    uint64_t address;
    char inside[LINE_MOST];
    for (unsigned i = 0; i < sizeof letters / sizeof *letters; i++)
        if (*at == letters[i].letter && at[1] == '[') {
            size = letters[i].size;
            space = (enum point_space)letters[i].space;
            at++;
            break;
        }
    size_t n = strlen(at);
    if (*at != '[' || n < 3 || at[n - 1] != ']')
        return refuse(d, CLI_USAGE,
                      "set %s: not one of eax to edi, eip and eflags, an [ADDRESS] or a symbol",
                      left);
    (void)snprintf(inside, sizeof inside, "%.*s", (int)(n - 2), at + 1);
    if (!evaluate(d, inside, &address))
        return CLI_USAGE;
    if (address > UINT32_MAX)
        return refuse(d, CLI_USAGE, "set %s: addresses end at 0xffffffff", left);
    return set_memory(d, space, (uint32_t)address, size, value);
}

int command_set(struct debugger *d, const char *rest)
{
    char left[LINE_MOST];
    uint64_t value;
    struct symbol found;
    (void)take_word(&rest, "var");
    const char *equals = strchr(rest, '=');
    if (!equals)
        return refuse(d, CLI_USAGE, "set: REGISTER, [ADDRESS] or NAME, then = and a value");
    (void)snprintf(left, sizeof left, "%.*s", (int)(equals - rest), rest);
    for (size_t n = strlen(left); n && (left[n - 1] == ' ' || left[n - 1] == '\t'); n--)
        left[n - 1] = 0;
    if (!evaluate(d, skip_blanks(equals + 1), &value))
        return CLI_USAGE;
    if (value > UINT32_MAX && value < (uint64_t)INT64_MIN)
        return refuse(d, CLI_USAGE, "set %s: 0x%" PRIx64 " does not fit into 32 bits", left, value);
    const char *name = left + (left[0] == '$' || left[0] == '%');
    for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
        if (strcmp(registers[i].name, name) == 0) {
            const struct session_input in = {.kind = INPUT_REGISTER,
                                             .vm = (uint8_t)session_vm(d->session),
                                             .address = registers[i].number,
                                             .value = (uint32_t)value};
            return give(d, &in);
        }
    if (has_name(name) && symbols_find(d->kernel, name, strlen(name), &found))
        return set_memory(d, SPACE_LINEAR, found.value,
                          found.size && found.size < 4 ? found.size : 4, value);
    return set_place(d, left, value);
}

/* ---------------------------------------- type */

/* One letter of a quoted text; false: a bad escape. */
static bool unescape(const char **at, uint8_t *c)
{
    static const char from[] = "nrtbe0\\\"", to[] = "\n\r\t\b\033\0\\\"";
    *c = (uint8_t) * (*at)++;
    if (*c != '\\')
        return true;
    const char *found = **at ? strchr(from, **at) : NULL;
    if (!found)
        return false;
    *c = (uint8_t)to[found - from];
    (*at)++;
    return true;
}

/* Bytes for the console, or a keyboard's scan codes. */
static int send(struct debugger *d, enum session_input_kind kind, const uint8_t *bytes, size_t n)
{
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < n; i++) {
        const struct session_input in = {
            .kind = (uint8_t)kind, .vm = (uint8_t)session_vm(d->session), .value = bytes[i]};
        status = give(d, &in);
    }
    return status;
}

/* --keyboard: the keys that type it, each pressed and released. */
static int press(struct debugger *d, const uint8_t *typed, size_t n)
{
    int status = CLI_OK;
    for (size_t at = 0; status == CLI_OK && at < n;) {
        uint8_t codes[KEYS_MOST];
        unsigned count;
        at += keys_take(typed + at, (unsigned)(n - at), codes, &count);
        status = send(d, INPUT_KEY, codes, count);
    }
    return status;
}

int command_type(struct debugger *d, const char *rest)
{
    uint8_t bytes[LINE_MOST];
    size_t n = 0, length = strlen(rest);
    if (length < 2 || rest[0] != '"' || rest[length - 1] != '"')
        return refuse(d, CLI_USAGE, "type: \"TEXT\\n\", with quotes; \\n is the return key");
    const char *at = rest + 1, *end = rest + length - 1;
    while (at < end)
        if (!unescape(&at, &bytes[n++]) || at > end)
            return refuse(d, CLI_USAGE, "type %s: \\n \\r \\t \\b \\e \\\\ and \\\" are known",
                          rest);
    return d->options->keyboard ? press(d, bytes, n) : send(d, INPUT_CONSOLE, bytes, n);
}
