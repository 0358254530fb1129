# The microbenchmarks of the kernel, with small counts.
null_syscall 50
pagefault 50
mmap 50
protfault 50
divzero 50
ptemod 50
portio 50
callret 50
ctxsw 50
pipe 20
disk 20
idle 3
callret x
halt
