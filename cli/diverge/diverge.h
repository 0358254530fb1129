/*
 * Two runs against each other: the first difference that their programs can see.
 *
 * Each side is a debugger's session that watches guest work (hv/work.h). match.c compares what
 * processes hold whenever they enter or leave their kernel, and what reached consoles and disks;
 * narrow.c goes back in both and finds the instruction; tell.c and json.c say it.
 */
#ifndef CLI_DIVERGE_H
#define CLI_DIVERGE_H

#include "debug/internal.h"
#include "debug/origin.h"
#include "hv/work.h"
#include "report.h"

struct side {
    const char *name; /* as given */
    char letter;      /* 'A', 'B' */
    bool recorded;
    struct origin origin;
    struct options options;
    struct inputs inputs;
    bool has_options, has_inputs;
    char **argv; /* owned; of options */
    int argc;
    struct debugger *d; /* owned */
    struct session *s;  /* d's */

    bool over; /* it goes no further: */
    struct session_event end;
    struct report *silent; /* owned; what went silent until they differed; null: nothing */
    size_t indexed;        /* stretches of the log that stand in the index */
    struct crossing_slot {
        uint32_t pid;
        bool used;
        uint64_t entry;
        size_t begin, end; /* stretch that began it, that ended it; SIZE_MAX: none yet */
    } * slot;              /* owned */
    size_t slots, slots_used;
};

enum difference_kind {
    DIFFERENT_NOTHING,
    DIFFERENT_LEAVING, /* the program's state when it goes to its kernel */
    DIFFERENT_COMING,  /* the program's state when its kernel lets it go on */
    DIFFERENT_CONSOLE,
    DIFFERENT_DISK,
    DIFFERENT_MISSING, /* one side never gets there */
    DIFFERENT_END,     /* all work is equal, the ends are not */
};
extern const char *const difference_names[DIFFERENT_END + 1];

struct difference {
    enum difference_kind kind;
    struct work_key key; /* where it was noticed */
    size_t stretch[2];   /* in the logs of A and B; SIZE_MAX: none */
    unsigned missing;    /* MISSING: the side that does not get there */
    uint64_t offset;     /* CONSOLE, DISK: byte */
    unsigned disk;       /* DISK: 0 or 1 */
    char text[400];      /* what differs, in words */

    bool has_equal;      /* the last position that is known to be equal: */
    bool kernel;         /* ... in the kernel: equal.insns counts kernel instructions then */
    bool to_instruction; /* the next instruction makes the difference */
    struct work_key equal;
    uint64_t steps; /* kernel instructions behind `equal` */
    struct session_position at[2];
    char changes[400]; /* registers that differ after that instruction */
};

struct diverge {
    struct side side[2];
    const struct options *options;      /* the common ones */
    bool own_time;                      /* RDTSC in programs gives work, not the clock */
    bool same_kernel;                   /* both sides run the same kernel image */
    uint64_t entries, returns;          /* compared */
    uint64_t memories;                  /* hashes of user memory compared */
    uint64_t console_bytes, disk_bytes; /* compared */
    uint64_t processes;
    size_t matched[2]; /* the last stretch that was found equal; SIZE_MAX: none */
    bool matched_end;  /* ... at its end, else at its beginning */
    size_t left[2];    /* the last whose end was found equal */
    struct difference first;
};

/* ---------------------------------------- sides.c */

/* Reads a side's name and makes its options of it and the common ones. */
bool side_read(struct side *side, char letter, const char *name, int argc, char *const *argv,
               struct complaint *why);
/* Opens its files. */
bool side_open(struct side *side, struct complaint *why);
/* A session at the beginning; cpu (may be null) instead of the options' model. */
bool side_start(struct side *side, const char *cpu, bool own_time, struct complaint *why);
void side_stop(struct side *side);
/* Keeps what went silent so far. */
void side_keep_silent(struct side *side);
void side_close(struct side *side);
/* Goes on for a slice. False: it is over. */
bool side_advance(struct side *side, const struct options *limits);
/* The crossing of that entry; null: not seen yet. */
const struct crossing_slot *side_crossing(struct side *side, uint32_t pid, uint64_t entry);
const struct work_stretch *side_stretch(const struct side *side, size_t index);
/* To a position; false: it cannot be reached. */
bool side_goto(struct side *side, const struct session_position *at);
/* The running program, or "kernel"; text is PROGRAM_NAME long. */
const char *side_program(struct side *side, char *text);
/* The CPU model that would trap what went silent in it, as text; false: nothing did. */
bool side_next_cpu(struct side *side, char *text, size_t size, const char **row);

/* ---------------------------------------- match.c, narrow.c */

/* Compares until the first difference or the ends. False: why says what failed. */
bool diverge_match(struct diverge *v, struct complaint *why);
/* Compares user registers, or states of kernels; text says what differs. */
bool states_equal(const struct cpu_state *a, const struct cpu_state *b, bool user, char *text,
                  size_t size);
/* Adds " NAME A B" style words; used by both. */
void say_difference(char *text, size_t size, const char *name, uint64_t a, uint64_t b);
/* Goes back in both to the last equal position and forwards to the instruction. */
bool diverge_narrow(struct diverge *v, struct complaint *why);

/* ---------------------------------------- tell.c, json.c */

void diverge_tell(struct diverge *v, FILE *to);
void diverge_json(struct diverge *v, FILE *to);
/* Registers, instruction, symbol and line where a side stands. */
struct place {
    struct session_position at;
    struct cpu_state cpu;
    char code[120], name[120], line[140], program[PROGRAM_NAME];
    bool user;
};
void place_look(struct side *side, struct place *out);
/* The last lines of a console up to where the side stands. */
const char *console_tail(struct side *side, char *text, size_t size);

#endif
