# options: --mode trap --cpu classic --run "halt"
# What happened and what has not, also in the very cycle of a stop, and in another future.
catch silent
continue
#> Catchpoint 1: a sensitive instruction does something else
expect count(silent) == 1
#! .
back
expect never(silent)
#! .
step
expect count(silent) == 1
#! .
delete
goto exit 50
finish
mark early
#! .
goto exit 120
finish
#> ^Position: insn \d+, cycle \d+, exit 120$
expect count(exit) == 119
#! .
mark late
#! .
goto mark early
info marks
#> early: insn
#> late: insn
set ebp = ebp
info marks
#> early: insn
#! late
goto mark late
#> no such mark
goto exit 120
finish
#> ^Position: insn \d+, cycle \d+, exit 120$
expect count(exit) == 119
#! .
info events 1 exit
#> exit=119 
# Points keep their numbers and their programs in another session.
break kmain
break sh:main
condition 3 eax != 0x12345
#! .
tbreak init:main
delete 2
info break
#> ^ +3 +0 +stops +break 0x[0-9a-f]+ sh:main, .* if eax != 0x12345$
#> ^ +4 +0 +stops +tbreak 0x[0-9a-f]+ init:main
# gdb's words.
until kmain
list
#> ^42\t
#> ^47\t +kprintf\("Bantam 1.0
#> ^51\t
#! ^52\t
l
#> ^52\t
#> ^61\t
list sys_write
#> ^\d+\t.*sys_write
list main.c:20
#> ^15\t
#> ^20\t
list nothing_there
#> no register, field, constant or symbol
info registers $eip cpl
#> ^\$eip = 0x[0-9a-f]+\ncpl = 0$
info reg flying
#> no register
hbreak kmain
#> ^Breakpoint \d+: break 0x[0-9a-f]+ kmain
