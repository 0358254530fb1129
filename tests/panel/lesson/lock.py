"""Lock files: what is locked is refused with a sentence that says so; what is no lock file is refused in one line."""
import json
import os

from panel import FOLDER, check, done, read, ringside, shot, write

RUN = ("--mode", "trap", "--run", "halt")


def lock(**members):
    return write("lock.json", json.dumps(members))


def refused(lines, what, *options, run=RUN):
    status, text, err = shot(lines, *run, *options)
    check(status == 2 and what in text + err and "lock.json" in text + err, f"{lines}: {what}", f"{status} {text} {err}")


def works(lines, *options, run=RUN):
    status, text, err = shot(lines, *run, *options)
    check(status == 0, f"{lines} {options}", f"{status} {text} {err}")


# --- views ---
one = ("--lock", lock(views=["debug", "memory"]))
works(["expect view debug", "key 3", "expect view memory", "key 1", "key F7", "key F7"], *one)
for key, view in (("2", "compare"), ("4", "schedule")):
    refused(["key e", "key " + key], "view " + view, *one)
refused(["say view compare"], "view compare", *one)
refused(["click view.schedule"], "view schedule", *one)
refused([], "view schedule", *one, "--view", "schedule")
refused([], "view compare", *one, run=("--compare", "trap,pv"))
works(["expect view debug", "expect side 0", "key e"], *one, run=())  # without arguments: one side only
memory = ("--lock", lock(views=["memory"]))
works(["expect view memory"], *memory)
refused(["key F7"], "view debug", *memory)

# --- modes ---
modes = ("--lock", lock(modes=["trap", "native"]))
works(["key e"], *modes)
refused([], "mode pv", *modes, run=("--mode", "pv"))
refused([], "mode pv", *modes, run=("--compare", "trap,pv"))
works(["key e", "expect exit == 1"], *modes, run=())

# --- verbs ---
verbs = ("--lock", lock(verbs=["step", "continue", "print"]))
works(["key e", "key s", "say s"], *verbs)
works(["key c", "run", "say print insn", "say help"], *verbs)
for lines, verb in ((["key S"], "back"), (["key e", "key f"], "finish"), (["key C"], "rcontinue"), (["say catch exit HLT"], "catch"),
                    (["key F9"], "break"), (["key Home"], "goto"), (["key p"], "predict"), (["key F12"], "shot"),
                    (["say info regs"], "info"), (["say i"], "info"), (["say type \"x\""], "type"),
                    (["key F6", "type x"], "type")):
    refused(lines, verb + ": is locked", *verbs)
native = ("--compare", "native,trap", "--run", "ls; ps; ls")
refused(["key 2", "key F8"], "step: is locked", "--lock", lock(verbs=["continue"]), run=native)
write("commands.txt", "step\nfinish\n")
refused(["say source commands.txt"], "source: is locked", *verbs)
sourced = ("--lock", lock(verbs=["step", "source"]))
refused(["key e", "say source commands.txt"], "finish: is locked", *sourced)

# --- reverse ---
forwards = ("--lock", lock(reverse=False))
works(["key e", "key s", "key f", "key n", "key c", "run"], *forwards)
for line in ("key S", "key N", "key E", "key F", "key Home", "say rc", "say back", "say reverse-until kmain",
             "say who wrote 0x1000", "key Alt+Left", "say goto exit 1", "say restore x", "click time0"):
    refused(["key e", "key e", line], "going back is locked", *forwards)
works(["key e", "key e", "key S", "expect exit == 1"], "--lock", lock(reverse=True))
forwards = ("--lock", lock(reverse=False))
works(["say goto insn 1000", "expect insn == 1000", "say goto exit 40", "expect exit == 40", "key End",
       "say mark here"], *forwards)
works(["key o", "key 1", *["key e"] * 9, "print exit", "key 2", "key o", "key F8", "shot locked.svg", "key o", "expect exit > 9"],
      *forwards, run=native)
check("would have to go back" in read(os.path.join(FOLDER, "locked.svg")).decode(), "the other side does not go back either")
refused(["say mark here", "key e", "say goto mark here"], "going back is locked", *forwards)
refused(["say goto insn 1000", "say goto insn 1000"], "going back is locked", *forwards)

# --- the same in the debugger ---
def debug(lines, *options):
    return ringside("debug", *RUN, *options, "--batch", "-x", write("commands.txt", "\n".join(lines) + "\n"))


one = lock(verbs=["step", "goto", "print"], reverse=False, modes=["trap"])
status, out, err = debug(["step", "goto insn 500", "print insn"], "--lock", one)
check(status == 0 and "insn = 500" in out, "debug: what is allowed", f"{status} {out} {err}")
for lines, what in ((["finish"], "finish: is locked by"), (["goto insn 500", "goto insn 3"], "goto: going back is locked by"),
                    (["step 5", "back"], "back: going back is locked by")):
    status, out, err = debug(lines, "--lock", one)
    check(status == 2 and what in out and "lock.json" in out, f"debug: {what}", f"{status} {out} {err}")
for options, what in ((("--mode", "pv"), "mode pv: is locked"), (("--gdb", "0"), "gdb heeds no lock"), ((), "not a JSON object")):
    if not options:
        write("lock.json", "{")
    status, out, err = ringside("debug", "--run", "halt", "--lock", one, *options)
    check(status == 2 and what in err and not out, f"debug: {what}", f"{status} {err}")

# --- what is no lock file ---
for text, what in (("{", "not a JSON object"), ("[]", "not a JSON object"), ("{} {}", "not a JSON object"),
                   ("{\"view\": [\"debug\"]}", "no view"), ("{\"views\": \"debug\"}", "views: not a list"),
                   ("{\"views\": []}", "views: not a list"), ("{\"views\": [1]}", "holds what is no name"),
                   ("{\"views\": [\"Debug\"]}", "views: no Debug"), ("{\"modes\": [\"hvm\"]}", "modes: no hvm"),
                   ("{\"verbs\": [\"s\"]}", "verbs: no s"), ("{\"reverse\": 0}", "reverse: neither"),
                   ("{\"reverse\": true, \"reverse\": false}", "twice"), ("", "not a JSON object"), ("\0", "not a JSON object"),
                   ("[" * 5000, "not a JSON object")):
    status, out, err = ringside("shot", *RUN, "--lock", write("lock.json", text), "-o", "x.png")
    check(status == 2 and what in err and err.count("\n") <= 2 and not out, f"refused: {text[:40]}", f"{status} {err}")
status, out, err = ringside("shot", *RUN, "--lock", "nothing.json", "-o", "x.png")
check(status == 2 and "nothing.json" in err, "no such file", err)
done(70)
