"""What the tests of the command line share: running the program, and counting what holds."""
import json
import os
import subprocess
import sys
import tempfile

BIN = os.environ.get("RINGSIDE_BIN") or sys.exit("RINGSIDE_BIN is not set")
GUESTS = os.environ.get("RINGSIDE_GUESTS") or os.path.join(os.path.dirname(BIN), "..", "guest-os")
SOURCE = os.environ.get("RINGSIDE_SOURCE_DIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
FOLDER = tempfile.mkdtemp(prefix="ringside-cli-")
RESULTS = {"good": 0, "bad": 0}


def ringside(*arguments, stdin=b"", env=None, timeout=120):
    """(status, stdout, stderr); a sanitizer's report or a crash is a failure of its own."""
    feed = {"stdin": subprocess.DEVNULL} if stdin == b"" else {"input": stdin}
    done = subprocess.run([BIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False,
                          cwd=FOLDER, env={**os.environ, "NO_COLOR": "1", **(env or {})}, **feed)
    err = done.stderr.decode("utf-8", "replace")
    if done.returncode < 0 or "Sanitizer" in err or "runtime error" in err:
        sys.exit(f"{arguments}: status {done.returncode}\n{err}")
    return done.returncode, done.stdout.decode("utf-8", "replace"), err


def report(*arguments):
    """The JSON report of a run that must end well."""
    status, out, err = ringside("run", "--quiet", "--json", "-", *arguments)
    if status != 0:
        sys.exit(f"{arguments}: status {status}: {err}")
    return json.loads(out)


def check(ok, what, detail=""):
    RESULTS["good" if ok else "bad"] += 1
    if not ok:
        print(f"FAILED: {what} {detail}")
    return ok


def write(name, content):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def done(at_least):
    """Ends the test: nothing failed, and as much was checked as the file promises."""
    print(f"checks: {RESULTS['good']} good, {RESULTS['bad']} bad")
    subprocess.run(["rm", "-rf", FOLDER], check=False)
    if RESULTS["good"] + RESULTS["bad"] < at_least:
        print(f"only {sum(RESULTS.values())} of {at_least} checks ran")
        sys.exit(1)
    sys.exit(1 if RESULTS["bad"] else 0)
