/*
 * The timeline of a run: who had the processor, from the first cycle on.
 *
 * Time is a row of spans without gaps: a guest's programs, its kernel, idling, or the hypervisor
 * for one exit. Spans only come at the end. Of every BLOCK spans there are sums, so that what lies
 * between two cycles is summed up in the same time for a hundred spans as for a million, and a
 * picture costs as much as it has pixels.
 *
 * Memory is bounded: beyond TIMELINE_MOST spans the oldest keep their blocks' sums only (a window
 * inside such a block is its share of the block), beyond as many blocks every two become one.
 */
#ifndef VISUALIZER_TIMELINE_H
#define VISUALIZER_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum span_class {
#define CLASS(name, letter, colour, hatch, words) CLASS_##name,
#include "visualizer/class.def"
#undef CLASS
    CLASSES
};

extern const char *const class_names[CLASSES];
extern const char *const class_words[CLASSES];
extern const char class_letters[CLASSES];
extern const uint8_t class_colours[CLASSES], class_hatches[CLASSES];

#define TIMELINE_MOST  4000000u
#define TIMELINE_BLOCK 64u

struct span {
    uint64_t begin; /* cycle */
    uint32_t exit;  /* number of the exit (low half), 0: the guest or idle */
    uint8_t class;  /* enum span_class */
    uint8_t vm;
    uint8_t reason; /* of the exit: the caller's number */
    uint8_t reserved;
};

/* Cycles by class, and how many exits began. */
struct span_sums {
    uint64_t cycles[CLASSES];
    uint64_t exits;
};

struct timeline;

/* Null: no memory. most: spans kept, 0: TIMELINE_MOST. */
struct timeline *timeline_create(size_t most);
void timeline_destroy(struct timeline *t);

/*
 * From `s->begin` on, what s says. Begins never fall; a span that began where the last one did
 * replaces it. False: no memory; the timeline is as before.
 */
bool timeline_add(struct timeline *t, const struct span *s);
/* Time goes on to here. */
void timeline_reach(struct timeline *t, uint64_t cycle);
/* Forgets everything from a cycle on: the future has changed. */
void timeline_cut(struct timeline *t, uint64_t cycle);

/* A copy of what lies before a cycle, the caller's; null: no memory. */
struct timeline *timeline_until(const struct timeline *t, uint64_t cycle);

/* The first cycle that is known of. */
uint64_t timeline_begin(const struct timeline *t);
/* One past the last cycle. */
uint64_t timeline_end(const struct timeline *t);
/* Cycle from which single spans are kept. */
uint64_t timeline_detail(const struct timeline *t);
size_t timeline_bytes(const struct timeline *t);

/* What happened in cycles from..to. */
void timeline_sum(const struct timeline *t, uint64_t from, uint64_t to, struct span_sums *sums);

/* The span that holds a cycle; false: before the detail, or after the end. *end: where it ends. */
bool timeline_at(const struct timeline *t, uint64_t cycle, struct span *s, uint64_t *end);

#endif
