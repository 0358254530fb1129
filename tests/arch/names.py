"""Names of tests are sentences; every test's folder says its label and is entered in ctest."""
import re

from tree import Tree, strip_comments

LABELS = ("unit", "insn", "guest", "diff", "replay", "fuzz", "oom", "arch", "bench", "panel")
OTHER_FOLDERS = ("tools", "support", "golden", "include", "data")
EMPTY = {"test", "tests", "works", "basic", "simple", "misc", "ok", "case", "foo"}


def test_names(text):
    """(suite, name) of each Criterion test in a file."""
    for found in re.finditer(r"^(Test|Theory|ParameterizedTest)\s*\(", strip_comments(text), re.M):
        depth, i, arguments, start = 1, found.end(), [], found.end()
        while depth and i < len(text):
            depth += (text[i] == "(") - (text[i] == ")")
            if (text[i] == "," and depth == 1) or not depth:
                arguments.append(text[start:i].strip())
                start = i + 1
            i += 1
        if found.group(1) != "Test":
            arguments = arguments[1:]
        if len(arguments) >= 2:
            yield arguments[0], arguments[1]


def bad_name(name):
    words = name.split("_")
    if len(words) < 3 and not (len(words) == 2 and words[1].endswith("s")):
        return "is no sentence"
    if words[0].lower() in EMPTY or (words[-1].lower() in EMPTY and len(words) <= 3):
        return "says nothing"
    return None


def check(tree):
    wrong = []
    for path in tree.below("tests", ends=(".c",)):
        parts = path.split("/")
        if parts[1] not in LABELS + OTHER_FOLDERS:
            wrong.append(f"{path}: tests/{parts[1]} is no label")
        seen = set()
        for suite, name in test_names(tree.text(path)):
            why = bad_name(name)
            if why:
                wrong.append(f"{path}: Test({suite}, {name}) {why}")
            if (suite, name) in seen:
                wrong.append(f"{path}: Test({suite}, {name}) stands there twice")
            seen.add((suite, name))
        if parts[1] in LABELS and not entered(tree, path):
            wrong.append(f"{path}: no CMakeLists.txt builds it")
    for path in tree.below("tests", ends=("CMakeLists.txt",)):
        text = re.sub(r"#.*", "", tree.text(path))
        for name in re.findall(r"(?<![\w$}/.-])[\w-]+(?:/[\w-]+)*\.c\b", text):
            if not tree.exists(path[:path.rfind("/") + 1] + name):
                wrong.append(f"{path}: names {name}, which does not exist")
    return wrong


def entered(tree, path):
    """A test's source is named, or covered by a GLOB, in the CMakeLists.txt of a folder above it."""
    parts = path.split("/")
    for depth in range(len(parts) - 1, 0, -1):
        lists = "/".join(parts[:depth]) + "/CMakeLists.txt"
        if tree.exists(lists):
            text = tree.text(lists)
            if parts[-1] in text or re.search(r"GLOB", text) or re.search(
                    r"\$\{\w+\}\w*\.c", text) and parts[-1][:-2] in text:
                return True
    return False


def self_test():
    good = '#include <x.h>\nTest(pit, mode2_reloads_on_zero)\n{\n}\nParameterizedTest(struct row *r, insn, row_matches)\n{\n}\n'
    files = {"tests/unit/pit/a.c": good, "tests/unit/pit/CMakeLists.txt": "ringside_test(pit SOURCES a.c)\n",
             "tests/tools/x.c": ""}
    assert check(Tree.of(files)) == [], check(Tree.of(files))
    for path, text in [
        ("tests/unit/pit/a.c", "Test(pit, reload)\n{\n}\n"), ("tests/unit/pit/a.c", "Test(pit, test_the_reload)\n{\n}\n"),
        ("tests/unit/pit/a.c", "Test(pit, zero_reload_works)\n{\n}\n"),
        ("tests/unit/pit/a.c", "Test(pit, reload, .timeout = 1)\n{\n}\n"),
        ("tests/unit/pit/a.c", "Theory((int a, int b), pit, sum)\n{\n}\n"),
        ("tests/unit/pit/a.c", good + "Test(pit, mode2_reloads_on_zero)\n{\n}\n"),
        ("tests/unit/pit/b.c", good), ("tests/stray/a.c", good),
        ("tests/unit/pit/CMakeLists.txt", "ringside_test(pit SOURCES a.c gone.c)\n"),
    ]:
        planted = dict(files)
        planted[path] = text
        assert check(Tree.of(planted)), (path, text)
