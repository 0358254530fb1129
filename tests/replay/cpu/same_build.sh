#!/usr/bin/env bash
# Two programs must print the same, and something: same_build.sh PROGRAM PROGRAM
set -u
one=$("$1") || { echo "$1 failed: $one" && exit 1; }
two=$("$2") || { echo "$2 failed: $two" && exit 1; }
[ "$(printf '%s\n' "$one" | wc -l)" -ge 12 ] || { echo "too few lines: $one" && exit 1; }
printf '%s\n' "$one"
diff <(printf '%s\n' "$one") <(printf '%s\n' "$two") && echo "the same"
