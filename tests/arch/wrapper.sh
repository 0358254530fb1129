#!/usr/bin/env bash
# tests/tools/run-test fails every kind of program that Criterion, or status 0 alone, would let pass; and passes good ones.
set -u

root=$RINGSIDE_SOURCE_DIR
work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
wrong=0

program() { # NAME FLAGS: compiles what stands on standard input
    cat >"$work/$1.c"
    # shellcheck disable=SC2086 # flags are words
    ${CC:-cc} -g $2 "$work/$1.c" "$root/tests/tools/exit_guard.c" -o "$work/$1" -Wl,--wrap=exit,--wrap=_exit \
        -Wl,--wrap=_Exit,--wrap=quick_exit $(pkg-config --cflags --libs criterion) || wrong=1
}

expect() { # VERDICT KIND NAME
    local verdict=fails
    RINGSIDE_TALLY=$work/tally "$root/tests/tools/run-test" "$2" "$work/$3" >"$work/log" 2>&1 && verdict=passes
    if [ "$verdict" != "$1" ]; then
        printf 'wrong: %s as %s %s\n' "$3" "$2" "$verdict"
        cat "$work/log"
        wrong=1
    fi
}

program good '' <<'END'
#include <criterion/criterion.h>
#include <signal.h>
Test(a, one_is_one) { cr_assert_eq(1, 1); }
Test(a, a_crash_is_expected, .signal = SIGSEGV) { raise(SIGSEGV); }
END
program fails '' <<'END'
#include <criterion/criterion.h>
Test(a, one_is_two) { cr_assert_eq(1, 2); }
END
program empty '' <<'END'
int nothing;
END
program leaves '' <<'END'
#include <criterion/criterion.h>
Test(a, leaves_early) { exit(0); }
END
program leaves_quickly '' <<'END'
#include <criterion/criterion.h>
#include <unistd.h>
Test(a, leaves_early) { _exit(0); }
END
program leaks -fsanitize=address <<'END'
#include <criterion/criterion.h>
char *volatile kept;
Test(a, leaks) { kept = malloc(10); kept = 0; }
END
program overruns -fsanitize=address <<'END'
#include <criterion/criterion.h>
int volatile at = 10;
Test(a, overruns) { char *p = malloc(10); p[at] = 1; free(p); }
END
program overflows -fsanitize=undefined <<'END'
#include <criterion/criterion.h>
int volatile most = 0x7fffffff;
Test(a, overflows) { cr_assert(most + 1 != 0); }
END
printf '#!/bin/sh\necho "SUMMARY: AddressSanitizer: something"\n' >"$work/reports"
printf '#!/bin/sh\nexit 3\n' >"$work/refuses"
printf '#!/bin/sh\necho fine\n' >"$work/fine"
chmod +x "$work/reports" "$work/refuses" "$work/fine"

expect passes criterion good
for name in fails empty leaves leaves_quickly leaks overruns overflows; do
    expect fails criterion "$name"
done
expect passes driver fine
expect fails driver reports
expect fails driver refuses
expect fails criterion fine # says nothing of tests
[ "$(cat "$work/tally")" = "good: Tested: 2 | Passing: 2 | Failing: 0 | Crashing: 0 " ] || {
    echo "wrong tally: $(cat "$work/tally")"
    wrong=1
}
[ "$wrong" = 0 ] && echo 'run-test: sees what Criterion hides'
exit "$wrong"
