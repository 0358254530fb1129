"""Every scenario's console on QEMU against native mode's, byte for byte after masking cycles=<n>.

Skips, saying so, where qemu-system-i386 is not installed; `./ringside check` installs it.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(os.environ["RINGSIDE_SOURCE_DIR"])
BUILD = os.environ["RINGSIDE_BUILD_DIR"]
RINGSIDE = os.environ["RINGSIDE_BIN"]
SECONDS = 100


def mask(text):
    return re.sub(r"cycles=\d+", "cycles=#", text.replace("\r", ""))


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=SECONDS, env=dict(os.environ, RINGSIDE_BUILD=BUILD))
    return done.returncode, mask(done.stdout.decode("latin-1")), done.stderr.decode("latin-1")


def compare(path):
    qemu = run([str(ROOT / "guest-os/qemu-run"), "-t", str(SECONDS), f"@{path}"])
    native = run([RINGSIDE, "run", "--mode", "native", "--run", f"@{path}", "--console", "stdio", "--quiet"])
    if qemu[1] == native[1] and (qemu[0] != 0) == (native[0] != 0) and qemu[1].strip():
        return []
    wrong = [f"{path.name}: status {qemu[0]} on QEMU, {native[0]} here; {qemu[2][-200:]}{native[2][-200:]}"]
    for number, (a, b) in enumerate(zip(qemu[1].split("\n"), native[1].split("\n")), 1):
        if a != b:
            return wrong + [f"  line {number}: QEMU `{a}' | native `{b}'"]
    return wrong


def main():
    if not shutil.which("qemu-system-i386"):
        print("SKIPPED: qemu-system-i386 is not installed (./ringside check installs it)")
        return 0
    paths = sorted((ROOT / "assets/scenarios/equivalence").iterdir()) + [ROOT / "assets/scenarios/tour"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = [line for lines in pool.map(compare, paths) for line in lines]
    print("\n".join(wrong + [f"{len(paths)} scenarios, {len(wrong)} complaints"]))
    return 1 if wrong else 0


sys.exit(main())
