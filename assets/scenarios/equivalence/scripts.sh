# The shell reading commands from files, strings and pipes; what it does not understand.
echo "echo from a file; ls /text" > /s.sh
sh /s.sh
sh -c "echo from a string | cat"
echo "what cat reads" | sh -c cat
sh /missing.sh
| wrong
echo a | | wrong
echo 'open quote
echo after the error # and a comment
sh -c "exit 7"; echo status $?
sh -c "fault divzero"; echo status $?
echo $$ $! '$?'
halt 3
