"""One table per fact: what a table says stands nowhere else as a number or a name of its own."""
import re

from tables import rows
from tree import Tree, strip_comments

BOARD = "sim/include/sim/abi/board.h"
# Ports and addresses that mean nothing else; 40h or 61h would be found by chance.
TELLING = re.compile(r"0x(?:[0-9a-f]{3,8})", re.I)

# Names that have a table: nobody writes them as a string again. (table, row macro)
NAMED = [("hv/include/hv/exit.def", "EXIT"), ("sim/include/sim/cost.def", "COST"), ("hv/include/hv/cost.def", "HV_COST"),
         ("sim/include/sim/bucket.def", "BUCKET")]
# Words so common that a string may hold just them (a bucket `idle`, a key `decode`).
COMMON = {"idle", "decode", "emulate", "memory", "device", "inject", "schedule", "cpuid", "rdtsc", "hlt", "invlpg", "HLT",
          "CPUID", "INVLPG", "hypercall"}


def board_numbers(tree):
    """{number: name} of the board's ports and addresses that are telling."""
    numbers = {}
    for name, digits in re.findall(r"^#define (BOARD_\w+PORT|BOARD_\w*APIC_BASE|BOARD_VGA\w*BASE) (0x[0-9a-fA-F]+)u?\b", tree.text(BOARD), re.M):
        value = int(digits, 16)
        if value >= 0x3f0 or value in (0x1f0,):
            numbers[value] = name
    return numbers


def check(tree):
    wrong = []
    numbers = board_numbers(tree) if tree.exists(BOARD) else {}
    for path in tree.below("sim", "hv", "guest-os", "cli"):
        if path == BOARD:
            continue
        for number, line in enumerate(strip_comments(tree.text(path)).split("\n"), 1):
            for digits in TELLING.findall(line):
                if int(digits, 16) in numbers:
                    wrong.append(f"{path}:{number}: {digits} is {numbers[int(digits, 16)]}")
    names = {a[0] for table, macro in NAMED if tree.exists(table) for m, a in rows(tree.text(table)) if m == macro}
    names -= COMMON
    for path in tree.below("sim", "hv", "cli", ends=(".c", ".h")):
        for number, line in enumerate(tree.lines(path), 1):
            for word in re.findall(r'"(\w+)"', line):
                if word in names:
                    wrong.append(f'{path}:{number}: "{word}" is a row of a table; ask the table')
    return wrong


def self_test():
    files = {BOARD: "#define BOARD_COM1_PORT 0x3f8 /* 16550 */\n#define BOARD_PIT_PORT 0x040\n#define BOARD_PIT_HZ 0x3f9\n",
             "hv/include/hv/exit.def": '/* */\nEXIT(CR_ACCESS, "x")\nEXIT(HLT, "y")\n',
             "sim/a.c": '/* 0x3f8 */ int x = 0x40; int y = BOARD_COM1_PORT; int z = 0x3f9; const char *s = "CR_ACCESS is";\n'}
    assert check(Tree.of(files)) == [], check(Tree.of(files))
    for path, text in [("sim/b.c", "int x = 0x3f8;\n"), ("guest-os/b.c", "outb(0x3F8, 1);\n"),
                       ("cli/b.c", 'if (!strcmp(name, "CR_ACCESS"))\n')]:
        planted = dict(files)
        planted[path] = text
        assert check(Tree.of(planted)), (path, text)
