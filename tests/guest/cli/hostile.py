"""Hostile surroundings: links, devices and pipes as files, closed streams, readers that go away, images made to mislead."""
import json
import os
import signal
import struct
import subprocess

from tool import BIN, FOLDER, check, done, read, ringside, write


def shell(command, timeout=60):
    """(status, output) of a shell command in which $B is the program."""
    ended = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=FOLDER,
                           env={**os.environ, "B": BIN}, stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    return ended.returncode, ended.stdout.decode("utf-8", "replace")


# --- links, devices, pipes ---
os.symlink("later.json", os.path.join(FOLDER, "link.json"))
status, out, err = ringside("run", "--quiet", "--run", "halt", "--json", "link.json")
check(status == 0 and os.path.islink(os.path.join(FOLDER, "link.json")) and read(os.path.join(FOLDER, "later.json"))[:1] == b"{",
      "a link to what is not there yet is followed, not replaced", err)
os.symlink("two", os.path.join(FOLDER, "one"))
os.symlink("one", os.path.join(FOLDER, "two"))
for options in (["--guest", "one"], ["--json", "one"], ["--disk", "one,rw"], ["--module", "one"]):
    status, out, err = ringside("run", "--run", "halt", *options)
    check(status == 2 and out == "" and "symbolic links" in err, f"a loop of links: {options}", err)
check(os.readlink(os.path.join(FOLDER, "one")) == "two", "and it is as it was")
for options in (["--guest", "/dev/zero"], ["--disk", "/dev/zero"], ["--run", "@/dev/zero"], ["--profile", "/dev/zero"]):
    status, out = shell(f"ulimit -t 60; $B run {' '.join(options)}")
    check(status == 2 and "too large" in out and "device is 256 MiB" in out, f"what has no end: {options}", out)
for options in (["--json"], ["--csv"], ["--trace-format", "csv", "--trace"], ["--console", "file:"]):
    last = options[-1] + "/dev/full" if options[-1].endswith(":") else options[-1] + " /dev/full"
    status, out = shell(f"$B run --quiet --run halt {' '.join(options[:-1])} {last}")
    check(status == 5 and "/dev/full: No space left" in out and "old file" not in out, f"a full device as output: {options}", out)
status, out = shell("mkfifo pipe; (sleep 0.1; cat later.json > pipe) & $B run --guest pipe")
check(status == 2 and "pipe: not an ELF file" in out, "a guest from a pipe", out)

# --- streams ---
for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
    status, out = shell(f"$B run --run 'echo spoken; halt' --json a.json --csv b.csv {closed}")
    both = read(os.path.join(FOLDER, "a.json")), read(os.path.join(FOLDER, "b.csv"))
    check(json.loads(both[0])["guest"] == "bantam.elf" and both[1].startswith(b"mode,") and b"spoken" not in both[1],
          f"files hold what is theirs with {closed}", both[1][:80])
    check(status == (5 if ">&-" in closed.replace("2>&-", "") else 0), f"status with {closed}", f"{status} {out}")
reader, writer = os.pipe()
os.close(reader)
ended = subprocess.run([BIN, "run", "--quiet", "--run", "halt", "--json", "-"], stdout=writer, stderr=subprocess.PIPE,
                       stdin=subprocess.DEVNULL, check=False)
os.close(writer)
check(ended.returncode == 5 and ended.stderr == b"", "a reader of JSON that went away is not told", ended.stderr)
status, out = shell("trap '' HUP; $B run --quiet --run 'sieve 2000; halt' & sleep 0.3; kill -HUP $!; wait $!; echo $?")
check(out.endswith("0\n"), "what runs under nohup outlives its terminal", out)
for name in ("TERM", "QUIT"):
    status, out = shell(f"$B run --quiet --run 'sieve 9000000; halt' --json s.json & sleep 0.5; kill -{name} $!; wait $!; echo $?")
    report = json.loads(read(os.path.join(FOLDER, "s.json")))
    check(out.endswith("4\n") and report["exit"]["reason"] == "stopped from outside", f"SIG{name} leaves a whole report", out)
for env in ({"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "nonsense"}, {"HOME": ""}, {"TERM": ""}):
    status, out, err = ringside("explain", "POPF", env=env)
    check(status == 0 and "sensitive" in out, f"the surroundings {env} change nothing", err)

# --- images ---


def image(segments, entry, size=0x2000, count=None, table=52, flags=0):
    head = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1" + bytes(9), 2, 3, 1, entry, table, 0, 0, 52, 32,
                       len(segments) if count is None else count, 40, 0, 0)
    rows = b"".join(struct.pack("<8I", 1, 0x1000, va, pa, in_file, in_memory, 7, 4096) for va, pa, in_file, in_memory in segments)
    code = struct.pack("<III", 0x1badb002, flags, -(0x1badb002 + flags) & 0xffffffff) + b"\xfa\xf4"
    return ((head + rows).ljust(0x1000, b"\0") + code).ljust(size, b"\0")


AT = 0x100000
IMAGES = [
    ("one that is good", image([(AT, AT, 14, 14)], AT + 12), 3, "HLT at 0x10000d"),
    ("segments that touch", image([(AT, AT, 14, 4096), (AT + 4096, AT + 4096, 14, 14)], AT + 12), 3, "HLT at 0x10000d"),
    ("virtual addresses that wrap", image([(0xfffffff8, AT, 14, 4096)], 4), 3, "HLT at 0x10000d"),
    ("the last bytes of RAM", image([(0x3fffff2, 0x3fffff2, 14, 14)], 0x3fffffe), 3, "HLT at 0x3ffffff"),
    ("65535 program headers", image([(AT, AT, 14, 14)], AT + 12, count=65535), 2, "cut off"),
    ("65535 headers that are there", image([(AT, AT, 14, 14)], AT + 12, 3 << 20, count=65535), 3, "HLT at"),
    ("headers that are the header", image([(AT, AT, 14, 14)], AT + 12, table=0), 2, "no loadable segment"),
    ("4 GiB of zeroes", image([(AT, AT, 14, 0xffffffff)], AT + 12), 2, "outside the guest's"),
    ("nothing to load", image([(AT, AT, 0, 0)], AT), 2, "no loadable segment"),
    ("an entry behind its end", image([(AT, AT, 14, 14)], AT + 14), 2, "entry point"),
    ("all of low memory", image([(0x1000, 0x1000, 14, 0x9ec00)], 0x100c), 2, "no room in low memory"),
    ("a file cut before its Multiboot header", image([(AT, AT, 14, 14)], AT + 12)[:0x1000], 2, "cut off: segment at 0x00100000"),
    ("a file cut inside its program headers", image([(AT, AT, 14, 14)], AT + 12)[:60], 2, "cut off: 1 program headers"),
]
for what, content, expected, words in IMAGES:
    for mode in ("native", "trap"):
        status, out, err = ringside("run", "--mode", mode, "--guest", write("image.elf", content), "--timeout", "20")
        check(status == expected and words in err, f"{mode}: an image with {what}", f"status {status}: {err}")
write("mod", b"")
for size, expected in ((63 << 20) - 4096, 3), ((63 << 20) - 4095, 2), (1 << 30, 2):
    os.truncate(os.path.join(FOLDER, "mod"), size)
    status, out, err = ringside("run", "--guest", write("image.elf", IMAGES[0][1]), "--module", "mod", "--timeout", "20")
    check(status == expected and (status == 3 or "does not fit behind the kernel" in err), f"a module of {size} bytes", err)
os.remove(os.path.join(FOLDER, "mod"))
for mode in ("native", "trap", "pv"):
    status, out, err = ringside("run", "--mode", mode, "--cmdline", "a" * 60000, "--run", "halt")
    check(status == 2 and out == "" and "60011 characters" in err, f"{mode}: a command line that Bantam would cut", err)
status, out, err = ringside("run", "--guest", "image.elf", "--cmdline", "a" * 60000, "--timeout", "20")
check(status == 3, "another guest gets it whole", err)
done(65)
