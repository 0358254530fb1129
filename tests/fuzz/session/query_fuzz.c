/*
 * Queries are typed by users: any text must compile or be refused in words, and what compiles must
 * give a verdict about any stream of events.
 */
#include <stdlib.h>
#include <string.h>

#include "hv/query.h"
#include "hv/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct query *q, const char *text)
{
    static const struct silent_event silent = {.trap = TRAP_POPF};
    struct vm_exit x = {.number = 1};
    char said[160];
    uint64_t cycle = 0, matched = 0;
    for (const char *at = text; *at; at++) {
        unsigned byte = (unsigned char)*at;
        struct trace_event e = {.kind = (enum trace_kind)(byte % TRACE_KINDS),
                                .vm = (uint8_t)(byte >> 3),
                                .cycle = cycle += byte,
                                .a = byte,
                                .exit = byte & 1 ? &x : NULL};
        x.number++;
        x.reason = (uint8_t)(byte % EXIT_REASONS);
        x.vector = 14;
        if (e.kind == TRACE_SILENT && byte & 2)
            e.silent = &silent;
        matched += query_matches(q, &e);
        query_feed(q, &e);
    }
    (void)query_holds(q, said, sizeof said);
    if (!said[0] || matched > strlen(text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query *q;
    struct sim_error err = {SIM_OK, ""};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (query_compile(&q, text, &err) == SIM_OK) {
        feed(q, text);
        query_destroy(q);
    } else if (q || strncmp(err.text, "column ", 7) != 0) {
        abort();
    }
    free(text);
    return 0;
}
