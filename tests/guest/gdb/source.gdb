# server: debug --run "echo hi"
break kmain
continue
# expect: Breakpoint 1, kmain
backtrace
# expect: #0 +kmain
# expect: #1 .*_start
p $insn > 1000 && $cpl <= 1
# expect: = 1
next
next
# expect: ^\d+\t
step
# expect: \w+ \(
finish
# expect: ^kmain
break proc_create
continue
# expect: Breakpoint 2, proc_create
finish
# expect: Value returned is .*struct proc
reverse-step
reverse-finish
# expect: proc_create
delete
tbreak kmain
reverse-continue
# expect: Temporary breakpoint 3, kmain
# gdb's step and the debugger's step line end at the same instruction, into functions and out of them. Where the
# compiler inlined, gdb stops more often: such steps are made, and not compared.
python
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
        compared = 0
        while compared < int(count):
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
end
agree 150
# expect: 150 lines agree
# The same where interrupts come.
tbreak arch_idle
continue
# expect: arch_idle
agree 60
# expect: 60 lines agree
