"""Guest-chosen numbers reach RAM, frames and tables through checked accessors: raw indexing stands in few files.

No compiler and no analyser sees an index that a guest chose and nobody checked; so the places where one could stand are kept
few enough to be read.
"""
import re

from tree import Tree, strip_comments

# What is indexed raw, and the files that may: each bounds its index, or holds an address that was translated and checked.
RAW = [
    (re.compile(r"\bram(?:\.|->)bytes\b"), "RAM (ram_read, ram_copy_out...)",
     {"sim/include/sim/mem.h", "sim/mem/ram.c", "sim/mmu/tlb.c", "sim/cpu/cache.c", "sim/cpu/hw_ops.c"}),
    (re.compile(r"->frames\["), "a frame (frame_of)", {"hv/mmu/frames.c", "hv/mmu/p2m.c", "hv/mmu/shadow_slot.c",
                                                       "hv/mmu/pv_direct.c", "hv/pv/audit.c"}),
    (re.compile(r"\bp2m\["), "the p2m (hv/include/hv/mmu.h)", {"hv/mmu/p2m.c", "hv/mmu/shadow_write.c", "hv/pv/builder.c",
                                                                   "hv/pv/hypercalls_mmu.c", "hv/core/saved_check.c"}),
]


def check(tree):
    wrong = []
    for path in tree.below("sim", "hv", "cli", ends=(".c", ".h")):
        for number, line in enumerate(strip_comments(tree.text(path)).split("\n"), 1):
            for pattern, what, allowed in RAW:
                if pattern.search(line) and path not in allowed:
                    wrong.append(f"{path}:{number}: indexes {what} by hand")
    return wrong


def self_test():
    files = {"sim/mem/ram.c": "x = ram->bytes[pa];\n", "hv/a.c": "/* ram->bytes[i] */ frame_of(hv, n); buf.bytes[1];\n"}
    assert check(Tree.of(files)) == []
    for path, text in [("hv/b.c", "x = vm->hv->machine->ram.bytes[gpa];\n"), ("sim/dev/b.c", "p = m->ram->bytes + n;\n"),
                       ("hv/pv/b.c", "hv->frames[mfn].type = 1;\n"), ("cli/b.c", "vm->p2m[g].mfn\n")]:
        planted = dict(files)
        planted[path] = text
        assert len(check(Tree.of(planted))) == 1, (path, text)
