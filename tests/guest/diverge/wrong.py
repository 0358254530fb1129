"""Wrong calls: at most two clear lines on stderr that name the value, nothing on stdout, status 2."""
from pair import FOLDER, check, done, os, read, recording, ringside, write

good, _ = recording("good", "trap", "halt", [])
spoiled = bytearray(read(good))
spoiled[len(spoiled) // 2] ^= 0xff
moved = os.path.join(FOLDER, "moved.rec")
CASES = (
    ("no runs", [], "two runs come first"),
    ("one run", ["native"], "two runs come first"),
    ("an option first", ["--run", "halt", "native", "trap"], "two runs come first"),
    ("no such mode", ["native", "nativ"], "nativ"),
    ("an empty name", ["", "native"], '""'),
    ("no such file", ["native", "no/such.rec"], "no/such.rec"),
    ("a folder", ["native", FOLDER], FOLDER),
    ("a file that is no recording", ["native", write("text.rec", "hello")], "text.rec"),
    ("an empty file", ["native", write("empty.rec", "")], "empty.rec"),
    ("a cut recording", ["native", write("cut.rec", read(good)[:-7])], "cut.rec"),
    ("a spoiled recording", ["native", write("spoiled.rec", bytes(spoiled))], "spoiled.rec"),
    ("an unknown option", ["native", "trap", "--frobnicate"], "--frobnicate"),
    ("an unknown option of a side", ["native", "trap:frobnicate=1"], "--frobnicate"),
    ("an option of a side that is everybody's", ["native", "trap:json=x"], "json=x"),
    ("why of a side", ["native", "trap:why"], "why"),
    ("a mode of a side", ["native", "trap:mode=pv"], "mode=pv"),
    ("--mode", ["native", "trap", "--mode", "pv"], "--mode"),
    ("an option of other verbs", ["native", "trap", "--csv", "x"], "--csv"),
    ("no such cpu", ["native", "trap:cpu=z80"], "z80"),
    ("a cpu in native", ["native:cpu=classic", "trap"], "classic"),
    ("an io the mode cannot do", ["trap:io=ring", "native"], "ring"),
    ("no such profile", ["native", "trap", "--profile", "abacus"], "abacus"),
    ("no such guest", ["native", "trap:guest=/no/such.elf"], "/no/such.elf"),
    ("several guests", ["native", "trap", "--vms", "2"], "--vms"),
    ("a number that is none", ["native", "trap", "--max-insns", "many"], "many"),
    ("an option twice", ["native", "trap", "--run", "halt", "--run", "halt"], "--run"),
    ("an option twice of a side", ["native", "trap:mem=16:mem=32"], "--mem"),
    ("options for recordings", [good, good, "--run", "halt"], "--run"),
    ("a disk that is written", ["native", "trap", "--disk", write("d.img", bytes(512)) + ",rw"], ",rw"),
    ("a file that cannot be written", ["native", "trap", "--run", "halt", "--json", "/no/such/x.json"], "/no/such/x.json"),
)
for what, arguments, value in CASES:
    status, out, err = ringside("diverge", *arguments)
    lines = err.splitlines()
    check(status == 2, f"{what}: status", f"{status} {err}")
    check(out == "", f"{what}: nothing on stdout", out)
    check(1 <= len(lines) <= 2 and lines[0].startswith("ringside: ") and value in err, f"{what}: says {value}", err)
check("Status: 0 equal, 1 different" in ringside("help", "diverge")[1], "help tells the statuses")
done(90)
