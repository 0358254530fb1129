"""The documents: every link and every file they name exists, headings that links aim at too; words are in order."""
import posixpath
import re

from tree import Tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
# A word in back quotes that is meant as one of our files: it has a folder of ours, or a source file's ending.
FILE = re.compile(r"(?:\./)?((?:[\w.+-]+/)*[\w.+-]+\.(?:c|h|S|def|md|py|cmake|json|ld)|"
                  r"(?:sim|hv|cli|guest-os|tests|assets|docs|cmake|labs|visualizer)/[\w./+-]*)(?::\d+)?")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def anchors(text):
    """Anchors of a page's headings, as GitHub makes them."""
    for heading in re.findall(r"^#+ +(.*)$", FENCE.sub("", text), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def wrong_link(tree, path, target):
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name else path
    if not tree.exists(found):
        return f"{path}: links to {target}, which does not exist"
    if anchor and found.endswith(".md") and anchor not in anchors(tree.text(found)):
        return f"{path}: links to {target}; {found} has no such heading"
    return None


def wrong_file(tree, path, word):
    found = FILE.fullmatch(word)
    if not found or "NAME" in word or "NN-" in word:
        return None
    name = posixpath.normpath(found.group(1))
    if name.startswith("build/") or tree.exists(name):
        return None
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    if tree.exists(beside) or any(p.endswith("/" + name) for p in tree.paths):
        return None
    return f"{path}: names `{word}`, which does not exist"


def check_words(tree, path):
    """The glossary's words, each a line **word**: ..., in alphabetical order and once."""
    words = [w.lower() for w in re.findall(r"^\*\*([^*]+)\*\*", tree.text(path), re.M)]
    wrong = [] if words else [f"{path}: defines nothing"]
    for before, after in zip(words, words[1:]):
        if before >= after:
            wrong.append(f"{path}: {after} after {before}")
    return wrong


def check(tree):
    wrong = []
    pages = tree.below(ends=(".md",))
    for path in pages:
        text = FENCE.sub("", tree.text(path))
        wrong += [wrong_link(tree, path, target) for target in LINK.findall(text)]
        wrong += [wrong_file(tree, path, word) for word in CODE.findall(text)]
    for path in ["README.md", "LICENSE", "docs/ARCHITECTURE.md", "docs/HACKING.md", "docs/READING.md",
                 "docs/glossary.md"]:
        if not tree.exists(path):
            wrong.append(f"{path} is missing")
    if tree.exists("docs/glossary.md"):
        wrong += check_words(tree, "docs/glossary.md")
    decisions = [p for p in pages if p.startswith("docs/adr/")]
    numbers = [p.split("/")[-1][:4] for p in decisions]
    wrong += [f"{p}: is not numbered, or its number is taken" for p, n in zip(decisions, numbers)
              if not n.isdigit() or numbers.count(n) > 1]
    return [w for w in wrong if w]


def self_test():
    files = {
        "README.md": "# Ringside\n[a](docs/ARCHITECTURE.md#two-words) `sim/cpu/x.c` `x.c` `sim/` [m](https://e.org)\n",
        "LICENSE": "", "docs/HACKING.md": "[r](../README.md) ```x.c```\n", "docs/READING.md": "```\n[a](b)\n```\n",
        "docs/ARCHITECTURE.md": "## Two words\n", "sim/cpu/x.c": "", "docs/glossary.md": "**a**: x\n\n**b**: y\n",
        "docs/adr/0001-a.md": "# A\n",
    }
    assert check(Tree.of(files)) == [], check(Tree.of(files))
    for path, text in [
        ("docs/HACKING.md", "[r](README.md)\n"), ("docs/HACKING.md", "`sim/cpu/gone.c`\n"), ("docs/HACKING.md", "`gone.h`\n"),
        ("README.md", "[a](docs/ARCHITECTURE.md#three)\n"), ("docs/glossary.md", "**b**: x\n\n**a**: y\n"),
        ("docs/glossary.md", "nothing\n"), ("docs/adr/0001-b.md", "# B\n"), ("docs/adr/x.md", "# B\n"),
    ]:
        planted = dict(files)
        planted[path] = text
        assert len(check(Tree.of(planted))) >= 1, (path, text)
    del files["LICENSE"]
    assert check(Tree.of(files)) == ["LICENSE is missing"]
