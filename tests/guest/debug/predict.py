"""--predict: what lies ahead is hidden until the answer; answers and score are kept."""
import json
import os

from debugger import FOLDER, check, done, read, session

out = os.path.join(FOLDER, "score.json")
status, a, err = session(
    ["continue", "info exit", "info exits", "print reason", "print eip", "info regs", "step", "expect reason == shadow_fill",
     "info events", "answer FLYING", "answer shadow_fill LATER 500", "answer shadow_fill RETRY 600", "answer shadow_fill RETRY 500",
     "info exit", "continue", "answer emulate_privop ADVANCE 8000", "continue", "quit"],
    "--mode", "trap", "--run", "halt", "--predict", "--json", out)
check(status == 0 and not err, "a session", f"{status} {err}")
check("Exit 1 begins" in a[0] and "shadow_fill" not in a[0], "the first question", a[0])
for i in (1, 2, 3, 6, 7, 8):
    check("answer first" in a[i] and a[i].count("\n") == 1, f"hidden: answer {i}", a[i])
check("eip = 0x" in a[4] and "eax 0x" in a[5], "what can be known is shown", a[4])
check("FLYING" in a[9] and "LATER" in a[10] and "600" in a[11], "wrong answers", a[9:12])
check("Reason: shadow_fill, as you said" in a[12] and "Outcome: RETRY, as you said" in a[12], "right", a[12])
check("you said under 500" in a[12] and "Points: 2 of 3; together 2 of 3" in a[12], "the band", a[12])
check("shadow_fill" in a[13], "the story may be read now", a[13])
check("Exit 2 begins" in a[14] and "Points: " in a[15], "the next", a[15])
check("Exit 3 begins" in a[16], "and the next", a[16])
score = json.loads(read(out))
check(score["answered"] == 2 and score["most"] == 6 and len(score["questions"]) == 2, "the score", score)
first, second = score["questions"]
check(first["happened"]["reason"] == "shadow_fill" and first["points"] == 2 and first["exit"] == 1, "the first", first)
check(second["cycles"] > 500 and second["eip"].startswith("0x00131") is not None, "the second", second)
check(score["points"] == first["points"] + second["points"], "the sum", score)
done(17)
