"""What the tests of the debugger share: running it, with the answer to each command by itself."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

from tool import BIN, FOLDER, GUESTS, SOURCE, check, done, read, ringside, write  # noqa: E402,F401

MARK = "@@ next answer @@"


def session(commands, *options, batch=False):
    """(status, [answer to each command], stderr): commands come through a pipe."""
    lines = []
    for command in commands:
        lines += [command, "echo " + MARK]
    arguments = ["debug", *options] + (["-batch"] if batch else [])
    done_ = subprocess.run([BIN, *arguments], input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=200, check=False, cwd=SOURCE,
                           env={**os.environ, "NO_COLOR": "1"})
    if done_.returncode < 0 or "Sanitizer" in done_.stderr or "runtime error" in done_.stderr:
        sys.exit(f"{options}: status {done_.returncode}\n{done_.stderr}")
    answers = done_.stdout.split(MARK + "\n")
    if answers and not answers[-1].strip():
        answers.pop()
    return done_.returncode, answers, done_.stderr


def value(answer):
    """What `print NAME` answered."""
    return answer.strip().split(" = ")[1]
