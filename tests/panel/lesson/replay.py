"""A recording of debug's in the panel: the same run, without its options being said again."""
import os
import subprocess

from panel import BIN, FOLDER, check, done, shot, write

record = os.path.join(FOLDER, "run.rec")
subprocess.run([BIN, "debug", "--mode", "trap", "--run", "forkwait 2; halt", "-batch", "-x", "-"],
               input=f"continue\nrecord {record}\n", text=True, check=True, stdout=subprocess.PIPE, cwd=FOLDER)
ask = ["key c", "run", "print insn", "print cycle", "print exit", "print hash"]
first = shot(ask, "--mode", "trap", "--run", "forkwait 2; halt")
second = shot(ask, "--replay", record)
check(first[0] == 0 and "exit = 2" in first[1], "the run itself", first)


def figures(text):
    return [line for line in text.split("\n") if line.startswith(("insn", "cycle", "exit"))]


check(second[0] == 0 and figures(second[1]) == figures(first[1]) and len(figures(first[1])) == 3, "its recording", second)
status, text, err = shot(["say goto exit 500", "key S", "key 3", "expect view memory"], "--replay", record)
check(status == 0, "steps and goes back", f"{text} {err}")
status, text, err = shot(["say type \"x\""], "--replay", record)
check(status != 0 and "record" in text, "takes no input", text)
for options, what in ((("--mode", "pv"), "--mode"), (("--compare", "trap,pv"), "--compare"), (("--run", "halt"), "--run")):
    status, text, err = shot(ask, "--replay", record, *options)
    check(status == 2 and what in err and not text, f"refused with {what}", err)
for content, what in ((b"", "empty"), (b"no recording", "foreign"), (open(record, "rb").read()[:-3], "cut")):
    status, text, err = shot(ask, "--replay", write("bad.rec", content))
    check(status == 2 and "bad.rec" in err and err.count("\n") <= 2, what, f"{status} {err}")
status, text, err = shot(ask, "--replay", "nothing.rec")
check(status == 2 and "nothing.rec" in err, "no such file", err)
done(11)
