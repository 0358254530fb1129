# server: debug --run "echo hi"
break kmain
continue
x/1xw kmain
# expect: <kmain>:\s+0x
python code = int(gdb.parse_and_eval("*(unsigned *)kmain")) & 0xffffffff
python physical = int(gdb.parse_and_eval("(unsigned)kmain")) - 0xc0000000
python word = lambda at: int.from_bytes(gdb.selected_inferior().read_memory(at, 4), "little")
maintenance packet Qqemu.PhyMemMode:1
# expect: received: "OK"
python print("physical memory agrees" if word(physical) == code else "differs")
# expect: physical memory agrees
maintenance packet Qqemu.PhyMemMode:0
monitor space cr3
# expect: memory is read through the page tables at 0x
python gdb.execute("maintenance flush dcache", to_string=True); print("other tables agree" if word(physical + 0xc0000000) == code else "differs")
# expect: other tables agree
monitor space current
# expect: memory is read in the current space
set var $eax = 77
set var last_pid = 41
p $eax + last_pid
# expect: = 118
# The system registers are there, to be read.
p $cr3 != 0 && $cr0 != 0 && $cpl <= 1
# expect: = 1
p $st0
# expect: <unavailable>
x/1xw 0xf0000000
# expect: Cannot access memory at address 0xf0000000
# rejects
