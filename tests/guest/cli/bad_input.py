"""Bad input: at most two clear lines on stderr that name the value, nothing on stdout, status 2, every file as it was."""
import json
import os
import struct
import subprocess

from tool import BIN, FOLDER, GUESTS, SOURCE, check, done, read, ringside, write

BANTAM = read(os.path.join(GUESTS, "bantam.elf"))
FLAT = json.loads(read(os.path.join(SOURCE, "assets/profiles/flat.json")))


def patched(offset, fmt, *values):
    image = bytearray(BANTAM)
    struct.pack_into("<" + fmt, image, offset, *values)
    return bytes(image)


def header(image, field):
    """Offset of a field of the first program header."""
    return struct.unpack_from("<I", image, 28)[0] + field


def overlapping():
    """Bantam with its second segment's physical address moved into the first."""
    image = bytearray(BANTAM)
    phoff, = struct.unpack_from("<I", image, 28)
    number, = struct.unpack_from("<H", image, 44)
    loads = [phoff + 32 * i for i in range(number) if struct.unpack_from("<I", image, phoff + 32 * i)[0] == 1]
    first = struct.unpack_from("<I", image, loads[0] + 12)[0]
    struct.pack_into("<I", image, loads[1] + 12, first)
    return bytes(image)


def profile(change):
    p = json.loads(json.dumps(FLAT))
    change(p)
    return json.dumps(p)


def remove(p):
    del p["hardware"]["insn_div"]


def negative(p):
    p["hardware"]["insn_div"]["value"] = -3


def unsourced(p):
    del p["hypervisor"]["decode"]["source"]


def stranger(p):
    p["hypervisor"]["telepathy"] = p["hypervisor"]["decode"]


def fraction(p):
    p["hardware"]["insn_div"]["value"] = 1.5


def kind(p):
    p["hardware"]["insn_div"]["kind"] = "measured"


CASES = [
    ("a verb that does not exist", ["fly"], "fly"),
    ("an empty verb", [""], '""'),
    ("an option that does not exist", ["run", "--turbo"], "--turbo"),
    ("something that is no option", ["run", "bantam.elf"], "bantam.elf"),
    ("a value that is missing", ["run", "--mem"], "--mem"),
    ("an option twice", ["run", "--mode", "trap", "--mode", "pv"], "--mode"),
    ("another verb's option", ["run", "--story", "5"], "--story"),
    ("an unknown mode", ["run", "--mode", "xen"], "xen"),
    ("a mode that is not built yet", ["run", "--mode", "vtx"], "vtx"),
    ("an unknown mode in a list", ["compare", "--modes", "native,qemu"], "qemu"),
    ("an I/O the mode cannot do", ["run", "--mode", "native", "--io", "ring"], "ring"),
    ("an unknown CPU", ["run", "--cpu", "z80"], "z80"),
    ("an unknown instruction in a CPU", ["run", "--cpu", "classic,+mov"], "+mov"),
    ("a CPU model longer than any", ["run", "--cpu", "classic" + ",+popf" * 40], "classic"),
    ("an unknown profile", ["run", "--profile", "p5"], "p5"),
    ("a profile that is not there", ["run", "--profile", "./p5.json"], "p5.json"),
    ("an unknown cost", ["run", "--cost", "magic=3"], "magic"),
    ("a cost at which time stands still", ["run", "--cost", "insn_branch=0"], "insn_branch"),
    ("a negative cost", ["run", "--cost", "decode=-1"], "-1"),
    ("a cost without a value", ["run", "--cost", "decode"], "decode"),
    ("memory of nothing", ["run", "--mem", "0"], "--mem 0"),
    ("too much memory", ["run", "--mem", "99999999999999999999"], "99999999999999999999"),
    ("memory in letters", ["run", "--mem", "lots"], "lots"),
    ("a hundred guests", ["run", "--vms", "100"], "100"),
    ("two guests on the bare machine", ["run", "--vms", "2", "--mode", "native"], "native"),
    ("no instructions at all", ["run", "--max-insns", "0"], "--max-insns 0"),
    ("cycles with an exponent", ["run", "--max-cycles", "1e9"], "1e9"),
    ("no time at all", ["run", "--timeout", "-1"], "-1"),
    ("a seed that is no number", ["run", "--seed", "lucky"], "lucky"),
    ("a display that does not exist", ["run", "--display", "curses"], "curses"),
    ("a screen that the mode has not", ["run", "--mode", "pv", "--display", "text"], "screen"),
    ("a keyboard that the mode has not", ["run", "--mode", "pv", "--keyboard"], "keyboard"),
    ("a console that does not exist", ["run", "--console", "printer"], "printer"),
    ("an unknown TSC", ["run", "--tsc", "maybe"], "maybe"),
    ("an empty script", ["run", "--run", ""], '""'),
    ("a script file that is not there", ["run", "--run", "@nothing-here"], "nothing-here"),
    ("a script the guest cannot be given", ["run", "--run", "echo \x07"], "0x07"),
    ("a story of exit 0", ["exits", "--story", "0"], "--story 0"),
    ("a story of an exit that never comes", ["exits", "--run", "halt", "--story", "99999999"], "99999999"),
    ("a story without a hypervisor", ["exits", "--mode", "native", "--story", "3"], "native"),
    ("an unknown suite", ["compare", "--suite", "macro"], "macro"),
    ("a writable disk for several modes", ["compare", "--disk", "x,rw"], "x,rw"),
    ("a name nobody can explain", ["explain", "flux capacitor"], "flux capacitor"),
    ("nothing to explain", ["explain"], "NAME"),
    ("an unknown list", ["list", "secrets"], "secrets"),
    ("help for no verb", ["help", "flying"], "flying"),
    ("a guest that is not there", ["run", "--guest", "nowhere.elf"], "nowhere.elf"),
    ("a guest that is a folder", ["run", "--guest", "."], "."),
    ("a guest that is empty", ["run", "--guest", write("empty.elf", b"")], "empty.elf"),
    ("a guest that is text", ["run", "--guest", write("text.elf", "hello " * 100)], "text.elf"),
    ("a truncated guest", ["run", "--guest", write("short.elf", BANTAM[:5000])], "short.elf"),
    ("a guest of 64 bits", ["run", "--guest", write("wide.elf", patched(4, "B", 2))], "wide.elf"),
    ("a guest of another byte order", ["run", "--guest", write("big.elf", patched(5, "B", 2))], "big.elf"),
    ("a guest for another processor", ["run", "--guest", write("arm.elf", patched(18, "H", 40))], "arm.elf"),
    ("a guest that is no program", ["run", "--guest", write("object.elf", patched(16, "H", 1))], "object.elf"),
    ("a guest whose headers lie far away", ["run", "--guest", write("far.elf", patched(28, "I", 0x7fffffff))], "far.elf"),
    ("a guest whose segment is not in the file",
     ["run", "--guest", write("beyond.elf", patched(header(BANTAM, 4), "I", 0x7ffff000))], "beyond.elf"),
    ("a guest with overlapping segments", ["run", "--guest", write("overlap.elf", overlapping())], "overlap.elf"),
    ("a guest that does not fit", ["run", "--guest", os.path.join(GUESTS, "bantam.elf"), "--mem", "1"], "bantam.elf"),
    ("a native kernel under pv", ["run", "--mode", "pv", "--guest", os.path.join(GUESTS, "bantam.elf")], "bantam.elf"),
    ("a disk that is not there", ["run", "--disk", "nowhere.img"], "nowhere.img"),
    ("a disk of half a sector", ["run", "--disk", write("half.img", b"x" * 256)], "half.img"),
    ("an empty disk", ["run", "--disk", write("none.img", b"")], "none.img"),
    ("a third disk", ["run", "--disk", "a", "--disk", "b", "--disk", "c"], "c"),
    ("a module that is not there", ["run", "--module", "nowhere.mod"], "nowhere.mod"),
    ("a profile with a missing key", ["run", "--profile", write("a.json", profile(remove))], "insn_div"),
    ("a profile with a negative key", ["run", "--profile", write("b.json", profile(negative))], "-3"),
    ("a profile with an unsourced key", ["run", "--profile", write("c.json", profile(unsourced))], "decode"),
    ("a profile with an unknown key", ["run", "--profile", write("d.json", profile(stranger))], "telepathy"),
    ("a profile with half a cycle", ["run", "--profile", write("e.json", profile(fraction))], "1.5"),
    ("a profile with an unknown kind", ["run", "--profile", write("f.json", profile(kind))], "measured"),
    ("a profile that is not JSON", ["run", "--profile", write("g.json", "{\n\n oops }")], "line 3"),
    ("a profile that is a list", ["run", "--profile", write("h.json", "[]")], "h.json"),
    ("an output in no folder", ["run", "--run", "halt", "--json", "no/such/folder/x.json"], "no/such/folder/x.json"),
    ("an output that is a folder", ["run", "--run", "halt", "--csv", "."], "."),
    ("a trace that cannot be written", ["run", "--run", "halt", "--trace", "/proc/x.json"], "/proc/x.json"),
    ("a console that cannot be written", ["run", "--run", "halt", "--console", "file:no/such/c"], "no/such/c"),
    ("two outputs on standard output", ["run", "--run", "halt", "--json", "-", "--csv", "-"], "--csv"),
]

# A value left empty is named as such, whichever option it belongs to; only a command line may be empty.
HELP = {verb: [line.split() for line in ringside("help", verb)[1].splitlines() if line.startswith("  -")]
        for verb in ("run", "compare", "exits", "debug", "panel")}
for verb, lines in HELP.items():
    for option, argument, *_ in lines:
        if (argument[0].isupper() or "|" in argument or argument.startswith("[")) and option != "--cmdline":
            CASES.append((f"{verb} {option} with an empty value", [verb, option, ""], f'{option} "": its value is empty'))
CASES += [(f"{verb} of nothing", [verb, ""], '""') for verb in ("explain", "list", "help", "version", "exits", "shot")]
CASES += [
    ("a value of many thousand letters", ["run", "--mem", "9" * 50000], "not a memory size"),
    ("a value that commands the terminal", ["run", "--guest", "no\x1b[2J\u009b2J\u0080.elf"], "no?[2J??2J??.elf"),
    ("a name that is no UTF-8", ["run", "--guest", b"no\xff\xc0\xaf\xe2\x82.elf"], "no?????.elf"),
    ("a name in Greek", ["run", "--guest", "\u03b1\u03b2\u03b3.elf"], "\u03b1\u03b2\u03b3.elf"),
]

before = {name: read(os.path.join(FOLDER, name)) for name in os.listdir(FOLDER)}
for what, arguments, value in CASES:
    status, out, err = ringside(*arguments)
    check(status == 2, what, f"status {status}: {err}")
    check(out == "", what, f"stdout {out[:80]!r}")
    lines = err.splitlines()
    check(1 <= len(lines) <= 2, what, f"{len(lines)} lines: {err}")
    check(value in err, what, f"does not name {value!r}: {err}")
    check(len(lines) == 2 and len(lines[1].strip()) > 5, what, f"no remedy: {err}")

# Outputs that were there before stay as they were when an input is bad.
old = write("old.json", "precious")
status, out, err = ringside("run", "--run", "halt", "--json", old, "--disk", "half.img")
check(status == 2 and read(old) == b"precious", "an old report", "was changed")
status, out, err = ringside("run", "--json", old, "--guest", "short.elf", "--run", "halt")
check(status == 2 and read(old) == b"precious", "an old report", "was changed by a guest that does not load")
os.remove(old)
# An output that would replace what is read: refused, and the input is as it was.
mine = write("mine.elf", BANTAM)
for options in (["--json", mine], ["--csv", "./mine.elf"], ["--trace", "mine.elf", "--trace-format", "csv"]):
    status, out, err = ringside("run", "--guest", "mine.elf", "--run", "halt", *options)
    check(status == 2 and out == "" and "--guest" in err and len(err.splitlines()) == 2, f"{options}", err)
    check(read(mine) == BANTAM, "a guest named as output", "was changed")
os.remove(mine)

# Text that does not arrive is no success, and is told once; a reader that went away is not told.
for verb in (["version"], ["help"], ["list", "words"], ["explain", "popf"], ["compare", "--run", "halt"],
             ["exits", "--run", "halt", "--story", "5"]):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([BIN, *verb], stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    check(ended.returncode == 5, f"{verb} on a full device", f"status {ended.returncode}")
    check(ended.stderr.endswith(b"cannot be written: No space left on device\n") and ended.stderr.count(b"\n") == 1,
          f"{verb} on a full device", ended.stderr)
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([BIN, *verb], stdout=writer, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    os.close(writer)
    check(ended.returncode == 5 and ended.stderr == b"", f"{verb} without a reader", ended.stderr)

after = {name: read(os.path.join(FOLDER, name)) for name in os.listdir(FOLDER)}
check(before == after, "files", f"changed: {sorted(set(after) ^ set(before))}")
done(5 * len(CASES) + 3 + 6 + 18)
