"""What scripts and people do: every word of a script, what is looked at after a move, both sides together, searching."""
import os
import re

from panel import BIN, FOLDER, check, done, read, shot  # noqa: F401

RUN = ("--mode", "trap", "--run", "sieve 2; fork 2; halt")
PAIR = ("--compare", "trap,pv", "--run", "sieve 2; fork 2; halt")


def works(lines, *options, what=None):
    status, text, err = shot(lines, *(options or RUN))
    check(status == 0 and not err, what or f"{lines}", f"{status} {text} {err}")
    return text


def refused(lines, what, *options):
    status, text, err = shot(lines, *(options or RUN))
    check(status != 0 and what in text + err, f"{lines}: {what}", f"{status} {text} {err}")


def picture(lines, *options):
    path = os.path.join(FOLDER, "doings.svg")
    works([*lines, "shot " + path], *options)
    return read(path).decode()


# --- every word of a script ---
works(["say goto insn 2000", "wheel code.title -3", "expect insn == 2003", "wheel code.title 2", "expect insn == 2001"])
works(["say goto insn 300000", "drag time0 90 10", "expect insn < 300000", "expect insn > 1"])
zoomed = ["say goto insn 300000", "key +", "key +"]
check(picture(zoomed) != picture([*zoomed, "pan time0 80 20"]), "another button pans the timeline")
works([*zoomed, "pan time0 80 20", "expect insn == 300000"], what="and moves nothing")
check("A click, or o, chooses" in re.sub(r"</text>.*?<text[^>]*>", " ", picture(["hover sides.pv"], *PAIR), flags=re.S), "a tip")
works(["size 800x480", "print hash", "size 1600x1000"])
works(["key :", "type echo \u00e4\u2192x", "key Enter"])
at = re.findall(r"widget time0.* = (\d+),", works([f"print widget time0{a}" for a in ("", " 50", " 90")]))
check(at[0] == at[1] and int(at[1]) < int(at[2]), "where something is", at)
for line, what in (("key 08", "no such key"), ("key F99", "no such key"), ("key Enterx", "no such key"), ("wheel code.title", "how many"),
                   ("wheel code.title 0", "how many"), ("wheel nothing 1", "nothing of that name"), ("drag time0 1", "two hundredths"),
                   ("drag time0 -1 50", "two hundredths"), ("pan time0 1 101", "two hundredths"), ("hover nothing", "nothing of that"),
                   ("print widget time0 x", "a hundredth of"), ("print widget time0 101", "a hundredth of"),
                   ("print widget time0 50 50", "a hundredth of"), ("print widget nothing", "nothing of that"),
                   ("flick time0", "no word of panel scripts")):
    refused([line], what)

# --- a pane scrolls as far as its content, and not further ---
shown = picture(["say goto exit 900", "key Tab", "key Tab"])
check(picture(["say goto exit 900", "key Tab", "key Tab", *["key PageDown"] * 20, *["key PageUp"] * 3]) == shown, "and back")
lines = [f"say echo line {i}" for i in range(60)]
check("line 1<" not in picture(lines) and "line 1<" in picture([*lines, "click log.title", *["key PageUp"] * 6]),
      "what was said first is above")

# --- what lies over the panes ---
works(["size 1280x720", "key 1", "key ?", "wheel code.title -4", "expect insn == 0"], what="help is scrolled, not the machine below it")

# --- what is looked at goes along with the machine ---
works(["say goto exit 9", "key f", "say look exit 3", "expect focus.exit 3", "key e", "expect focus.exit 10", "key Alt+Left",
       "expect focus.exit 3"])
text = works(["say until kmain", "say look code 0x131000", "key s", "key F9", "say info break"])
check("kmain" in text.split("info break")[-1] and "131000" not in text, "F9 after a step is about where one is", text)
text = works(["say until kmain", "say look code 0x131000", "key F9", "say info break"])
check("131000" in text, "and before it about what was chosen", text)
# Inside a page fault the Memory view is about CR2; a breakpoint is not.
text = works(["say goto exit 40", "key 3", "key s", "key s", "key s", "key F9", "say info break", "print eip"])
check("break 0x" in text and re.search(r"break 0x(\w+)", text)[1] == re.search(r"eip = 0x(\w+)", text)[1],
      "F9 inside a fault is about the instruction", text)
faulted = [re.search(r"Address (0x\w+), where exit 40", picture(["say goto exit 40", "key 3", *["key s"] * n])) for n in (0, 3)]
check(all(faulted) and faulted[0][1] == faulted[1][1] != "0x00000000", "the address that faulted, from the exit's first moment", faulted)
tip = [re.sub(r"<[^>]*>", " ", picture(["say goto exit 60", "key 3", "hover frames.map"], "--mode", m, "--run", "halt"))
       for m in ("trap", "pv")]
check(all(re.search(r"Machine\s+frame\s+0x\w+:", t) for t in tip), "a frame says whose it is")
works(["key 3", "say goto exit 900", "say look address 0xc0100000", "key s", "key s", "say look back", "expect view memory"])

# --- the focus, and its history: what was looked at, when, and of which guest ---
def printed(lines, *options):
    return re.findall(r"= (\d+)$|^(vm \d+) of", works(lines, *options), re.M)


walked = ["key 1", "key e", "key e", "key e", "say look back", "print exit", "say look back", "print exit", "key Alt+Right", "print exit",
          "say goto insn 500000", "say look exit 1200", "key Home", "print insn", "key Alt+Left", "print insn", "expect focus.exit 1200",
          "key c", "run 20", "say look back", "print insn"]
check([a for a, _ in printed(walked)] == ["2", "1", "2", "0", "500000", "500000"], "back to what was seen, and when", printed(walked))
guests = ["say goto insn 300000", "say vm 1", "say vm 0", "key Alt+Left", "say vm", "key Alt+Right", "say vm"]
check([b for _, b in printed(guests, "--mode", "trap", "--vms", "2", "--run", "halt")] == ["vm 1", "vm 0"], "and of which guest",
      printed(guests, "--mode", "trap", "--vms", "2", "--run", "halt"))
steps = ["say goto insn 500000", "key s", "key s", "key s", "key Alt+Left", "print insn"]
check([a for a, _ in printed(steps)] == ["0"], "steps are no places of their own", printed(steps))

refused(["say moment 1 2"], "no such moment")
check("another future" in picture(["say goto insn 900000", "say goto insn 500000", "say type \"x\"", "say moment 0 900000 77 88 4294967295"]),
      "a moment that is no more")

# --- searching ---
found = ["size 800x480", "say goto exit 900", "key /", "type emulate", "key Enter"]
again = [*found, "key /", "type emulate", "key Enter"]
check(picture(found) != picture(again), "the same again goes on")
check(picture(found) != picture([*found, "key Escape"]), "what was found is shaded until Escape")
for _ in range(40):
    again += ["key /", "type emulate", "key Enter"]
works(again, what="round and round")
check("xyzzy: not found in this view's panes" in picture(["key /", "type xyzzy", "key Enter"]), "what is nowhere")
lost = ["say goto exit 9", "key /", "type xyzzy", "key Enter"]
check("xyzzy" not in picture([*lost, "key /", "type cli", "key Enter"]), "what is found takes the message away")
check("xyzzy" not in picture(["say goto exit 9", "key /", "type cli", "key Enter"]), "code is searched")
kmain = ["say until kmain", "say step exit 3", "say finish"]
seen = picture([*kmain, "key /", "type ADVANCE", "key Enter"])
check("ADVANCE" in seen, "a line of the story that is seen stays seen")
for text in (re.search(r"Exit \d+  \w+  ([\d,]+) cycles", seen)[1], "Why"):
    again = picture([*kmain, "key Tab", "key /", f"type {text}", "key Enter"])
    check("ADVANCE" in again and "not found" not in again, f"{text}: what always stands there scrolls nothing")
for entry in ("001f4003", "003e3003"):
    again = picture([*kmain, "key 3", "key /", f"type {entry}", "key Enter"])
    check(entry in again and "not found" not in again, f"{entry}: each level begins at its own entry")
# Every figure with thousands that is drawn: the axis of the timelines has rounder ones.
for view in ("debug", "compare"):
    there = ["size 1600x1000", "say goto exit 900", "say finish", f"say view {view}"]
    figures = sorted(set(re.findall(r">([1-9]\d?\d?,\d\d\d)</text>", picture(there, *PAIR))))
    shots = [os.path.join(FOLDER, f"{n}.svg") for n in range(len(figures))]
    works([*there, *(l for f, s in zip(figures, shots) for l in ("key /", f"type {f}", "key Enter", "shot " + s))], *PAIR)
    lost = [f for f, s in zip(figures, shots) if "not found" in read(s).decode()]
    check(len(figures) > 20 and not lost, f"{view}: {len(figures)} figures are searched", lost)
works(["size 1024x640", "say goto exit 900", "key /", "type shadow_fill", "key Enter", "click exits.shadow_fill"])

# --- both sides together ---
def positions(lines):
    """The story of Compare says so when the sides are not at the same guest work."""
    return "stands at" not in picture(lines, *PAIR)


for line in ("key n", "say goto insn 400000", "key F8", "say until sys_fork"):
    check(positions([line]), f"{line}: the other side comes along")
for back in ("key S", "key E", "key N"):
    check(positions(["key F8", "key F8", "key F8", back]), f"{back}: the other side comes along")
works(["key F8", "expect exit == 0", "key o", "key F8"], "--compare", "native,trap", "--run", "halt",
      what="native has no exits, and takes the other side along")
apart = ["key 1", "say step exit 20", "key 2"]
check("times the cycles" not in picture(apart, *PAIR) and "figures are of different work" in picture(apart, *PAIR),
      "different work is not set against each other")
check("times the cycles of" in picture(["key 2"], *PAIR), "the same work is")
# Keys that come faster than pictures are drawn mean what they would have meant slowly.
fast, slow = ["key 1", "type 2e"], ["key 1", "key 2", "key e"]
check(works([*fast, "print exit", "key o", "print exit"], *PAIR) == works([*slow, "print exit", "key o", "print exit"], *PAIR),
      "typed ahead")
check(" compare" not in picture(["key 1"], "--mode", "trap", "--run", "halt"), "no hint to nowhere")
# A guest that waits for ever: whoever looks for the same guest work, or for a first program, gives up.
works(["key c", "run 4000", "say goto insn 900000", "key F8"], "--compare", "trap,pv", "--cmdline", "shell", what="an idle guest")
done(59)
