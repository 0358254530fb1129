# Trees of processes and copy-on-write.
forktree 0
forktree 1
forktree 3
forktree 5
forkwait 30
fork 10
exec 5
forktree 4
ps
halt
