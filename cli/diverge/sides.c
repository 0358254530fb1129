/*
 * A side: a mode with options, or a recording, as a session that goes forward in slices.
 *
 * A name is read as a command line: `trap:cpu=classic:profile=flat` is the common options with
 * --mode trap --cpu classic --profile flat in place of their own. A recording says itself what it
 * was made with.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diverge/diverge.h"
#include "why.h"

#define SLICE   500000u /* instructions that a side goes on before the other is looked at */
#define PARTS   64
#define NO_ITEM SIZE_MAX

/* ---------------------------------------- names */

/* Is argv[i] the option `name`, with its value attached or behind it? */
static bool is_option(const char *argument, const char *name, size_t n)
{
    return strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, n) == 0 &&
           (argument[2 + n] == 0 || argument[2 + n] == '=');
}

static bool takes_value(const char *argument)
{
    const char *name = argument + 2;
    size_t n = strcspn(name, "=");
    for (unsigned i = 0; i < option_count; i++)
        if (strlen(option_rows[i].name) == n && strncmp(option_rows[i].name, name, n) == 0)
            return option_rows[i].argument && !name[n];
    return false;
}

static bool add_argument(struct side *side, const char *text, size_t n)
{
    char *copy = strndup(text, n);
    if (copy)
        side->argv[side->argc++] = copy;
    return copy != NULL;
}

/* Does a part of the side's name say this option? */
static bool said_here(const char *parts, const char *argument)
{
    for (const char *p = parts; *p; p += strcspn(p, ":"), p += *p == ':')
        if (is_option(argument, p, strcspn(p, "=:")))
            return true;
    return false;
}

/* Options that are the comparison's own, not a machine's. */
static bool is_ours(const char *argument)
{
    static const char *const ours[] = {"json",       "why",     "quiet",    "color",
                                       "max-cycles", "timeout", "max-insns"};
    for (unsigned i = 0; i < sizeof ours / sizeof *ours; i++)
        if (is_option(argument, ours[i], strlen(ours[i])))
            return true;
    return false;
}

/* What only a hypervisor can heed. */
static bool is_hypervisors(const char *argument)
{
    return is_option(argument, "cpu", 3) || is_option(argument, "tsc", 3);
}

/* The common options without ours and without what the parts say. */
static bool add_common(struct side *side, const char *parts, int argc, char *const *argv)
{
    for (int i = 0; i < argc; i++) {
        bool two = takes_value(argv[i]) && i + 1 < argc;
        bool heeded = !is_hypervisors(argv[i]) || hv_modes[side->options.modes[0]]->has_hypervisor;
        if (heeded && !is_ours(argv[i]) && !said_here(parts, argv[i]) &&
            (!add_argument(side, argv[i], strlen(argv[i])) ||
             (two && !add_argument(side, argv[i + 1], strlen(argv[i + 1])))))
            return false;
        i += two;
    }
    return true;
}

static bool add_part(struct side *side, const char *part, size_t n)
{
    char text[1200];
    int length = snprintf(text, sizeof text, "--%.*s", (int)n, part);
    return length > 0 && (size_t)length < sizeof text && add_argument(side, text, (size_t)length);
}

static bool read_machine(struct side *side, int argc, char *const *argv, struct complaint *why)
{
    const char *colon = strchr(side->name, ':');
    const char *parts = colon ? colon + 1 : "";
    size_t word = colon ? (size_t)(colon - side->name) : strlen(side->name);
    side->argv = calloc((size_t)argc + PARTS + 4, sizeof *side->argv);
    char mode[16];
    (void)snprintf(mode, sizeof mode, "%.*s", (int)word, side->name);
    for (unsigned i = 0; i < HV_MODES; i++)
        if (hv_modes[i] == hv_mode_find(mode))
            side->options.modes[0] = (enum hv_mode_id)i;
    bool ok = side->argv && add_argument(side, "--mode", 6) && add_argument(side, side->name, word);
    ok = ok && add_common(side, parts, argc, argv);
    unsigned n = 0;
    for (const char *p = parts; ok && *p; p += strcspn(p, ":"), p += *p == ':') {
        if (++n > PARTS)
            return complain(why, "give fewer", "%s: more than %d options", side->name, PARTS);
        ok = add_part(side, p, strcspn(p, ":"));
    }
    if (!ok)
        return complain_ours(why, NULL, "no memory");
    return options_parse(&side->options, V_DIVERGE, side->argc, side->argv, why);
}

static bool is_mode(const char *name)
{
    char word[16];
    size_t n = strcspn(name, ":");
    (void)snprintf(word, sizeof word, "%.*s", n < sizeof word ? (int)n : 0, name);
    return hv_mode_find(word) != NULL;
}

bool side_read(struct side *side, char letter, const char *name, int argc, char *const *argv,
               struct complaint *why)
{
    side->name = name;
    side->letter = letter;
    side->has_options = true;
    if (is_mode(name))
        return read_machine(side, argc, argv, why);
    if (access(name, R_OK) != 0)
        return complain(why,
                        "name a mode (native, trap, pv), with options as in trap:cpu=classic, "
                        "or a recording",
                        "%s: neither a mode nor a readable file", name[0] ? name : "\"\"");
    side->recorded = true;
    return origin_read(&side->origin, 'R', "diverge", name, why) &&
           options_parse(&side->options, V_DEBUG, side->origin.note.argc, side->origin.note.argv,
                         why);
}

/* ---------------------------------------- life */

bool side_open(struct side *side, struct complaint *why)
{
    if (!inputs_open(&side->inputs, &side->options, why))
        return false;
    side->has_inputs = true;
    return !side->recorded || note_check(&side->origin.note, &side->inputs, side->name, why);
}

static struct work_config work_config(const struct side *side, bool own_time)
{
    struct symbol current;
    uint32_t offset, bytes;
    struct work_config config = {.own_time = own_time, .memory = true};
    if (symbols_find(side->d->kernel, "current", 7, &current) &&
        symbols_member(side->d->kernel, "proc", "pid", &offset, &bytes) && bytes == 4) {
        config.current = current.value;
        config.pid_offset = offset;
    }
    return config;
}

bool side_start(struct side *side, const char *cpu, bool own_time, struct complaint *why)
{
    struct sim_error err = {SIM_OK, ""};
    if (cpu) {
        if (cpu_model_parse(cpu, &side->options.cpu_model, &err) != SIM_OK)
            return complain_error(why, &err, NULL);
        side->options.cpu = side->options.cpu_model.name;
    }
    if (!debugger_create(&side->d, &side->options, &side->inputs, NULL, why) ||
        (side->recorded && !debugger_load(side->d, 'R', &side->origin.file, why)))
        return false;
    side->s = side->d->session;
    session_set_sink(side->s, (struct trace_sink){0});
    const struct work_config config = work_config(side, own_time);
    if (session_watch_work(side->s, &config, &err) != SIM_OK)
        return complain_error(why, &err, NULL);
    return true;
}

void side_stop(struct side *side)
{
    debugger_destroy(side->d);
    free(side->slot);
    free(side->silent);
    side->silent = NULL;
    side->d = NULL;
    side->s = NULL;
    side->slot = NULL;
    side->slots = side->slots_used = side->indexed = 0;
    side->over = false;
}

void side_close(struct side *side)
{
    side_stop(side);
    if (side->has_inputs)
        inputs_close(&side->inputs);
    if (side->has_options)
        options_free(&side->options);
    if (side->recorded)
        origin_free(&side->origin);
    for (int i = 0; i < side->argc; i++)
        free(side->argv[i]);
    free(side->argv);
}

/* ---------------------------------------- going on */

bool side_advance(struct side *side, const struct options *limits)
{
    const struct session_position *now = session_position(side->s);
    struct session_move move = {
        .verb = SESSION_GOTO_INSN, .count = now->insn + SLICE, .no_points = true};
    if (side->over)
        return false;
    if (limits->max_insns && move.count > limits->max_insns)
        move.count = limits->max_insns;
    if (now->insn >= move.count) {
        side->over = true;
        side->end = *session_last(side->s);
        side->end.why = SESSION_DONE;
        (void)snprintf(side->end.text, sizeof side->end.text, "--max-insns are spent");
        return false;
    }
    (void)session_go(side->s, &move, &side->end);
    side->over = side->end.why != SESSION_DONE;
    return !side->over;
}

bool side_goto(struct side *side, const struct session_position *at)
{
    struct session_event e;
    return session_goto(side->s, at, &e) && e.why == SESSION_DONE;
}

/* ---------------------------------------- the index */

static size_t slot_of(const struct side *side, uint32_t pid, uint64_t entry)
{
    uint64_t mixed = (entry * 0x9e3779b97f4a7c15u ^ pid) * 0xd6e8feb86659fd93u;
    size_t i = (size_t)(mixed >> 24) & (side->slots - 1);
    while (side->slot[i].used && (side->slot[i].pid != pid || side->slot[i].entry != entry))
        i = (i + 1) & (side->slots - 1);
    return i;
}

static bool more_slots(struct side *side)
{
    struct crossing_slot *old = side->slot;
    size_t n = side->slots;
    if (n && side->slots_used * 2 < n)
        return true;
    struct crossing_slot *slot = calloc(n ? n * 2 : 4096, sizeof *slot);
    if (!slot)
        return false;
    side->slot = slot;
    side->slots = n ? n * 2 : 4096;
    for (size_t i = 0; i < n; i++)
        if (old[i].used)
            side->slot[slot_of(side, old[i].pid, old[i].entry)] = old[i];
    free(old);
    return true;
}

static void index_log(struct side *side)
{
    size_t n;
    const struct work_stretch *log = session_work(side->s, &n);
    while (side->indexed < n && more_slots(side)) {
        const struct work_stretch *t = &log[side->indexed];
        struct crossing_slot *slot = &side->slot[slot_of(side, t->key.pid, t->key.entry)];
        side->slots_used += !slot->used;
        if (!slot->used)
            *slot = (struct crossing_slot){.pid = t->key.pid,
                                           .used = true,
                                           .entry = t->key.entry,
                                           .begin = side->indexed,
                                           .end = NO_ITEM};
        if (t->end == WORK_CALL || t->end == WORK_FAULT)
            slot->end = side->indexed;
        if (t->end == WORK_RUNNING)
            break; /* not yet over: looked at again */
        side->indexed++;
    }
}

const struct crossing_slot *side_crossing(struct side *side, uint32_t pid, uint64_t entry)
{
    index_log(side);
    const struct crossing_slot *slot = side->slots ? &side->slot[slot_of(side, pid, entry)] : NULL;
    return slot && slot->used ? slot : NULL;
}

const struct work_stretch *side_stretch(const struct side *side, size_t index)
{
    size_t n;
    const struct work_stretch *log = session_work(side->s, &n);
    return index < n ? &log[index] : NULL;
}

/* ---------------------------------------- what it is at */

const char *side_program(struct side *side, char *text)
{
    return running_program(side->d, text);
}

static const char *const trap_names[INSN_TRAPS] = {
#define SENSITIVE(id, name, rings) [TRAP_##id] = name,
#include "sim/sensitive.def"
#undef SENSITIVE
};

void side_keep_silent(struct side *side)
{
    struct hv *hv = session_hv(side->s);
    const struct vm *vm = hv->vm[0];
    free(side->silent);
    side->silent = NULL;
    if (!hv->mode->has_hypervisor || !vm->silent_kept)
        return;
    struct report *r = calloc(1, sizeof *r);
    side->silent = r;
    if (!r)
        return;
    r->vms = 1;
    r->vm[0].stats = *hv_stats(hv, 0);
    r->vm[0].first_silent = vm->silent[0];
    r->vm[0].biting = vm->silent_bites;
    (void)snprintf(r->vm[0].reason, sizeof r->vm[0].reason, "%.100s",
                   side->over && side->end.text[0] ? side->end.text : "not as the other run");
}

bool side_next_cpu(struct side *side, char *text, size_t size, const char **row)
{
    struct hv *hv = session_hv(side->s);
    unsigned trap = side->silent ? why_next_trap(side->silent) : (unsigned)TRAP_NONE;
    *row = trap_names[trap];
    if (trap == TRAP_NONE || (hv->config.cpu.traps >> trap & 1))
        return false;
    int n = snprintf(text, size, "%s,+%s", hv->config.cpu.name, *row);
    return n > 0 && (size_t)n < size && (size_t)n < sizeof hv->config.cpu.name;
}
