"""Reports against their schemas, sums that must hold, and what the comparison prints against what it counted."""
import json
import os
import re

import jsonschema

from tool import FOLDER, GUESTS, SOURCE, check, done, read, report, ringside


def schema(name):
    return json.loads(read(os.path.join(SOURCE, "docs/schema", name + ".json")))


def valid(document, name):
    errors = list(jsonschema.Draft202012Validator(schema(name)).iter_errors(document))
    return check(not errors, f"schema {name}", errors[0].message[:300] if errors else "")


def sums_hold(r):
    mode = r["mode"]
    check(sum(r["cycles"].values()) == r["clock"]["cycles"], f"{mode}: buckets sum to the clock")
    for bucket, cycles in r["cycles"].items():
        parts = sum(v["cycles"][bucket] for v in r["vms"]) + r["shared_cycles"][bucket]
        check(parts == cycles, f"{mode}: {bucket} of the guests and shared", f"{parts} != {cycles}")
    rows = r["exits"]["by_reason"]
    check(sum(e["count"] for e in rows) == r["exits"]["total"], f"{mode}: exits sum up")
    for e in rows:
        check(e["min"] <= e["avg"] <= e["max"] and e["min"] * e["count"] <= e["cycles"] <= e["max"] * e["count"],
              f"{mode}: {e['name']} {e['outcome']}: cheapest, average, dearest")
    phases = sum(r["cycles"][b] for b in ("transition_in", "decode", "emulate", "memory", "device", "inject", "schedule",
                                          "transition_out"))
    inside = sum(e["cycles"] for e in rows)
    check(inside <= phases and phases - inside <= 0.01 * phases + 5000, f"{mode}: exits' cycles are the phases'",
          f"{inside} {phases}")


for mode in ("native", "trap", "pv"):
    r = report("--mode", mode, "--run", "null_syscall 50; pagefault 20; forkwait 2; halt")
    valid(r, "report")
    sums_hold(r)
    check([b["name"] for b in r["bench"]] == ["null_syscall", "pagefault", "forkwait"], f"{mode}: bench lines", r["bench"])
    check(r["popek_goldberg"]["equivalence"] is None, "a single run claims no equivalence")
    check((r["exits"]["total"] > 0) == (mode != "native"), f"{mode}: exits")
    check(r["popek_goldberg"]["foreign_reached"] == 0, f"{mode}: nothing foreign is reached")
r = report("--vms", "3", "--run", "null_syscall 100; ls; halt")
valid(r, "report")
sums_hold(r)
for v in r["vms"]:
    check([(b["name"], b["iterations"]) for b in v["bench"]] == [("null_syscall", 100)], "each guest's bench lines", v["bench"])
    check(f"cycles={v['bench'][0]['cycles_per_iteration']:g} " in v["console"], "are its own console's", v["console"])
check(r["bench"] == [b for v in r["vms"] for b in v["bench"]], "the report's are all guests'")
for name in ("user", "kernel"):
    check(r["instructions"][name] == sum(v["instructions"][name] for v in r["vms"]), f"{name} instructions are the guests' sum")
check(r["exits"]["total"] == sum(v["exits"]["total"] for v in r["vms"]), "exits are the guests' sum")
classic = ringside("run", "--quiet", "--cpu", "classic", "--json", "-", "--timeout", "60", "--run", "ls; halt")
r = json.loads(classic[1])
valid(r, "report")
check(r["silent"]["total"] == sum(r["silent"]["by_insn"].values()) > 0, "classic: silent events by instruction")
check("first silent instruction: 0x" in classic[2], "classic: said also with --quiet", classic[2])

# The schema is no rubber stamp.
for breakage in (lambda d: d.pop("hash"), lambda d: d["cycles"].update(idle=-1), lambda d: d.update(more=1),
                 lambda d: d["exit"].update(status="0"), lambda d: d["vms"].clear(), lambda d: d.update(hash="XYZ")):
    broken = json.loads(json.dumps(r))
    breakage(broken)
    check(list(jsonschema.Draft202012Validator(schema("report")).iter_errors(broken)), "a broken report is refused")
for name in ("p4-2005", "flat"):
    valid(json.loads(read(os.path.join(SOURCE, "assets/profiles", name + ".json"))), "profile")

# --- compare ---
csv = os.path.join(FOLDER, "c.csv")
trace = os.path.join(FOLDER, "t.json")
status, out, err = ringside("compare", "--json", "-", "--csv", csv, "--trace", trace)
check(status == 0 and err == "", "compare of tour", err)
c = json.loads(out)
valid(c, "compare")
for r in c["runs"]:
    sums_hold(r)
check([r["popek_goldberg"]["equivalence"] for r in c["runs"]] == [None, True, True], "tour is equivalent")


def busy(r):
    return r["clock"]["cycles"] - r["cycles"]["idle"]


native, trap, pv = c["runs"]
check(abs(c["ratios"]["trap"]["cycles"] - busy(trap) / busy(native)) < 1e-6, "ratio of trap")
split = c["ratios"]["split"]
check(abs(split["fewer_exits"] + split["price_per_exit"] + split["guest_code"] - (busy(trap) - busy(pv))) < 2, "split")
rows = read(csv).decode().splitlines()
check(f"pv,cycles,idle,,{pv['cycles']['idle']}" in rows, "CSV has the report's figures")

status, text, err = ringside("compare")
lines = text.splitlines()
check(status == 0 and len(lines) <= 40 and max(map(len, lines)) <= 100, "one page", f"{len(lines)} lines")
for script in ("sieve 100; halt", "forkwait 20; halt", "ls; cat /etc/motd; halt", "ptemod 300; mmap 30; ctxsw 30; halt"):
    lines = ringside("compare", "--run", script)[1].splitlines()
    check(20 < len(lines) <= 40 and max(map(len, lines)) <= 100, f"one page: {script}", f"{len(lines)} lines")
    lines = ringside("compare", "--long", "--run", script)[1].splitlines()
    check(max(map(len, lines)) <= 100, f"--long is no wider: {script}", max(lines, key=len))
    head = next(x for x in lines if x.startswith("exits, cycles each"))
    check(head.count("(min to max)") == 2, "--long says what the brackets are", head)
for word in ("native", "trap", "pv", "modelled cycles, not measured", "1, thinks 0", "shadow", "p4-2005", "equivalence",
             "never sold", "Next:"):
    check(word in text, f"the page says {word}")
for word in ("equivalence", "efficiency", "control", "yardstick", "classic", "virtualizable", "shadow", *native["cycles"]):
    check(ringside("explain", word)[0] == 0, f"{word} of the page can be explained")


def numbers(label):
    line = next((x for x in text.splitlines() if x.strip().startswith(label)), "")
    return [int(n.replace(",", "")) for n in re.findall(r"(?<![\w.])\d[\d,]*(?![\w.%])", line)]


for bucket in ("guest_user", "guest_kernel"):
    check(numbers(bucket) == [r["cycles"][bucket] for r in c["runs"]], f"the page's {bucket} is the report's", numbers(bucket))
check(numbers("all but idle")[:3] == [busy(r) for r in c["runs"]], "the page's total", numbers("all but idle"))
check(numbers("all ")[0::2][:2] == [trap["exits"]["total"], pv["exits"]["total"]] or
      str(f"{trap['exits']['total']:,}") in text, "the page's exits")
check(f"{trap['exits']['total']:,} exits" in text.replace("\n ", ""), "the sentence's exits are counted")
flat = ringside("compare", "--profile", "flat", "--modes", "native,trap", "--long")[1]
check(re.search(r"reflect_interrupt\s+INJECT\s+[\d,]+\s+100\s+\(100 to 100\)", flat), "flat: an exit costs 100", flat)
micro = ringside("compare", "--suite", "micro")[1].splitlines()
check(max(map(len, micro)) <= 100 and len(micro) <= 40, "micro is one page")
check(any(x.startswith("null_syscall") and x.endswith("input") for x in micro), "micro: input")
check(any(x.startswith("fork") and x.endswith("result") for x in micro), "micro: result")
other = ringside("compare", "--suite", "micro", "--profile", "flat", "--modes", "trap,pv")[1].splitlines()
check("trap is" in other[1] and not any("input" in x for x in other), "micro: nothing is input to what was not fitted", other)
check(any("x" in x and x.endswith("result") for x in other), "micro: and the rest is result", other)
own = ringside("compare", "--guest", os.path.join(GUESTS, "tests/cli_asleep.elf"), "--modes", "native,trap", "--max-cycles",
               "100000")
check(own[0] == 3 and own[1].startswith("cli_asleep.elf: profile p4-2005"), "a guest without a script is named", own[1])
changed = ringside("compare", "--modes", "native,trap", "--cost", "walk_ref=30", "--run", "halt")[1]
check("(changed)" in changed, "a changed cost is said")

dead = ringside("compare", "--modes", "native,trap", "--cpu", "classic")
check("--story" not in dead[1] or "and the same options" in dead[1], "the next step says whose exit it numbers", dead[1])
check(dead[0] == 3 and "DIFFERS" in dead[1] and "did not come as far" in dead[1], "a guest that died is no ratio", dead[1])
check("first silent instruction" in dead[2] and "saves nothing" not in dead[1] and
      "the one that bites" in dead[2] and "symptom: " in dead[2], "and why it died")
why = ringside("run", "--cpu", "classic", "--why", "--quiet", "--run", "@tour")
lines = [x for x in why[2].splitlines() if x.startswith("with --cpu")]
check(why[0] == 3 and len(lines) >= 3 and "no progress" in lines[0] and "passes" in lines[-1], "--why finds the set", why[2])
check("+popf" in lines[0] and "+iret" in lines[-1] and "+pushf" in lines[-1], "it is POPF, IRET and PUSHF", why[2])

# --- the trace ---
events = json.loads(read(trace))["traceEvents"]
check({e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "process_name"} == {"native", "trap", "pv"},
      "one process a mode")
slices = {}
for e in events:
    if e["ph"] == "X":
        begin = round(e["ts"] * 1e6)
        slices.setdefault((e["pid"], e["tid"]), []).append((begin, -round(e["dur"] * 1e6)))
for thread, found in slices.items():
    stack, overlap = [], 0
    for begin, minus in sorted(found):
        while stack and stack[-1] <= begin:
            stack.pop()
        overlap += bool(stack) and begin - minus > stack[-1]
        stack.append(begin - minus)
    check(overlap == 0, f"thread {thread}: strictly nested", f"{overlap} of {len(found)} slices overlap")
check(sum(len(s) for s in slices.values()) > 10000 and len(slices) >= 8, "the trace is not empty")
named = [e for e in events if e["ph"] == "X" and e["pid"] == 2 and "args" in e]
check(len(named) == trap["exits"]["total"], "every exit of trap is in the trace", f"{len(named)}")

# --- stories ---
for mode in ("trap", "pv"):
    for number in (1, 2, 17, 100, 333):
        status, text, err = ringside("exits", "--mode", mode, "--quiet", "--story", str(number))
        check(status == 0 and err == "", f"{mode}: story {number}", err)
        for word in (f"Exit {number}:", "Guest ", "Why ", "CPU ", "Decided ", "Phases ", "Guest now", "Really ", "Elsewhere ",
                     "Next "):
            check(word in text, f"{mode}: story {number} has {word}", text)
        labels = re.findall(r"^(\w+(?: now)?)", text, re.M)
        check(labels == ["Exit", "Guest", "Why", "CPU", "Decided", "Phases", "Guest now", "Really", "Elsewhere", "Next"],
              f"{mode}: story {number} has these parts and no others", labels)
        check(max(map(len, text.splitlines())) <= 100, f"{mode}: story {number} is 100 columns wide")
        parts = [int(x) for x in re.findall(r"^(?:Phases)?\s+(?:[a-z_]+)\s+(\d+)  #*$", text, re.M)]
        total = int(re.search(r"together\s+(\d+)", text).group(1))
        check(sum(parts) == total, f"{mode}: story {number}: phases sum up", f"{parts} {total}")
done(250)
