/* The memory of snapshots: blocks that go all at once. */
#include "visualizer/snapshot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 65536u

struct snap_block {
    struct snap_block *next;
    size_t used, size;
    max_align_t bytes[];
};

void snapshot_free(struct snapshot *s)
{
    for (struct snap_block *b = s->memory_block, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    s->memory_block = NULL;
}

static void empty_side(struct snap_side *side)
{
    side->label = side->about = side->state = side->scale = side->work = side->symbol = "";
    side->rings.words = "";
    side->exit_shown.empty = side->exit_shown.reason = side->exit_shown.words = "";
    side->exit_shown.outcome = side->exit_shown.why = side->exit_shown.action = "";
    side->exit_shown.instruction = "";
}

void snapshot_begin(struct snapshot *s)
{
    uint64_t number = s->number;
    snapshot_free(s);
    *s = (struct snapshot){.number = number + 1};
    for (unsigned i = 0; i < SNAP_SIDES; i++)
        empty_side(&s->side[i]);
    for (unsigned i = 0; i < SNAP_LEVELS; i++)
        s->memory.guest[i].title = s->memory.real[i].title = "";
    s->memory.empty = s->memory.real_name = s->memory.verdict = "";
    s->comparison = s->story = s->key = s->scale_note = s->message = s->locked = "";
    s->locked_views = s->differences_note = "";
    s->question.text = "";
}

uint64_t snapshot_end(const struct snapshot *s)
{
    uint64_t end = 1;
    for (unsigned i = 0; i < s->sides; i++)
        if (s->side[i].timeline && timeline_end(s->side[i].timeline) > end)
            end = timeline_end(s->side[i].timeline);
    return end;
}

void *snapshot_alloc(struct snapshot *s, size_t count, size_t each)
{
    size_t bytes = count * each, align = sizeof(max_align_t);
    if (each && bytes / each != count)
        return NULL;
    bytes = (bytes + align - 1) / align * align;
    struct snap_block *b = s->memory_block;
    if (!b || b->size - b->used < bytes) {
        size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        b = malloc(sizeof *b + size);
        if (!b) {
            s->short_of = true;
            return NULL;
        }
        *b = (struct snap_block){s->memory_block, 0, size};
        s->memory_block = b;
    }
    void *p = (char *)b->bytes + b->used;
    b->used += bytes;
    return memset(p, 0, bytes);
}

const char *snapshot_text(struct snapshot *s, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : snapshot_alloc(s, (size_t)n + 1, 1);
    if (text)
        (void)vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text ? text : "";
}

const char *snapshot_line(struct snapshot *s, const char *text, size_t length)
{
    size_t tabs = 0, column = 0, at = 0;
    for (size_t i = 0; i < length; i++)
        tabs += text[i] == '\t';
    char *line = snapshot_alloc(s, length + 7 * tabs + 1, 1);
    if (!line)
        return "";
    for (size_t i = 0; i < length; i++) {
        bool tab = text[i] == '\t';
        do {
            line[at++] = tab ? ' ' : text[i];
            column += ((unsigned char)text[i] & 0xc0) != 0x80; /* a character's first byte */
        } while (tab && column % 8);
    }
    return line;
}
