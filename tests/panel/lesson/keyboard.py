"""F6: keys go to the guest, as console text or, with --keyboard, as scan codes of a PS/2 keyboard."""
from panel import check, done, shot

LINES = ["key c", "run 3000", "key F6", "type echo \"Keys & Shift: {~}\" \\end", "key Enter", "key F6", "key c", "run 1000"]
for mode in ("native", "trap"):
    status, text, err = shot([*LINES, "say info irq"], "--mode", mode, "--keyboard", "--run", "cat")
    check(status == 0, f"{mode}: the script runs", f"{status} {text} {err}")


def console(*options, lines=LINES):
    """What the guest wrote: the SVG holds the console pane's lines."""
    import os
    import xml.etree.ElementTree as Tree

    from panel import FOLDER, read
    path = os.path.join(FOLDER, "console.svg")
    status, text, err = shot([*lines, "shot " + path], *options)
    check(status == 0, f"{options}", f"{status} {text} {err}")
    return [t.text or "" for t in Tree.fromstring(read(path)).iter() if t.tag.endswith("text")]


GUEST = ("--cmdline", "shell")
for options in (("--mode", "trap"), ("--mode", "trap", "--keyboard"), ("--mode", "native", "--keyboard"), ("--mode", "pv")):
    words = console(*options, *GUEST)
    check("Keys & Shift: {~} \\end" in words or "Keys & Shift: {~} end" in words, f"{options}: typed", words)
# Rubbed out, and a key that a terminal sends as a sequence.
words = console("--mode", "trap", "--keyboard", *GUEST,
                lines=["key c", "run 3000", "key F6", "type echo onx", "key Backspace", "type ce", "key Enter", "key F6", "key c",
                       "run 1000"])
check("once" in words, "Backspace", words)
status, text, err = shot(["key e"], "--mode", "pv", "--keyboard", "--run", "halt")
check(status == 2 and "keyboard" in err, "pv has no keyboard", err)
status, text, err = shot(["key e"], "--compare", "trap,pv", "--keyboard", "--run", "halt")
check(status == 0, "beside trap it is trap's", err)
done(12)
