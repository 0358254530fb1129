"""Which sources need each other in a circle, asked of the compiled archives: none but those that say why.

A table of functions and the functions in it are such a circle by nature; everything else is a file with two ideas. Within an
archive only: between folders see layers.
"""
import os
import re
import tempfile

from symbols import compiled
from tree import run

ARCHIVES = {"sim": "sim/libsim.a", "hv": "hv/libhv.a", "visualizer": "visualizer/libvisualizer.a",
            "cli": "cli/libringside_cli.a"}

# Circles that stay. Members of one may be fewer than listed here, never more.
STAY = [
    # The interpreter: a decoded instruction holds its handler, handlers decode, fetch, fault and deliver.
    {"sim: " + name + ".c.o" for name in """cache control_register cpu debug decode event event_combine exec exec_alu
     exec_atomic exec_bcd exec_bits exec_branch exec_control exec_flags exec_interrupt exec_interrupt_flag exec_io exec_move
     exec_mul exec_processor exec_segment exec_selector exec_shift exec_stack exec_string exec_table far far_gate flags frame
     insns iret memory probe segment sensitive tlb transfer""".split()},
    # One chip in two files: commands and their effects, the timer and what it raises.
    {"sim: ide.c.o", "sim: ide_command.c.o"},
    {"sim: lapic.c.o", "sim: lapic_timer.c.o"},
    # Tracing a table's page, and a write to a traced page.
    {"hv: shadow.c.o", "hv: shadow_write.c.o"},
    # A ring's notification is an event, and an event notifies a ring.
    {"hv: events.c.o", "hv: rings.c.o"},
    # The verbs' table lists help; help lists the verbs.
    {"cli: dispatch.c.o", "cli: help.c.o"},
]


def members(text):
    """Of an archive's nm: (name, defined, needed), a row a member; names may come twice."""
    rows = []
    for line in text.splitlines():
        header = re.match(r"(?:.*\[)?([\w.+-]+\.o)\]?:$", line)
        if header:
            rows.append((header.group(1), set(), set()))
            continue
        parts = line.split()
        if rows and len(parts) == 2 and parts[0] == "U":
            rows[-1][2].add(parts[1])
        elif rows and len(parts) == 3 and parts[1] in "TDBRVW":
            rows[-1][1].add(parts[2])
    return rows


def needs(rows):
    owner = {name: i for i, (_, defined, _) in enumerate(rows) for name in defined}
    return [{owner[name] for name in wanted if name in owner and owner[name] != i}
            for i, (_, _, wanted) in enumerate(rows)]


def circles(edges):
    """Sets of more than one node that reach each other (Tarjan, without recursion)."""
    index, low, stack, on, found = {}, {}, [], set(), []
    for start in range(len(edges)):
        if start in index:
            continue
        work = [(start, iter(sorted(edges[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on.add(start)
        while work:
            node, rest = work[-1]
            child = next(rest, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    one = set()
                    while node not in one:
                        one.add(stack.pop())
                    on -= one
                    if len(one) > 1:
                        found.append(one)
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                on.add(child)
                work.append((child, iter(sorted(edges[child]))))
            elif child in on:
                low[node] = min(low[node], index[child])
    return found


def check_archive(folder, archive, stay):
    rows = members(run("nm", archive))
    edges = needs(rows)
    wrong = []
    for circle in circles(edges):
        names = {f"{folder}: {rows[i][0]}" for i in circle}
        if any(names <= allowed for allowed in stay):
            continue
        wrong.append(f"{folder}: a circle of {len(circle)} files:")
        for i in sorted(circle, key=lambda i: rows[i][0]):
            for j in sorted(edges[i] & circle, key=lambda j: rows[j][0]):
                what = " ".join(sorted(rows[i][2] & rows[j][1])[:4])
                wrong.append(f"  {rows[i][0]} needs {what} of {rows[j][0]}")
    return wrong


def check(tree):
    build = os.environ["RINGSIDE_BUILD_DIR"]
    wrong = []
    for folder, name in ARCHIVES.items():
        archive = os.path.join(build, name)
        wrong += check_archive(folder, archive, STAY) if os.path.exists(archive) else [f"{archive} was not built"]
    return wrong


def archive_of(folder, sources):
    objects = []
    for name, text in sources.items():
        compiled(folder, text)
        os.rename(os.path.join(folder, "planted.o"), os.path.join(folder, name + ".c.o"))
        objects.append(os.path.join(folder, name + ".c.o"))
    archive = os.path.join(folder, "libplanted.a")
    os.remove(archive)
    run("ar", "rcs", archive, *objects)
    return archive


def self_test():
    a = "int b(void); int a(void); int a(void) { return b(); }\n"
    b_back = "int a(void); int b(void); int b(void) { return a(); }\n"
    b_plain = "int b(void); int b(void) { return 1; }\n"
    c = "int a(void); int c(void); int c(void) { return a() + 1; }\n"
    with tempfile.TemporaryDirectory() as folder:
        def wrong(sources, stay=()):
            return check_archive("planted", archive_of(folder, sources), list(stay))

        assert wrong({"a": a, "b": b_plain, "c": c}) == []
        assert wrong({"a": a, "b": b_back, "c": c})
        assert wrong({"a": a, "b": b_back}, [{"planted: a.c.o", "planted: b.c.o"}]) == []
        assert wrong({"a": a, "b": "int c(void); int b(void); int b(void) { return c(); }\n", "c": c},
                     [{"planted: a.c.o", "planted: b.c.o"}]), "a circle that grew"
        assert wrong({"a": a, "b": "extern int (*const table[])(void); int b(void); int b(void) { return table[0](); }\n",
                      "t": "int a(void); extern int (*const table[])(void);\n"
                           "int (*const table[])(void) = {a};\n"}), "through a table"
