/*
 * The glossary: docs/glossary.md, built in. An entry is a paragraph that begins with **word**: .
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "embedded.h"
#include "explain.h"
#include "wrap.h"

/* Takes the entry that begins at `line`; false if it is none. */
static bool entry_at(const char *line, char word[64], char text[1024])
{
    if (strncmp(line, "**", 2) != 0)
        return false;
    const char *end = strstr(line + 2, "**");
    if (!end || end - line > 60)
        return false;
    (void)snprintf(word, 64, "%.*s", (int)(end - line - 2), line + 2);
    end += 2;
    end += strspn(end, ": ");
    const char *stop = strstr(end, "\n\n");
    size_t n = stop ? (size_t)(stop - end) : strlen(end);
    (void)snprintf(text, 1024, "%.*s", (int)(n < 1023 ? n : 1023), end);
    return true;
}

void glossary_each(void (*visit)(void *opaque, const char *word, const char *text), void *opaque)
{
    const struct embedded_file *f = embedded_find("docs", "glossary");
    char word[64], text[1024];
    for (const char *line = f ? (const char *)f->bytes : ""; *line;) {
        if (entry_at(line, word, text))
            visit(opaque, word, text);
        line = strchr(line, '\n');
        if (!line)
            return;
        line++;
    }
}

struct search {
    FILE *to;
    const char *name;
    bool found;
};

static void print_if_it(void *opaque, const char *word, const char *text)
{
    struct search *s = opaque;
    if (strcasecmp(word, s->name) != 0)
        return;
    s->found = true;
    (void)fprintf(s->to, "%s: word\n", word);
    print_wrapped(s->to, text, 2);
}

bool explain_word(FILE *to, const char *name)
{
    struct search s = {to, name, false};
    glossary_each(print_if_it, &s);
    return s.found;
}
