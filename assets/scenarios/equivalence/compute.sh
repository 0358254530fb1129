# Programs that only compute, alone and side by side.
sieve 5
crc 4
matmul 4
qsort 4
sieve 20 | cat
sieve 20 | crc 20 | matmul 20
halt
