# server: debug --run "echo hi"
break kmain
continue
monitor print insn
# expect: ^insn = \d+
monitor print hash
# expect: ^hash = [0-9a-f]{16}$
monitor info exits
# expect: VM-EXIT|no hypervisor to enter
monitor break proc_create
continue
# expect: proc_create
monitor expect insn > 1000
monitor expect insn == 0
# expect: insn
# expect: Protocol error with Rcmd
# rejects
