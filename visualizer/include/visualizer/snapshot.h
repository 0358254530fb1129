/*
 * What there is to see at one moment, as plain values and finished words.
 *
 * Whoever drives the sessions builds it (nothing in the panel knows a simulator), views only read
 * it. What is to be hidden (a prediction is open, an instructor has locked it) is not in here. All
 * strings and arrays live in the snapshot's own memory; a string is never null.
 */
#ifndef VISUALIZER_SNAPSHOT_H
#define VISUALIZER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "visualizer/timeline.h"

#define SNAP_SIDES  2u
#define SNAP_SPARKS 24u
#define SNAP_LEVELS 3u
#define SNAP_HINTS  6u
#define SNAP_VMS    8u

/* A VM and the processor: classes of the spans of its timeline. */
enum snap_turn {
    TURN_has,   /* its exits and the switch to another one included */
    TURN_waits, /* ready, while another one has it */
    TURN_none
};

/* An instruction of the code pane. */
struct snap_line {
    uint32_t address;
    const char *label;  /* "kmain", "kmain+0x12": symbol where one begins; "" */
    const char *bytes;  /* hexadecimal */
    const char *text;   /* disassembled, names for addresses */
    const char *file;   /* "kernel/main.c"; "" */
    const char *source; /* "47  kprintf(...)" where a line begins; "" */
    bool here, breakpoint;
    enum snap_mark { MARK_NONE, MARK_TRAPS, MARK_SILENT } mark; /* in the guest's present ring */
    const char *why;                                            /* of the mark */
};

struct snap_register {
    const char *name;
    uint32_t guest, real; /* as the guest believes, as the processor has it */
    bool has_real;        /* false: no such thing apart from the guest's */
    bool changed;         /* since the stop before */
    bool points;          /* it may hold a linear address */
    const char *words;    /* flags by letters, selectors by what they are; "" */
};

/* Exits by reason: a row of counters. */
struct snap_counter {
    const char *name, *words; /* as virtualization calls it, and in words */
    const char *tip;          /* both, why it traps, and the SDM's title */
    uint8_t class;            /* enum span_class */
    uint64_t count, cycles, min, max;
    bool breakpoint;
    uint32_t spark[SNAP_SPARKS]; /* counts over equal parts of the run so far */
};

/* Where cycles were booked. */
struct snap_cost {
    const char *name, *words;
    const char *brief; /* of the words, where there is little room */
    const char *tip;   /* all of it, and what it is charged by */
    uint64_t cycles;
    uint8_t colour, hatch; /* enum colour, enum hatch */
};

struct snap_phase {
    const char *name, *words;
    const char *brief; /* of the words, where there is little room */
    const char *tip;   /* all of it, and what it is charged by */
    uint64_t cycles;
    bool now;              /* the one that begins here */
    uint8_t colour, hatch; /* as of the costs: enum colour, enum hatch */
};

/* One exit: the selected one, or the one that is open here. */
struct snap_exit {
    bool there; /* false: nothing of this is known; `empty` says what to do */
    const char *empty;
    uint64_t number, cycle, cycles;
    const char *reason, *words, *outcome;
    const char *why;    /* one line: the rule, and the manual's title */
    const char *action; /* one line: what the hypervisor did */
    const char *instruction;
    uint8_t class;
    bool open;  /* we stand inside it */
    bool known; /* its reason: the hypervisor has found it out */
    struct snap_phase *phase;
    size_t phases;
    const char **story; /* lines, as `info exit` tells it */
    size_t lines;
};

/* The three facts of the rings picture. */
struct snap_rings {
    uint8_t real, believed; /* 0 to 3 */
    bool supervisor;        /* what paging sees */
    bool hypervisor;        /* it has the processor now */
    bool bare;              /* there is no hypervisor */
    const char *words;
};

/* One session. */
struct snap_side {
    const char *label; /* "trap" */
    const char *about; /* "bantam.elf on classic, profile p4-2005" */
    const char *state; /* "running", "paused", "ended: halted with 0" */
    const char *scale; /* "modelled cycles, p4-2005" */
    bool running, ended;
    uint64_t insn, exit, cycle;
    uint64_t user, kernel; /* instructions that the processor executed there, a REP once */
    const char *work;      /* where in guest work: "process 2, entry 17, +1,204" */
    const uint64_t *entry; /* cycles at which programs went on from their kernel; the driver's */
    size_t entries;
    uint64_t clock_hz;
    const char *symbol; /* where: "in kmain+0x14, kernel/main.c line 47" */
    struct snap_line *code;
    size_t codes;
    struct snap_register *reg;
    size_t regs;
    struct snap_rings rings;
    struct snap_counter *counter;
    size_t counters;
    struct snap_cost *cost;
    size_t costs;
    uint64_t busy, idle; /* cycles: all but idle; idle */
    uint64_t exits, exit_cycles;
    const char **console; /* the last lines */
    size_t console_lines;
    struct snap_exit exit_shown;
    const struct timeline *timeline;       /* the driver's; longer-lived than the snapshot */
    const struct timeline *turn[SNAP_VMS]; /* the same run for each VM: enum snap_turn */
    unsigned vms;
};

/* Compare: one reason on both sides. */
struct snap_difference {
    const char *name, *words, *tip;
    uint8_t class;
    uint64_t count[SNAP_SIDES], cycles[SNAP_SIDES];
};

/* One entry of a page table. */
struct snap_entry {
    uint32_t index, value;
    const char *flags; /* "P W U A D" */
    bool here;         /* the walk goes through it */
    bool differs;      /* guest's and shadow's flags do not agree */
    const char *tag;   /* of an entry that differs, in a word or two; "" */
    const char *words; /* why they differ; "" */
};

struct snap_level {
    const char *title; /* "guest directory 0x00101000", ... */
    uint32_t table;    /* machine address */
    bool there;
    struct snap_entry *entry;
    size_t entries;
};

/* Kinds of frames; a cell of the map is `per_cell` frames, and of the kind of the first one. */
struct snap_frame_kind {
    const char *name, *words;
    uint64_t frames;
    uint8_t colour, hatch;
    char letter;
};

/* One frame: what it is used as, whose it is (a VM's number, or as below), where a VM sees it. */
struct snap_frame {
    const char *type;
    uint32_t gfn;
    int owner;
};
enum { SNAP_FREE = -1, SNAP_FOREIGN = -2, SNAP_HYPERVISOR = -3 };

struct snap_memory {
    const char *empty; /* not "": there is nothing to show, and why */
    uint32_t address;
    struct snap_level guest[SNAP_LEVELS], real[SNAP_LEVELS]; /* real: what the hardware walks */
    const char *real_name; /* "shadow", "machine (validated)", "the guest's own" */
    const char **step;     /* the walk, step by step, in words */
    size_t steps;
    const char *verdict; /* how the hardware's entry is not the guest's; "" */
    struct snap_frame_kind *kind;
    size_t kinds;
    const uint8_t *cell; /* kind of each */
    size_t cells;
    uint32_t per_cell, frames;
    const struct snap_frame *frame; /* the first of each cell; null: not told */
};

struct snap_vm {
    const char *name, *state; /* "VM 0", "running", "waits for an interrupt" */
    /* Cycles; idle: all but ran and waited. Times it was put on the processor. */
    uint64_t ran, waited, idle, switches;
};

/* A prediction that waits for its answer. */
struct snap_question {
    bool open;
    const char *text; /* what is asked */
    const char **choice;
    size_t choices;
    unsigned asked, right; /* points that could be had so far, and those that were */
};

struct snapshot {
    uint64_t number;       /* rises with every one built */
    unsigned sides, front; /* front: which one commands are about */
    struct snap_side side[SNAP_SIDES];
    struct snap_difference *difference;
    size_t differences;
    const char *comparison;       /* one sentence */
    const char *differences_note; /* how they are sorted, and whose cycles they are */
    struct snap_memory memory;    /* of the front side */
    struct snap_vm *vm;
    size_t vms;
    struct snap_question question;
    const char *story; /* the story bar: a sentence with figures */
    const char *key;   /* the one key to press: "Press `e` to ..."; keys stand in backquotes */
    const char *hint[SNAP_HINTS]; /* what else can be pressed, the first ones first: "`c` run" */
    unsigned hints;
    const char *scale_note; /* "modelled cycles of profile p4-2005, not measured" */
    const char **log;       /* what verbs answered, oldest first */
    size_t log_lines;
    const char *message;             /* what went wrong or was done last; "" */
    const char *locked;              /* what an instructor locked, in a sentence; "" */
    const char *locked_views;        /* their names, blanks between */
    struct snap_block *memory_block; /* private: all of the above's memory */
    bool short_of;                   /* memory ran out: parts are missing */
};

/* An empty snapshot, its strings "". Frees what it held. Zeroed memory may be given. */
void snapshot_begin(struct snapshot *s);
void snapshot_free(struct snapshot *s);
/* Zeroed memory of the snapshot; null: none (short_of). */
void *snapshot_alloc(struct snapshot *s, size_t count, size_t each);
/* The cycle at which the longest of its runs ends so far, at least 1. */
uint64_t snapshot_end(const struct snapshot *s);
/* A string of the snapshot; "" when memory ran out. */
const char *snapshot_text(struct snapshot *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* So many bytes of a line, its tabs as blanks up to the next eighth column (ECMA-48, HT). */
const char *snapshot_line(struct snapshot *s, const char *text, size_t length);

#endif
