/* Words of a command line. */
#include <string.h>

#include "debug/internal.h"

const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

bool take_word(const char **rest, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*rest, word, n) != 0 || ((*rest)[n] && !strchr(" \t", (*rest)[n])))
        return false;
    *rest = skip_blanks(*rest + n);
    return true;
}

void next_word(const char **rest, char *word, size_t size)
{
    size_t n = strcspn(*rest, " \t");
    (void)snprintf(word, size, "%.*s", (int)(n < size ? n : size - 1), *rest);
    *rest = skip_blanks(*rest + n);
}

bool at_end(struct debugger *d, const char *command, const char *rest)
{
    if (!*rest)
        return true;
    (void)refuse(d, CLI_USAGE, "%s: \"%s\" is too much; help %s tells its form", command, rest,
                 command);
    return false;
}
