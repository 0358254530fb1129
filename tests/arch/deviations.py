"""docs/deviations.md lists every DEVIATION mark of the source, and is up to date. `docs/refresh deviations` writes it."""
import re

from tree import Tree

PAGE = "docs/deviations.md"
MARK = re.compile(r"(?<!`)DEVIATION: *")
HEAD = """# Where Ringside is not like the hardware

Made by `docs/refresh deviations` from the `DEVIATION:` marks in the source; `tests/arch` checks that it is up to date.
What is not built at all, and stops the machine by name, is in [fidelity.md](fidelity.md).
"""


def comment_after(lines, number, column):
    """The text from a mark to the end of its comment or paragraph, as one line."""
    words = []
    for line in [lines[number][column:]] + lines[number + 1:]:
        end = line.find("*/")
        text = line if end < 0 else line[:end]
        text = re.sub(r"^\s*(\*|//|#)(?!/)\s?", "", text) if words else text
        if words and not text.strip():
            break
        words.append(text.strip())
        if end >= 0:
            break
        if "/*" not in lines[number] and lines[number].lstrip().startswith(("#", "//")) and len(words) > 1 \
                and not line.lstrip().startswith(("#", "//")):
            words.pop()
            break
    return " ".join(words).strip()


def marks(tree):
    """(path, text) of each mark, in order."""
    for path in tree.below("sim", "hv", "cli", "guest-os", ends=(".c", ".h", ".def", ".S")):
        lines = tree.lines(path)
        for number, line in enumerate(lines):
            for found in MARK.finditer(line):
                words = comment_after(lines, number, found.end())
                if not words.startswith("see "):  # a mark that points at another one
                    yield path, words


def page(tree):
    text, last = HEAD, None
    for path, words in marks(tree):
        if path != last:
            text += f"\n## {path}\n\n"
            last = path
        text += f"- {words[:1].upper() + words[1:]}\n"
    return text


def check(tree):
    wrong = [f"{path}: a DEVIATION without its reason: '{words}'" for path, words in marks(tree)
             if len(words.split()) < 3]
    if not tree.exists(PAGE) or tree.text(PAGE) != page(tree):
        wrong.append(f"{PAGE} is not up to date: run docs/refresh deviations")
    return wrong


def self_test():
    files = {"sim/a.c": "/*\n * It is.\n * DEVIATION: no chip\n * did this.\n *\n * More.\n */\nint x; /* DEVIATION: not this either */\n"
             "int y; /* DEVIATION: see above */\n",
             "hv/a.h": "/* `DEVIATION:` marks are listed. */\n"}
    assert list(marks(Tree.of(files))) == [("sim/a.c", "no chip did this."), ("sim/a.c", "not this either")]
    files[PAGE] = page(Tree.of(files))
    assert check(Tree.of(files)) == []
    for path, text in [("hv/b.c", "/* DEVIATION: the wire is too short. */\n"), ("hv/b.c", "/* DEVIATION: yes. */\n"),
                       (PAGE, HEAD), ("sim/a.c", "\n")]:
        planted = dict(files)
        planted[path] = text
        assert check(Tree.of(planted)), (path, text)
