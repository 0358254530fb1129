# options: --mode trap --run halt
print insn
#> ^insn = 0$
step
#> boot_entry
#> Next:
#> ^Position: insn 1,
step 41
#> insn 42,
print insn
#> ^insn = 42$
print hash
#> ^hash = [0-9a-f]{16}$
back 2
#> insn 40,
si 2
#> insn 42,
stepi
#> insn 43,
rs
#> insn 42,
break kmain
#> ^Breakpoint 1: break 0xc[0-9a-f]{7} kmain, guest-os/kernel/main.c line \d+$
continue
#> ^Breakpoint 1\.$
#> in kmain, guest-os/kernel/main.c line \d+, ring 0\. Next: \w
expect eip == kmain
#! .
bt
#> ^#0 0x[0-9a-f]+ in kmain
#> ^#1 0x[0-9a-f]+ in native_start
info line
#> ^guest-os/kernel/main.c line \d+: 0x[0-9a-f]+ to 0x[0-9a-f]+, kmain$
#> ^\d+\t
delete
until kprintf
#> in kprintf,
finish
#> in kmain\+
reverse-until kmain
#> in kmain,
next
#> in kmain\+
reverse-next
#> in kmain,
step line
#> in kprintf,
step line
#> in kprintf\+
bt
#> ^#0 .* in kprintf
#> ^#1 .* in kmain
back line
#> in kprintf,
reverse-finish
#> in kmain.* Next: call
goto insn 5000
#> insn 5000,
goto insn 100
#> insn 100,
until insn 200
#> insn 200,
reverse-until insn 150
#> insn 150,
until cycle 20000
#> Position: insn \d+, cycle 2\d{4},
goto exit 5
#> exit 5, phase 0
until exit 7
#> exit 7, phase 0
c
#> The guest halted with 0
reverse-continue
#> beginning
print insn
#> ^insn = 0$
