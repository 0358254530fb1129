"""The checker checked: one difference is planted in the past of a recording, in each thing that programs can see, and diverge
must find it, at the very instruction. What programs cannot see must not be found."""
import re

from pair import DIFFERENT, EQUAL, GUESTS, MODES, check, diverge, done, os, read, recording, write

ECHO, MAKE = "echo hello; halt", "mkdir /x; halt"
IN_SHELL = ["break sh:main", "continue", "delete 1"]
LEAVING = [*IN_SHELL, "break trap_leave", "continue", "delete 2"]


def compare(mode, name, script, place, plant, end="continue"):
    """(report, text, instruction count of the plant)."""
    clean, at = recording(f"{mode}-{name}-a", mode, script, place)
    planted, also = recording(f"{mode}-{name}-b", mode, script, [*place, *plant], end)
    check(at == also, f"{mode} {name}: planted at one place", f"{at} {also}")
    status, report, text = diverge(clean, planted)
    check(status == (EQUAL if name == "nothing" else DIFFERENT), f"{mode} {name}: status", f"{status}\n{text}")
    return report, text, at


def found(what, report, text, kind, words, changes=None, insn=None):
    """Is it told as it should be, with both sides standing before instruction `insn`?"""
    d = report["difference"] or {}
    check(d.get("kind") == kind, f"{what}: kind", f"{d.get('kind')} is not {kind}\n{text}")
    check(re.search(words, d.get("text", "")), f"{what}: words", f"{words} not in: {d.get('text')}")
    check(re.search(words.strip("^$"), text), f"{what}: printed", text)
    if changes:
        check(d.get("to_instruction"), f"{what}: an instruction", text)
        check(re.search(changes, d.get("changes", "")), f"{what}: changes", f"{changes} not in: {d.get('changes')}")
    if insn is not None:
        at = [side["at"]["insn"] for side in report["sides"]]
        check(at == [insn, insn], f"{what}: at the very instruction", f"{at} {insn}\n{text}")
    return d


keys, looked_at = {}, set()
for mode in MODES:
    # --- what a program holds when it goes to its kernel ---
    report, text, at = compare(mode, "register", ECHO, [*IN_SHELL, "step 3"], ["set edi = 0x1234"])
    d = found(f"{mode} register", report, text, "entry", r"0x00 in A and 0x34 \(4\) in B", "^EDI is 0x0 in A and 0x1234 in B", at - 1)
    keys.setdefault("register", []).append((d["key"], d["equal_up_to"]))
    check(d["key"]["pid"] == 2 and d["program"] == "sh" and not d["in_kernel"], f"{mode} register: whose", d)

    report, text, at = compare(mode, "memory", ECHO, IN_SHELL, ["set b[0xbfffefe0] = 0x55"])
    d = found(f"{mode} memory", report, text, "entry", r"byte at 0xbfffefe0 is 0x00 in A and 0x55 \(U\) in B",
              "0xbfffefe0", at - 1)
    keys.setdefault("memory", []).append((d["key"], d["equal_up_to"]))

    report, text, at = compare(mode, "flags", ECHO, [*IN_SHELL, "step 13"], ["set eflags = 0xa87"])
    d = found(f"{mode} flags", report, text, "entry", r"EFLAGS is 0x[0-9a-f]+ in A and 0xa87 in B \(.*OF\)", "EFLAGS", at - 1)
    keys.setdefault("flags", []).append((d["key"], d["equal_up_to"]))

    report, text, at = compare(mode, "path", ECHO, IN_SHELL, ["set eip = eip + 1"])
    d = found(f"{mode} path", report, text, "entry", "in A and", "EIP is", at - 1)

    # --- a large process, whose memory is not looked at each time: the very crossing all the same ---
    for faults in (62, 63):
        report, text, at = compare(mode, "large", "fault stack; halt",
                                   ["break fault:main", "continue", "delete 1", "catch trap 14",
                                    *["continue"] * faults, "delete 2", "break trap_leave", "continue", "delete 3"],
                                   ["set b[0xbfffefe0] = 0x55"])
        d = found(f"{mode} large", report, text, "return", "byte at 0xbfffefe0 is", "0xbfffefe0", at - 1)
        keys.setdefault(f"large {faults}", []).append((d["key"], None))
        looked_at.add(d["key"]["entry"] % 2 == 0)  # of 64 to 127 pages every other entry is

    # --- what its kernel gives it back ---
    report, text, at = compare(mode, "result", ECHO, LEAVING, ["set [[esp+4]+24] = 0x77"])
    d = found(f"{mode} result", report, text, "return", "^EBX is 0x[0-9a-f]+ in A and 0x77 in B", "EBX is .* 0x77 in B")
    keys.setdefault("result", []).append((d["key"], None))
    check(d["in_kernel"] and 1 <= d["before_return"] <= 20, f"{mode} result: just before the return", d)
    check("pop" in report["sides"][0]["code"], f"{mode} result: the instruction that pops it", report["sides"][0]["code"])

    report, text, at = compare(mode, "given", ECHO, LEAVING, ["set b[0xbfffefe4] = 0x99"])
    d = found(f"{mode} given", report, text, "return", "byte at 0xbfffefe4 is 0x00 in A and 0x99 in B", "0x99 in B", at - 1)
    keys.setdefault("given", []).append((d["key"], None))

    # --- console and disk ---
    report, text, at = compare(mode, "console", ECHO, ["break arch_console_write", "continue", "continue", "delete 1"],
                               ["set b[[esp+4]+2] = 0x58"])
    d = found(f"{mode} console", report, text, "console", r"^byte 13 on the console is 0x6f \(o\) in A and 0x58 \(X\) in B$")
    check(d["writes_it"] == [True, True], f"{mode} console: both write it", d)
    for side in report["sides"]:
        check(side["console_tail"].endswith("\nro" if mode != "pv" else "Bantam 1.0"), f"{mode} console: before the byte", side["console_tail"])

    report, text, at = compare(mode, "disk", MAKE, ["break arch_block_start if [esp+4] & 0xff", "continue", "delete 1"],
                               ["set b[[esp+16]+200] = 0x99"])
    d = found(f"{mode} disk", report, text, "disk",
              r"^byte 200 of sector [0-9]+ of disk 0 is 0x[0-9a-f]+ .*in A and 0x99 in B at the end$")
    check(d["writes_it"] == [False, True], f"{mode} disk: one of them wrote", d)
    check(report["sides"][1]["at"]["insn"] > at, f"{mode} disk: behind the plant")
    keys.setdefault("disk", []).append((d["text"], None))

    # --- what never happens, and how it ends ---
    report, text, at = compare(mode, "missing", ECHO, LEAVING, ["set eip = arch_exit", "set [esp+4] = 9"])
    d = found(f"{mode} missing", report, text, "missing", "its kernel lets it go on in A, and B never gets there: .*halted with", "EIP is",
              at - 1)
    keys.setdefault("missing", []).append((d["key"], None))

    report, text, at = compare(mode, "end", ECHO, ["break arch_exit", "continue", "delete 1"], ["set [esp+4] = 7"])
    d = found(f"{mode} end", report, text, "end", "A: .*halted with 0, .*B: .*halted with 7")
    check(d["key"] is None, f"{mode} end: nobody's work", d)

    # --- what nobody sees: a flag that is overwritten, memory below the kernel's stack ---
    report, text, at = compare(mode, "nothing", ECHO, [*IN_SHELL, "step 3"], ["set eflags = eflags ^ 1"])
    report, text, at = compare(mode, "nothing", ECHO, LEAVING, ["set [esp-64] = 0x12345678"])

for what, seen in keys.items():
    check(len(seen) == len(MODES) and all(s == seen[0] for s in seen), f"{what}: the same key in every mode", seen)

check(looked_at == {True, False}, "a large process, at an entry that is looked at, and at one that is not", looked_at)

# --- a disk that differs from the beginning ---
image = bytearray(read(os.path.join(GUESTS, "disk.img")))
first = write("a.img", bytes(image))
image[-100] ^= 0xff
other = write("b.img", bytes(image))
status, report, text = diverge(f"trap:disk={first}", f"native:disk={other}", "--run", "halt")
d = found("two disks", report, text, "disk", f"^byte {512 - 100} of sector {len(image) // 512 - 1} of disk 0 is")
check(d["writes_it"] == [False, False], "two disks: nobody wrote it", d)
longer = write("c.img", bytes(image) + bytes(512))
status, report, text = diverge(f"trap:disk={first}", f"trap:disk={longer}", "--run", "halt")
found("a longer disk", report, text, "disk", f"disk 0 has {len(image) // 512} sectors in A and {len(image) // 512 + 1} in B")
done(100)
