# server: debug --run "echo hi"
break kmain
continue
# expect: kmain
stepi
p $insn
# expect: \$1 = \d+
disconnect
# client: who finds everything as it was left
p $pc
# expect: <kmain\+\d+>
# The first one's breakpoint is gone: nothing stops before the end.
reverse-stepi 2
continue
# expect: The guest halted with 0
detach
# expect: detached
# client: who comes after the end
tbreak kmain
reverse-continue
# expect: kmain
kill
# expect: killed
# status: 0
