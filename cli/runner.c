/*
 * Building a run and collecting its figures: see runner.h. The loop itself is in drive.c.
 */
#include "runner.h"

#include <stdlib.h>
#include <string.h>

#include "guest_config.h"

static void on_byte(void *opaque, uint8_t byte)
{
    struct guest_port *p = opaque;
    struct console *c = &p->runner->console[p->vm];
    console_put(c, byte);
    if (c->broken)
        hv_break(p->runner->hv);
}

static bool init_vms(struct runner *r, struct hv_config *config, const struct run_plan *plan,
                     struct complaint *why)
{
    unsigned vms = r->options->vms;
    for (unsigned i = 0; i < vms; i++) {
        struct hv_vm_config *vm = &config->vm[i];
        r->port[i].runner = r;
        r->port[i].vm = i;
        console_init(&r->console[i], plan->console, vms > 1 ? (int)i : -1, plan->feeds_stdin);
        vm->host.opaque = &r->port[i];
        vm->host.serial_out = on_byte;
        vm->host.debug_out = on_byte;
        for (unsigned d = 0; d < r->inputs->disks; d++) {
            if (!overlay_init(&r->overlay[i][d], &r->inputs->disk[d], why))
                return false;
            vm->disk[d] = overlay_backend(&r->overlay[i][d]);
        }
    }
    return true;
}

static bool load_guests(struct runner *r, struct complaint *why)
{
    struct guest_load load;
    struct sim_error err = {SIM_OK, ""};
    if (!guest_load_from_options(&load, r->options, r->inputs, r->mode, why))
        return false;
    for (unsigned i = 0; i < r->options->vms; i++)
        if (hv_load(r->hv, i, &load.input, &err) != SIM_OK)
            return guest_refused(why, &err, r->mode);
    return true;
}

static bool create(struct runner *r, const struct run_plan *plan, struct complaint *why)
{
    const struct options *o = r->options;
    struct sim_error err = {SIM_OK, ""};
    struct hv_config config;
    hv_config_from_options(&config, o, r->inputs, plan->mode, plan->cpu);
    r->cpu = config.cpu;
    if (!init_vms(r, &config, plan, why))
        return false;
    if (hv_create(&r->hv, &config, &err) != SIM_OK)
        return complain_error(why, &err, "give fewer guests (--vms) or less memory (--mem)");
    return load_guests(r, why);
}

bool runner_init(struct runner *r, const struct options *o, const struct inputs *in,
                 const struct run_plan *plan, struct complaint *why)
{
    memset(r, 0, sizeof *r);
    r->options = o;
    r->inputs = in;
    r->mode = plan->mode;
    r->trace = plan->trace;
    r->feeds_stdin = plan->feeds_stdin;
    if (!create(r, plan, why)) {
        runner_fini(r);
        return false;
    }
    if (r->trace) {
        trace_run_begin(r->trace, hv_modes[r->mode], in->profile.cost.clock_hz, o->vms);
        hv_set_sink(r->hv, trace_sink_of(r->trace));
    }
    return true;
}

bool runner_init_traced(struct runner *r, const struct options *o, struct inputs *in,
                        struct run_plan *plan, struct trace *trace, struct complaint *why)
{
    if (in->trace.stream) {
        if (!trace_begin(trace, o->trace_format, &in->trace, why))
            return false;
        plan->trace = trace;
    }
    if (runner_init(r, o, in, plan, why))
        return true;
    trace_abandon(trace);
    return false;
}

void runner_fini(struct runner *r)
{
    hv_destroy(r->hv);
    for (unsigned i = 0; i < HV_MAX_VMS; i++) {
        console_fini(&r->console[i]);
        overlay_fini(&r->overlay[i][0]);
        overlay_fini(&r->overlay[i][1]);
    }
    memset(r, 0, sizeof *r);
}

bool runner_write(struct runner *r, struct inputs *in, const struct report *report,
                  struct complaint *why)
{
    for (unsigned d = 0; d < in->disks; d++)
        if (!overlay_write_back(&r->overlay[0][d], why))
            return false;
    if (in->json.stream)
        report_write_json(in->json.stream, report);
    if (in->csv.stream)
        report_write_csv(in->csv.stream, report);
    bool whole = !r->trace || trace_end(r->trace, why);
    return inputs_commit(in, why) && whole;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void vm_outcome(const struct vm *vm, struct vm_report *out)
{
    if (vm->s.end == VM_EXITED) {
        out->status = vm->s.exit_value ? CLI_GUEST_FAILED : CLI_OK;
        (void)snprintf(out->reason, sizeof out->reason, "the guest halted with %u",
                       vm->s.exit_value);
    } else if (vm->s.end == VM_RUNNING) {
        out->status = CLI_BUDGET;
        (void)snprintf(out->reason, sizeof out->reason, "was still running");
    } else {
        const char *name = vm_end_names[vm->s.end];
        bool said = strncmp(vm->end_text, name, strlen(name)) == 0; /* the text names it itself */
        out->status = CLI_GUEST_DIED;
        (void)snprintf(out->reason, sizeof out->reason, "%s%s%s", said ? "" : name,
                       said || !vm->end_text[0] ? "" : ": ", vm->end_text);
    }
}

static void collect_vm(struct runner *r, unsigned i, struct report *out)
{
    struct vm_report *v = &out->vm[i];
    const struct vm *vm = r->hv->vm[i];
    vm_outcome(vm, v);
    v->stats = *hv_stats(r->hv, i);
    v->guest_hash = hv_guest_hash(r->hv, i);
    v->console = console_text(&r->console[i]);
    v->console_truncated = r->console[i].truncated;
    for (unsigned d = 0; d < r->inputs->disks; d++)
        v->disk_hash[d] = overlay_hash(&r->overlay[i][d]);
    if (vm->silent_kept) {
        v->first_silent = vm->silent[0];
        v->biting = vm->silent_bites;
    }
    vm_stats_add(&out->total, &v->stats);
}

/* The worst guest's end stands for the run; a budget that was spent goes before that. */
static void overall(const struct runner *r, struct report *out)
{
    static const char *const ends[] = {
        [RUN_ENDED] = "",
        [RUN_INSNS] = "--max-insns reached",
        [RUN_CYCLES] = "--max-cycles reached",
        [RUN_TIMEOUT] = "--timeout reached",
        [RUN_SIGNAL] = "stopped from outside",
        [RUN_LEFT] = "you left it (Ctrl-A x)",
        [RUN_STUCK] = "waits for input, and there is none that it takes",
        [RUN_BROKEN] = "the console could not be written",
        [RUN_EXIT] = "the exit that was asked for is complete",
    };
    unsigned worst = 0;
    for (unsigned i = 1; i < out->vms; i++)
        if (out->vm[i].status > out->vm[worst].status)
            worst = i;
    if (r->end != RUN_ENDED) {
        out->status = r->end == RUN_STUCK    ? CLI_GUEST_DIED
                      : r->end == RUN_BROKEN ? CLI_OURS
                                             : CLI_BUDGET;
        (void)snprintf(out->reason, sizeof out->reason, "%s", ends[r->end]);
        return;
    }
    out->status = out->vm[worst].status;
    if (out->vms > 1)
        (void)snprintf(out->reason, sizeof out->reason, "vm%u: %s", worst, out->vm[worst].reason);
    else
        (void)snprintf(out->reason, sizeof out->reason, "%s", out->vm[worst].reason);
}

static void collect_head(const struct runner *r, struct report *out)
{
    const struct options *o = r->options;
    const struct cost_profile *p = &r->inputs->profile.cost;
    (void)snprintf(out->guest, sizeof out->guest, "%.63s",
                   file_name(r->inputs->guest[r->mode].path));
    (void)snprintf(out->script, sizeof out->script, "%s", o->script.text ? o->script.name : "");
    out->mode = r->mode;
    out->io = hv_io_names[r->hv->io];
    (void)snprintf(out->cpu, sizeof out->cpu, "%s", r->cpu.name);
    (void)snprintf(out->profile, sizeof out->profile, "%s", p->name);
    out->costs_changed = r->inputs->profile.changed;
    out->clock_hz = p->clock_hz;
    out->seed = o->seed;
    out->host_seconds = r->host_seconds;
}

/* Counts of charged events, and how many cycles rest on keys that nobody published. */
static void collect_events(const struct runner *r, struct report *out)
{
    const struct cost_profile *p = &r->inputs->profile.cost;
    uint64_t counted = 0;
    for (unsigned key = 0; key < COST_KEYS; key++) {
        out->events[key] =
            key < SIM_COSTS ? r->hv->machine->cpu.events[key] : r->hv->events[key - SIM_COSTS];
        uint64_t cycles = out->events[key] * cost_value(p, key);
        counted += cycles;
        if (cost_kind_of(p, key) >= COST_ASSUMED)
            out->assumed_cycles += cycles;
    }
    out->transfer_cycles =
        r->hv->events[HV_COST_backend_sector] * p->hv.cycles[HV_COST_backend_sector] +
        r->hv->events[HV_COST_backend_byte] * p->hv.cycles[HV_COST_backend_byte];
    uint64_t busy = report_busy(out);
    out->insn_cycles = busy > counted ? busy - counted : 0;
    if (cost_kind_of(p, COST_insn_plain) >= COST_ASSUMED)
        out->assumed_cycles += out->insn_cycles;
}

void runner_report(struct runner *r, struct report *out)
{
    memset(out, 0, sizeof *out);
    out->equivalence = -1;
    collect_head(r, out);
    out->vms = r->hv->vms;
    out->guest_kib = r->options->mem_mib * 1024;
    out->machine_kib = r->hv->machine->ram.size / 1024;
    out->reserve_kib = r->hv->reserve_frames * 4;
    for (unsigned i = 0; i < out->vms; i++)
        collect_vm(r, i, out);
    overall(r, out);
    const struct cpu_state *s = &r->hv->machine->cpu.s;
    out->cycles = hv_cycle(r->hv);
    out->icount = hv_icount(r->hv);
    out->insns_user = s->insns_user;
    out->insns_kernel = s->insns_kernel;
    memcpy(out->bucket, s->bucket, sizeof out->bucket);
    collect_events(r, out);
    hv_shared_buckets(r->hv, out->shared);
    hv_audit(r->hv, &out->audit);
    out->hash = hv_hash(r->hv);
    for (unsigned i = 0; i < out->vms && out->benches < REPORT_MAX_BENCH; i++)
        out->benches += report_find_bench(out->vm[i].console, out->bench + out->benches,
                                          REPORT_MAX_BENCH - out->benches);
}
