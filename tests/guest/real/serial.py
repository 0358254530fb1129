"""--serial instant and a guest that never halts: every byte arrives, both ways, from a pipe and from a file."""
import os
import subprocess
import sys
import tempfile

BINARY = os.environ["RINGSIDE_BIN"]
GUEST = os.path.join(os.environ["RINGSIDE_GUESTS"], "tests", "real_poller.elf")
HELLO = "a console that never sleeps\n"
TYPED = "one\ntwo words\nq"


def run(mode, serial, stdin):
    command = [BINARY, "run", "--mode", mode, "--profile", "flat", "--guest", GUEST, "--serial", serial, "--quiet",
               "--timeout", "60"]
    return subprocess.run(command, stdin=stdin, capture_output=True, text=True, check=False)


def from_pipe(mode, serial):
    read, write = os.pipe()
    os.write(write, TYPED.encode())
    os.close(write)
    with os.fdopen(read) as stdin:
        return run(mode, serial, stdin)


def from_file(mode, serial):
    with tempfile.TemporaryFile("w+") as stdin:
        stdin.write(TYPED)
        stdin.flush()
        stdin.seek(0)
        return run(mode, serial, stdin)


def main():
    wrong = 0
    for mode in "native", "trap":
        for way in from_pipe, from_file:
            got = way(mode, "instant")
            if got.returncode != 0 or got.stdout != HELLO + "ONE\nTWO WORDS\n":
                print(f"{mode}, {way.__name__}: status {got.returncode}, {got.stdout!r}, {got.stderr!r}")
                wrong += 1
        slow = from_file(mode, "line")
        if slow.stdout.startswith(HELLO):
            print(f"{mode}: a line of 9600 baud kept up with a guest that does not wait for it")
            wrong += 1
    return 1 if wrong else 0


sys.exit(main())
