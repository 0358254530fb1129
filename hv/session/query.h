/*
 * A compiled query, shared by its parser and its evaluation.
 */
#ifndef HV_SESSION_QUERY_H
#define HV_SESSION_QUERY_H

#include "hv/field.h"
#include "hv/hv.h"
#include "hv/query.h"

#define QUERY_NODES   48 /* comparisons and operators of one query */
#define QUERY_DEEPEST 24

enum query_form { QUERY_FILTER, QUERY_COUNT, QUERY_NEVER, QUERY_EACH };
enum query_op { QUERY_EQUAL, QUERY_DIFFERS, QUERY_BELOW, QUERY_UP_TO, QUERY_ABOVE, QUERY_FROM };
enum query_node_kind { NODE_COMPARE, NODE_AND, NODE_OR, NODE_NOT };

struct query_node {
    uint8_t kind; /* enum query_node_kind */
    uint8_t op;   /* NODE_COMPARE: enum query_op */
    uint8_t a, b; /* operands: earlier nodes */
    char name[24];
    uint64_t value;
};

/* "KIND where CONDITION" */
struct query_pattern {
    uint8_t kind; /* enum trace_kind; TRACE_KINDS: any */
    bool has_root;
    uint8_t root;
};

/* What `each` waits for, per VM: the oldest one that was not followed yet. */
struct query_wait {
    uint64_t waiting, since, exit; /* how many; cycle and exit of the oldest */
};

struct query {
    enum query_form form;
    struct query_pattern first, then;
    struct query_node node[QUERY_NODES];
    unsigned nodes;
    enum query_op op; /* count(...) op value */
    uint64_t value;
    bool within;
    uint64_t cycles;

    uint64_t events, matched, followed;
    bool violated;
    uint64_t violation_cycle, violation_exit;
    uint64_t last_cycle;
    struct query_wait wait[HV_MAX_VMS];
};

/* The value of a field of an event: of its kind, of its exit, or of every event. False: it has
 * none. */
bool query_field(const struct trace_event *e, const char *name, size_t length, uint64_t *value);

/* Whether some event of the kind (TRACE_KINDS: any) can have that field, and its type. */
bool query_field_known(unsigned kind, const char *name, size_t length, enum field_type *type);

/* Every event has these. */
enum query_common { COMMON_KIND, COMMON_VM, COMMON_CYCLE, COMMON_EXIT, QUERY_COMMON };
extern const char *const query_common_names[QUERY_COMMON];

#endif
