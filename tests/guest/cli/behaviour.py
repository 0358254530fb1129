"""Verbs, streams, statuses, budgets, input, disks, several guests: what a script may rely on."""
import json
import os
import re
import signal
import subprocess
import time

from tool import BIN, FOLDER, GUESTS, check, done, read, report, ringside, write

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # should we have been started under nohup

# --- words ---
status, out, err = ringside()
check(status == 0 and len(out.splitlines()) == 5 and err == "", "bare ringside prints five lines")
for verb in ("run", "compare", "exits"):
    status, out, err = ringside("help", verb)
    check(status == 0 and "--profile" in out and err == "", f"help {verb}")
    check(max(len(line) for line in out.splitlines()) <= 110, f"help {verb} is not too wide")
check("--story" in ringside("help", "exits")[1] and "--story" not in ringside("help", "run")[1], "help shows its own")
check(ringside("--help") == ringside("help"), "--help is help")
check(ringside("version")[1].startswith("ringside "), "version")
for kind in [line.split()[2] for line in ringside("list")[1].splitlines()]:
    status, out, err = ringside("list", kind)
    check(status == 0 and len(out.splitlines()) >= 1 and err == "", f"list {kind}")
for name, word in (("popf", "sensitive"), ("POPF", "sensitive"), ("hlt", "privileged"), ("IO_INSTRUCTION", "bitmap"),
                   ("decode", "cost key"), ("decode", "phase"), ("mmu_update", "hypercall"), ("A", "accessed"),
                   ("PTE_D", "dirty"), ("present", "bit 0"), ("page size", "4 MiB"), ("world switch", "word"), ("trap", "mode"), ("iret", "hypercall"),
                   ("int_deliver", "p4-2005"), ("guest_event", "bucket")):
    status, out, err = ringside("explain", *name.split())
    check(status == 0 and word in out and err == "", f"explain {name}", out + err)

for name, said in (("popf", "#GP at CPL 1 and 2; CPL 3 while the guest's IF = 0 or IOPL > 0"),
                   ("sgdt", "#GP at CPL 1, 2 and 3"), ("callf", "#GP at CPL 1 and 2\n"), ("rdtsc", "CR4.TSD"),
                   ("popf", "only with IOPL 3 was IF to change"), ("cli", "the I/O bitmap has no say")):
    check(said in ringside("explain", name)[1], f"explain {name} is exact", ringside("explain", name)[1])
cpus = ringside("list", "cpus")[1]
check("  callf          CPL 1 and 2\n" in cpus and "  str            CPL 1, 2 and 3\n" in cpus, "list cpus says where", cpus)

# --- streams and statuses, in every mode ---
for mode in ("native", "trap", "pv"):
    status, out, err = ringside("run", "--mode", mode, "--run", "echo hello; halt")
    check(status == 0, f"{mode} halts with 0", err)
    check("hello\n" in out and "$" not in out and "\r" not in out, f"{mode}: console on stdout, no prompt, LF", out)
    check(mode + ":" in err and "hello" not in err, f"{mode}: summary on stderr")
    check(max(len(line) for line in err.splitlines()) <= 110, f"{mode}: summary is not too wide", err)
    status, quiet, err = ringside("run", "--mode", mode, "--quiet", "--run", "echo hello; halt")
    check(status == 0 and quiet == out and err == "", f"{mode}: --quiet silences the summary only", err)
    check(ringside("run", "--mode", mode, "--quiet", "--run", "halt 7")[0] == 1, f"{mode}: halt 7 is status 1")
    check(ringside("run", "--mode", mode, "--quiet", "--max-insns", "1000", "--run", "halt")[0] == 4, f"{mode}: budget")
    # the end of a script without halt, and the end of standard input, halt with 0
    check(ringside("run", "--mode", mode, "--quiet", "--run", "echo x")[0] == 0, f"{mode}: script without halt")
    status, out, err = ringside("run", "--mode", mode, "--quiet", stdin=b"echo typed\nls /etc\n")
    check(status == 0 and "typed\n" in out and "motd" in out, f"{mode}: commands from stdin, then its end", out + err)
    status, out, err = ringside("run", "--mode", mode, "--quiet")
    check(status == 0 and "Bantam" in out, f"{mode}: empty stdin", out + err)
check(ringside("run", "--quiet", stdin=b"halt 9\n")[0] == 1, "halt 9 typed")

# --- where the console goes ---
script = ("--run", "echo to somewhere; halt", "--quiet")
plain = ringside("run", *script)[1]
check(ringside("run", *script, "--console", "none")[1] == "", "--console none")
path = os.path.join(FOLDER, "console.txt")
check(ringside("run", *script, "--console", "file:" + path)[1] == "" and read(path).decode() == plain, "--console file:")
path = os.path.join(FOLDER, "report.json")
check(ringside("run", *script, "--json", path)[1] == plain, "--json FILE leaves the console alone")
status, out, err = ringside("run", *script, "--json", "-")
check(out == read(path).decode() and out.startswith("{"), "--json - is the same report, alone on stdout")
status, out, err = ringside("run", *script, "--csv", "-")
check(out.startswith("mode,figure,name,outcome,value\ntrap,exit,status,,0\n"), "--csv -", out[:80])

# --- budgets stop exactly ---
for mode in ("native", "trap", "pv"):
    status, out, _ = ringside("run", "--mode", mode, "--quiet", "--json", "-", "--max-cycles", "5000000", "--run", "sieve")
    check(status == 4 and '"--max-cycles reached"' in out, f"{mode}: --max-cycles", out[:200])
began = time.monotonic()
status, _, err = ringside("run", "--timeout", "0.3", "--run", "sieve 100000000")
check(status == 4 and 0.2 < time.monotonic() - began < 20 and "timeout" in err, "--timeout", err)

# --- the same input gives the same run ---
a, b = (report("--run", "forkwait 3; ls /; halt") for _ in range(2))
check(a == b, "two runs give the same report")
check(report("--run", "halt", "--seed", "2")["hash"] != report("--run", "halt")["hash"], "the seed matters to the machine")
text = b"echo one\necho two\nhalt 0\n"
fast = ringside("run", "--quiet", "--json", "-", stdin=text)[1]
with subprocess.Popen([BIN, "run", "--quiet", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
    for byte in text:
        p.stdin.write(bytes([byte]))
        p.stdin.flush()
        time.sleep(0.01)
    slow = p.communicate()[0].decode()
check(fast == slow and fast, "input that comes slowly gives the same run")

# --- disks ---
image = write("disk.img", read(os.path.join(GUESTS, "disk.img")))
original = read(image)
make = ("run", "--quiet", "--run", "mkdir /made; halt", "--disk")
check(ringside(*make, image)[0] == 0 and read(image) == original, "a disk is not written without ,rw")
check(ringside(*make, image + ",rw")[0] == 0 and read(image) != original, "a disk is written with ,rw")
check("made/" in ringside("run", "--quiet", "--run", "ls /; halt", "--disk", image)[1], "and keeps what was written")
check(len(read(image)) == len(original), "at its size")
check(not [n for n in os.listdir(FOLDER) if n.startswith("disk.img.")], "no temporary file is left")

# --- several guests ---
status, out, err = ringside("run", "--vms", "2", "--quiet", "--run", "echo here; mkdir /m; ls /; halt")
lines = out.splitlines()
check(status == 0 and all(line.startswith(("vm0: ", "vm1: ")) for line in lines), "every line says whose it is", out)
check([x[5:] for x in lines if x.startswith("vm0")] == [x[5:] for x in lines if x.startswith("vm1")], "both did the same")
r = report("--vms", "2", "--run", "sieve 200; halt")
check(len(r["vms"]) == 2 and all(v["exit"]["status"] == 0 for v in r["vms"]), "two guests, two reports")
check(all(v["steal_cycles"] > 0 for v in r["vms"]), "each waited for the other")

# Input goes to the first guest that still runs; its end ends them all.
status, out, err = ringside("run", "--vms", "3", "--quiet", stdin=b"echo one\nhalt\necho two\n", timeout=60)
check(status == 0 and [f"vm{i}: {word}" in out for i in range(3) for word in ("one", "two")] ==
      [True, False, False, True, False, False], "several guests and one input", out)

# A guest that nothing can wake has ended, and one that only input could wake ends with it; alike in both modes.
for mode in ("native", "trap"):
    for stdin in (b"", b"one line\n", b"much\n" * 1000):
        for options, reason in (([], "halted for ever: HLT at 0x"), (["--keyboard"], "halted for ever: HLT at 0x"),
                                (["--cmdline", "listens"], "waits for input, and there is none that it takes")):
            status, out, err = ringside("run", "--mode", mode, "--guest", os.path.join(GUESTS, "tests/cli_asleep.elf"),
                                        *options, stdin=stdin, timeout=60)
            check(status == 3 and out == "asleep\n" and f"{mode}: {reason}" in err,
                  f"{mode}: asleep, with {len(stdin)} bytes to read {options}", err)
    status, out, err = ringside("run", "--mode", mode, "--guest", os.path.join(GUESTS, "tests/trap_end_reset.elf"))
    check(status == 3 and f"{mode}: reset: through the keyboard controller" in err and "triple" not in err,
          f"{mode}: a reset is called one", err)

# --- the screen as text, the keyboard as input ---
for mode in ("native", "trap"):
    status, out, err = ringside("run", "--mode", mode, "--quiet", "--keyboard", "--display", "text",
                                stdin=b"echo \"Keys & Shift: {~}\"\nhalt\n", timeout=60)
    check(status == 0 and out.count("\nKeys & Shift: {~}\n") == 2 and "\n[screen]\nBantam 1.0\n" in out,
          f"{mode}: typed on the keyboard, shown on both", out)
status, out, err = ringside("run", "--quiet", "--console", "none", "--display", "text", "--run", "echo seen; halt")
check(status == 0 and out.startswith("Bantam 1.0\n") and out.endswith("\nseen\n"), "the screen alone", out)
status, out, err = ringside("run", "--quiet", "--json", "-", "--display", "text", "--run", "echo seen; halt")
check(json.loads(out) and err.startswith("Bantam 1.0\n"), "a report has standard output for itself", err)
status, out, err = ringside("run", "--vms", "2", "--quiet", "--console", "none", "--display", "text", "--run", "halt")
check(status == 0 and out.startswith("vm0: Bantam 1.0\n") and "\nvm1: Bantam 1.0\n" in out, "each guest's screen", out)

# --- signals and broken pipes ---
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    with subprocess.Popen([BIN, "run", "--run", "sieve 100000000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as p:
        p.stdout.readline()
        p.send_signal(number)
        err = p.communicate(timeout=60)[1].decode()
    check(p.returncode == 4 and "stopped from outside" in err, f"{number.name} stops with the summary", err)
with subprocess.Popen(f"'{BIN}' run --quiet --run 'hexdump /bin/sh; halt' | head -1", shell=True, stdout=subprocess.PIPE) as p:
    check(p.communicate(timeout=60)[0] == b"Bantam 1.0\n", "a reader that goes away does no harm")

# --- the summary's page faults are the exits' ---
r = report("--run", "forkwait 3; halt")
counts = {name: sum(x["count"] for x in r["exits"]["by_reason"] if x["name"] == name)
          for name in ("shadow_fill", "ptwr_emulation")}
line = next(x for x in ringside("run", "--run", "forkwait 3; halt")[2].splitlines() if "page faults" in x)
seen, every, fills = (int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", line))
check(fills == counts["shadow_fill"] and every == seen + sum(counts.values()) and seen > 0, "page faults add up", line)

# --- the summary's memory adds up: guests, reserve, and frames between that are nobody's ---
for vms in (1, 3):
    err = ringside("run", "--run", "halt", "--mem", "16", "--vms", str(vms))[2]
    line = next(x for x in err.splitlines() if x.startswith("  memory"))
    machine, guest, reserve, nobodys = (float(n) for n in re.findall(r"\d+\.?\d*", line))
    check(guest == 16 and reserve > 0 and nobodys > 0 and abs(machine - vms * guest - reserve - nobodys) < 0.2,
          f"{vms} guests' memory adds up", line)
status, _, err = ringside("run", "--run", "halt", "--mem", "1024", "--vms", "4")
check(status == 2 and "4 VMs of 1024 MiB" in err and "--mem" in err, "guests that do not fit are refused", err)

# --- Bantam's programs refuse what makes no sense ---
out = ringside("run", "--quiet", "--run", "halt 256; kill; rm; mkdir; halt x; halt 255")
check(out[0] == 1 and "0 to 255" in out[1] and out[1].count("usage: ") == 4, "usage is said", out[1])

# --- color ---
check("\033[" not in ringside("run", "--run", "halt", env={"NO_COLOR": ""})[2], "no color in a pipe")
check("\033[" in ringside("run", "--run", "halt", "--color", "always")[2], "--color always")

# --- equivalence broken on purpose is seen ---
status, out, err = ringside("compare", "--run", "halt 1", "--modes", "native,trap")
check(status == 1, "a guest that halts with 1 fails the comparison", err)
done(112)
