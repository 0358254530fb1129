/*
 * A recording and a saved session of one build, in another: the program is linked twice, with the
 * simulator and the hypervisor as users have them and with both not optimized (other_build.sh).
 *
 *   replay-builds record FOLDER     runs, types, writes MODE.rec, MODE.save and MODE.end
 *   replay-builds replay FOLDER     reads them: every hash on the way and at the end must be equal
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/alloc.h"
#include "tests/replay/session/desk.h"

static struct desk desk;

static void require(bool ok, const char *what, const char *why)
{
    if (ok)
        return;
    (void)fprintf(stderr, "builds: %s: %s\n", what, why);
    exit(1);
}

static char *file_name(const char *folder, enum hv_mode_id mode, const char *kind)
{
    static char path[1024];
    (void)snprintf(path, sizeof(path), "%s/%s.%s", folder, hv_modes[mode]->name, kind);
    return path;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    struct complaint why = {CLI_OK, "", ""};
    require(file_replace("builds", path, bytes, n, &why), path, why.what);
}

static struct file_bytes read_file(const char *path)
{
    struct complaint why = {CLI_OK, "", ""};
    struct file_bytes f;
    require(file_read(&f, "builds", path, &why), path, why.what);
    return f;
}

static void type(struct session *s, const char *text)
{
    struct sim_error err = {SIM_OK, ""};
    for (; *text; text++) {
        const struct session_input in = {.kind = INPUT_CONSOLE, .value = (uint8_t)*text};
        require(session_give(s, &in, &err), "typing", err.text);
    }
}

/* The end of a run, in words. */
static void tell_end(struct session *s, char text[128])
{
    const struct session_position *at = session_position(s);
    (void)snprintf(text, 128, "%llu instructions, %llu cycles, %llu exits, hash %016llx\n",
                   (unsigned long long)at->insn, (unsigned long long)at->cycle,
                   (unsigned long long)at->exit, (unsigned long long)session_hash(s));
}

static void run_to_end(struct session *s)
{
    const struct session_move m = {.verb = SESSION_CONTINUE,
                                   .cycle = 2000000000}; /* not for ever */
    struct session_event e;
    bool ok = session_go(s, &m, &e);
    require(ok && (e.why == SESSION_ENDED || e.why == SESSION_PRESENT), session_why_names[e.why],
            e.text);
}

static void record(enum hv_mode_id mode, const char *folder)
{
    struct sim_error err = {SIM_OK, ""};
    char text[128];
    uint8_t *bytes;
    size_t n;
    struct session *s = desk_session(&desk);
    desk_go(s, SESSION_GOTO_INSN, false, 300000);
    type(s, "sieve 8\nmkdir /new\nfork; ");
    desk_go(s, SESSION_STEP, false, 100000);
    type(s, "ls /\nqsort 3\nhalt\n");
    desk_go(s, SESSION_STEP, false, 700000);
    require(session_save(s, "", &bytes, &n, &err) == SIM_OK, "save", err.text);
    write_file(file_name(folder, mode, "save"), bytes, n);
    sim_free(bytes);
    run_to_end(s);
    require(session_position(s)->insn > 2000000, "the run", "too short for its hashes");
    require(session_record(s, "", &bytes, &n, &err) == SIM_OK, "record", err.text);
    write_file(file_name(folder, mode, "rec"), bytes, n);
    sim_free(bytes);
    tell_end(s, text);
    write_file(file_name(folder, mode, "end"), text, strlen(text));
    session_destroy(s);
}

static void expect_end(struct session *s, enum hv_mode_id mode, const char *folder, const char *how)
{
    char text[128];
    struct file_bytes want = read_file(file_name(folder, mode, "end"));
    tell_end(s, text);
    require(strcmp(text, (const char *)want.bytes) == 0, how, text);
    (void)printf("%s, %s: %s", hv_modes[mode]->name, how, text);
    file_free(&want);
}

static void replay(enum hv_mode_id mode, const char *folder)
{
    struct sim_error err = {SIM_OK, ""};
    struct file_bytes f = read_file(file_name(folder, mode, "rec"));
    struct session *s = desk_session(&desk);
    require(session_replay(s, f.bytes, f.size, &err) == SIM_OK, "replay", err.text);
    run_to_end(s);
    expect_end(s, mode, folder, "replayed");
    session_destroy(s);
    file_free(&f);

    f = read_file(file_name(folder, mode, "save"));
    s = desk_session(&desk);
    require(session_restore(s, f.bytes, f.size, &err) == SIM_OK, "restore", err.text);
    run_to_end(s);
    expect_end(s, mode, folder, "restored");
    session_destroy(s);
    file_free(&f);
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "record") != 0 && strcmp(argv[1], "replay") != 0))
        return 2;
    for (enum hv_mode_id mode = MODE_native; mode < HV_MODES; mode++) {
        desk_open(&desk, mode, "hz=1000", 8);
        (strcmp(argv[1], "record") == 0 ? record : replay)(mode, argv[2]);
        desk_close(&desk);
    }
    return 0;
}
