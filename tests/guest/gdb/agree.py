"""For gdb scripts: `agree N`. gdb's step and the debugger's step line end at the same instruction, N times in a row, into
functions and out of them. Where the compiler inlined, gdb stops more often: such steps are made, and not compared."""
import gdb


class Agree(gdb.Command):
    def __init__(self):
        super().__init__("agree", gdb.COMMAND_USER)
    def insn(self):
        return int(gdb.parse_and_eval("$insn"))
    def monitor(self, line):
        gdb.execute("monitor " + line, to_string=True)
        gdb.execute("maintenance flush register-cache", to_string=True)
    def inlined(self):
        block = gdb.block_for_pc(int(gdb.parse_and_eval("$eip")))
        while block and not block.function:
            block = block.superblock
        return block and not block.superblock.is_static
    def invoke(self, count, tty):
        compared = tries = 0
        while compared < int(count):
            tries += 1
            if tries > 10 * int(count) + 100:
                raise gdb.GdbError("only %d of %d steps could be compared" % (compared, tries))
            start, plain = self.insn(), not self.inlined()
            gdb.execute("step", to_string=True)
            theirs = self.insn()
            if not plain or theirs == start or self.inlined():
                continue
            self.monitor("goto insn %d" % start)
            self.monitor("step line")
            if self.insn() != theirs:
                raise gdb.GdbError("step %d from insn %d: the debugger is at %d, gdb at %d"
                                   % (compared, start, self.insn(), theirs))
            compared += 1
        print("%d lines agree" % compared)


Agree()
