# server: run -S --run "sieve 100000"
break kmain
continue
delete
python
import os, threading
threading.Timer(1.0, lambda: os.kill(os.getpid(), 2)).start()
end
continue
# expect: Program received signal SIGINT
p $insn > 1000000 && $cpl == 3
# expect: = 1
python here = int(gdb.parse_and_eval("$insn"))
reverse-stepi
python print("one back" if int(gdb.parse_and_eval("$insn")) == here - 1 else "elsewhere")
# expect: one back
detach
# expect: detached
# client: who comes to a running guest
# The coming stops it, later than it was left.
p $insn > 1000000
# expect: = 1
kill
# expect: killed
# status: 0
