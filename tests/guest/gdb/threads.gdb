# server: debug --vms 2 --run "sieve 200"
info threads
# expect: 1 .*VM 0
# expect: 2 .*VM 1
break kmain
continue
# expect: Thread 1 hit Breakpoint 1, kmain
continue
# expect: Thread 2 hit Breakpoint 1, kmain
thread 1
# expect: Switching to thread 1
python other = int(gdb.parse_and_eval("$eip"))
thread 2
source tests/guest/gdb/agree.py
agree 40
# expect: 40 lines agree
python print("of thread", gdb.selected_thread().num)
# expect: of thread 2
thread 1
python other = int(gdb.parse_and_eval("$eip"))
thread 2
python before = int(gdb.parse_and_eval("$eip"))
stepi
python print("it stepped" if int(gdb.parse_and_eval("$eip")) != before and gdb.selected_thread().num == 2 else "it did not")
# expect: it stepped
thread 1
python print("the other stood" if int(gdb.parse_and_eval("$eip")) == other else "the other moved")
# expect: the other stood
stepi
python print("thread", gdb.selected_thread().num)
# expect: thread 1
delete
break arch_exit thread 2
thread 1
continue
# expect: Thread 2 hit Breakpoint 2, arch_exit
