/*
 * diverge: two runs against each other.
 */
#include <stdlib.h>
#include <string.h>

#include "diverge/diverge.h"
#include "runner.h"
#include "verbs.h"

static bool same_file(const struct file_bytes *a, const struct file_bytes *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static const struct file_bytes *kernel_of(const struct side *side)
{
    return &side->inputs.guest[side->options.modes[0]].file;
}

static bool open_both(struct diverge *v, struct complaint *why)
{
    static const char *const as_given[2] = {"", ""};
    for (unsigned i = 0; i < 2; i++) {
        if (!side_open(&v->side[i], why))
            return false;
        if (v->side[i].options.vms > 1)
            return complain(why, "record one with one guest", "%s: has %u guests, not one",
                            v->side[i].name, v->side[i].options.vms);
    }
    v->own_time = !v->side[0].recorded && !v->side[1].recorded;
    v->same_kernel = same_file(kernel_of(&v->side[0]), kernel_of(&v->side[1]));
    return diverge_start(v, as_given, why);
}

/* 0 equal, 1 different, 4 equal as far as a budget allowed. */
static int status_of(const struct diverge *v)
{
    if (v->first.kind != DIFFERENT_NOTHING)
        return CLI_GUEST_FAILED;
    return v->side[0].spent || v->side[1].spent ? CLI_BUDGET : CLI_OK;
}

/* Tells it all, on the way to a file for --json too. */
static bool report_all(struct diverge *v, struct output *json, struct complaint *why)
{
    const struct options *o = v->options;
    FILE *to = json->is_stdout ? stderr : stdout;
    struct json j = {.to = json->stream};
    if (!o->quiet)
        diverge_tell(v, to);
    if (json->stream)
        diverge_json(v, &j);
    if (o->why && v->first.kind != DIFFERENT_NOTHING) {
        if (!diverge_why(v, why))
            return false;
        if (!o->quiet)
            diverge_tell_why(v, to);
    }
    if (json->stream)
        diverge_json_why(v, &j);
    return !json->stream || output_commit(json, why);
}

static int diverge(struct diverge *v, struct complaint *why)
{
    struct output json = {0};
    const char *path = v->options->json;
    int status = CLI_OK;
    bool ok = open_both(v, why) && (!path || output_open(&json, "--json", path, why)) &&
              diverge_match(v, why);
    if (ok) {
        status = status_of(v);
        ok = diverge_narrow(v, why) && report_all(v, &json, why);
    }
    output_abandon(&json);
    return ok ? status : complaint_print(why, stderr);
}

static bool read_both(struct diverge *v, struct options *o, int argc, char *const *argv,
                      struct complaint *why)
{
    if (argc < 2 || strncmp(argv[0], "--", 2) == 0 || strncmp(argv[1], "--", 2) == 0)
        return complain(why, "for example ringside diverge native trap --run \"forkwait 10; halt\"",
                        "diverge: two runs come first, modes or recordings");
    int ours_argc;
    char **ours = calloc((size_t)argc, sizeof *ours);
    if (!ours)
        return complain_ours(why, NULL, "no memory");
    const char *other = own_options(argc - 2, argv + 2, &ours_argc, ours);
    bool ok = options_parse(o, V_DIVERGE, ours_argc, ours, why);
    free(ours);
    if (!ok)
        return false;
    if (other && strncmp(other, "--mode", 6) == 0)
        return complain(why, "ringside diverge A B: the modes are A and B",
                        "%s: stands in the names of the two runs", other);
    for (unsigned i = 0; i < 2; i++)
        if (!side_read(&v->side[i], i ? 'B' : 'A', argv[i], argc - 2, argv + 2, why))
            return false;
    if (other && v->side[0].recorded && v->side[1].recorded)
        return complain(why, "leave it out", "%s: recordings say themselves how they were made",
                        other);
    return true;
}

int verb_diverge(int argc, char *const *argv)
{
    struct options o;
    struct complaint why = {CLI_OK, "", ""};
    struct diverge *v = calloc(1, sizeof *v);
    int status;
    memset(&o, 0, sizeof o);
    if (!v) {
        (void)complain_ours(&why, NULL, "no memory");
        return complaint_print(&why, stderr);
    }
    v->options = &o;
    if (read_both(v, &o, argc, argv, &why))
        status = diverge(v, &why);
    else
        status = complaint_print(&why, stderr);
    for (unsigned i = 0; i < 2; i++)
        side_close(&v->side[i]);
    free(v->trial);
    free(v);
    options_free(&o);
    return status;
}
