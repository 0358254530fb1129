# server: debug --run "echo hi"
break kmain
continue
stepi
stepi
python here = int(gdb.parse_and_eval("$insn")); pc = int(gdb.parse_and_eval("$eip"))
stepi 100
reverse-stepi 100
python print("same place" if (here, pc) == (int(gdb.parse_and_eval("$insn")), int(gdb.parse_and_eval("$eip"))) else "elsewhere")
# expect: same place
nexti
reverse-nexti
python print("same place again" if here == int(gdb.parse_and_eval("$insn")) else "elsewhere")
# expect: same place again
break kprintf
continue
# expect: Breakpoint 2, kprintf
delete
# The guest's end is a place to go back from.
continue
# expect: The guest halted with 0
# expect: No more reverse-execution history
hbreak kmain
reverse-continue
# expect: Breakpoint 3, kmain
reverse-continue
# expect: No more reverse-execution history
# expect: boot_entry|pv_entry
p $insn
# expect: = 0
