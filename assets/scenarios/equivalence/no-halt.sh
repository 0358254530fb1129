# The text ends without halt: the machine stops with 0. Process 1 buries orphans.
sh -c "sleep 20 &"
echo orphaned
sleep 50
ps
