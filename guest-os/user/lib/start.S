/* A program's first instruction: the kernel left argc and argv where main expects them. */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    call main
    movl %eax, %ebx
    xorl %eax, %eax                     /* exit is number 0 */
    int $0x80
