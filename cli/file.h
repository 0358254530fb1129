/*
 * Files, as the command line needs them: whole files read, outputs opened before the guest starts
 * and put in place only when complete, so that a failed run leaves every file as it was.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "complaint.h"

/* A whole file in memory. Owned by whoever called file_read; file_free accepts a zeroed one. */
struct file_bytes {
    uint8_t *bytes; /* a terminating 0 follows bytes[size - 1], for text */
    size_t size;
};

#define FILE_MAX_BYTES   ((size_t)1 << 31)
#define STREAM_MAX_BYTES ((size_t)1 << 28) /* of a pipe or device, which may have no end */

/* Reads all of path. what ("--guest") stands before the path in a complaint. */
bool file_read(struct file_bytes *out, const char *what, const char *path, struct complaint *why);
void file_free(struct file_bytes *f);

/*
 * An output. A regular file is written beside its place and renamed over it by output_commit; a
 * pipe, a device or "-" (standard output) is written directly. Zeroed = no output.
 */
struct output {
    FILE *stream; /* null when there is no output */
    char *path;   /* owned; the final place, null when written directly */
    char *temp;   /* owned */
    const char *option;
    const char *given; /* the path as given; borrowed */
    bool is_stdout;
    bool unnamed;   /* what is written has no name yet; temp has room for it */
    bool published; /* path is the new file; temp the old one, or null if there was none */
};

/* Opens it, proving that it can be written; nothing is changed yet. option ("--json") is for
 * complaints. */
bool output_open(struct output *o, const char *option, const char *path, struct complaint *why);

/*
 * Puts the unfinished file in its place already, so that it stands there if the program is killed;
 * the old one is kept beside it until output_commit, and comes back with output_abandon. Again, or
 * written directly: nothing happens.
 */
void output_publish(struct output *o);

/* Puts the finished file in place. On failure the old file is untouched. Closes in any case. */
bool output_commit(struct output *o, struct complaint *why);

/* Throws away what was written; the old file is untouched. Accepts a zeroed or committed output. */
void output_abandon(struct output *o);

/* Replaces path's contents by bytes[0..n), atomically. */
bool file_replace(const char *option, const char *path, const void *bytes, size_t n,
                  struct complaint *why);

/* The folder the running program is in, without a trailing slash, into text. False if the host does
 * not tell. */
bool program_folder(char *text, size_t size);

#endif
