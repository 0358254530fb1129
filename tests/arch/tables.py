"""The .def tables: well-formed, without doubles, used, sorted where they say so; profiles price every cost key."""
import json
import re

from tree import Tree, strip_comments

ROW = re.compile(r"^([A-Z][A-Z0-9_]*)\(", re.M)
# Section of a profile, the table of its keys.
COST_TABLES = {"hardware": "sim/include/sim/cost.def", "hypervisor": "hv/include/hv/cost.def"}
KINDS = ("published", "derived", "assumed")


def rows(text):
    """(macro, [arguments as written]) of each row of a .def table."""
    blank = strip_comments(text)
    for found in ROW.finditer(blank):
        depth, start, arguments, i = 1, found.end(), [], found.end()
        while depth and i < len(blank):
            c = blank[i]
            depth += (c in "({") - (c in ")}")
            if (c == "," and depth == 1) or not depth:
                arguments.append(text[start:i].strip())
                start = i + 1
            i += 1
        yield found.group(1), arguments


def check_table(tree, path, including):
    text = tree.text(path)
    wrong = []
    if not text.startswith("/*"):
        wrong.append(f"{path}: does not open with a comment that says what a row is")
    table = list(rows(text))
    if not table:
        wrong.append(f"{path}: has no rows")
    for macro in {m for m, _ in table}:
        keys = [a[0] for m, a in table if m == macro]
        lengths = {len(a) for m, a in table if m == macro}
        if len(lengths) > 1:
            wrong.append(f"{path}: rows of {macro} have {sorted(lengths)} columns")
        if not re.search(rf"\b{macro}\b", text[:max(text.find("*/"), 0)]):
            wrong.append(f"{path}: its opening comment does not tell what {macro} is")
        # The key is the first column; the second too of an opcode (insns.def), which has a row for each group member, and
        # where the opening comment says so.
        two = keys[0].startswith("0x") or "Key: the first two columns." in text[:max(text.find("*/"), 0)]
        unique = [", ".join(a[:2]) for m, a in table if m == macro] if two else keys
        wrong += [f"{path}: {macro}({key}) stands there twice" for key in sorted(set(unique)) if unique.count(key) > 1]
        if re.search(r"\bsorted by name\b", text, re.I) and keys != sorted(keys, key=str.lower):
            wrong.append(f"{path}: says that it is sorted by name, and is not")
    name = path.split("/include/")[-1] if "/include/" in path else "/".join(path.split("/")[1:])
    if name not in including and path.split("/")[-1] not in including:
        wrong.append(f"{path}: nobody includes it")
    return wrong


def check_profile(tree, path, keys):
    """Prices of one profile; keys: {section of the profile: names of its table}."""
    try:
        profile = json.loads(tree.text(path))
    except ValueError as error:
        return [f"{path}: {error}"]
    wrong = []
    for section, names in keys.items():
        prices = profile.get(section, {})
        wrong += [f"{path}: has no price for {key}" for key in sorted(names - set(prices))]
        wrong += [f"{path}: prices {key}, which is no key" for key in sorted(set(prices) - names)]
        for key, entry in prices.items():
            if entry.get("kind") not in KINDS or not entry.get("source") or entry.get("value", -1) < 0:
                wrong.append(f"{path}: {key} needs a value, a kind of {', '.join(KINDS)}, and a source")
    return wrong


def check(tree):
    including = set()
    for path in tree.below(ends=(".c", ".h", ".S")):
        including |= set(re.findall(r'#\s*include\s*[<"]([^">]+\.def)[">]', tree.text(path)))
    including |= {name.split("/")[-1] for name in including}
    wrong = []
    for path in tree.below(ends=(".def",)):
        wrong += check_table(tree, path, including)
    keys = {section: {a[0] for _, a in rows(tree.text(path))} for section, path in COST_TABLES.items()}
    for path in tree.below("assets", ends=(".json",)):
        if path.startswith("assets/profiles/") and not path.endswith(".fit.json"):
            wrong += check_profile(tree, path, keys)
    return wrong


def self_test():
    def prices(*entries):
        return ", ".join('"%s": {%s}' % (key, rest or '"value": 1, "kind": "assumed", "source": "s"')
                         for key, rest in entries)

    def profile(hardware, hypervisor=(("h", ""),)):
        return '{"hardware": {%s}, "hypervisor": {%s}}' % (prices(*hardware), prices(*hypervisor))

    both = (("a", ""), ("b", ""))
    files = {
        "sim/include/sim/cost.def": '/* COST(key, "text"), sorted by name */\nCOST(a, "x, (y")\nCOST(b, "z")\n',
        "hv/include/hv/cost.def": "/* HV_COST(key) */\nHV_COST(h)\n",
        "sim/insns.def": "/* INSN(opcode, group) */\nINSN(0x80, 0)\nINSN(0x80, 1)\n",
        "sim/a.c": '#include "sim/cost.def"\n#include "hv/cost.def"\n#include "insns.def"\n',
        "assets/profiles/p.json": profile(both),
    }
    assert check(Tree.of(files)) == [], check(Tree.of(files))
    costs = '/* COST(key, "text") */\n'
    for path, text in [
        ("sim/include/sim/cost.def", '/* COST(key, "text"), sorted by name */\nCOST(b, "x")\nCOST(a, "z")\n'),
        ("sim/include/sim/cost.def", costs + 'COST(a, "x")\nCOST(b, "x")\nCOST(a, "z")\n'),
        ("sim/include/sim/cost.def", costs + 'COST(a, "x")\nCOST(b)\n'),
        ("sim/include/sim/cost.def", 'COST(a, "x")\nCOST(b, "x")\n'),
        ("sim/include/sim/cost.def", "/* A table. */\nCOST(a)\nCOST(b)\n"),
        ("sim/insns.def", "/* INSN(opcode, group) */\nINSN(0x80, 0)\nINSN(0x80, 0)\n"),
        ("sim/unused.def", "/* ROW(a) */\nROW(a)\n"),
        ("sim/empty.def", "/* ROW(a) */\n"),
        ("assets/profiles/p.json", profile(both[:1])),
        ("assets/profiles/p.json", profile(both, ())),
        ("assets/profiles/p.json", profile(both + (("q", ""),))),
        ("assets/profiles/p.json", profile(both, (("h", '"value": -1, "kind": "assumed", "source": "s"'),))),
        ("assets/profiles/p.json", profile(both, (("h", '"value": 1, "kind": "assumed"'),))),
        ("assets/profiles/p.json", profile(both, (("h", '"value": 1, "kind": "guess", "source": "s"'),))),
        ("assets/profiles/p.json", "{"),
    ]:
        planted = dict(files)
        planted[path] = text
        assert check(Tree.of(planted)), (path, text)
