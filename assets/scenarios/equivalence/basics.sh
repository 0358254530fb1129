# Every small program once.
echo hello world
echo
cat /etc/motd /text/numbers
ls /
ls /text /etc
wc /etc/motd /text/numbers /text/rings
hexdump /text/numbers
ps
sleep 30
echo 'quoted   words' "and; these | too" unquoted
cat /no/such/file
nosuchprogram
ls /text/numbers
wc /missing
kill 999
kill nobody
halt
