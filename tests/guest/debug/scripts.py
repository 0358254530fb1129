"""Scripts of the debugger with what they must print: in scripts/*.cmd, a line `#> REGEX` must be found in the answer to the
command before it (behind what the lines before it found), `#! REGEX` must not. The first line gives the options."""
import glob
import os
import re
import shlex

from debugger import check, done, session

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")


def read_script(path):
    """(options, [(command, [(wanted, regex)])])."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    options, steps = shlex.split(lines[0].removeprefix("# options:")), []
    for line in lines[1:]:
        if line.startswith(("#> ", "#! ")):
            steps[-1][1].append((line[1] == ">", line[3:]))
        elif line.strip() and not line.startswith("#"):
            steps.append((line, []))
    return options, steps


def run(path):
    options, steps = read_script(path)
    status, answers, err = session([command for command, _ in steps], *options)
    name = os.path.basename(path)
    check(status == 0, name, f"status {status}: {err}")
    check(err == "", name, f"said on stderr: {err}")
    check(len(answers) == len(steps), name, f"{len(answers)} answers to {len(steps)} commands")
    for (command, wanted), answer in zip(steps, answers):
        at = 0
        for want, regex in wanted:
            found = re.compile(regex, re.M).search(answer, at if want else 0)
            check(bool(found) == want, f"{name}: {command}: {'' if want else 'not '}{regex}", f"in:\n{answer}")
            at = found.end() if want and found else at
    return len(steps)


paths = sorted(glob.glob(os.path.join(FOLDER, "*.cmd")))
total = sum(run(path) for path in paths)
check(total >= 100, "commands in scripts", total)
done(150)
