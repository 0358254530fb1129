"""A save that comes to nothing - killed, disk full, too large, forbidden - leaves the old file whole, and the next one works."""
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from debugger import BIN, FOLDER, SOURCE, check, done, session

KILLS = 60
HERE, THERE = "goto insn 300000", "goto insn 420000"
OPTIONS = ["--mode", "trap", "--run", "fork; ls; halt", "--mem", "16"]
box = os.path.join(FOLDER, "box")  # the folder that is saved to, empty but for the file
os.makedirs(box, exist_ok=True)
target = os.path.join(box, "a.save")
seed = int(os.environ.get("RINGSIDE_SEED", "1"))
draw = random.Random(seed)


def contents():
    with open(target, "rb") as f:
        return f.read()


def start():
    """A debugger at a prompt of a pipe; each command is answered before the next is read."""
    return subprocess.Popen([BIN, "debug", *OPTIONS, "-x", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, cwd=SOURCE, env={**os.environ, "NO_COLOR": "1"})


def ask(child, command):
    """Gives it a command; reads lines until the answer to it is complete."""
    child.stdin.write(f"{command}\necho .\n".encode())
    child.stdin.flush()
    lines = []
    while not lines or lines[-1].strip() != b".":
        line = child.stdout.readline()
        if not line:
            sys.exit(f"{command}: {b''.join(lines)}")
        lines.append(line)
    return b"".join(lines[:-1]).decode()


# What the two places look like in a file, and how long it takes to write one.
child = start()
good = []
for place in (HERE, THERE, HERE):
    ask(child, place)
    began = time.monotonic()
    ask(child, "save " + target)
    took = time.monotonic() - began
    good.append(contents())
child.kill()
child.wait()
check(len(set(good)) == 3, "three files, each with what was seen until then")

# Killed at any moment of a save: old or new, never a mixture, never nothing.
unanswered = replaced = 0
for kill in range(KILLS):
    child = start()
    ask(child, THERE)
    ask(child, HERE)
    before = contents()
    ask(child, THERE if before == good[2] else HERE)
    child.stdin.write(f"save {target}\n".encode())
    child.stdin.flush()
    time.sleep(draw.random() * took * 1.3)
    child.kill()
    unanswered += b"bytes" not in child.stdout.read()
    child.wait()
    now = contents()
    replaced += now != before
    took *= 0.9 if now != before else 1.1  # a busy host is slower now than it was: half of them shall come to their end
    check(now in good, f"seed {seed}, kill {kill}", f"{len(now)} bytes that nobody saved")
check(unanswered > KILLS / 4, "most are killed in the middle", f"{unanswered} of {KILLS}")
check(0 < replaced < KILLS, "some come to their end, some do not", f"{replaced} of {KILLS}")
left = [name for name in os.listdir(box) if name != "a.save"]
check(len(left) <= KILLS / 10, "hardly any temporary file is left", left)
status, answers, err = session([HERE, "save " + target, "restore " + target, "print insn"], *OPTIONS)
check(status == 0 and "300000" in answers[3], "the next save works, whatever lies there", f"{answers} {err}")
for name in left:
    os.unlink(os.path.join(box, name))


def refused(what, why, before=None, file=target, prefix=()):
    """One more save that must fail in a line, and the session goes on."""
    counts = tempfile.mkdtemp(dir=FOLDER)  # a build that counts coverage would complain if it could not leave them
    os.chmod(counts, 0o777)
    environment = {**os.environ, "NO_COLOR": "1", "GCOV_PREFIX": counts}
    ran = subprocess.run([*prefix, BIN, "debug", *OPTIONS], input=f"step 1000\nsave {file}\nprint insn\n", text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100, check=False, cwd="/",
                         preexec_fn=before, env=environment)
    lines = ran.stdout.splitlines()
    check(ran.returncode == 0 and why in ran.stdout, what, f"status {ran.returncode}: {ran.stdout}")
    check(lines and lines[-1] == "insn = 1000", f"{what}: the session goes on", ran.stdout)


old = contents()
refused("too large", "File too large", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)))
check(contents() == old and os.listdir(box) == ["a.save"], "too large: all is as before", os.listdir(box))

if os.geteuid() == 0:
    shutil.chown(FOLDER, 65534)
os.chmod(box, 0o555)
refused("a folder that may not be written to", "ermission denied", lambda: os.setuid(65534) if os.geteuid() == 0 else None)
os.chmod(box, 0o755)
check(contents() == old and os.listdir(box) == ["a.save"], "forbidden: all is as before", os.listdir(box))

# A full disk, where a small one can be made.
small = os.path.join(FOLDER, "small")
os.makedirs(small, exist_ok=True)
full = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c",
        f'mount -t tmpfs -o size=400k t {small} && echo precious > {small}/a.save && "$@"; s=$?; '
        f'[ "$(cat {small}/a.save; ls -A {small})" = "precious\na.save" ] || echo "not as before: $(ls -Al {small})"; '
        'exit $s', "sh"]
can = subprocess.run(full + ["true"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
if can.returncode == 0 and not can.stdout:
    refused("a full disk", "No space left", file=os.path.join(small, "a.save"), prefix=full)
else:
    print("no small disk can be made here:", can.stdout.decode().strip())
    refused("a full device", "No space left", file="/dev/full")
done(72)
