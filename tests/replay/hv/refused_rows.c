/* One row for each thing that a saved state cannot be: see refused.h. */
#include "refused.h"

#include "core/saved.h"
#include "mode/trap.h"
#include "pv/pv.h"

/* What most rows change: one number of a region that there is once, or once a VM. */
#define ONE(where, region_, field_, value_, words_)                                                \
    {                                                                                              \
        where, {{.region = region_, .vm = SHARED, .field = field_, .value = value_}}, words_       \
    }
#define ITEM(where, region_, item_, field_, value_, words_)                                        \
    {                                                                                              \
        where,                                                                                     \
            {{.region = region_, .vm = SHARED, .item = item_, .field = field_, .value = value_}},  \
            words_                                                                                 \
    }
#define OF_VM(where, n, region_, field_, element_, value_, words_)                                 \
    {                                                                                              \
        where,                                                                                     \
            {{.region = region_, .vm = n, .field = field_, .element = element_, .value = value_}}, \
            words_                                                                                 \
    }
#define VM_ITEM(where, region_, item_, field_, value_, words_)                                     \
    {                                                                                              \
        where, {{.region = region_, .item = item_, .field = field_, .value = value_}}, words_      \
    }
#define HV(field_, value_)                                                                         \
    {                                                                                              \
        .region = "hypervisor", .vm = SHARED, .field = field_, .value = value_                     \
    }

#define TABLE   "a number outside its table"
#define FLAG    "a flag that is neither 0 nor 1"
#define NEVER   "an open exit that never began"
#define NOBODY  "exits without a hypervisor"
#define RECORD  "an exit's record with a number outside its table"
#define FRAME   "a frame's record with a number outside its table"
#define OWN     "a frame of the hypervisor's own that is somebody else's"
#define SILENT  "a silent event with a number outside its table"
#define P2M     "p2m: a page that is not the guest's"
#define HAND    "an instruction in hand that cannot be"
#define ON_IT   "a guest on the CPU that cannot be there"
#define TABLES_ "a guest on the CPU with descriptor tables of its own"
#define MIDDLE  "a translation to the middle of a page"
#define NO_RING "no such ring, or register 8 is not 0"
#define COUNTS  "references to frames that nobody holds"

const struct refusal refusals[] = {
    /* The machine's CPU. */
    ONE(NATIVE, "cpu_state", "cpl", 4, NO_RING),
    ONE(NATIVE, "cpu_state", "shadow", 4, NO_RING),
    {NATIVE,
     {{.region = "cpu_state", .vm = SHARED, .field = "gpr", .element = 8, .value = 1}},
     NO_RING},
    ONE(NATIVE, "cpu_state", "halted", 2, FLAG),
    ONE(NATIVE, "cpu_state", "shutdown", 2, FLAG),
    ONE(NATIVE, "cpu_state", "intr", 2, FLAG),
    ONE(NATIVE, "cpu_state", "nmi_pending", 2, FLAG),
    ONE(NATIVE, "cpu_state", "nmi_blocked", 2, FLAG),
    ONE(NATIVE, "cpu_state", "code_page_valid", 2, FLAG),
    ONE(NATIVE, "cpu_state", "code_frame", 0x1001, MIDDLE),
    {NATIVE,
     {{.region = "cpu_state", .vm = SHARED, .field = "dtlb", .element = 401, .value = 4}},
     MIDDLE},
    {NATIVE,
     {{.region = "cpu_state", .vm = SHARED, .field = "itlb", .element = 7, .value = 0x800}},
     MIDDLE},
    ONE(NATIVE, "machine_end", "exited", 2, FLAG),
    ONE(NATIVE, "hypervisor", "exits", 1, NOBODY),
    ONE(NATIVE, "hypervisor", "current", 1, NOBODY),
    ONE(NATIVE, "hypervisor", "open", 1, NOBODY),
    ONE(NATIVE, "hypervisor", "resume_ready", 1, NOBODY),
    ONE(NATIVE, "hypervisor", "suspended", 1, NOBODY),
    ONE(NATIVE, "hypervisor", "phase_open", 1, NEVER),
    ONE(NATIVE, "hypervisor", "deal_count", 1, TABLE),
    OF_VM(NATIVE, 0, "vm", "id", 0, 1, "VM 0: " TABLE),

    /* The hypervisor's numbers. */
    ONE(ON_CPU, "hypervisor", "deal_count", 0x10000, TABLE),
    ONE(ON_CPU, "hypervisor", "next_vm", 2, TABLE),
    ONE(ON_CPU, "hypervisor", "current", 3, TABLE),
    ONE(ON_CPU, "hypervisor", "phase", HV_PHASES, TABLE),
    ONE(ON_CPU, "hypervisor", "open", 2, FLAG),
    ONE(ON_CPU, "hypervisor", "phase_open", 2, FLAG),
    ONE(ON_CPU, "hypervisor", "poke", 2, FLAG),
    ONE(ON_CPU, "hypervisor", "resume_ready", 2, FLAG),
    ONE(ON_CPU, "hypervisor", "suspended", 2, FLAG),
    ONE(ON_CPU, "hypervisor", "open", 1, NEVER),
    {ON_CPU, {HV("open", 1), HV("phase_open", 1), HV("exits", 0)}, NEVER},
    {ON_CPU, {HV("suspended", 1), HV("current", 0)}, NEVER},
    ONE(ON_CPU, "hypervisor", "exits", 12345678, "the last exit is not in the ring"),

    /* A guest on the CPU. */
    ONE(ON_CPU, "hypervisor", "current", 0, "and an exit in hand"),
    ONE(ON_CPU, "hypervisor", "suspended", 1, "and an exit in hand"),
    {ON_CPU, {HV("open", 1), HV("phase_open", 1)}, "and an exit in hand"},
    OF_VM(ON_CPU, THIS_VM, "vcpu", "run", 0, VCPU_BLOCKED, ON_IT),
    OF_VM(ON_CPU, THIS_VM, "vcpu", "real_cr3", 0, 0x1000, ON_IT),
    ONE(ON_CPU, "cpu_state", "cpl", 0, ON_IT),
    ONE(ON_CPU, "cpu_state", "cr0", CR0_PE | CR0_PG, ON_IT),
    ONE(ON_CPU, "cpu_state", "gdtr_base", 0x1000, TABLES_),
    ONE(ON_CPU, "cpu_state", "gdtr_limit", 0x10000, TABLES_),
    ONE(ON_CPU, "cpu_state", "idtr_base", 0x1000, TABLES_),
    ONE(ON_CPU, "cpu_state", "idtr_limit", 0x800, TABLES_),

    /* Records of exits. */
    ITEM(ON_CPU, "exits", LAST_EXIT, "vm", 2, RECORD),
    ITEM(ON_CPU, "exits", LAST_EXIT, "reason", EXIT_REASONS, RECORD),
    ITEM(ON_CPU, "exits", 5, "outcome", EXIT_OUTCOMES, RECORD),
    ITEM(ON_CPU, "exits", 6, "row", ROWS, RECORD),
    ITEM(ON_CPU, "exits", 7, "byte_count", 16, RECORD),
    ITEM(ON_CPU, "exits", 8, "actions", EXIT_MAX_ACTIONS + 1, RECORD),
    {ON_CPU,
     {{.region = "exits", .vm = SHARED, .item = 9, .field = "actions", .value = 2},
      {.region = "exits",
       .vm = SHARED,
       .item = 9,
       .field = "action",
       .element = 12,
       .value = EXIT_ACTION_KINDS}},
     "an unknown action"},

    /* Frames: whose they are, and which are left. */
    ITEM(ON_CPU, "frames", GUEST_FRAME, "owner", 3, FRAME),
    ITEM(ON_CPU, "frames", GUEST_FRAME, "type", FRAME_TYPES, FRAME),
    ITEM(ON_CPU, "frames", GUEST_FRAME, "pinned", 2, FRAME),
    ITEM(ON_CPU, "frames", GUEST_FRAME, "validated", 2, FRAME),
    ITEM(ON_CPU, "frames", GUEST_FRAME, "given_back", 2, FRAME),
    ITEM(ON_CPU, "frames", GUEST_FRAME, "type_refs", 77, FRAME),
    ITEM(ON_CPU, "frames", 0, "owner", FRAME_FREE, "frame 0 is to be dealt"),
    ITEM(ON_CPU, "frames", STUB_FRAME, "owner", FRAME_FOREIGN, OWN),
    ITEM(ON_CPU, "frames", GDT_FRAME, "owner", 2, OWN),
    ITEM(ON_CPU, "frames", LDT_FRAME, "owner", 1, OWN),
    ITEM(ON_CPU, "frames", IDT_FRAME, "owner", 2, OWN),
    ITEM(PV, "frames", M2P_FRAME, "owner", 1, OWN),
    ONE(ON_CPU, "hypervisor", "deal_count", 3, "as many as are unused"),
    ITEM(ON_CPU, "deal", 0, "value", SECOND_FREE, "or there twice"),
    ITEM(ON_CPU, "deal", 0, "value", STUB_FRAME, "that is in use"),
    ITEM(ON_CPU, "deal", 0, "value", 0xffffffff, "that is in use"),

    /* A VM. */
    OF_VM(ON_CPU, 1, "vm", "id", 0, 0, "VM 1: " TABLE),
    OF_VM(ON_CPU, 1, "vm", "ram_bytes", 0, 0x1000, "VM 1: " TABLE),
    OF_VM(ON_CPU, 0, "vm", "end", 0, VM_ENDS, TABLE),
    OF_VM(ON_CPU, WAITING_VM, "vcpu", "run", 0, VCPU_DEAD + 1, TABLE),
    OF_VM(ON_CPU, 0, "vcpu", "guest_ring", 0, 4, TABLE),
    OF_VM(ON_CPU, 0, "vcpu", "gdt_raised", 0, 2, TABLE),
    OF_VM(ON_CPU, 0, "notes", "silent_kept", 0, VM_SILENT_KEPT + 1, TABLE),
    OF_VM(ON_CPU, 0, "notes", "end_text", 191, 'x', TABLE),
    OF_VM(ON_CPU, WAITING_VM, "vm", "end", 0, VM_EXITED, "it has ended, and runs"),
    OF_VM(ON_CPU, 1, "virtual cpu", "cpl", 0, 4, NO_RING),
    OF_VM(ON_CPU, 1, "virtual cpu", "halted", 0, 3, FLAG),
    OF_VM(ON_CPU, 1, "virtual cpu", "itlb", 255, 1, MIDDLE),
    VM_ITEM(ON_CPU, "p2m", 3, "type", P2M_MMIO, P2M),
    VM_ITEM(ON_CPU, "p2m", 3, "type", P2M_NONE, P2M),
    VM_ITEM(ON_CPU, "p2m", 3, "trace", 8, P2M),
    VM_ITEM(ON_CPU, "p2m", 3, "mfn", STUB_FRAME, P2M),
    VM_ITEM(ON_CPU, "p2m", 3, "mfn", GUEST_FRAME, P2M),
    VM_ITEM(ON_CPU, "p2m", 3, "mfn", 0xffffffff, P2M),
    VM_ITEM(ON_CPU, "silent", 63, "trap", INSN_TRAPS, SILENT),
    VM_ITEM(ON_CPU, "silent", 1, "byte_count", 16, SILENT),
    VM_ITEM(ON_CPU, "silent", 2, "what", SILENT_WHATS, SILENT),
    VM_ITEM(ON_CPU, "silent", 3, "row", ROWS, SILENT),
    VM_ITEM(ON_CPU, "silent_last", 0, "byte_count", 200, SILENT),
    VM_ITEM(ON_CPU, "silent_bites", 0, "what", 99, SILENT),

    /* An exit in hand. */
    OF_VM(ON_CPU, 0, "exit in hand", "stop", 0, CPU_STOP_PROBE + 1, TABLE),
    OF_VM(ON_CPU, 0, "exit in hand", "fault_vector", 0, 32, TABLE),
    OF_VM(ON_CPU, 0, "exit in hand", "inject_kind", 0, EVENT_ICEBP + 1, TABLE),
    OF_VM(ON_CPU, 0, "exit in hand", "seg_dirty", 0, 1u << X86_SEGS, TABLE),
    OF_VM(ON_CPU, 0, "exit in hand", "unsupported", 95, 'x', TABLE),
    OF_VM(ON_CPU, 0, "exit in hand", "insn_mode", 0, 5, TABLE),
    OF_VM(ON_CPU, 0, "exit in hand", "fault_has_error", 0, 2, FLAG),
    OF_VM(ON_CPU, 0, "exit in hand", "fault_trap", 0, 2, FLAG),
    OF_VM(ON_CPU, 0, "exit in hand", "fault_pending", 0, 2, FLAG),
    OF_VM(ON_CPU, 0, "exit in hand", "mmu_dirty", 0, 2, FLAG),
    OF_VM(ON_CPU, 0, "exit in hand", "emulated", 0, 2, FLAG),
    OF_VM(ON_CPU, 0, "exit in hand", "inject_queued", 0, 2, FLAG),
    {ON_CPU,
     {{.region = "exit in hand", .field = "repeats", .value = 1},
      {.region = "exit in hand", .field = "insn_mode"}},
     HAND},
    {ON_CPU,
     {{.region = "exit in hand", .field = "insn_mode", .value = 4},
      {.region = "exit in hand",
       .field = "insn_bytes",
       .elements = INSN_MAX_LENGTH,
       .value = 0x66}},
     HAND},
    OF_VM(IN_REPEAT, THIS_VM, "exit in hand", "repeats", 0, HV_REP_BATCH, HAND),
    OF_VM(IN_REPEAT, THIS_VM, "exit in hand", "insn_bytes", 0, 0x90, HAND),
    OF_VM(IN_REPEAT, THIS_VM, "vcpu", "run", 0, VCPU_BLOCKED, HAND),
    ONE(IN_REPEAT, "hypervisor", "current", OTHER_CURRENT, HAND),
    {IN_REPEAT, {HV("open", 0), HV("phase_open", 0), HV("suspended", 0)}, HAND},

    /* Trapped guests: shadows of their tables. */
    OF_VM(ON_CPU, 0, "trap", "traced_count", 0, TABLE_PAGES + 1,
          "traced pages of a descriptor table"),
    OF_VM(ON_CPU, 0, "trap", "traced_count", 1, 0xffff, "traced pages of a descriptor table"),
    VM_ITEM(ON_CPU, "shadow pages", USED_SHADOW, "used", 2, "is none, or there twice"),
    VM_ITEM(ON_CPU, "shadow pages", USED_SHADOW, "role", SHADOW_KINDS, "is none, or there twice"),
    VM_ITEM(ON_CPU, "shadow pages", USED_SHADOW, "role", 0x100, "is none, or there twice"),
    {ON_CPU,
     {{.region = "shadow pages", .item = USED_SHADOW, .field = "role", .value = SHADOW_PT},
      {.region = "shadow pages", .item = USED_SHADOW, .field = "gfn", .value = 0x77},
      {.region = "shadow pages", .item = OTHER_SHADOW, .field = "role", .value = SHADOW_PT},
      {.region = "shadow pages", .item = OTHER_SHADOW, .field = "gfn", .value = 0x77}},
     "is none, or there twice"},
    VM_ITEM(ON_CPU, "shadow pages", USED_SHADOW, "live", 1025, "has lost count of its entries"),
    VM_ITEM(ON_CPU, "shadow pages", USED_SHADOW, "used", 0,
            "names a frame that is not the guest's"),
    OF_VM(ON_CPU, 0, "shadow", "root", 0, 25, "is no root"),
    VM_ITEM(ON_CPU, "shadow", 0, "root", UNUSED_SHADOW, "is no root"),
    VM_ITEM(ON_CPU, "shadow", 0, "root", LEAF_SHADOW, "is no root"),
    OF_VM(IN_REPEAT, THIS_VM, "vcpu", "real_cr3", 0, 0x1000, "its CPU walks no shadow page"),
    OF_VM(IN_REPEAT, THIS_VM, "shadow", "root", 0, 0, "its CPU walks no shadow page"),

    /* Paravirtual guests: what they registered, and who holds which frame. */
    OF_VM(PV, 0, "pv", "gdt_entries", 0, PV_GDT_GUEST_ENTRIES + 1, "a count outside its table"),
    OF_VM(PV, 0, "pv", "ldt_entries", 0, 8193, "a count outside its table"),
    OF_VM(PV, 0, "pv", "frames_held", 0, 0x100000, "a count outside its table"),
    OF_VM(PV, 0, "pv", "console_port", 0, PV_EVENT_CHANNELS, "a count outside its table"),
    OF_VM(PV, 0, "pv", "block_port", 1, PV_EVENT_CHANNELS, "a disk's event channel"),
    OF_VM(PV, 0, "pv", "virq_port", 2, PV_EVENT_CHANNELS, "a virtual interrupt's event channel"),
    OF_VM(PV, 0, "pv", "channel", 8 * 500, PV_EVTCHNSTAT_VIRQ + 4,
          "an event channel that cannot be"),
    OF_VM(PV, 0, "pv", "channel", 8 * 500 + 1, PV_SOURCE_BLOCK1 + 1,
          "an event channel that cannot be"),
    {PV,
     {{.region = "pv", .field = "channel", .element = 8 * 500, .value = PV_EVTCHNSTAT_INTERDOMAIN},
      {.region = "pv",
       .field = "channel",
       .element = 8 * 500 + 5,
       .value = PV_EVENT_CHANNELS / 256}},
     "an event channel that cannot be"},
    {PV,
     {{.region = "pv", .field = "channel", .element = 8 * 500, .value = PV_EVTCHNSTAT_VIRQ},
      {.region = "pv", .field = "channel", .element = 8 * 500 + 4, .value = PV_NR_VIRQS}},
     "an event channel that cannot be"},
    ITEM(PV, "frames", GUEST_FRAME, "refs", 99, COUNTS),
    ITEM(PV, "frames", ROOT_FRAME, "validated", 0, COUNTS),
    ITEM(PV, "frames", ROOT_FRAME, "type", FRAME_SHADOW, COUNTS),
    ITEM(PV, "frames", PLAIN_FRAME, "pinned", 1, COUNTS),
    OF_VM(PV, 0, "pv", "root", 0, PLAIN_FRAME, COUNTS),
    OF_VM(PV, 0, "pv", "ldt_mfn", 3, PLAIN_FRAME, COUNTS),
    OF_VM(PV, 0, "pv", "shared_mfn", 0, 0xfffff, COUNTS),
    OF_VM(PV, 0, "pv", "console_mfn", 0, STUB_FRAME, COUNTS),
};
const unsigned refusals_count = sizeof refusals / sizeof *refusals;
