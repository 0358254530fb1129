/*
 * A side that runs: a session that goes forward in slices, with an index of the crossings in its
 * log.
 */
#include <stdlib.h>
#include <string.h>

#include "diverge/diverge.h"
#include "runner.h"

#define SLICE        500000u /* instructions that a side goes on before the other is looked at */
#define IDLE_SECONDS 100u    /* simulated, without a program: then it waits for ever */

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
    if (cpu[0]) {
        if (cpu_model_parse(cpu, &side->options.cpu_model, &err) != SIM_OK)
            return complain_error(why, &err, NULL);
        side->options.cpu = side->options.cpu_model.name;
    }
    if (!debugger_create(&side->d, &side->options, &side->inputs, NULL, why) || !side->d)
        return false;
    if (side->recorded && !debugger_load(side->d, 'R', &side->origin.file, why))
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
    side->over = side->spent = false;
    side->busy_cycle = side->busy_idle = 0;
    side->busy_log = 0;
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

static void ends(struct side *side, enum session_why reason, bool spent, const char *text)
{
    side->over = true;
    side->spent = spent;
    side->end = *session_last(side->s);
    side->end.why = reason;
    (void)snprintf(side->end.text, sizeof side->end.text, "%s", text);
}

/* A guest whose programs wait for input that never comes ticks on for ever. */
static void look_at_idling(struct side *side)
{
    const struct hv *hv = session_hv(side->s);
    uint64_t cycle = session_position(side->s)->cycle;
    uint64_t idle = hv->machine->cpu.s.bucket[BUCKET_idle];
    uint64_t patience = hv->config.profile->clock_hz * IDLE_SECONDS;
    size_t n;
    (void)session_work(side->s, &n);
    if (n != side->busy_log || (cycle - side->busy_cycle) / 50 * 49 > idle - side->busy_idle) {
        side->busy_log = n;
        side->busy_cycle = cycle;
        side->busy_idle = idle;
    } else if (cycle - side->busy_cycle > patience) {
        char text[80];
        (void)snprintf(text, sizeof text, "idle for %u simulated seconds", IDLE_SECONDS);
        ends(side, SESSION_INPUT, false, text);
    }
}

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
        ends(side, SESSION_DONE, true, "--max-insns reached");
        return false;
    }
    if (side->deadline > 0 && host_now() >= side->deadline) {
        ends(side, SESSION_DONE, true, "--timeout reached");
        return false;
    }
    (void)session_go(side->s, &move, &side->end);
    side->over = side->end.why != SESSION_DONE;
    side->spent = side->end.why == SESSION_INTERRUPT;
    if (!side->over)
        look_at_idling(side);
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

/* ---------------------------------------- what went silent */

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

bool diverge_start(struct diverge *v, const char *const cpu[2], struct complaint *why)
{
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &v->side[i];
        side_stop(side);
        if (!side_start(side, cpu[i], v->own_time, why))
            return false;
        side->deadline = v->options->timeout > 0 ? host_now() + v->options->timeout : 0;
    }
    return true;
}
