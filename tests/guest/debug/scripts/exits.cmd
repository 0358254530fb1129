# options: --mode trap --run halt
info exits
#> no exits
step exit
#> ^In exit 1: .* was delivered to the hypervisor, which has done nothing yet\.$
#> phase 0 \(transition_in\)$
info exit
#> ^Exit 1, just begun
#! Decided
step phase
#> phase 1 \(decode\)
back phase
#> phase 0
finish
#> Next:
#! phase
info exit
#> ^Exit 1: \w+
#> ^Why
#> ^CPU
#> ^Decided
#> ^Phases +transition_in
#> together
#> ^Elsewhere
step exit CR_ACCESS
#> ^In exit \d+: #GP
finish
print reason
#> ^reason = CR_ACCESS$
info exit
#> ^Guest now   EIP 00131027
#! later
step
print eip
#> 0x13102a
info exit
#> ^Guest now   EIP 0013102a  ring 0
#> as it is \d+ cycles later; it went on at EIP 00131027
expect reason == CR_ACCESS && outcome == ADVANCE
#! .
step exit ptwr_emulation
#> #PF page fault
finish
info exit
#> ptwr_emulation, store to a traced table
back exit CR_ACCESS
#> ^In exit \d+
info exit 1
#> ^Exit 1:
#! Guest now
info exits
#> ^VM-EXIT +Outcome
#> ^Total samples
info costs
#> ^Key
#> ^fault_deliver
info events 3 exit where reason=IO_INSTRUCTION
#> ^exit vm=0 cycle=\d+ exit=\d+ reason=IO_INSTRUCTION
expect count(exit where reason=CR_ACCESS) >= 1
#! .
expect never(denied)
#! .
trace exit where reason=HLT
catch exit HLT
#> ^Catchpoint 1: catch exit HLT$
continue
#> ^Catchpoint 1: exit \d+ is HLT\.$
print reason
#> ^reason = not known yet$
step phase 3
print reason
#> ^reason = HLT$
catch io 0x1f7 if write==1
continue
#> port 0x1f7, 1 byte written
info break
#> 1 +\d+ +stops +catch exit HLT
#> 2 +1 +stops +catch io 0x1f7 if write==1
delete 1
disable 2
catch mode if cpl == 3
continue
#> Catchpoint 3: from ring 0 to ring 3
