"""Costs: the fit, the shapes, and that a cost is a price and nothing else."""
import json
import os
import re
import subprocess
import sys

from tool import BIN, FOLDER, SOURCE, check, done, read, report, ringside, write

FIT = os.path.join(SOURCE, "assets/profiles/fit")


def fit(*arguments):
    p = subprocess.run([sys.executable, FIT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return p.returncode, p.stdout.decode()


status, out = fit("check")
check(status == 0 and "degrees of freedom" in out, "the profile is the fit's solution, residuals within tolerance", out)
status, out = fit("record", BIN, "--check")
check(status == 0 and "0 differ" in out, "recorded counts are what the simulator does", out)
status, out = fit("shapes", BIN)
check(status == 0, "every shape is within its range", out)
check(len(out.splitlines()) >= 18, "all shapes were looked at")

# Two tags, a tag that does not exist, and a wrong total are seen.
document = json.loads(read(os.path.join(SOURCE, "assets/profiles/p4-2005.fit.json")))
for what, change in (("no tag", lambda d: d["equations"][0].pop("tag")),
                     ("two tags", lambda d: d["equations"][0].update(tags=["shape", "calibration"])),
                     ("an unknown tag", lambda d: d["equations"][0].update(tag="hope")),
                     ("one total under two tags", lambda d: d["equations"].append(
                         {**d["equations"][1], "name": "again", "tag": "validation"})),
                     ("one name twice", lambda d: d["equations"].append(d["equations"][1])),
                     ("an unknown key", lambda d: d["equations"][1]["counts"].update(magic=1)),
                     ("another total", lambda d: d["equations"][1].update(total=2000))):
    broken = json.loads(json.dumps(document))
    change(broken)
    folder = os.path.join(FOLDER, "fit")
    os.makedirs(folder, exist_ok=True)
    for name in ("fit", "p4-2005.json"):
        write(os.path.join("fit", name), read(os.path.join(SOURCE, "assets/profiles", name)))
    write("fit/p4-2005.fit.json", json.dumps(broken))
    p = subprocess.run([sys.executable, os.path.join(folder, "fit"), "check"], stdout=subprocess.PIPE, check=False)
    check(p.returncode == 1, f"{what} is an error")

# Doubling every value doubles a benchmark, in every mode and whatever the benchmark. (The clock too, or the timer would
# tick twice as often for the same work.)
profile = json.loads(read(os.path.join(SOURCE, "assets/profiles/p4-2005.json")))
double = json.loads(json.dumps(profile))
double["clock_hz"]["value"] *= 2
for part in ("hardware", "hypervisor"):
    for entry in double[part].values():
        entry["value"] *= 2
path = write("double.json", json.dumps(double))
script = ("--run", "null_syscall 300; pagefault 100; ptemod 100; portio 100; divzero 100; forkwait 5; halt")
for mode in ("native", "trap", "pv"):
    one = {b["name"]: b["cycles_per_iteration"] for b in report("--mode", mode, *script)["bench"]}
    two = {b["name"]: b["cycles_per_iteration"] for b in report("--mode", mode, "--profile", path, *script)["bench"]}
    for name, cycles in one.items():
        check(abs(two[name] - 2 * cycles) <= max(3, 0.01 * cycles), f"{mode}: {name} doubles", f"{cycles} {two[name]}")

# A cost is linear: what a key adds is what was counted.
base = report("--mode", "trap", "--run", "forkwait 5; halt")
for key in ("decode", "shadow_fill", "inject", "iret_outer"):
    value = {**profile["hardware"], **profile["hypervisor"]}[key]["value"]
    more = report("--mode", "trap", "--cost", f"{key}={value + 100}", "--run", "forkwait 5; halt")
    busy = [r["clock"]["cycles"] - r["cycles"]["idle"] for r in (base, more)]
    expected = 100 * base["events"][key]
    check(abs(busy[1] - busy[0] - expected) <= 0.05 * expected + 20000, f"{key} is charged as often as it is counted",
          f"{busy[1] - busy[0]} {expected}")
    check(more["costs_changed"] == 1, "a changed cost is reported")

# Counted events and instructions make up the whole clock.
values = {k: v["value"] for part in ("hardware", "hypervisor") for k, v in profile[part].items()}
for mode in ("native", "trap", "pv"):
    r = report("--mode", mode, "--run", "forkwait 5; ls; halt")
    total = sum(n * values[k] for k, n in r["events"].items()) + r["instruction_cycles"] + r["cycles"]["idle"]
    check(total == r["clock"]["cycles"], f"{mode}: events, instructions and idling are all there is")
    guest = r["cycles"]["guest_user"] + r["cycles"]["guest_kernel"]
    check(r["instruction_cycles"] == guest, f"{mode}: instructions' cycles are the guest's", f"{r['instruction_cycles']} {guest}")

# One emulated instruction is 2030 (Adams and Agesen), and batching is what makes pv's fork cheap.
exits = {}
for n in (500, 1000):
    r = report("--mode", "trap", "--tsc", "emulate", "--run", f"portio {n}; halt")
    exits[n] = [sum(e[k] for e in r["exits"]["by_reason"] if e["name"] == "emulate_privop") for k in ("count", "cycles")]
each = (exits[1000][1] - exits[500][1]) / (exits[1000][0] - exits[500][0])
check(abs(each - 2030) <= 0.05 * 2030, "one instruction trapped and emulated", each)
fork = {}
for mode, words in (("native", ""), ("trap", ""), ("pv", ""), ("pv", "batch=off")):
    r = report("--mode", mode, "--cmdline", words, "--run", "fork 30; halt")
    fork[mode + words] = next(b["cycles_per_iteration"] for b in r["bench"] if b["name"] == "fork")
check(fork["pv"] < 0.6 * fork["trap"], "fork: pv well below trap", fork)
check(fork["pvbatch=off"] - fork["native"] > 1.4 * (fork["pv"] - fork["native"]), "fork: clearly worse without batches", fork)

# What a device's deadline costs is the cost of the interrupt that it makes, whatever exit was open when it came.
reasons = {}
for x in report("--mode", "trap", "--cost", "backend_sector=5000000", "--run", "@tour")["exits"]["by_reason"]:
    reasons[x["name"]] = max(x["max"], reasons.get(x["name"], 0))
check([name for name, dearest in reasons.items() if dearest >= 5000000] == ["EXTERNAL_INTERRUPT"],
      "a sector is moved in its own interrupt", reasons)

# Compute-bound work: every mode within 1% of native but for its ticks.
for mode in ("trap", "pv"):
    r = report("--mode", mode, "--run", "sieve 300; halt")
    n = report("--mode", "native", "--run", "sieve 300; halt")
    a, b = (next(x["cycles_per_iteration"] for x in y["bench"]) for y in (r, n))
    check(0.99 < a / b < 1.01, f"{mode}: sieve within 1%", f"{a / b:.4f}")

# No mode and no benchmark is named where costs are charged.
text = read(os.path.join(SOURCE, "hv/core/cost.c")) + read(os.path.join(SOURCE, "hv/core/charge.c")) + read(
    os.path.join(SOURCE, "hv/include/hv/cost.def")) + read(os.path.join(SOURCE, "sim/include/sim/cost.def"))
check(not re.search(rb"MODE_|null_syscall|forkwait|\bmode ==", text), "cost code knows no mode and no benchmark")
done(50)
