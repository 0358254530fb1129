/* What the debugger's commands share. */
#ifndef CLI_DEBUG_INTERNAL_H
#define CLI_DEBUG_INTERNAL_H

#include <inttypes.h>

#include "debug/debugger.h"
#include "debug/facts.h"
#include "debug/log.h"
#include "debug/programs.h"
#include "debug/symbols.h"
#include "debug/lock.h"
#include "guest_config.h"
#include "hv/expr.h"
#include "hv/query.h"
#include "hv/work.h"

#define LINE_MOST 1024u /* bytes of a command line */

struct command;
struct predict;

struct debugger {
    const struct options *options;
    struct inputs *inputs;
    struct session_config config; /* another session of the same kind can be built from it */
    struct guest_load load;       /* config.input's modules */
    struct session *session;      /* owned */
    unsigned loads;               /* how many times it became another one: replay, restore */
    struct symbols *kernel;       /* owned; null: none */
    struct programs programs;     /* the guest's user programs' */
    struct name_place {
        bool tried, there;
        uint32_t offset, bytes;
    } name_place; /* of the program's name in the kernel's record of a process */
    struct event_log log;
    bool log_misses; /* what was before a restored position is not in it */
    struct source_file {
        char *path; /* owned; of the text */
        struct file_bytes text;
        bool readable;
    } source; /* the file shown last */
    struct {
        char file[300];
        unsigned next; /* 0: around the present place */
    } listed;          /* how far `list` has come */
    FILE *out;         /* where the present command answers */
    FILE *console;     /* null: nowhere */
    struct console_line {
        char text[200];
        unsigned n;
        bool open;      /* a line of the guest's is begun and shown */
    } line[HV_MAX_VMS]; /* text: of several guests, what is not shown yet */
    bool plain;         /* --accessible */
    bool interactive, quits;
    unsigned sourcing;            /* files within files */
    const struct command *repeat; /* what an empty line does; null: nothing */
    char repeat_rest[LINE_MOST];
    struct point_program {
        unsigned number;
        char name[PROGRAM_NAME];
        char own[120]; /* the condition that the user gave */
    } of_program[64];  /* points that stand in user programs */
    unsigned of_programs;
    uint32_t examine_at; /* where x and disassemble go on */
    bool examine_physical;
    struct vm_exit unknown;    /* the open exit before the hypervisor knows what it is */
    struct trace_sink watcher; /* is told every event too */
    struct query *tracing;     /* owned; which events are shown as they happen; null: none */
    struct predict *predict;   /* owned; null: not asked for */
    const struct lock *lock;   /* borrowed; null: everything is allowed */
    struct work_config work;   /* every session of ours watches guest work, if `works` */
    bool works;
};

/* A row of commands.def. */
struct command {
    const char *name, *aliases; /* aliases separated by blanks */
    int (*run)(struct debugger *d, const char *rest);
    unsigned flags; /* COMMAND_* */
    const char *usage, *help;
};

enum {
    COMMAND_REPEATS = 1,  /* an empty line does it again */
    COMMAND_GOES_ON = 16, /* and then it goes on behind what it has shown: without its argument */
    COMMAND_SAFE = 2,     /* shows nothing that is to be predicted */
    COMMAND_SPLITS = 4,   /* "x/8xw": what follows the name without a blank is an argument */
    COMMAND_BACK = 8,     /* goes back in time, or may */
};

extern const struct command commands[];
extern const unsigned command_count;

#define COMMAND(name, aliases, function, flags, usage, help)                                       \
    int function(struct debugger *d, const char *rest);
#include "debug/commands.def"
#undef COMMAND

/* A row of info.def. */
struct info_row {
    const char *name;
    int (*run)(struct debugger *d, const char *rest);
    unsigned flags; /* COMMAND_SAFE */
    const char *usage, *help;
};
extern const struct info_row info_rows[];
extern const unsigned info_count;

#define INFO(name, function, flags, usage, help) int function(struct debugger *d, const char *rest);
#include "debug/info.def"
#undef INFO

/* ---------------------------------------- answers */

/* Why what a question of --predict asks for is not shown. */
#define ANSWER_FIRST "answer first: answer REASON OUTCOME CYCLES"

/* One line of what is wrong, with its end; returns status. */
int refuse(struct debugger *d, int status, const char *fmt, ...) SIM_PRINTF(3, 4);
int refuse_error(struct debugger *d, const struct sim_error *err);
int refuse_complaint(struct debugger *d, const struct complaint *why);
/* Ends the guest's unfinished console line, so that ours begins on one of its own. */
void console_rest(struct debugger *d);
/* A byte of a guest's; of several guests whole lines are shown. */
void console_byte(void *debugger, unsigned vm, uint8_t byte);

/* ---------------------------------------- arguments */

/* Behind blanks. */
const char *skip_blanks(const char *text);
/* Takes a word: true if `*rest` begins with exactly that word, which is then behind it. */
bool take_word(const char **rest, const char *word);
/* Copies the next word (to a blank) and goes behind it; "" at the end. */
void next_word(const char **rest, char *word, size_t size);
/* Complains of anything left. */
bool at_end(struct debugger *d, const char *command, const char *rest);

/* An expression that takes all of the text; complains. */
bool evaluate(struct debugger *d, const char *text, uint64_t *value);
/* The same, up to where the expression ends; *text is then behind it. */
bool evaluate_some(struct debugger *d, const char **text, uint64_t *value);
/* A count: 1 for an empty text, and never 0 or what is meant to be negative. */
bool evaluate_count(struct debugger *d, const char *text, uint64_t *count);
struct expr_scope debug_scope(struct debugger *d);

/* A place in code: *EXPR, NAME, NAME+N, FILE:LINE, LINE, PROGRAM:NAME, 0xADDRESS, EXPR. */
struct location {
    uint32_t address;
    char program[PROGRAM_NAME]; /* "" : the kernel's, or anybody's */
};
bool parse_location(struct debugger *d, const char *text, struct location *at);

/* ---------------------------------------- the guest */

struct hv *debug_hv(struct debugger *d);
/* Registers as the guest that commands are about believes them to be. */
struct cpu_state *debug_cpu(struct debugger *d, struct cpu_state *s);
bool read_linear(struct debugger *d, uint32_t address, void *to, uint32_t n);
bool read_physical(struct debugger *d, uint32_t address, void *to, uint32_t n);
/* Bytes readable at a linear address, at most n. */
uint32_t read_some(struct debugger *d, uint32_t address, void *to, uint32_t n);
/* Disassembles at a linear address; bytes, 0: not readable or no instruction (text says so). */
unsigned disassemble_at(struct debugger *d, uint32_t address, char *text, unsigned size);

/* The flags that are set in it, "CF IF"; text is 80 bytes. Returns text. */
const char *flag_names(uint32_t eflags, char text[80]);

/* Whose symbols speak of an address now; null: nobody's. *program (may be null): "" for the kernel.
 */
const struct symbols *symbols_for(struct debugger *d, uint32_t address, const char **program);
/* "sh:main+0x4", "kmain", or "". */
const char *address_name(struct debugger *d, uint32_t address, char *text, size_t size);
bool resolve_symbol(void *debugger, const char *name, size_t length, uint64_t *value);
/* The running program's name into text; "" : none, or not known. */
const char *running_program(struct debugger *d, char text[PROGRAM_NAME]);

/* "./guest-os/kernel/main.c" as "kernel/main.c line 40"; "" if not known. */
const char *address_line(struct debugger *d, uint32_t address, char *text, size_t size);
/* The source text of a line, without its end; "" if the file is not there. */
/* False: there is no such line, or no such file. */
bool source_text(struct debugger *d, const char *file, unsigned line, char *text, size_t size);

/* ---------------------------------------- moves */

/* Makes a move and says where it ended; returns the command's status. */
int debug_go(struct debugger *d, const struct session_move *move);
/* The same without a word, but for a question of --predict; *e: where. */
bool debug_go_quietly(struct debugger *d, const struct session_move *move, struct session_event *e);
/* Says where the session is. */
int debug_tell_stop(struct debugger *d, const struct session_event *e);
/* The same of the present position, without a reason. */
int debug_tell_here(struct debugger *d);
/* "insn 12, cycle 345, exit 2" with the phase inside an exit. */
const char *position_text(struct debugger *d, const struct session_position *at, char *text,
                          size_t size);

/* Does the hypervisor know by now what the open exit is about? True without an open exit. */
bool exit_is_classified(struct debugger *d);
/*
 * The whole record of an exit that is over, or that ends before the next instruction: then that is
 * gone to and come back from. False: no longer kept, or the guest ended in it.
 */
bool exit_completed(struct debugger *d, uint64_t number, struct vm_exit *out);

int step_line(struct debugger *d, bool back, uint64_t count);

/* ---------------------------------------- points */

/* "breakpoint 1", "watchpoint 2", "catchpoint 3". */
const char *point_title(const struct session_point *p);
void point_describe(struct debugger *d, const struct session_point *p, char *text, size_t size);
/* The program a point stands in; null: none. */
struct point_program *point_program_of(struct debugger *d, unsigned number);
/* Cuts text where " if ", " cr3 " or " vm " begins; returns what follows, "" if none does. */
const char *point_cut(char *text);
/* Adds it with the restrictions that follow (`cr3 VALUE`, `vm NUMBER`, `if EXPR`) and says so. */
int point_add(struct debugger *d, struct session_point *p, const char *program, const char *rest);
/* Another condition of the user's, "" for none, beside that of a point in a program. */
int point_set_condition(struct debugger *d, unsigned number, const char *own);
/* Which program a point stands in, of points that are no more. */
void forget_programs(struct debugger *d);

/* ---------------------------------------- trace */

void trace_event_text(const struct trace_event *e, char *text, size_t size);
int expect_query(struct debugger *d, const char *text);

/* ---------------------------------------- prediction */

void predict_destroy(struct predict *p);
/* Puts the silent point that stops before every exit into a new session. */
bool predict_arm(struct debugger *d, struct complaint *why);
/* Is this stop the one before an exit? Then the question is put. */
bool predict_asks(struct debugger *d, const struct session_event *e);
/* A question waits for its answer. */
bool predict_waits(const struct debugger *d);
/* From here on every exit is asked about, or none; what was asked is kept. */
bool predict_begin(struct debugger *d, struct complaint *why);
void predict_end(struct debugger *d);
/* The silent point before every exit; 0: nothing is asked. */
unsigned predict_point(const struct debugger *d);
/* Exits that were answered, and points, of three each. */
void predict_score(const struct debugger *d, unsigned *answered, unsigned *points);
/* The last exit that was answered, in a sentence; "": none. Returns text. */
const char *predict_last(const struct debugger *d, char *text, size_t size);
/* The answers of one or two debuggers as JSON: docs/schema/predict.json. */
void predict_write(struct debugger *const *d, unsigned n, FILE *to);

/* ---------------------------------------- sessions */

/* Builds d->session from d->config, with resolver, sink and poll. */
bool debug_open_session(struct debugger *d, struct session **out, struct complaint *why);
/* The options that a recording needs, as JSON text; owned by the caller (free); null: no memory. */
char *note_write(const struct options *o, const struct inputs *in);
/* Reads them back as an argument vector; owned (note_free). False: why. */
struct note {
    char **argv;
    int argc;
    struct note_file {
        char *path; /* owned */
        uint64_t hash;
    } file[16];
    unsigned files;
};
bool note_read(struct note *out, const char *text, size_t n, const char *path,
               struct complaint *why);
/* Are the files what they were when the note was written? */
bool note_check(const struct note *note, const struct inputs *in, const char *path,
                struct complaint *why);
void note_free(struct note *note);

#endif
