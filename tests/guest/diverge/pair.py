"""What the tests of diverge share: comparing two runs, and recordings with something planted."""
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../cli"))
sys.path.insert(0, os.path.join(HERE, "../debug"))

from debugger import session, value  # noqa: E402,F401
from tool import FOLDER, GUESTS, SOURCE, check, done, read, ringside, write  # noqa: E402,F401

MODES = ("native", "trap", "pv")
EQUAL, DIFFERENT, USAGE, BUDGET = 0, 1, 2, 4


def diverge(a, b, *options):
    """(status, report, text); the text is what would be printed without --json."""
    status, out, err = ringside("diverge", a, b, *options, "--json", "-")
    if status not in (EQUAL, DIFFERENT, BUDGET):
        sys.exit(f"diverge {a} {b} {options}: status {status}\n{err}")
    report = json.loads(out)
    check(report["equal"] == (status != DIFFERENT), f"{a} {b}: status {status} and report agree")
    check((report["difference"] is None) == report["equal"], f"{a} {b}: a difference is told if there is one")
    return status, report, err


def recording(name, mode, script, commands, end="continue"):
    """A recording of a run in which the debugger did something: its path and the instruction count after the commands."""
    path = os.path.join(FOLDER, name + ".rec")
    status, answers, err = session([*commands, "print insn", end, "record " + path], "--mode", mode, "--run", script,
                                   "--console", "none", batch=True)
    if status != 0 or not os.path.exists(path):
        sys.exit(f"{mode}: {commands}: {status} {answers} {err}")
    return path, int(value(answers[len(commands)]))
