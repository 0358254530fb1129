/*
 * The boot command line. See cmdline.h for what it may look like.
 */
#include "kernel/cmdline.h"

#include "abi/syscall.h"
#include "lib/string.h"

static const char *command_line = "";

void cmdline_init(const char *text)
{
    command_line = text;
}

/* Reads a word, unquoted, into at most size - 1 characters of `word`; where the next may start. */
static const char *read_word(const char *s, char *word, size_t size)
{
    size_t n = 0;
    bool quoted = false;
    for (; *s != 0 && (quoted || !char_is_space(*s)); s++) {
        if (*s == '"') {
            quoted = !quoted;
            continue;
        }
        if (quoted && *s == '\\' && s[1] != 0)
            s++;
        if (n < size - 1)
            word[n++] = *s;
    }
    word[n] = 0;
    return s;
}

int cmdline_get(const char *name, char *value, size_t size)
{
    size_t length = strlen(name);
    const char *s = command_line;
    char ignored[1];
    for (;;) {
        while (char_is_space(*s))
            s++;
        if (*s == 0)
            return -ENOENT;
        if (strncmp(s, name, length) == 0 && s[length] == '=') {
            (void)read_word(s + length + 1, value, size);
            return (int)strlen(value);
        }
        s = read_word(s, ignored, sizeof ignored);
    }
}

uint32_t cmdline_number(const char *name, uint32_t otherwise)
{
    char text[16];
    uint32_t value;
    if (cmdline_get(name, text, sizeof text) < 0 || !string_number(text, &value))
        return otherwise;
    return value;
}
