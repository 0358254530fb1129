# server: debug --run "echo hi"
break kmain
continue
delete
watch last_pid
# expect: Hardware watchpoint 2: last_pid
continue
# expect: Old value = 0
# expect: New value = 1
# expect: proc_create
python first = int(gdb.parse_and_eval("$insn"))
continue
# expect: Old value = 1
# expect: New value = 2
python second = int(gdb.parse_and_eval("$insn"))
# Backwards it stops where the store is undone.
reverse-continue
# expect: Old value = 2
# expect: New value = 1
python print("just before" if int(gdb.parse_and_eval("$insn")) == second - 1 else "elsewhere")
# expect: just before
reverse-continue
# expect: Old value = 1
# expect: New value = 0
python print("before the first" if int(gdb.parse_and_eval("$insn")) == first - 1 else "elsewhere")
# expect: before the first
delete
rwatch last_pid
continue
# expect: Hardware read watchpoint 3: last_pid
# expect: Value = 
delete
awatch procs[0]
continue
# expect: Hardware access \(read/write\) watchpoint 4: procs\[0\]
