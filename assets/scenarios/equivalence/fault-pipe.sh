# Faults inside pipes: the neighbours see the end of their input, nothing more.
fault nullptr | cat
echo in | fault divzero | wc
echo out | cat | fault stack
wait
ps
halt
