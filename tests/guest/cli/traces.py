"""Traces: each form read back gives the live table, other readers understand it, a killed run keeps what it wrote."""
import csv
import io
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import time

from tool import BIN, FOLDER, GUESTS, check, done, read, report, ringside, write

SUFFIXES = ("json", "csv", "txt", "db")
WORK = "null_syscall 50; pagefault 20; forkwait 2; ls; halt"
REASONS = re.findall(r"^EXIT\((\w+),", open(os.path.join(os.environ["RINGSIDE_SOURCE_DIR"], "hv/include/hv/exit.def"),
                                            encoding="utf-8").read(), re.M)
PHASES = ["transition_in", "decode", "emulate", "memory", "device", "inject", "schedule", "transition_out"]


def place(name):
    return os.path.join(FOLDER, name)


def tables(text):
    """{mode: lines} of what exits FILE prints of a comparison."""
    found = {}
    for line in text.splitlines():
        if re.fullmatch(r"\w+:", line):
            found[line[:-1]] = []
        else:
            found[list(found)[-1]].append(line)
    return found


# --- each form, each mode: the same table ---
totals = {}
for mode in ("native", "trap", "pv"):
    for suffix in SUFFIXES:
        name = f"{mode}.{suffix}"
        status, live, err = ringside("exits", "--mode", mode, "--quiet", "--long", "--run", WORK, "--trace", name)
        check(status == 0 and err == "", f"{name} is written", err)
        status, back, err = ringside("exits", name, "--long")
        check((status, back, err) == (0, live, ""), f"{name} read back is the live table", f"{err}\n{live}\n{back}")
        short = ringside("exits", name)[1]
        check(len(short.splitlines()) == len(live.splitlines()), f"{name} without --long")
    totals[mode] = report("--mode", mode, "--run", WORK)["exits"]
for suffix in SUFFIXES:
    status, live, err = ringside("exits", "--vms", "3", "--quiet", "--run", "forkwait 3; ls; halt", "--trace", f"vms.{suffix}")
    check((0, live, "") == ringside("exits", f"vms.{suffix}"), f"three guests in one {suffix}", err)
    status, _, err = ringside("compare", "--run", WORK, "--trace", f"all.{suffix}")
    check(status == 0, f"a comparison as {suffix}", err)
    back = tables(ringside("exits", f"all.{suffix}", "--long")[1])
    check(list(back) == ["native", "trap", "pv"], f"a comparison's runs in {suffix}", back.keys())
    for mode in back:
        alone = ringside("exits", f"{mode}.{suffix}", "--long")[1].splitlines()
        check(back[mode] == alone, f"{mode} of a comparison as {suffix} is {mode} alone", back[mode])
check((0, ringside("exits", "trap.csv")[1], "") == ringside("exits", "--mode", "trap", "--quiet", "--run", WORK, "--trace",
      "named.otherwise", "--trace-format", "csv") and ringside("exits", "named.otherwise")[0] == 0, "--trace-format")

for verb in ("run", "exits", "compare"):
    status, out, err = ringside(verb, "--run", WORK, "--trace", "-", "--trace-format", "csv")
    lines = out.splitlines()
    check(status == 0 and lines[0].startswith("# ringside.trace/1") and lines[-1].startswith("# ringside.end") and
          all(re.match(r"#|run,|\d+,(trap|pv),", x) for x in lines), f"{verb}: a trace on standard output stands there alone", err)

# --- other readers ---
rows = list(csv.DictReader(line for line in read(place("trap.csv")).decode().splitlines() if not line.startswith("#")))
check(len(rows) == totals["trap"]["total"] > 500, "CSV has one row an exit", len(rows))
check(all(r["reason"] in REASONS for r in rows), "CSV spells the reasons as the table does")
check(all(sum(int(r[p]) for p in PHASES) == int(r["cycles"]) for r in rows), "CSV: phases sum up")
check([int(r["number"]) for r in rows] == list(range(1, len(rows) + 1)), "CSV: numbered from 1")
check(all(r["port"].isdigit() or r["address"].isdigit() for r in rows if r["reason"] == "IO_INSTRUCTION"), "CSV: ports")

LINE = re.compile(r"^ *(\S+)-(\d+) +\[(\d{3})\] ([a-zA-Z.0-9]{5}) +(\d+(?:\.\d+)?): (\w+): (.*)$")
KVM_EXIT = re.compile(r"vcpu (\d+) reason (\w+) rip 0x([0-9a-f]+) info1 0x([0-9a-f]{16}) info2 0x([0-9a-f]{16}) "
                      r"intr_info 0x([0-9a-f]{8}) error_code 0x([0-9a-f]{8})")
KVM_ENTRY = re.compile(r"vcpu (\d+), rip 0x([0-9a-f]+) intr_info 0x([0-9a-f]{8}) error_code 0x([0-9a-f]{8})")
for name, guests in (("trap.txt", 1), ("pv.txt", 1), ("vms.txt", 3)):
    counted, last, inside, strange = {}, 0, {}, []
    for line in read(place(name)).decode().splitlines():
        if line.startswith("#"):
            continue
        found = LINE.match(line)
        fields = found and {"kvm_exit": KVM_EXIT, "kvm_entry": KVM_ENTRY}.get(found[6], re.compile(".*")).fullmatch(found[7])
        if not fields or int(found[5]) < last:
            strange.append(line)
            continue
        last = int(found[5])
        counted[found[6]] = counted.get(found[6], 0) + 1
        if found[6] == "kvm_entry" and any(inside.values()):
            strange.append("two in the guest: " + line)
        if found[6] in ("kvm_entry", "kvm_exit"):
            inside[found[2]] = found[6] == "kvm_entry"
    check(not strange, f"{name} is KVM's tracepoints in order", strange[:3])
    check(counted["kvm_exit"] == counted["ringside_exit"] >= counted["kvm_entry"] > counted["kvm_exit"] // 2,
          f"{name}: exits and entries", counted)
    check(len(inside) == guests, f"{name}: a pid a guest", inside)

# --- several guests: who had the processor, without a gap but idling ---
def slices(name):
    """(begin, end, guest) of a Perfetto trace's outermost slices in order, in cycles; guest: its number in the thread's name."""
    events = json.loads(read(place(name)))["traceEvents"]
    hz = next(e["args"]["clock_hz"] for e in events if e["name"] == "ringside_run")
    names = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    found = sorted((round(e["ts"] * hz / 1e6), -round((e["ts"] + e["dur"]) * hz / 1e6), names[e["tid"]]) for e in events
                   if e["ph"] == "X")
    outer, end = [], 0
    for begin, minus, thread in found:
        if -minus > end:
            outer.append((begin, -minus, thread))
            end = -minus
    return outer


BUSY = "sieve 300; ls; sieve 300; halt"
for mode in ("trap", "pv"):
    for vms in ("1", "3"):
        name = f"gaps-{mode}-{vms}.json"
        idle = report("--mode", mode, "--vms", vms, "--run", BUSY, "--trace", name)["cycles"]["idle"]
        outer = slices(name)
        gaps = [b[0] - a[1] for a, b in zip(outer, outer[1:]) if b[0] - a[1] > 1]
        check(abs(sum(gaps) - idle) <= 2 * len(gaps), f"{name}: all but idling is somebody's", f"{sum(gaps)} of {idle} idle")
    guests = [x for x in outer if "guest" in x[2]]
    turns = [b for a, b in zip(guests, guests[1:]) if a[2][:3] != b[2][:3]]
    for begin, end, thread in turns[3:16:4]:  # runs that end where another guest has just gone on
        options = ("run", "--mode", mode, "--vms", "3", "--run", BUSY, "--max-cycles", str((begin + end) // 2), "--quiet", "--trace")
        check(ringside(*options, "cut.txt")[0] == 4, f"{mode}: cut at {begin}")
        entry = re.findall(r"-(\d+) .*kvm_entry", read(place("cut.txt")).decode())[-1]
        check(int(entry) - 1 == int(re.match(r"vm(\d)", thread).group(1)), f"{mode}: who goes on at {begin}", f"{entry} {thread}")
    check(len(turns) > 15, f"{mode}: guests take turns", len(turns))

db = sqlite3.connect(place("all.db"))
check(db.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the database is sound")
columns = {t: [c[1] for c in db.execute(f"PRAGMA table_info({t})")] for t in ("runs", "exits", "phases")}
check(columns["runs"] == ["run", "mode", "clock_hz", "vms", "cycles", "idle", "exits", "dropped"], "table runs", columns)
check(columns["exits"] == list(rows[0])[:-8], "table exits has CSV's columns", columns["exits"])
check(columns["phases"] == ["run", "number", "position", "phase", "cycles"], "table phases", columns)
for run, mode in enumerate(("native", "trap", "pv"), 1):
    check(db.execute("SELECT mode, exits, dropped FROM runs WHERE run=?", (run,)).fetchone() ==
          (mode, totals[mode]["total"], 0), f"table runs: {mode}")
    found = {(r, o): (n, c) for r, o, n, c in db.execute(
        "SELECT reason, outcome, count(*), sum(cycles) FROM exits WHERE run=? GROUP BY 1, 2", (run,))}
    check(found == {(e["name"], e["outcome"]): (e["count"], e["cycles"]) for e in totals[mode]["by_reason"]},
          f"{mode}: SQL counts what the report counts", found)
check(db.execute("SELECT count(*) FROM exits e WHERE cycles <> (SELECT sum(cycles) FROM phases p WHERE p.run=e.run AND "
                 "p.number=e.number)").fetchone() == (0,), "phases sum up to their exits")
db.close()

# --- a killed run keeps what it wrote ---
for suffix in SUFFIXES:
    path = place(f"killed.{suffix}")
    write(f"killed.{suffix}", "what stood here before")
    child = subprocess.Popen([BIN, "run", "--mode", "trap", "--quiet", "--run", "forkwait 1000000; halt", "--trace", path],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.time() + 60
    while os.path.getsize(path) < 3000000 and time.time() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    status, text, err = ringside("exits", f"killed.{suffix}")
    total = re.search(r"Total samples: ([\d,]+), .*of a run that was cut off", text)
    check(status == 0 and err == "" and total, f"a killed run's {suffix} is read", err + text[-200:])
    kept = int(total[1].replace(",", "")) if total else 0
    if suffix == "db":
        db = sqlite3.connect(path)
        stand = db.execute("SELECT count(*) FROM exits").fetchone()[0]
        db.close()
    else:
        data = read(path)
        whole = data[:data.rindex(b"\n") + 1]
        mark = {"json": b'"outcome":', "csv": b"\n1,trap,", "txt": b" ringside_exit: "}[suffix]
        stand = whole.count(mark)
        if suffix == "json":
            json.loads(whole.rstrip().rstrip(b",") + b"]}")
    check(stand - 1 <= kept <= stand and kept > 4000, f"every whole record of a killed {suffix}", f"{kept} of {stand}")

# --- nothing is lost in silence ---
status, _, err = ringside("run", "--quiet", "--run", WORK, "--trace", "/dev/full", "--trace-format", "csv")
check(status == 5 and re.search(r"No space left on device; [\d,]+ of [\d,]+ exits were dropped", err), "a full disk", err)
for suffix in SUFFIXES:
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (700000, 700000))  # noqa: E731
    child = subprocess.run([BIN, "run", "--quiet", "--mode", "trap", "--run", "forkwait 100; halt", "--trace",
                            place(f"small.{suffix}")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=limit,
                           stderr=subprocess.PIPE, check=False)
    err = child.stderr.decode()
    found = re.search(r"; (\d+) of (\d+) exits were dropped", err)
    check(child.returncode == 5 and found and 0 < int(found[1]) < int(found[2]), f"a file that may not grow: {suffix}", err)
    status, text, err = ringside("exits", f"small.{suffix}")
    total = re.search(r"Total samples: ([\d,]+)", text)
    check(status == 0 and found and total and int(total[1].replace(",", "")) == int(found[2]) - int(found[1]),
          f"what is not dropped stands there: {suffix}", err + text[-300:])

# --- a run that cannot begin changes nothing ---
for suffix in SUFFIXES:
    write(f"old.{suffix}", "old")
    foreign = write("foreign.elf", b"\x7fELF" + bytes(100))
    status, _, err = ringside("run", "--guest", foreign, "--run", "halt", "--trace", f"old.{suffix}")
    check(status == 2 and read(place(f"old.{suffix}")) == b"old", f"a refused guest leaves the old {suffix}", err)
left = [n for n in os.listdir(FOLDER) if n.startswith("old.") and n.split(".")[-1] not in SUFFIXES or "journal" in n]
check(not left, "nothing is left beside them", left)

# --- bad files: two lines, status 2 ---
whole = {s: read(place(f"pv.{s}")) for s in SUFFIXES}
text = whole["csv"].decode()
bad = {
    "nothing.json": b"",
    "other.json": b"{\"a\": 1}\n",
    "text.csv": b"hello\n",
    "noise.bin": bytes(range(256)) * 8,
    "no-run.csv": b"# ringside.trace/1\n",
    "reason.csv": re.sub(r"(\n1,pv,3,.*?),[a-z_A-Z]+,([A-Z]+),", r"\1,because,\2,", text, count=1).encode(),
    "fields.csv": text.replace("1,pv,2,", "1,pv,2,2,", 1).encode(),
    "column.csv": text.replace(",reason,", ",why,", 1).encode(),
    "fewer.csv": re.sub(r"\n1,pv,5,.*", "", text, count=1).encode(),
    "clock.csv": text.replace("clock_hz=3800000000", "clock_hz=0").encode(),
    "name.json": whole["json"].replace(b'"outcome":"', b'"outcome":"X', 1),
    "deep.json": whole["json"].replace(b'"args":{', b'"args":{"a":{"b":{', 1),
    "phase.json": re.sub(rb'("name":"decode","ts":[\d.]+,"dur":)', rb"\g<1>9999999", whole["json"], count=1),
    "event.txt": whole["txt"].replace(b"kvm_exit: vcpu 0 reason ", b"kvm_exit: vcpu 0 reason x", 1),
    "twice.txt": whole["txt"].replace(b"ringside_exit", b"other_exit", 1),
    "half.db": whole["db"][:9000],
    "magic.db": b"SQLite format 3\0" + bytes(100),
    "middle.db": whole["db"][:8192] + b"\xff" * 4096 + whole["db"][12288:],
}
for name, content in bad.items():
    write(name, content)
    status, out, err = ringside("exits", name)
    check(status == 2 and out == "" and 1 <= len(err.splitlines()) <= 2 and name in err, f"refused: {name}", f"{status} {err}")
check("line 5:" in ringside("exits", "fields.csv")[2], "the line is named", ringside("exits", "fields.csv")[2])
view = sqlite3.connect(place("view.db"))
view.executescript("CREATE TABLE runs(run,mode,clock_hz,vms,cycles,idle,exits,dropped); CREATE TABLE phases(run,number,phase,"
                   "cycles); CREATE VIEW exits AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT 1 AS "
                   "run, n AS number, '' AS reason, '' AS outcome, 0 AS cycles FROM r;")
view.close()
check(ringside("exits", "view.db", timeout=20)[0] == 2, "a view that never ends is no table")
for arguments in (["exits", "missing.json"], ["exits", FOLDER], ["exits", "trap.csv", "--mode", "trap"],
                  ["exits", "trap.csv", "--long", "--long"], ["run", "--trace", "x.db", "--trace", "y.db"],
                  ["run", "--run", "halt", "--trace", "-", "--trace-format", "sqlite"]):
    status, out, err = ringside(*arguments)
    check(status == 2 and out == "" and len(err.splitlines()) <= 2, f"refused: {arguments}", f"{status} {err}")
check(os.path.exists(GUESTS), "guests")
done(120)
