# options: --mode trap --run ls;halt
break sh:main
#> ^Breakpoint 1: break 0x[0-9a-f]{8} sh:main
continue
#> ^Breakpoint 1\.$
#> in sh:main, .*ring 3
info symbol kmain
#> ^kmain is at 0xc[0-9a-f]{7}, \d+ bytes, a function$
info symbol kmain+3
#> is kmain\+0x3$
info regs
#> ^eax 0x[0-9a-f]{8}
#> ring 3
x/2xw current
#> ^0x[0-9a-f]{8} <current>: 0x[0-9a-f]{8} 0x[0-9a-f]{8}$
x/2i kmain
#> ^0x[0-9a-f]{8} <kmain>: \w+
#> <kmain\+0x
x/4xb kmain
#> : 0x[0-9a-f]{2} 0x[0-9a-f]{2} 0x[0-9a-f]{2} 0x[0-9a-f]{2}$
print/d 7*6
#> ^7\*6 = 42$
p/t 5
#> ^5 = 101$
p $eip
#> ^\$eip = 0x[0-9a-f]+$
info pt eip
#> ^Directory entry \d+ at guest physical
#> ^Table entry \d+
#> is at guest physical 0x
info shadow eip
#> ^Shadow root: machine 0x
#> is at machine 0x
info p2m 0x101000
#> ^Guest physical 0x00101000: RAM, machine 0x
info frames
#> ^vm0 +plain +16384$
info tlb
#> translations held
info idt 128
#> ^ +128  trap gate +3  0008:[0-9a-f]{8} entry_syscall$
info gdt
#> ^ +0x0008  code, readable +0
info tss
#> ring 0 stack 0010:
info irq
#> ^pic8259 0$
info devices uart16550
#> ^uart16550 0$
#! ^pic8259
watch current
#> ^Watchpoint 2: watch 0x[0-9a-f]+ current, 4 bytes$
rcontinue
#> ^Watchpoint 2: 4 bytes at 0x[0-9a-f]+ \(current\) written: 0x[0-9a-f]+ became 0x
#> in schedule
disable
who wrote current
#> was last written by what comes next here
#> Next: mov \[0x[0-9A-F]+\]
disassemble
#> ^=> 0x[0-9a-f]+ <\w+(\+0x[0-9a-f]+)?>: mov \[0x[0-9A-F]+\]
set eax = 0x1234
print eax
#> ^eax = 0x1234$
set w[esp-8] = 0xbeef
print w[esp-8]
#> = 0xbeef$
print 0xffff & d[esp-8]
#> = 0xbeef$
info snapshots
#> ^ +0 +0 +0 +0
stat
#> ^exits \d+
mark before
info marks
#> ^before: insn \d+
step 10
goto mark before
expect eax == 0x1234
#! .
explain popf
#> ^popf: instruction
