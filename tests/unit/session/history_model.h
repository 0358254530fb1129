/*
 * The page store against a model that keeps every snapshot whole.
 *
 * A page's bytes follow from a number, its content; 0 is "as before the beginning". So a state is a
 * short row of numbers, and yet every byte of a page is compared. The pages that are used lie far
 * apart, on several leaves of the store.
 */
#ifndef TESTS_UNIT_SESSION_HISTORY_MODEL_H
#define TESTS_UNIT_SESSION_HISTORY_MODEL_H

#include "session/history.h"

#define MODEL_PAGES  48u /* that are used */
#define MODEL_STRIDE 53u /* between their numbers: 48 * 53 pages are two and a half leaves */
#define MODEL_SNAPS  400u

struct model_snapshot {
    uint64_t insn;
    uint32_t content[MODEL_PAGES];
    bool scratch;
};

struct model {
    struct history h;
    uint8_t *page[MODEL_PAGES]; /* owned; the present, null: as before the beginning */
    bool dirty[MODEL_PAGES];
    uint32_t content[MODEL_PAGES];
    uint64_t insn; /* the present position */
    struct model_snapshot snap[MODEL_SNAPS];
    unsigned snaps;
    unsigned fail_writes_in; /* the source's write that fails; 0: none */
    uint64_t random;
};

void model_init(struct model *m, size_t limit, uint64_t seed);
void model_fini(struct model *m);
uint32_t model_draw(struct model *m, uint32_t below);

/* A page gets other bytes (or, now and then, those it had), and is dirty. */
void model_write(struct model *m);

/* Snapshot number n in store and model. */
struct history_snapshot *model_nth(struct model *m, unsigned n);
/* The last snapshot at or before a position; its number. The first is at 0. */
unsigned model_before(const struct model *m, uint64_t insn);

/* These do it in both, and compare what the store answered. False: it said there is no memory. */
bool model_take(struct model *m, bool scratch);
bool model_restore(struct model *m, unsigned n);
bool model_drop(struct model *m, unsigned n);
void model_cut(struct model *m, uint64_t insn);
/* After thinning: takes over which ones went, and that only some may. */
void model_thin(struct model *m);

/* The present bytes are the model's. */
void model_check_present(struct model *m, const char *when);
/* The store's own order: versions, page lists, numbers, bytes that are counted. */
void model_check_order(struct model *m, const char *when);

#endif
