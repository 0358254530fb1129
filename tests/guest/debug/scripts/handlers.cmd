# options: --mode pv --run "echo hi; halt"
# Interrupts are passed by next and by steps of the guest's own, both ways; finish leads out of handlers.
catch trap if access == 0
continue
#> an event is delivered to the guest
#> in entry_event
step 12
finish
#> in arch_idle
reverse-finish
#> in
delete
tbreak arch_idle
continue
#> in arch_idle,
next
next
next
next
next
#! entry_|interrupt_|event_
step vm 20
#! entry_|interrupt_|event_
back vm 20
#! entry_|interrupt_|event_
catch trap 14
continue
#> vector 14 is delivered to the guest
#> in entry_14
step 5
finish
#> ring 3
back
#! entry_14
