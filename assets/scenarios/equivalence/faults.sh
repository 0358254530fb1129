# Every kind of fault, each told by the kernel, and the system going on.
fault nullptr; echo status $?
fault divzero; echo status $?
fault privileged; echo status $?
fault badsyscall; echo status $?
fault writero; echo status $?
fault stack; echo status $?
fault jump; echo status $?
fault ioport; echo status $?
fault; echo status $?
ps
echo still here
halt
