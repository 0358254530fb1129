# Pipes of every length, and pipes that end early.
echo one two three | wc
cat /text/rings | cat | cat | cat | wc
ls /text | hexdump
cat /bin/sh | wc
cat /bin/sh | hexdump | wc
cat /bin/sh /bin/cat /bin/ls | echo early
pipe 50
halt
