#!/usr/bin/env bash
# What one build records and saves, the other replays and restores to the same states: other_build.sh PROGRAM PROGRAM
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf -- "$folder"' EXIT
for pair in "$1|$2" "$2|$1"; do
    "${pair%|*}" record "$folder" || { echo "${pair%|*} cannot record" && exit 1; }
    said=$("${pair#*|}" replay "$folder") || { echo "${pair#*|} cannot replay: $said" && exit 1; }
    printf '%s\n' "$said"
    [ "$(printf '%s\n' "$said" | wc -l)" = 6 ] || { echo "six runs were due" && exit 1; }
done
