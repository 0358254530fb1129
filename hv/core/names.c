/*
 * Names and texts of everything that is listed in a table: one place, made from the .def files.
 */
#include "hv/hv.h"

#include <string.h>

const char *const exit_reason_names[EXIT_REASONS] = {
#define EXIT(name, text, why, title) #name,
#include "hv/exit.def"
#undef EXIT
};

const char *const exit_reason_texts[EXIT_REASONS] = {
#define EXIT(name, text, why, title) text,
#include "hv/exit.def"
#undef EXIT
};

const char *const exit_reason_whys[EXIT_REASONS] = {
#define EXIT(name, text, why, title) why,
#include "hv/exit.def"
#undef EXIT
};

const char *const exit_reason_titles[EXIT_REASONS] = {
#define EXIT(name, text, why, title) title,
#include "hv/exit.def"
#undef EXIT
};

const char *const exit_outcome_names[EXIT_OUTCOMES] = {
    [OUTCOME_ADVANCE] = "ADVANCE", [OUTCOME_RETRY] = "RETRY", [OUTCOME_REFLECT] = "REFLECT",
    [OUTCOME_INJECT] = "INJECT",   [OUTCOME_KILL] = "KILL",
};

/* A phase is booked to the bucket of its name. */
const char *const *const hv_phase_names = &sim_bucket_names[BUCKET_transition_in];

const char *const exit_action_names[EXIT_ACTION_KINDS] = {
    [ACTION_NONE] = "none",
    [ACTION_EMULATED] = "emulated",
    [ACTION_GUEST_WALK] = "guest walk",
    [ACTION_SHADOW_FILL] = "shadow fill",
    [ACTION_SHADOW_PAGE] = "shadow page",
    [ACTION_SHADOW_ZAP] = "shadow zap",
    [ACTION_UNSHADOW] = "unshadow",
    [ACTION_AD_SET] = "accessed/dirty set",
    [ACTION_GDT_FILL] = "descriptor fill",
    [ACTION_ROOT] = "root",
    [ACTION_PORT] = "port",
    [ACTION_MMIO] = "mmio",
    [ACTION_INJECT] = "inject",
    [ACTION_REFLECT] = "reflect",
    [ACTION_TIMER] = "timer",
    [ACTION_SWITCH] = "world switch",
    [ACTION_BLOCK] = "block",
    [ACTION_FRAME] = "frame type",
    [ACTION_EVENT] = "event channel",
};

const char *const hv_action_names[HV_ACTIONS] = {
    [HV_DEFAULT] = "DEFAULT", [HV_ADVANCE] = "ADVANCE", [HV_RETRY] = "RETRY",
    [HV_REFLECT] = "REFLECT", [HV_INJECT] = "INJECT",   [HV_KILL] = "KILL",
};

const char *const trace_kind_names[TRACE_KINDS] = {
    [TRACE_EXIT] = "exit",     [TRACE_SILENT] = "silent",       [TRACE_INJECT] = "inject",
    [TRACE_FILL] = "fill",     [TRACE_PTWRITE] = "ptwrite",     [TRACE_RING] = "ring",
    [TRACE_DENIED] = "denied", [TRACE_HYPERCALL] = "hypercall", [TRACE_MARK] = "mark",
    [TRACE_SWITCH] = "switch", [TRACE_IDLE] = "idle",
};

const char *const vm_end_names[VM_ENDS] = {
    [VM_RUNNING] = "running",           [VM_EXITED] = "exited",
    [VM_TRIPLE_FAULT] = "triple fault", [VM_KILLED] = "killed",
    [VM_UNSUPPORTED] = "unsupported",   [VM_HALTED] = "halted for ever",
    [VM_NO_PROGRESS] = "no progress",   [VM_RESET] = "reset",
};

const char *const hv_stop_names[HV_STOPS] = {
    [HV_STOP_NONE] = "none",   [HV_STOP_LIMIT] = "limit", [HV_STOP_ENDED] = "ended",
    [HV_STOP_INPUT] = "input", [HV_STOP_BREAK] = "break", [HV_STOP_PROBE] = "probe",
};

const char *const hv_io_names[HV_IO_KINDS] = {
    [HV_IO_DEFAULT] = "default",
    [HV_IO_EMULATED] = "emulated",
    [HV_IO_RING] = "ring",
};

int exit_reason_find(const char *name)
{
    for (int i = 0; i < EXIT_REASONS; i++)
        if (!strcmp(exit_reason_names[i], name))
            return i;
    return -1;
}
