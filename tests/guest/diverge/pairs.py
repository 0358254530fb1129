"""Pairs of every kind: modes, CPU models, profiles, guests, workloads, recordings; what must be equal is, what is not is told."""
import glob
import json

import jsonschema
from pair import BUDGET, DIFFERENT, EQUAL, FOLDER, GUESTS, MODES, SOURCE, check, diverge, done, os, read, recording, ringside

SCHEMA = json.loads(read(os.path.join(SOURCE, "docs/schema/diverge.json")))
# Forks, programs, pipes, signals, faults of every kind, page faults, a file system that is written.
WORK = ("forktree 3; forkwait 4; exec 3; pipe 20; ls /text | wc; cat < /text/numbers; pagefault 40; mmap 5; sleep 9 & kill 5; "
        "fault nullptr; fault divzero; fault privileged; fault stack; fault badsyscall; protfault 3; divzero 3; "
        "mkdir /x; echo words > /x/f; cat /x/f; sieve 30 | sieve 30; halt")


def pair(a, b, *options):
    status, report, text = diverge(a, b, *options)
    errors = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(report))
    check(not errors, f"{a} {b}: schema", errors[0].message[:300] if errors else "")
    return status, report, text


def equal(a, b, *options, wanted=EQUAL):
    status, report, text = pair(a, b, *options)
    check(status == wanted and report["equal"], f"{a} {b} {options} are equal", f"{status}\n{text}")
    check("They are equal" in text, f"{a} {b}: says so", text)
    return report["compared"]


def different(a, b, *options, kind, words):
    status, report, text = pair(a, b, *options)
    d = report["difference"] or {"kind": "", "text": ""}
    check(status == DIFFERENT, f"{a} {b} differ", text)
    check(d["kind"] == kind and words in d["text"] and words in text, f"{a} {b}: how", f"{d}\n{text}")
    return report, text


# --- every pair of modes over the same work: what is compared is the same too ---
seen = [equal(a, b, "--run", WORK) for a in MODES for b in MODES]
check(all(c == seen[0] for c in seen), "every pair of modes compares the same", seen)
check(seen[0]["processes"] > 40 and seen[0]["entries"] > 500 and seen[0]["memories"] > 1000, "much was compared", seen[0])
check(seen[0]["entries"] >= seen[0]["returns"] - seen[0]["processes"], "every return has its entry", seen[0])
tour = equal("native", "trap")
check(tour == equal("trap", "pv") and tour["console_bytes"] > 200, "without --run it is the tour", tour)

# --- the scenarios that must print the same in every mode; two of them tell programs what time it is, and differ truly ---
TELL_TIME = {"kernel-benches.sh", "pipes.sh"}  # cycles that the kernel counted; what is in a pipe when it is read
scenarios = sorted(glob.glob(os.path.join(SOURCE, "assets/scenarios/equivalence/*.sh")))
check(len(scenarios) > 10, "scenarios", scenarios)
for path in scenarios:
    if os.path.basename(path) not in TELL_TIME:
        equal("native", "trap", "--run", "@" + path)
        equal("native", "pv", "--run", "@" + path)
report, text = different("native", "trap", "--run", "@" + os.path.join(SOURCE, "assets/scenarios/equivalence/kernel-benches.sh"),
                         kind="return", words="the byte at")
check("sys_bench" in report["sides"][0]["symbol"], "what tells the time is found in the kernel", text)

# --- what programs cannot see ---
for a, b in (("trap", "trap:cpu=classic,+popf,+iret"), ("native", "trap:cpu=classic,+iret"), ("trap", "trap:profile=flat"),
             ("native", "pv:cost=insn_div=900"), ("trap", "trap:tsc=emulate"), ("trap:serial=instant", "native"),
             ("native:mem=32", "native:mem=128"), ("trap:seed=1", "trap:seed=2"), ("pv", "pv:cost=hypercall=50000")):
    equal(a, b, "--run", "forkwait 3; pipe 5; pagefault 10; sieve 20; halt")
equal("native", "trap:cpu=virtualizable", "--run", "halt", "--cpu", "classic")  # a side's own option goes first

# --- guests by path, one that has no processes, one that has one ---
equal("trap:guest=" + os.path.join(GUESTS, "bantam.elf"), "native", "--run", "forkwait 2; halt")
nobody = equal("native", "trap", "--guest", os.path.join(GUESTS, "tests/hello.elf"))
check(nobody["entries"] == 0 and nobody["console_bytes"] > 0, "a guest without programs: its console", nobody)
equal("native", "trap", "--guest", os.path.join(GUESTS, "tests/traps.elf"))

# --- budgets: what was not run is not compared ---
for insns in ("1000", "300000", "400000", "777777"):
    equal("native", "pv", "--run", "forkwait 3; halt", "--max-insns", insns, wanted=BUDGET)
    equal("trap", "native", "--run", "forkwait 3; halt", "--max-insns", insns, wanted=BUDGET)
equal("native", "trap", "--run", "sieve 2000000; halt", "--timeout", "0.3", wanted=BUDGET)
report, text = different("trap:run=halt", "trap:run=halt 3", "--max-insns", "100000000", kind="return", words="sh:text")

# --- different work: where, and which instruction ---
report, text = different("trap:run=echo a; halt", "pv:run=echo b; halt", kind="return",
                         words="the byte at 0x0040a4c5 (sh:text+0x5) is 0x61 (a) in A and 0x62 (b) in B")
check("run different kernels" in text and not report["difference"]["to_instruction"], "two kernels: no instruction", text)
report, text = different("native:run=echo a; halt", "trap:run=echo b; halt", kind="return", words="(sh:text+0x5)")
check(report["difference"]["in_kernel"] and all("read_word" in s["symbol"] for s in report["sides"]),
      "one kernel: the instruction that copies it, though interrupts come at other times", text)

# --- silent instructions, and why ---
report, text = different("native", "trap:cpu=classic", "--run", "halt", "--why", kind="return",
                         words="EFLAGS is 0x246 in A and 0x46 in B (IF)")
check(report["bites"] == [{"side": "B", "instruction": "iret"}], "what bites is IRET", report["bites"])
check("So what bites is iret in B" in text, "and it is said", text)
check(all(s["code"] == "popfd" for s in report["sides"]), "the kernels part at a POPF", text)
check([t["difference"] is None for t in report["trials"]] == [False, True, True], "POPF alone does not help", report["trials"])
report, text = different("trap:cpu=classic,+popf", "pv", "--run", "forkwait 2; halt", "--why", kind="return", words="(IF)")
check(report["bites"] == [{"side": "A", "instruction": "iret"}], "IRET, in A", report["bites"])
report, text = different("trap:cpu=classic:run=echo a; halt", "trap:cpu=classic:run=echo b; halt", "--why", kind="return",
                         words="sh:text")
check(report["bites"] == [] and "do not explain" in text, "what silent instructions do not explain", text)
report, text = different("trap:run=halt", "trap:run=halt 3", "--why", kind="return", words="sh:text")
check("no sensitive instruction went silent" in text, "nothing was silent", text)

# --- recordings ---
for mode in MODES:
    path, _ = recording(mode, mode, "forkwait 2; halt", [])
    equal(path, path)
    equal(mode, path, "--run", "forkwait 2; halt")
short, _ = recording("short", "trap", "forkwait 2; halt", [], end="goto insn 600000")
check(equal(short, os.path.join(FOLDER, "native.rec"))["entries"] > 5, "a recording that ends early")

# --- quiet, --json FILE, and the same again ---
check(ringside("diverge", "native", "trap", "--run", "halt", "--quiet") == (EQUAL, "", ""), "--quiet")
out = os.path.join(FOLDER, "d.json")
first = ringside("diverge", "native", "trap:cpu=classic", "--run", "halt", "--json", out)
check(first[0] == DIFFERENT and "They are equal" not in first[1] and first[2] == "", "text on stdout", first)
check(first == ringside("diverge", "native", "trap:cpu=classic", "--run", "halt"), "the same again")
check(json.loads(read(out))["schema"] == "ringside.diverge/1", "--json FILE")
check(max(len(line) for line in first[1].splitlines()) <= 120, "no line is too wide", first[1])
done(120)
