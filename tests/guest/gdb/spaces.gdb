# server: debug --run "echo hi | wc"
# Breakpoints in one address space: by gdb's condition, and by the debugger's point.
python
def cr3():
    return int(gdb.parse_and_eval("$cr3")) & 0xffffffff
def hits():
    """CR3 at each stop until the guest ends."""
    met = []
    while True:
        gdb.execute("continue", to_string=True)
        if gdb.selected_frame().name() != "trap_syscall":
            return met
        met.append(cr3())
def again():
    gdb.execute("delete")
    gdb.execute("monitor delete")
    gdb.execute("monitor goto insn 1000", to_string=True)
    gdb.execute("maintenance flush register-cache")
def compare(how):
    met, wanted = hits(), [at for at in all if at == all[-1]]
    print(how, "only that one" if met == wanted else (met, wanted))
end
break trap_syscall
python all = hits()
python print(len(set(all)), "spaces call")
# expect: ^[2-9] spaces call
python again()
python gdb.execute("break trap_syscall if $cr3 == 0x%x" % all[-1])
python compare("gdb:")
# expect: ^gdb: only that one
python again()
python gdb.execute("monitor break trap_syscall cr3 0x%x" % all[-1])
python compare("monitor:")
# expect: ^monitor: only that one
python again()
python print("none is left" if hits() == [] else "some are left")
# expect: none is left
