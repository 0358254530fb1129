# options: --mode pv --run ls;halt --accessible
catch hypercall
#> ^Catchpoint 1: catch hypercall$
continue
#> ^Catchpoint 1: 
finish
info exit
#> hypercall, a service asked for by the guest
#! ####
info pt kmain
#> ^In mode pv the guest's tables hold machine frames
#> is at machine 0x
delete
info regs
#> ^eax 0x[0-9a-f]{8}$
#> ^ring 1$
catch mode if cpl == 3
continue
#> to ring 3
delete
continue
#> ^console: 
#> The guest halted with 0
info hypercalls
#> ^Number \d+$
#> ^  Name \w+$
info exits
#> ^hypercall ADVANCE$
#> ^  samples \d+$
expect count(hypercall) > 50
#! .
rcontinue
#> beginning
info irq
#> no interrupt controller: in mode pv events come through channels
# The way back into the kernel is the last instruction of its function: EIP is in the next one already.
catch exit hypercall if number == 23
continue
finish
info exit
#> in return_to_kernel\+0x
#> goes on here
#> number 23, iret
