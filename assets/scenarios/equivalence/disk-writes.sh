# Much written to the disk: many clusters, overwritten and freed again.
mkdir /w
cat /bin/sh /bin/cat /bin/ls /bin/wc > /w/big
cat /w/big /w/big > /w/bigger
wc /w/big /w/bigger
cat /w/bigger | hexdump > /w/dump
wc /w/dump
rm /w/big
cat /w/dump > /w/again
wc /w/again
echo tail >> /w/again
rm /w/dump
ls /w
cat /bin/echo > /w/echo2
/w/echo2 a copied program runs
rm /bin/null_syscall
null_syscall
halt
