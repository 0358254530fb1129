/*
 * What a session keeps to count guest work, and how its other files tell of it.
 */
#ifndef HV_SESSION_WORK_H
#define HV_SESSION_WORK_H

#include "hv/work.h"
#include "sim/probe.h"

struct vcpu;

struct work {
    struct work_config config;
    struct cpu_probe probe;   /* while no points are looked for */
    struct work_stretch *log; /* owned; in order of time */
    size_t count, room;
    size_t open[HV_MAX_VMS]; /* the stretch that each guest's program is in; SIZE_MAX: none */
    bool moved;              /* `open` must be looked up */
    bool lost;               /* no memory: the log ends */
    struct work_slot {
        bool used;
        uint8_t vm;
        uint32_t pid;
        size_t last;
    } * slot; /* owned; a hash table of the last stretch of each process */
    size_t slots, slots_used;
    struct work_space {
        unsigned vm;
        uint32_t cr3, number;
    } * space; /* owned; address spaces that were seen */
    size_t spaces, space_room;
    uint32_t numbers[HV_MAX_VMS];
};

/* From the beginning on. Errors: not at the beginning, watched already, no memory. */
enum sim_status work_begin(struct session *s, const struct work_config *config,
                           struct sim_error *err);
void work_fini(struct session *s);
/* The session is elsewhere now. */
void work_moved(struct session *s);
/* The future after the present position is forgotten. */
void work_cut(struct session *s);

/* Callbacks of a probe and of hv_hooks. */
void work_on_event(void *session, struct cpu *c, unsigned vector, enum event_kind kind,
                   uint32_t error);
void work_on_ring(void *session, struct cpu *c, unsigned from, unsigned to);
void work_on_time(void *session, struct cpu *c, uint64_t *tsc);
void work_on_bounce(void *session, struct hv *hv, struct vcpu *v, unsigned vector,
                    enum event_kind kind, uint32_t error, bool user);

/* Does an exception with that vector push an error code (SDM v3, Interrupt and Exception Handling)?
 */
bool work_pushes_error(unsigned vector);

/* Hash of the process's pages if `entry` is one of those that are looked at; how many there are. */
uint32_t work_memory(struct session *s, unsigned vm, uint64_t entry, bool *sampled, uint64_t *hash);

#endif
