/*
 * A side as it is called: a mode with options, or the file of a recording.
 *
 * A name is read as a command line: `trap:cpu=classic:profile=flat` is the common options with
 * --mode trap --cpu classic --profile flat in place of their own. A recording says itself what it
 * was made with.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diverge/diverge.h"

#define PARTS_MOST 64

/* Is the argument the option `name`, with or without its value attached? */
static bool is_option(const char *argument, const char *name, size_t n)
{
    return strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, n) == 0 &&
           (argument[2 + n] == 0 || argument[2 + n] == '=');
}

/* Does the option take its value from the next argument? */
static bool takes_next(const char *argument)
{
    for (unsigned i = 0; i < option_count; i++)
        if (is_option(argument, option_rows[i].name, strlen(option_rows[i].name)))
            return option_rows[i].argument && !strchr(argument, '=');
    return false;
}

/* Options that are the comparison's own, not a machine's. */
static bool is_ours(const char *argument)
{
    static const char *const ours[] = {"json", "why", "quiet", "timeout", "max-insns"};
    for (unsigned i = 0; i < sizeof ours / sizeof *ours; i++)
        if (is_option(argument, ours[i], strlen(ours[i])))
            return true;
    return false;
}

const char *own_options(int argc, char *const *argv, int *ours_argc, char **ours)
{
    const char *other = NULL;
    *ours_argc = 0;
    for (int i = 0; i < argc; i++) {
        bool two = takes_next(argv[i]) && i + 1 < argc, mine = is_ours(argv[i]);
        for (int k = i; mine && k <= i + two; k++)
            ours[(*ours_argc)++] = argv[k];
        if (!mine && !other)
            other = argv[i];
        i += two;
    }
    return other;
}

/* What only a hypervisor can heed. */
static bool is_hypervisors(const char *argument)
{
    return is_option(argument, "cpu", 3) || is_option(argument, "tsc", 3) ||
           is_option(argument, "io", 2);
}

/* The next of the parts between colons; null at the end. */
static const char *next_part(const char *at, size_t *n)
{
    at += *at == ':';
    *n = strcspn(at, ":");
    return *n ? at : NULL;
}

/* Does a part of the side's name say this option? */
static bool said_here(const char *parts, const char *argument)
{
    size_t n;
    for (const char *p = parts; (p = next_part(p, &n)); p += n)
        if (is_option(argument, p, strcspn(p, "=:")))
            return true;
    return false;
}

static bool add_argument(struct side *side, const char *prefix, const char *text, size_t n)
{
    size_t size = strlen(prefix) + n + 1;
    char *copy = malloc(size);
    if (!copy)
        return false;
    (void)snprintf(copy, size, "%s%.*s", prefix, (int)n, text);
    side->argv[side->argc++] = copy;
    return true;
}

/* The common options without ours, and without what the parts say otherwise. */
static bool add_common(struct side *side, const char *parts, int argc, char *const *argv)
{
    bool hypervisor = hv_modes[side->options.modes[0]]->has_hypervisor;
    for (int i = 0; i < argc; i++) {
        bool two = takes_next(argv[i]) && i + 1 < argc;
        bool wanted = !is_ours(argv[i]) && (hypervisor || !is_hypervisors(argv[i])) &&
                      !said_here(parts, argv[i]);
        for (int k = i; wanted && k <= i + two; k++)
            if (!add_argument(side, "", argv[k], strlen(argv[k])))
                return false;
        i += two;
    }
    return true;
}

static bool add_parts(struct side *side, const char *parts, struct complaint *why)
{
    size_t n;
    unsigned count = 0;
    for (const char *p = parts; (p = next_part(p, &n)); p += n) {
        if (++count > PARTS_MOST)
            return complain(why, "give fewer", "%s: more than %d options", side->name, PARTS_MOST);
        if (!add_argument(side, "--", p, n))
            return complain_ours(why, NULL, "no memory");
        const char *whole = side->argv[side->argc - 1];
        if (is_ours(whole) || is_option(whole, "mode", 4))
            return complain(why, "for example ringside diverge native trap:cpu=classic --why",
                            "%s: %.*s is no option of one side", side->name, (int)n, p);
    }
    return true;
}

static bool read_machine(struct side *side, const char *mode, int argc, char *const *argv,
                         struct complaint *why)
{
    const char *parts = side->name + strcspn(side->name, ":");
    for (unsigned i = 0; i < HV_MODES; i++)
        if (hv_modes[i] == hv_mode_find(mode))
            side->options.modes[0] = (enum hv_mode_id)i;
    side->argv = calloc((size_t)argc + PARTS_MOST + 1, sizeof *side->argv);
    if (!side->argv || !add_argument(side, "--mode=", mode, strlen(mode)) ||
        !add_common(side, parts, argc, argv))
        return complain_ours(why, NULL, "no memory");
    if (!add_parts(side, parts, why) ||
        !options_parse(&side->options, V_DIVERGE, side->argc, side->argv, why))
        return false;
    struct options *o = &side->options;
    return o->guest || o->script.text || script_builtin(&o->script, "tour", why);
}

/* The mode that a name begins with into word; false: none. */
static bool names_mode(const char *name, char word[16])
{
    size_t n = strcspn(name, ":");
    (void)snprintf(word, 16, "%.*s", n < 16 ? (int)n : 0, name);
    return hv_mode_find(word) != NULL;
}

bool side_read(struct side *side, char letter, const char *name, int argc, char *const *argv,
               struct complaint *why)
{
    char mode[16];
    side->name = name;
    side->letter = letter;
    side->has_options = true;
    if (names_mode(name, mode))
        return read_machine(side, mode, argc, argv, why);
    if (access(name, F_OK) != 0)
        return complain(why,
                        "name a mode (native, trap, pv), with options as in trap:cpu=classic, "
                        "or a recording",
                        "%s: neither a mode nor a file", word_shown(name));
    side->recorded = true;
    return origin_read(&side->origin, 'R', "diverge", name, why) &&
           options_parse(&side->options, V_DEBUG, side->origin.note.argc, side->origin.note.argv,
                         why);
}
