/*
 * Linked into every Criterion binary with --wrap: leaving a test through exit() or _exit() is a
 * crash.
 *
 * Criterion runs each test in a process of its own and takes status 0 for success, so a test (or
 * the code under test) that exits early would pass with none of its later checks made. Only calls
 * from our own objects are wrapped; Criterion's, in its shared library, are not.
 */
#include <stdio.h>
#include <stdlib.h>

_Noreturn void __wrap_exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__Exit(int status);
_Noreturn void __wrap_quick_exit(int status);

static _Noreturn void refuse(const char *function, int status)
{
    fprintf(stderr, "Warning! The test called %s(%d) instead of returning\n", function, status);
    abort();
}

_Noreturn void __wrap_exit(int status)
{
    refuse("exit", status);
}

_Noreturn void __wrap__exit(int status)
{
    refuse("_exit", status);
}

_Noreturn void __wrap__Exit(int status)
{
    refuse("_Exit", status);
}

_Noreturn void __wrap_quick_exit(int status)
{
    refuse("quick_exit", status);
}
