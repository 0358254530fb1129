# Input and output redirected; files made, appended to, shortened.
echo first > /out
cat /out
echo second >> /out
cat < /out
wc < /out > /counts
cat /counts
echo short > /out
cat /out
cat < /out | cat > /copy
hexdump /copy
cat < /missing
echo x > /no/such/dir/file
ls / > /listing
wc /listing
halt
