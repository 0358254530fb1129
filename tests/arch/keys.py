"""The table of keys in docs/panel.md is that of visualizer/app/keys.def, and no two rows are one key. `docs/refresh keys`
writes it."""
import re

from tree import Tree

PAGE = "docs/panel.md"
SOURCE = "visualizer/app/keys.def"
ROW = re.compile(r'^KEY\("((?:[^"\\]|\\.)*)", "(\w*)", "([^"]*)", "([^"]*)", "([^"]*)"\)$', re.M)
PART = re.compile(r"(^<!-- keys -->\n).*?(^<!-- end of keys -->$)", re.M | re.S)


SECTION = re.compile(r'^SECTION\("([^"]*)"\)$', re.M)


def sections(tree):
    """(title, text) of each part; the first one has no title if a key stands above all titles."""
    parts = SECTION.split(tree.text(SOURCE))
    return list(zip([""] + parts[1::2], parts[0::2]))


def rows(tree):
    """(key, command, backwards, words) in order, the key with its modifiers as scripts write it."""
    return rows_of(tree.text(SOURCE))


def rows_of(text):
    for key, modifiers, command, backwards, words in ROW.findall(text):
        yield (modifiers + "+" if modifiers else "") + key, command, backwards, words


def table(tree):
    """Keys that do the same stand in one row, at the first one's place."""
    text = "| key | what it does | backwards with Shift |\n|---|---|---|\n"
    for title, part in sections(tree):
        lines = {}
        for key, command, backwards, words in rows_of(part):
            keys, _ = lines.setdefault((command, backwards), ([], words))
            keys.append(f"`{key}`")
        text += f"| **{title}** |  |  |\n" if title else ""
        for (_, backwards), (keys, words) in lines.items():
            text += f"| {' '.join(keys)} | {words} | {'yes' if backwards else ''} |\n"
    return text


def with_table(tree, text):
    return PART.sub(lambda m: m.group(1) + table(tree) + m.group(2), text)


def check(tree):
    if not tree.exists(SOURCE):
        return []
    wrong = []
    seen = set()
    found = list(rows(tree))
    for key, *_ in found:
        if key in seen:
            wrong.append(f"{SOURCE}: {key} stands twice")
        seen.add(key)
    if len(found) != len(re.findall(r"^KEY\(", tree.text(SOURCE), re.M)):
        wrong.append(f"{SOURCE}: a row that is not a row")
    if not tree.exists(PAGE) or not PART.search(tree.text(PAGE)):
        wrong.append(f"{PAGE}: has no table of keys")
    elif with_table(tree, tree.text(PAGE)) != tree.text(PAGE):
        wrong.append(f"{PAGE}: its table of keys is not {SOURCE}'s: run docs/refresh keys")
    return wrong


def self_test():
    source = 'SECTION("Run")\nKEY("s", "", "step", "back", "one step")\nKEY("F11", "", "step", "back", "one step")\n' \
             'SECTION("Window")\nKEY("0", "Ctrl", "text normal", "", "text")\n'
    page = "# A\n<!-- keys -->\n<!-- end of keys -->\nB\n"
    files = {SOURCE: source}
    files[PAGE] = with_table(Tree.of(files), page)
    assert "| **Run** |  |  |\n| `s` `F11` | one step | yes |\n| **Window** |  |  |\n| `Ctrl+0` | text |  |\n" in files[PAGE], \
        files[PAGE]
    assert check(Tree.of(files)) == []
    for path, text in [(SOURCE, source + 'KEY("s", "", "other", "", "x")\n'), (SOURCE, source + 'KEY("x", "", "y", "", "z")\n'),
                       (SOURCE, source + 'KEY("x" "", "y", "", "z")\n'), (PAGE, page), (PAGE, "# A\n")]:
        planted = dict(files)
        planted[path] = text
        assert check(Tree.of(planted)), (path, text)
