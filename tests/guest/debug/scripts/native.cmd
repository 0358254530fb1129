# options: --mode native --run ls;halt
info exits
#> no hypervisor
break proc_fork if insn > 300000
continue
#> ^Breakpoint 1\.$
#> in proc_fork
print hash
#> ^hash = [0-9a-f]{16}$
delete
goto insn 0
until kprintf
#> in kprintf,
step 3
reverse-finish
#> Next: call
step
#> in kprintf,
tbreak sh:main
continue
#> ^Temporary breakpoint 2\.$
#> in sh:main
info break
#! tbreak
catch trap 14
continue
#> ^Catchpoint 3: vector 14 is delivered to the guest\.$
disable
type "ls\n"
until cycle 20000000
next 3
print insn
#> ^insn = \d+$
