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

# --- a saved session ---
saved = os.path.join(FOLDER, "run.sav")
subprocess.run([BIN, "debug", "--mode", "trap", "--run", "forkwait 2; halt", "-batch", "-x", "-"],
               input=f"goto exit 900\nfinish\nsave {saved}\n", text=True, check=True, stdout=subprocess.PIPE, cwd=FOLDER)
picture = os.path.join(FOLDER, "restored.svg")
status, text, err = shot(["expect exit == 900", "expect side 0", "expect view debug", "shot " + picture, "key e",
                          "expect exit == 901", *ask, "key 4", "key Home", "expect insn == 0", "key End"], "--restore", saved)
check(status == 0 and figures(text) == figures(first[1]), "goes on to the same end, and back before where it was saved",
      f"{status} {text} {err}")
drawn = open(picture, encoding="utf-8").read()
check("before the saved session" in drawn, "the timeline says what it does not know")
status, text, err = shot(["key c", "run 3", "say restore " + saved, "expect exit == 900", "shot " + picture, *ask],
                         "--mode", "trap", "--run", "forkwait 2; halt")
check(status == 0 and figures(text) == figures(first[1]), "restored within a panel", f"{status} {text} {err}")
check("before the saved session" in open(picture, encoding="utf-8").read(), "the timeline is the saved session's then")
for options, what in ((("--mode", "pv"), "--mode"), (("--compare", "trap,pv"), "--compare"), (("--replay", record), "--replay"),
                      (("--run", "halt"), "--run")):
    status, text, err = shot(ask, "--restore", saved, *options)
    check(status == 2 and what in err and not text, f"refused with {what}", err)
for options, what in ((("--restore", record), "use --replay"), (("--replay", saved), "use --restore")):
    status, text, err = shot(ask, *options)
    check(status == 2 and what in err and not text, what, err)
done(19)
