/* What is kept of moves: the registers before, what verbs answered, and how a guest ended. */
#include <stdlib.h>
#include <string.h>

#include "panel/driver.h"

/* Where a tab leads is the terminal's to say: here it is a blank. */
static void say(struct driver *v, const char *line, size_t n)
{
    char **slot = &v->log[v->logged % PANEL_LOG];
    char *copy = malloc(n + 1);
    if (!copy)
        return;
    memcpy(copy, line, n);
    copy[n] = 0;
    for (char *tab = strchr(copy, '\t'); tab; tab = strchr(tab, '\t'))
        *tab = ' ';
    if (v->logged >= PANEL_LOG)
        free(*slot);
    *slot = copy;
    v->logged++;
}

void driver_log(struct driver *v, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        say(v, text, n);
        text += n + (text[n] == '\n');
    }
}

void driver_note_end(struct panel_side *s)
{
    const struct session_event *e = session_last(s->d->session);
    s->ended = e->why == SESSION_ENDED;
    if (s->ended)
        (void)snprintf(s->end, sizeof s->end, "%s", e->text);
}

void driver_note_before(struct panel_side *s)
{
    s->has_before = session_guest(s->d->session, session_vm(s->d->session), &s->before);
}
