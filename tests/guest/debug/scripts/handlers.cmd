# options: --mode pv --run "echo hi; halt"
# Interrupts are passed by next and by steps of the guest's own, both ways; finish leads out of handlers.
catch trap if access == 0
continue
#> an event is delivered to the guest
#> in entry_event
step 12
finish
#> in arch_idle
reverse-finish
#> in
delete
tbreak arch_idle
continue
#> in arch_idle,
next
next
next
next
next
#! entry_|interrupt_|event_
step vm 20
#! entry_|interrupt_|event_
back vm 20
#! entry_|interrupt_|event_
catch trap 14
continue
#> vector 14 is delivered to the guest
#> in entry_14
step 5
finish
#> ring 3
back
#! entry_14
# The stack is seen through handlers, down to the program.
delete
goto insn 1000
#> insn 1000,
break sys_write
continue
#> in sys_write,
bt
#> ^#0 0x[0-9a-f]+ in sys_write,
#> ^#1 0x[0-9a-f]+ in trap_syscall\+
#> ^#2 0x[0-9a-f]+ in entry_syscall\+0x[0-9a-f]+, guest-os/arch/entry.S line \d+
#> ^#\d 0x[0-9a-f]+ in echo:main\+
#> ^#\d 0x[0-9a-f]+ in echo:_start\+
#> ^Who called that is not known
delete
goto insn 1000
tbreak trap_exception
continue
bt
#> ^#0 0x[0-9a-f]+ in trap_exception,
#> ^#1 0x[0-9a-f]+ in exception_entry\+
#> ^#2 0x[0-9a-f]+ in init:main\+
tbreak event_dispatch
continue
bt
#> ^#0 0x[0-9a-f]+ in event_dispatch,
#> ^#1 0x[0-9a-f]+ in interrupt_entry\+
#> ^#2 0x[0-9a-f]+ in arch_idle\+
#> in schedule\+
#> in entry_syscall\+
#> in init:main\+
