/*
 * Guest work: how far a guest's programs have come, in a measure that is the same whatever lies
 * below them.
 *
 * Cycles, exits and instruction counts differ between modes and CPUs, since hypervisors, timers and
 * kernels differ. What a program itself does between two of its system calls does not. So a place
 * in a run is named by a key: which process, how many times it has called or faulted into its
 * kernel, and how many instructions it has executed in user mode since. External interrupts count
 * nothing: where they strike is the clock's doing. Why so: docs/adr/0006-guest-work-has-a-key.md.
 *
 * A session that watches work keeps a log of stretches: user instructions with nothing between
 * them. It says what the program held when it came back from its kernel and when it went there.
 * Going back changes nothing in the log, since running again gives the same.
 *
 * It watches one virtual CPU a guest. It does not know threads: two that share an address space are
 * one process unless the guest's kernel names them apart.
 */
#ifndef HV_WORK_H
#define HV_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/session.h"

struct work_key {
    uint32_t pid;   /* as struct work_config says */
    uint64_t entry; /* system calls and faults of that process before */
    uint64_t insns; /* user instructions since the last of them; each REP iteration one */
};

struct work_config {
    /*
     * How the guest's kernel names the process that runs: a pointer to its record at a kernel
     * address, and where in the record an integer names it. current 0: not known; then a process is
     * an address space (CR3 as the guest believes it), numbered from 1 in order of appearance.
     */
    uint32_t current, pid_offset;
    /*
     * RDTSC in user mode gives the user instructions of that process so far, instead of the clock:
     * else whoever asks for the time differs between any two runs, rightly.
     */
    bool own_time;
    bool memory; /* hash user memory at the ends of stretches */
    size_t most; /* stretches that are kept, then the log ends (session_work_lost); 0: all */
};

enum work_begin {
    WORK_START,  /* the process runs for the first time */
    WORK_RETURN, /* its kernel lets it go on after a call or fault */
    WORK_RESUME, /* ... after an external interrupt */
};
enum work_end {
    WORK_RUNNING,   /* not yet over */
    WORK_CALL,      /* a system call */
    WORK_FAULT,     /* any exception, page faults among them */
    WORK_INTERRUPT, /* an external interrupt: the stretch that follows goes on with the same entry
                     */
};

/* User instructions of one process without anything between. */
struct work_stretch {
    struct work_key key; /* where it begins */
    uint64_t total;      /* user instructions of the process before it, all entries together */
    struct session_position from, to; /* to: holds nothing while `end` is WORK_RUNNING */
    uint8_t vm, begin, end;           /* enum work_begin, work_end */
    uint8_t vector;                   /* of a call or fault */
    uint32_t error;                   /* a fault's; 0 without */
    uint32_t in[8], out[8];         /* general registers, by number: at the beginning (not ESP: 0),
                                       at the end */
    uint32_t in_eip, in_eflags;     /* at the beginning, as the guest believes them to be */
    uint32_t eip, eflags;           /* at the end: as the kernel finds them on its stack */
    uint16_t cs, ss;                /* the same */
    uint32_t pages;                 /* user pages mapped, at the end; 0: memory was not looked at */
    bool in_memory, out_memory;     /* the hashes hold: see work_samples */
    uint64_t memory_in, memory_out; /* of the process's pages that are not zero */
    uint64_t said_in, said_out;     /* bytes on the guest's console by then */
};

/*
 * Watches work from here on, which must be the beginning. SIM_BAD_INPUT: it is not. The session
 * keeps watching for its life; it costs the guest nothing.
 */
enum sim_status session_watch_work(struct session *s, const struct work_config *config,
                                   struct sim_error *err);

/* The log, in order of time, as far as the run ever came; valid until the next move. */
const struct work_stretch *session_work(const struct session *s, size_t *n);
/* Did an allocation fail, or are there as many as were to be kept? Then the log ends there. */
bool session_work_lost(const struct session *s);

/* The key of the present position; false: no program of that guest ran yet. While its kernel works
 * it is the key of the moment the program went there. */
bool session_work_key(struct session *s, unsigned vm, struct work_key *key);

/* Where a key is, if the run came so far: the first position there. */
bool session_work_find(const struct session *s, unsigned vm, const struct work_key *key,
                       struct session_position *at);

/* Hash of all user pages that guest's present address space maps and that are not zero; how many it
 * maps. */
uint64_t session_user_memory(struct session *s, unsigned vm, uint32_t *pages);

/*
 * The first page at *linear or above that user mode can reach in that guest's present address
 * space: true with its address in *linear and its bytes, valid until the next move; null: nothing
 * is behind the mapping. *linear must be a multiple of a page. False: there is none.
 */
bool session_user_page(struct session *s, unsigned vm, uint32_t *linear, const uint8_t **bytes);

/*
 * Is memory hashed at that entry? Always while a process has up to WORK_PAGES pages; of larger ones
 * only at every so manieth entry, which depends on entry and pages alone and so is the same in two
 * equal runs.
 */
#define WORK_PAGES 64u
static inline bool work_samples(uint64_t entry, uint32_t pages)
{
    return entry % (1u + pages / WORK_PAGES) == 0;
}

#endif
