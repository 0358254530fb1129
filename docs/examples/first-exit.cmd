# The first instruction that traps, from the moment the hardware delivers it; then on to the first store to a page
# table, and back to before it. Run it with: ringside debug --mode trap -x docs/examples/first-exit.cmd
echo --- the first exit begins
step exit emulate_privop
echo --- the hypervisor works on it, phase by phase
step phase
step phase
finish
echo --- it is over: its story
info exit
expect reason == emulate_privop && outcome == ADVANCE
echo --- on to the first store to a page table
step exit ptwr_emulation
finish
info exit
expect reason == ptwr_emulation
echo --- and back to before it
back exit
back
print insn
info pt $eip
quit
