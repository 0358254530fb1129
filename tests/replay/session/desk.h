/*
 * A session of Bantam, or a guest of the kit, for tests: the profile, the image and the disk are
 * read once, and every session is made from them alike.
 */
#ifndef TESTS_REPLAY_SESSION_DESK_H
#define TESTS_REPLAY_SESSION_DESK_H

#include "cli/disk.h"
#include "cli/file.h"
#include "cli/profile.h"
#include "hv/session.h"

struct desk {
    struct profile profile;
    struct disk_image image;
    struct disk_overlay base; /* never written */
    struct file_bytes guest;
    struct session_config config;
    char said[65536]; /* what the first guest's console told us */
    size_t said_size;
};

/* Everything for sessions of Bantam in a mode with a command line. Ends the program if a file is
 * missing. */
void desk_open(struct desk *d, enum hv_mode_id mode, const char *cmdline, unsigned mem_mib);
void desk_close(struct desk *d);

/* A session; ends the program if there is none. */
struct session *desk_session(struct desk *d);

/* Both in one, and the end of both. */
struct session *desk_begin(struct desk *d, int mode, const char *cmdline, unsigned mem_mib);
void desk_end(struct desk *d, struct session *s);

/* The modes of Bantam, to be the parameters of a test. */
extern int desk_modes[3];
#define DESK_MODES cr_make_param_array(int, desk_modes, 3)

/* Moves that must not fail. */
struct session_event desk_go(struct session *s, enum session_verb verb, bool back, uint64_t count);
struct session_event desk_continue(struct session *s, bool back);

/* Adds a point, enabled, in all guests, and in all address spaces if p.cr3 is 0. Returns its
 * number. */
unsigned desk_point(struct session *s, struct session_point p);

#endif
