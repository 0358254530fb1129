# server: debug --run "echo hi"
# Interrupts are passed by step, stepi and next, and backwards; exceptions are entered; finish leads out of handlers.
python
import re
def function():
    name = gdb.execute("info symbol $eip", to_string=True).split(" ")[0]
    return "handler" if re.match("entry_|interrupt_|exception_|trap_|irq_|event_", name) else name
def insn():
    return int(gdb.parse_and_eval("$insn"))
class Walk(gdb.Command):
    """walk N COMMAND: does it N times, and says where it came by and whether an interrupt's handler ran meanwhile."""
    def __init__(self):
        super().__init__("walk", gdb.COMMAND_USER)
    def invoke(self, line, tty):
        count, command = line.split(" ", 1)
        before, met = insn(), []
        for _ in range(int(count)):
            gdb.execute(command, to_string=True)
            met += [function()] if function() not in met else []
        print("met", *met, "- more than it stepped" if abs(insn() - before) > 300 else "- just that")
Walk()
end
break arch_idle
continue
# expect: Breakpoint 1, arch_idle
delete
python there = insn()
walk 16 stepi
# expect: ^met arch_idle schedule - more than it stepped
walk 16 reverse-stepi
# expect: ^met (schedule )?arch_idle - more than it stepped
python print("back where it began" if insn() == there else "elsewhere")
# expect: back where it began
walk 20 step
# expect: ^met ([a-gi-z]\w+ )*- more than it stepped
tbreak arch_idle
reverse-continue
# expect: arch_idle
walk 20 next
# expect: ^met (arch_idle )?([a-gi-z]\w+ )*- more than it stepped
walk 20 reverse-next
# expect: ^met ([a-gi-z]\w+ )*- more than it stepped
# A handler is entered by a breakpoint or catch, and finish leads out of it.
python
class Leave(gdb.Command):
    """leave: finish, until there are no handlers left; says where that is."""
    def __init__(self):
        super().__init__("leave", gdb.COMMAND_USER)
    def invoke(self, line, tty):
        for _ in range(5):
            if function() == "handler":
                gdb.execute("monitor finish", to_string=True)
                gdb.execute("maintenance flush register-cache", to_string=True)
        print("left to", function(), "in ring", int(gdb.parse_and_eval("$cpl")))
Leave()
end
monitor catch trap if access == 0
continue
# expect: is delivered to the guest
python print("in a", function())
# expect: in a handler
stepi 12
leave
# expect: ^left to arch_idle in ring [01]
monitor delete
monitor catch trap 14
continue
# expect: vector 14 is delivered to the guest
stepi 4
leave
# expect: ^left to .* in ring [013]
monitor delete
monitor catch trap 0x80
continue
# expect: vector 128 is delivered to the guest
leave
# expect: ^left to .* in ring 3
monitor delete
# gdb's own backtrace and finish lead out of handlers too: out of a fault's to the program, out of an interrupt's to the kernel.
tbreak trap_exception
python gdb.execute("monitor goto insn 1000", to_string=True); gdb.execute("maintenance flush register-cache")
continue
# expect: Temporary breakpoint 3, trap_exception
backtrace
# expect: ^#1 .* exception_entry \(\)
# expect: ^#2 +0x004[0-9a-f]{5} in \?\? \(\)
finish
# expect: exception_entry \(\)
finish
# expect: 0x004[0-9a-f]{5} in \?\?
python print("in ring", int(gdb.parse_and_eval("$cpl")))
# expect: ^in ring 3
python
name = "event_dispatch" if gdb.lookup_global_symbol("event_dispatch") else "irq_dispatch"
gdb.execute("break " + name)
for _ in range(200):
    gdb.execute("continue", to_string=True)
    frames, frame = [], gdb.newest_frame()
    while frame:
        frames.append(frame.name())
        frame = frame.older()
    if "arch_idle" in frames:
        break
print("interrupted:", *frames)
end
# expect: ^interrupted: (irq|event)_dispatch interrupt_entry (hypercall )?arch_idle .*schedule .*proc_exec sys_exec trap_syscall entry_syscall None
delete
finish
# expect: interrupt_entry \(\)
finish
# expect: arch_idle \(\)
up
# expect: schedule|take_ready
