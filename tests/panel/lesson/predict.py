"""Predict mode in the panel: questions by key, click and verb; the score; what is refused meanwhile."""
import json
import os

import jsonschema

from panel import FOLDER, SOURCE, check, done, read, shot

SCHEMA = json.loads(read(os.path.join(SOURCE, "docs/schema/predict.json")))
RUN = ("--mode", "trap", "--run", "halt")
out = os.path.join(FOLDER, "score.json")


def score():
    document = json.loads(read(out))
    errors = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    check(not errors, "the schema", errors[0].message if errors else "")
    return document


# Exit 1 is the first fetch's shadow_fill: memory, the second of its reasons, RETRY, under 8000. Exit 2 is the CLI:
# privileged, emulate_privop, ADVANCE, under 8000.
status, text, err = shot(["key p", "key e", "expect question 1", "key 3", "key 2", "key 2", "key 3",
                          "key e", "expect question 2", "click question.1", "click question.1", "click question.1", "key 1",
                          "expect focus.exit 2", "key s", "say answer emulate_privop ADVANCE 8000"], *RUN, "--json", out)
check(status == 0 and not err, "three exits", f"{status} {text} {err}")
s = score()
check((s["answered"], s["points"], s["most"]) == (3, sum(q["points"] for q in s["questions"]), 9), "the score", s)
first, second, third = s["questions"]
check(first["points"] == 3 and first["happened"]["reason"] == "shadow_fill" == first["predicted"]["reason"], "the first",
      first)
check(second["points"] == 2 and second["predicted"] == {"reason": "emulate_privop", "outcome": "ADVANCE",
                                                        "cost": "under 500"}, "the second, by clicks", second)
check(second["happened"]["cost"] == "under 8000" and second["instruction"] == "cli" and second["mode"] == "trap", "cli",
      second)
check(third["predicted"]["cost"] == "under 8000", "the third, by the debugger's verb", third)

# While a question waits nothing moves and nothing tells.
for line in ("key c", "key s", "key e", "key f", "key S", "key Home", "say info exit", "say info exits", "say stat",
             "say expect reason == shadow_fill", "key 9", "say print reason", "say print (reason)", "say print 1+vector",
             "say print real_eip", "say print real_cr2", "say x/1xw real_esp"):
    status, text, err = shot(["key p", "key e", line], *RUN)
    check(status != 0 and "shadow_fill" not in text and ("nswer" in text), f"refused: {line}", f"{status} {text}")
status, text, err = shot(["key p", "key e", "say info regs", "say disassemble", "key 2", "key 1", "print hash"], *RUN)
check(status == 0 and "eax" in text, "what can be known by then is told", text)

# p again ends it, and the open question with it; --predict stays.
status, text, err = shot(["key p", "key e", "key p", "expect question 0", "expect exit == 1", "key e", "expect exit == 2", "key e"], *RUN,
                         "--json", out)
check(status == 0 and score()["answered"] == 0, "off again", f"{text} {err}")
status, text, err = shot(["key e", "key p"], *RUN, "--predict")
check(status == 2 and "--predict" in text, "--predict stays", text)

# Running on stops at each exit that was not asked about, and at none that was.
status, text, err = shot(["key p", "key c", "run", "expect question 1", "key 1", "key 1", "key 1", "key 1",
                          "key c", "run", "expect question 2", "key 1", "key 1", "key 1", "key 1", "key Home",
                          "key c", "run", "expect question 3"], *RUN, "--json", out)
check(status == 0 and score()["answered"] == 2, "running on", f"{text} {err}")

# Two sides: each asks for itself.
status, text, err = shot(["key c", "run", "key 1", "key 1", "key 1", "key 1", "say look side 1", "key 7",
                          "key 1", "key 1"], "--compare", "trap,pv", "--run", "halt", "--predict", "--json", out)
check(status == 0 and [q["mode"] for q in score()["questions"]] == ["trap", "pv"], "both sides",
      f"{text} {err} {score()['questions']}")
status, text, err = shot(["key e"], *RUN, "--json", out)
check(status == 0 and score()["questions"] == [], "nothing asked")
done(28)
