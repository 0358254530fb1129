/*
 * diverge: two runs against each other.
 */
#include <stdlib.h>
#include <string.h>

#include "diverge/diverge.h"
#include "verbs.h"

#define WHY_MOST 12

static bool same_file(const struct file_bytes *a, const struct file_bytes *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static const struct file_bytes *kernel_of(const struct side *side)
{
    return &side->inputs.guest[side->options.modes[0]].file;
}

static bool start_both(struct diverge *v, const char *const cpu[2], struct complaint *why)
{
    for (unsigned i = 0; i < 2; i++) {
        side_stop(&v->side[i]);
        if (!side_start(&v->side[i], cpu[i], v->own_time, why))
            return false;
    }
    return true;
}

static bool open_both(struct diverge *v, struct complaint *why)
{
    static const char *const as_given[2];
    for (unsigned i = 0; i < 2; i++) {
        if (!side_open(&v->side[i], why))
            return false;
        if (v->side[i].options.vms > 1)
            return complain(why, "leave it out", "--vms %u: one guest is compared with one guest",
                            v->side[i].options.vms);
    }
    v->own_time = !v->side[0].recorded && !v->side[1].recorded;
    v->same_kernel = same_file(kernel_of(&v->side[0]), kernel_of(&v->side[1]));
    return start_both(v, as_given, why);
}

/* Again and again, each time with one more of the instructions that were silent made to trap. */
static bool tell_why(struct diverge *v, FILE *to, struct complaint *why)
{
    char text[2][96];
    for (unsigned n = 0; n < WHY_MOST; n++) {
        const char *cpu[2] = {NULL, NULL}, *row = NULL;
        for (unsigned i = 0; i < 2; i++)
            if (side_next_cpu(&v->side[i], text[i], sizeof text[i], &row))
                cpu[i] = text[i];
        if (!cpu[0] && !cpu[1]) {
            if (n == 0)
                (void)fputs("No sensitive instruction went silent: nothing to make trap.\n", to);
            return true;
        }
        if (!start_both(v, cpu, why) || !diverge_match(v, why))
            return false;
        for (unsigned i = 0; i < 2; i++)
            if (cpu[i])
                (void)fprintf(to, "With %c's cpu %s: ", v->side[i].letter, cpu[i]);
        if (v->first.kind == DIFFERENT_NOTHING) {
            (void)fputs("equal.\n", to);
            return true;
        }
        (void)fprintf(to, "process %u, entry %" PRIu64 ": %s.\n", v->first.key.pid,
                      v->first.key.entry, v->first.text);
    }
    return true;
}

static int diverge(struct diverge *v, const struct options *o, struct complaint *why)
{
    struct output json = {0};
    int status = CLI_OK;
    bool ok = open_both(v, why) && (!o->json || output_open(&json, "--json", o->json, why)) &&
              diverge_match(v, why) && diverge_narrow(v, why);
    if (ok) {
        FILE *to = json.is_stdout ? stderr : stdout;
        status = v->first.kind == DIFFERENT_NOTHING ? CLI_OK : CLI_GUEST_FAILED;
        if (!o->quiet)
            diverge_tell(v, to);
        if (json.stream)
            diverge_json(v, json.stream);
        ok = (!o->json || output_commit(&json, why)) &&
             (!o->why || status == CLI_OK || tell_why(v, to, why));
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
    if (!options_parse(o, V_DIVERGE, argc - 2, argv + 2, why))
        return false;
    if (options_given(o, "mode"))
        return complain(why, "ringside diverge A B: the modes are A and B",
                        "--mode: stands in the names of the two runs");
    for (unsigned i = 0; i < 2; i++)
        if (!side_read(&v->side[i], i ? 'B' : 'A', argv[i], argc - 2, argv + 2, why))
            return false;
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
        status = diverge(v, &o, &why);
    else
        status = complaint_print(&why, stderr);
    for (unsigned i = 0; i < 2; i++)
        side_close(&v->side[i]);
    free(v);
    options_free(&o);
    return status;
}
