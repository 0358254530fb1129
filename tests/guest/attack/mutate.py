#!/usr/bin/env python3
"""Makes copies of source files in which single checks can be switched off by number.

  mutate.py TABLE ROOT OUT     writes OUT/<path> for each file of the table, and OUT/mutants.h
  mutate.py --files TABLE      prints the files, for CMake

The table: `@ name path` begins a mutant, then lines with `-` (what stands in the file, once) and `+` (what stands there
instead; MUTANT in it is true while this mutant is on). Leading blanks of a line do not count. Several blocks may follow
one name, also in other files: `@@ path` goes on with another place. A `-` text that is not there exactly once makes the
mutant stale: mutants.h names it and the test fails, so that a table that lags behind the source breaks no build.
"""
import pathlib
import re
import sys


def read_table(path):
    """[(name, [(file, old lines, new lines)])]"""
    mutants, place = [], None
    for number, line in enumerate(pathlib.Path(path).read_text().split("\n"), 1):
        if line.startswith("@@ "):
            place = (line[3:].strip(), [], [])
            mutants[-1][1].append(place)
        elif line.startswith("@ "):
            name, file = line[2:].split()
            place = (file, [], [])
            mutants.append((name, [place]))
        elif line.startswith("-") and place:
            place[1].append(line[1:].strip())
        elif line.startswith("+") and place:
            place[2].append(line[1:].strip())
        elif line.strip() and not line.startswith("#"):
            sys.exit(f"{path}:{number}: neither @, -, + nor #: {line}")
    names = [name for name, _ in mutants]
    for name in names:
        if names.count(name) > 1:
            sys.exit(f"{path}: {name} is there twice")
    return mutants


def pattern(lines):
    """Matches the lines however they are indented and wrapped."""
    words = " ".join(lines).split()
    return re.compile(r"\s+".join(re.escape(word) for word in words))


def apply(text, old, new, number, where):
    found = list(pattern(old).finditer(text))
    if len(found) != 1:
        print(f"{where}: stands {len(found)} times in the source: {' '.join(old)}")
        return None
    body = re.sub(r"\bMUTANT\b", f"(mutant_on == {number})", "\n".join(new))
    return text[: found[0].start()] + body + text[found[0].end():]


def quote(name):
    return f'    "{name}",\n'


def main():
    if sys.argv[1] == "--files":
        print(";".join(sorted({file for _, places in read_table(sys.argv[2]) for file, _, _ in places})), end="")
        return
    table, root, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    mutants, texts, stale = read_table(table), {}, []
    for number, (name, places) in enumerate(mutants, 1):
        for file, old, new in places:
            texts.setdefault(file, (root / file).read_text())
            changed = apply(texts[file], old, new, number, f"{name}: {file}")
            if changed is None:
                stale.append(name)
            texts[file] = changed or texts[file]
    for file, text in texts.items():
        target = out / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("extern int mutant_on;\n" + text)
    names = "".join(quote(name) for name, _ in mutants)
    (out / "mutants.h").write_text("/* Made by mutate.py: the mutants in order; number 1 is the first. */\n"
                                   f"static const char *const mutant_names[] = {{\n{names}}};\n"
                                   "/* Those whose place in the source is not found; ends with an empty one. */\n"
                                   f"static const char *const mutants_stale[] = {{\n{''.join(map(quote, stale))}    \"\",\n}};\n")


main()
