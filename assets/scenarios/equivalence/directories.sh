# Directories made, entered, filled and removed.
mkdir /a
mkdir /a/b /a/b/c
mkdir /a
cd /a/b
echo deep > c/file
cat c/file ../b/c/file ./c/../c/file
ls . ..
cd c
ls
cd ../../..
ls /a
rm /a
rm /a/b/c/file
rm /a/b/c /a/b /a
ls /
cd /nowhere
cd /etc/motd
mkdir /waytoolongname
rm /bin/nosuch
halt
