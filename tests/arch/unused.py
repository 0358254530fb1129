"""Every function and table that a header offers is used by somebody: what nobody calls is not kept.

A name counts as used where it stands in code other than its declaration and definition, tests included, or where a macro may
paste it together. The kit is offered to guests that are not written yet.
"""
import collections
import re

from tree import Tree, strip_comments

WHERE = ("sim", "hv", "cli", "visualizer", "guest-os", "tests")
OFFERED = re.compile(r"^(?!typedef|return|#)[A-Za-z_][\w\s*]*?\b([A-Za-z_]\w+)(?:\(|(?:\[[^;=]*\])*;)")
PASTED = re.compile(r"\b(\w+?)##|##(\w+)")
WORD = re.compile(r"[A-Za-z_]\w+")


def offered(text):
    """(line, name) of what a header declares, or defines inline, at the left margin."""
    for number, line in enumerate(text.split("\n"), 1):
        found = OFFERED.match(line)
        if found and (line.startswith(("extern", "static inline")) or "(" in line):
            yield number, found.group(1)


def check(tree):
    words, margins, prefixes, suffixes = collections.Counter(), collections.Counter(), set(), set()
    headers = {}
    for path in tree.below(*WHERE, ends=(".c", ".h", ".def", ".S", ".ld")):
        text = strip_comments(tree.text(path))
        for line in text.split("\n"):
            words.update(WORD.findall(line))
            found = OFFERED.match(line) if path.endswith((".c", ".h")) else None
            if found:
                margins[found.group(1)] += 1
            elif line[:1].isalpha() and line.endswith("= {"):
                margins.update(re.findall(r"(\w+)(?:\[\w*\])*\s*= \{$", line))
            for before, after in PASTED.findall(line):
                prefixes.add(before)
                suffixes.add(after)
        if path.endswith(".h") and not path.startswith("guest-os/kit/"):
            headers[path] = text
    prefixes.discard("")
    suffixes.discard("")
    wrong = []
    for path, text in headers.items():
        for number, name in offered(text):
            pasted = name.startswith(tuple(prefixes)) or name.endswith(tuple(suffixes))
            if words[name] <= margins[name] and not pasted:
                wrong.append(f"{path}:{number}: nobody uses {name}")
    return sorted(set(wrong))


def self_test():
    files = {"sim/include/sim/a.h": "int used(int x);\nextern const char *const names[3];\nstatic inline int quick(void)\n{\n}\n",
             "sim/a.c": "const char *const names[3] = {\n};\nint used(int x)\n{\n    return quick() + names[x];\n}\n",
             "hv/b.c": "static int f(void)\n{\n    return used(1);\n}\n"}
    assert check(Tree.of(files)) == [], check(Tree.of(files))
    for path, text, more in [
            ("sim/include/sim/b.h", "void lonely(void);\n", "void lonely(void)\n{\n}\n"),
            ("hv/include/hv/b.h", "extern const char *const titles[2];\n", "const char *const titles[2] = {\n};\n"),
            ("cli/b.h", "static inline int slow(int x)\n{\n    return x;\n}\n", ""),
            ("sim/cpu/b.h", "/* told_of() is only spoken of */\nint told_of(void);\n", "/* told_of() */\nint told_of(void)\n{\n}\n")]:
        planted = dict(files)
        planted[path] = text
        planted["sim/b.c"] = more
        assert len(check(Tree.of(planted))) == 1, (path, check(Tree.of(planted)))
