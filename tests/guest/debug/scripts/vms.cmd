# options: --mode trap --vms 2 --run "echo hi; halt"
# A breakpoint is met in every guest; steps of one guest are its own.
break kmain
#> Breakpoint 1: break 0x\w+ kmain, [^ ]+ line \d+$
continue
#> ^vm0 0x\w+ in kmain,
continue
#> ^vm1 0x\w+ in kmain,
step vm 2
#> ^vm1 0x\w+ in kmain\+
step line
#> ^vm1 0x\w+ in kprintf
finish
#> ^vm1 0x\w+ in kmain\+
next
#> ^vm1 0x\w+ in
vm 0
step vm
#> ^vm0
vm
#> vm 0 of 2
delete
break proc_create vm 1
#> proc_create, .* vm 1$
catch trap 14 vm 1 if cpl == 0
#> catch trap 14 vm 1 if cpl == 0
info break
#> proc_create, .* vm 1$
break kmain vm 5
#> vm 5: there are 2
continue
#> ^vm1 0x\w+ in proc_create,
print vm
#> vm = 1
delete
continue
#> ^vm\d: hi$
#> ^vm\d: hi$
#> The guest halted with 0
