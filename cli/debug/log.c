/*
 * The event log: see log.h. Kept in blocks, so that growing never copies and pointers stay.
 */
#include "debug/log.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_EVENTS 1024u

struct log_block {
    struct logged entry[BLOCK_EVENTS];
};

static struct logged *entry_at(const struct event_log *l, size_t n)
{
    return &l->block[n / BLOCK_EVENTS]->entry[n % BLOCK_EVENTS];
}

/* The oldest make room for the newest. */
static void turn(struct event_log *l)
{
    struct log_block *oldest = l->block[0];
    memmove(l->block, l->block + 1, (l->blocks - 1) * sizeof *l->block);
    l->block[l->blocks - 1] = oldest;
    l->count -= BLOCK_EVENTS;
    l->lost = true;
}

/* Room for one more; false: no memory. */
static bool make_room(struct event_log *l)
{
    if (l->count < l->blocks * BLOCK_EVENTS)
        return true;
    if (l->blocks && l->count >= (l->most ? l->most : LOG_MOST)) {
        turn(l);
        return true;
    }
    struct log_block **block = realloc(l->block, (l->blocks + 1) * sizeof(void *));
    if (!block)
        return false;
    l->block = block;
    block[l->blocks] = malloc(sizeof **block);
    if (!block[l->blocks])
        return false;
    l->blocks++;
    return true;
}

static bool has_happened(const struct logged *e, const struct session_happened *now)
{
    if (e->event.kind == TRACE_EXIT)
        return e->exit.number <= now->exits;
    return e->event.kind == TRACE_IDLE ? e->event.cycle < now->cycle : e->number <= now->events;
}

void log_cut(struct event_log *l, const struct session_happened *now)
{
    while (l->count && !has_happened(entry_at(l, l->count - 1), now)) {
        l->count--;
    }
}

void log_add(struct event_log *l, const struct trace_event *e, const struct session_happened *now)
{
    if (!make_room(l)) {
        l->lost = true;
        return;
    }
    struct logged *to = entry_at(l, l->count++);
    to->number = now->events;
    to->event = *e;
    if (e->exit)
        to->exit = *e->exit;
    if (e->silent)
        to->silent = *e->silent;
}

void log_clear(struct event_log *l)
{
    for (size_t i = 0; i < l->blocks; i++)
        free(l->block[i]);
    free(l->block);
    memset(l, 0, sizeof *l);
}

size_t log_until(const struct event_log *l, const struct session_happened *now)
{
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (has_happened(entry_at(l, middle), now))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct trace_event *log_at(const struct event_log *l, size_t n)
{
    if (n >= l->count)
        return NULL;
    struct logged *e = entry_at(l, n);
    if (e->event.exit)
        e->event.exit = &e->exit;
    if (e->event.silent)
        e->event.silent = &e->silent;
    return &e->event;
}
