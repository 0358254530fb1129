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
source tests/guest/gdb/agree.py
agree 150
# expect: 150 lines agree
# The same where interrupts come.
tbreak arch_idle
continue
# expect: arch_idle
agree 60
# expect: 60 lines agree
