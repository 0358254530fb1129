/*
 * Two runs against each other: the first difference that their programs can see.
 *
 * Each side is a debugger's session that watches guest work (hv/work.h). match.c goes through the
 * crossings between programs and their kernel in lock step; crossing.c compares two of them;
 * narrow.c goes back in both and finds the instruction; why.c tries which silent instruction it
 * was; tell.c and json.c say it. docs/diverge.md tells what is compared and what is not.
 */
#ifndef CLI_DIVERGE_H
#define CLI_DIVERGE_H

#include "debug/internal.h"
#include "debug/origin.h"
#include "hv/work.h"
#include "json.h"
#include "report.h"

#define NO_ITEM    SIZE_MAX
#define TEXT_SIZE  400 /* of what differs, in words */
#define MODEL_SIZE sizeof(((struct cpu_model *)0)->name)
#define MOST_ROWS  12 /* instructions made to trap by --why */
/* Stands in a text until the byte is known. */
#define MEMORY_DIFFERS "its memory differs"

/* The first and the last stretch (in the log) between two entries to the kernel. */
struct crossing_slot {
    uint32_t pid;
    bool used;
    uint64_t entry;
    size_t begin, end; /* end: of a call or fault; NO_ITEM: none yet */
};

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

    bool over;  /* it goes no further: */
    bool spent; /* ... because it was not allowed to */
    struct session_event end;
    double deadline;            /* of host_now(); 0: none */
    uint64_t busy_cycle;        /* when a program ran last, as far as is known */
    uint64_t busy_idle;         /* idle cycles before that */
    size_t busy_log;            /* stretches by then */
    struct report *silent;      /* owned; what went silent until they differed; null: nothing */
    size_t indexed;             /* stretches of the log that stand in the index */
    struct crossing_slot *slot; /* owned */
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
    bool has_key;
    struct work_key key;        /* where it was noticed */
    char program[PROGRAM_NAME]; /* ... in which program; "" : not known */
    size_t stretch[2];          /* in the logs of A and B; NO_ITEM: none */
    bool at_end;                /* MISSING: of the stretch's end, not its beginning */
    unsigned missing;           /* MISSING: the side that does not get there */
    uint64_t offset;            /* CONSOLE, DISK: byte */
    unsigned disk;              /* DISK: 0 or 1 */
    bool memory;                /* user memory differs: text shall say where */
    char text[TEXT_SIZE];

    /* What narrow.c found. */
    bool to_instruction; /* both sides stand before an instruction that makes the difference */
    bool kernel;         /* ... in the kernel: `steps` is told, not `equal` */
    bool after_noticed;  /* ... counted from behind: `steps` before it was noticed */
    struct work_key equal;
    uint64_t steps;
    bool stands[2];          /* that side stands where it makes the difference by itself */
    char changes[TEXT_SIZE]; /* what differs after that instruction */
};

/* A try of --why: with these instructions made to trap. */
struct trial {
    char cpu[2][MODEL_SIZE]; /* "" : as given */
    struct difference result;
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
    bool cut;        /* a side was stopped before its end: what lies behind is not compared */
    size_t followed; /* stretches of B that A has as well */
    struct difference first;

    struct trial *trial; /* owned; --why's, in the order they were made */
    unsigned trials;
    bool explained;             /* the last rows make the runs equal */
    unsigned row[2][MOST_ROWS]; /* enum insn_trap: those that are needed */
    unsigned rows[2];
};

/* ---------------------------------------- name.c: sides as they are called */

/*
 * Of the options behind the two names, those that are the comparison's own, into ours (room for
 * all). Returns the first other one that recordings could not heed; null: none.
 */
const char *own_options(int argc, char *const *argv, int *ours_argc, char **ours);
/* Reads a side's name and makes its options of it and the common ones. */
bool side_read(struct side *side, char letter, const char *name, int argc, char *const *argv,
               struct complaint *why);

/* ---------------------------------------- sides.c: sides that run */

/* Opens its files. */
bool side_open(struct side *side, struct complaint *why);
/* A session at the beginning; cpu ("" : the options') is the CPU's model. */
bool side_start(struct side *side, const char *cpu, bool own_time, struct complaint *why);
void side_stop(struct side *side);
void side_close(struct side *side);
/* Goes on for a slice. False: it is over. */
bool side_advance(struct side *side, const struct options *limits);
const struct work_stretch *side_stretch(const struct side *side, size_t index);
/* To a position; false: it cannot be reached. */
bool side_goto(struct side *side, const struct session_position *at);
/* The crossing of that entry; null: not seen yet. */
const struct crossing_slot *side_crossing(struct side *side, uint32_t pid, uint64_t entry);
/* Keeps what went silent so far. */
void side_keep_silent(struct side *side);

/* ---------------------------------------- crossing.c: two states */

/* Adds "NAME is 0x1 in A and 0x2 in B" if they differ. */
void say_difference(char *text, size_t size, const char *name, uint64_t a, uint64_t b);
/* What a program held when it went to its kernel, or came back: true if equal, else text says. */
bool same_leaving(struct diverge *v, const struct work_stretch *a, const struct work_stretch *b);
bool same_coming(struct diverge *v, const struct work_stretch *a, const struct work_stretch *b);
/* Registers of programs (user), or of guests in their kernels. */
bool same_states(const struct cpu_state *a, const struct cpu_state *b, bool user, char *text,
                 size_t size);
/* Consoles, up to so many bytes of both. */
bool same_console(struct diverge *v, uint64_t until);
bool same_disk(struct diverge *v, unsigned disk);
/* User memory where both stand: true if equal, else text says which byte differs first. */
bool same_memory(struct diverge *v, char *text, size_t size);

/* ---------------------------------------- match.c, narrow.c, why.c */

/* Compares until the first difference or the ends. False: why says what failed. */
bool diverge_match(struct diverge *v, struct complaint *why);
/* Goes back in both to the last equal position and forwards to the instruction. */
bool diverge_narrow(struct diverge *v, struct complaint *why);
/* Starts both sides; cpu[i] as for side_start. */
bool diverge_start(struct diverge *v, const char *const cpu[2], struct complaint *why);
/* Runs again and again with silent instructions made to trap, until the runs are equal. */
bool diverge_why(struct diverge *v, struct complaint *why);

/* ---------------------------------------- tell.c, json.c */

void diverge_tell(struct diverge *v, FILE *to);
void diverge_tell_why(const struct diverge *v, FILE *to);
/* The report without --why's part; the second, after diverge_why, completes it. */
void diverge_json(struct diverge *v, struct json *j);
void diverge_json_why(const struct diverge *v, struct json *j);
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
