/* A program's first instruction: the kernel left argc and argv where main expects them. */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    call main
    pushl %eax
    call exit
