"""Commands that are wrong: one clear line each that names what is wrong, status 2, and the session is as it was."""
import os
import re
import subprocess

from debugger import BIN, check, done, ringside, session, value

CASES = [
    ("fly", "fly"), ("re", "could be"), ("step zero-1x", "zero"), ("step 0", "0"), ("step -1", "-1"), ("step exit -1", "-1"), ("back -2", "-2"), ("step exit FLYING", "FLYING"),
    ("until", "where"), ("until insn", "number"), ("goto 5", "goto"), ("goto mark nowhere", "nowhere"),
    ("break nowhere_at_all", "nowhere_at_all"), ("break main.c:999999", "main.c:999999"), ("break sh:flies", "sh:flies"),
    ("break nothing:main", "nothing"), ("break kmain whenever", "whenever"), ("break kmain if (", "("),
    ("break kmain if no_such_name == 3", "no_such_name"), ("watch", "address"), ("watch 0x100000000", "0xffffffff"),
    ("watch kmain, 0", "0"), ("watch kmain, 99999", "99999"), ("catch", "catch"), ("catch fire", "catch"),
    ("catch exit FIRE", "FIRE"), ("catch trap 256", "256"), ("catch io 70000", "70000"), ("catch hypercall fork", "fork"),
    ("catch silent nop", "nop"), ("catch pagetable", "address"), ("catch mode 3", "3"), ("delete 99", "99"),
    ("condition", "point"), ("condition 99 1", "99"), ("ignore 99 1", "99"), ("info", None), ("info weather", "weather"),
    ("info exit 99999", "99999"), ("info idt 300", "300"), ("info pt", "address"), ("info frames 0x7fffffff", "0x7fffffff"),
    ("info devices toaster", "pic8259"), ("x/8q 0", "q"), ("x/0x 0", "4096"), ("x/99999x 0", "4096"), ("xp/i 0", "x/i"),
    ("print", "print"), ("print 1 +", "+"), ("print 1 / 0", "0"), ("print [", "["), ("print/q 1", "q"),
    ("set eax", "="), ("set flying = 3", "flying"), ("set cr3 = 3", "eflags"), ("set eax = 0x100000000", "32 bits"), ("info exit 0", "number 1"), ("info symbol 5", "0x00000005"), ("set [5 = 3", "[5"), ("type ls", "quotes"), ('type "\\q"', "\\n"),
    ("who wrote", None), ("who knows", "who"), ("record", "file"), ("save", "file"), ("replay /nowhere/at.all", "/nowhere/at.all"),
    ("restore /etc/passwd", "passwd"), ("record /nowhere/at.all", "/nowhere/at.all"), ("expect", "expect"),
    ("expect count(flying) == 3", "flying"), ("expect never(", "never"), ("trace", "trace"), ("trace flying", "flying"),
    ("mark", "name"), ("mark two words", "name"), ("vm 7", "7"), ("answer HLT ADVANCE 500", "--predict"),
    ("explain flux capacitor", "flux"), ("source /nowhere/at.all", "/nowhere/at.all"), ("help flying", "flying"),
    ("finish now", "now"), ("quit later", "later"), ("x" * 3000, "bytes"),
]

before = ["step 100", "print hash"]
commands = [command for command, _ in CASES]
status, answers, err = session(before + commands + ["print hash"], "--mode", "trap", "--run", "halt")
check(status == 0 and err == "", "a piped session", f"status {status}: {err}")
check(len(answers) == len(CASES) + 3, "one answer a command", len(answers))
for (command, names), answer in zip(CASES, answers[2:]):
    if names is None:
        continue
    check(answer.count("\n") == 1, f"{command[:40]}: one line", answer[:300])
    check(names in answer, f"{command[:40]}: names {names}", answer[:300])
check(value(answers[1]) == value(answers[-1]), "wrong commands change nothing")

# Each of them ends a batch with status 2, or 1 if the guest is what is in the way.
for command in ["fly", "break nowhere_at_all", "info weather", "print 1 +", "catch exit FIRE", "step 0"]:
    status, answers, _ = session(["step", command, "step"], "--mode", "trap", batch=True)
    check(status == 2 and len(answers) == 2, f"-batch: {command}", f"status {status}, {len(answers)} answers")
for command in ["expect eax == 0x7777", "until exit 99999999", "back 5", "expect never(exit)", "info exit"]:
    first = "step 500" if "never" in command else "step 0x1"
    status, answers, _ = session(["goto insn 0", command, "step"] if command in ("back 5", "info exit") else
                                 [first, command, "step"], "--mode", "trap", "--run", "halt", batch=True)
    check(status == 1 and len(answers) == 2, f"-batch: {command}", f"status {status}: {answers}")
both = session(["expect insn + 1 == 5"], "--mode", "trap")[1][0]
check("left side is 1 " in both and "right side 5 " in both, "expect gives both sides", both)

for arguments, names in [(["--max-insns", "5"], "--max-insns"), (["-x", "/nowhere"], "/nowhere"), (["-x", "/"], "-x /"),
                         (["--replay", "/nowhere"], "/nowhere"), (["--restore", "/etc/passwd"], "passwd"),
                         (["-S"], "-S"), (["--json", "x.json"], "--predict"), (["--gdb", "harbour"], "harbour"),
                         (["--disk", "a,rw"], "rw"), (["--replay", "a", "--restore", "b"], "--restore"), (["-z"], "-z")]:
    status, out, err = ringside("debug", *arguments)
    check(status == 2 and out == "" and names in err and len(err.splitlines()) <= 2, f"debug {arguments}",
          f"status {status}: {out}{err}")
# What is no text ends, and takes no memory.
for arguments in (["-x", "/dev/zero"], ["-batch", "-x", "/dev/zero"], ["-x", "-"]):
    with open("/dev/zero", "rb") as endless:
        limit = "" if re.search("dev|coverage", os.environ["RINGSIDE_BUILD_DIR"]) else "ulimit -v 4000000; "
        ran = subprocess.run(["sh", "-c", limit + 'exec "$@"', "sh", BIN, "debug", *arguments], timeout=60, check=False,
                             stdin=endless if arguments == ["-x", "-"] else subprocess.DEVNULL, stdout=subprocess.PIPE)
    check(ran.stdout.count(b"a line of more than") == 1, f"a stream of zeroes: {arguments}", ran.stdout[:200])
done(150)
