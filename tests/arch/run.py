#!/usr/bin/env python3
"""The house's rules, checked.

  run.py CHECK              0: the repository keeps the rule; 1: each violation on a line
  run.py --self-test CHECK  0: the check finds every violation planted in made-up trees
  run.py --list             the checks
"""
import importlib
import os
import sys

sys.dont_write_bytecode = True
CHECKS = ["layers", "symbols", "tables", "documents", "habits", "names", "deviations", "facts", "accessors", "keys", "unused", "circles"]


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(CHECKS))
        return 0
    self_test = arguments[:1] == ["--self-test"]
    name = arguments[-1] if arguments else ""
    if name not in CHECKS:
        print(__doc__, file=sys.stderr)
        return 2
    module = importlib.import_module(name)
    if self_test:
        module.self_test()
        print(f"{name}: finds what was planted")
        return 0
    from tree import Tree
    root = os.environ.get("RINGSIDE_SOURCE_DIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    wrong = module.check(Tree(os.path.abspath(root)))
    print("\n".join(wrong) or f"{name}: kept")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1:]))
