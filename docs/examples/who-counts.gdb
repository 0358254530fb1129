break kmain
continue
watch last_pid
continue
backtrace
reverse-continue
reverse-stepi
monitor step exit CR_ACCESS
maintenance flush register-cache
info registers eip cr3 cpl exit
kill
