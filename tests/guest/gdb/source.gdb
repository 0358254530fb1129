# server: debug --run "echo hi"
break kmain
continue
# expect: Breakpoint 1, kmain
backtrace
# expect: #0 +kmain
# expect: #1 .*_start
p $insn > 1000 && $cpl == 0
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
# What the debugger calls a line is what gdb calls a line, into functions and out of them.
python
class Agree(gdb.Command):
    def __init__(self):
        super().__init__("agree", gdb.COMMAND_USER)
    def insn(self):
        return int(gdb.parse_and_eval("$insn"))
    def invoke(self, count, tty):
        for n in range(int(count)):
            start = self.insn()
            while self.insn() == start: # into an inlined function gdb steps without an instruction
                gdb.execute("step", to_string=True)
            theirs = self.insn()
            gdb.execute("monitor goto insn %d" % start, to_string=True)
            gdb.execute("monitor step line", to_string=True)
            gdb.execute("maintenance flush register-cache", to_string=True)
            if self.insn() != theirs:
                at = gdb.execute("monitor goto insn %d" % theirs, to_string=True)
                raise gdb.GdbError("step %d from insn %d: the debugger is at %d, gdb at %d: %s"
                                   % (n, start, self.insn(), theirs, at))
            gdb.execute("maintenance flush register-cache", to_string=True)
        print("%s lines agree" % count)
Agree()
end
agree 40
# expect: 40 lines agree
