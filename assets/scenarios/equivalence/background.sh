# Processes in the background, waited for or ended.
sleep 20 &
wait
echo waited
sleep 100000 & kill $!; wait
echo gone
echo behind | cat > /behind & wait; cat /behind
sleep 40 & sleep 20 & sleep 30 & wait
ps
halt
