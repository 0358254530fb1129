#!/usr/bin/env python3
"""Real gdb against a real server: runs one .gdb file of this folder.

    gdb_session.py NAME MODE

The file's comments say what is to happen, everything else is gdb's:
    # server: OPTIONS     how ringside is started (default: debug); MODE is added
    # expect: REGEX       must be found in what gdb says, each behind the one before
    # client: NAME        from here on another gdb, which connects to the same server
    # rejects             this client's script ends in an error, and must
    # status: N           what the server must end with, by itself (default: it waits on, and is told to end)
$insn and the like are registers. The scripts run in the repository's folder, where Bantam's sources are found.
"""
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

SOURCE = os.environ["RINGSIDE_SOURCE_DIR"]
GUESTS = os.environ["RINGSIDE_GUESTS"]
PATIENCE = 60 * (4 if re.search("dev|coverage", os.environ["RINGSIDE_BUILD_DIR"]) else 1)


class Client:
    def __init__(self, name):
        self.name, self.commands, self.expects, self.rejects = name, [], [], False


def read_script(path):
    server, status, clients = ["debug"], None, [Client("first")]
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, _, rest = line[2:].strip().partition(":") if line.startswith("# ") else ("", "", "")
            if word == "server":
                server = shlex.split(rest)
            elif word == "status":
                status = int(rest)
            elif word == "client":
                clients.append(Client(rest.strip()))
            elif word == "expect":
                clients[-1].expects.append(rest.strip())
            elif word == "rejects":
                clients[-1].rejects = True
            else:
                clients[-1].commands.append(line)
    return server, status, clients


def start(options, mode):
    server = subprocess.Popen([os.environ["RINGSIDE_BIN"], *options, "--mode", mode, "--gdb", "0"], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in server.stderr:
        found = re.search(r"target remote (\S+)", line)
        if found:
            return server, found.group(1)
    sys.exit("the server does not listen")


def run_client(client, elf, where):
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        script.write("".join(client.commands))
        script.flush()
        gdb = subprocess.run(["gdb", "-nx", "-batch", "-ex", "set confirm off", "-ex", "set pagination off", "-ex",
                              "set width 0", "-ex", "set tcp connect-timeout 5", "-ex", f'file "{elf}"', "-ex",
                              f"target remote {where}", "-x", script.name], text=True, cwd=SOURCE,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=PATIENCE, check=False)
    wrong = []
    if (gdb.returncode != 0) != client.rejects:
        wrong.append(f"gdb ended with {gdb.returncode}")
    at = 0
    for expected in client.expects:
        found = re.compile(expected, re.MULTILINE).search(gdb.stdout, at)
        if not found:
            wrong.append(f"not found: {expected}")
            break
        at = found.end()
    if not client.expects:
        wrong.append("expects nothing")
    return [f"client {client.name}: {text}" for text in wrong], gdb.stdout


def main(name, mode):
    options, status, clients = read_script(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".gdb"))
    elf = os.path.join(GUESTS, "bantam-pv.elf" if mode == "pv" else "bantam.elf")
    server, where = start(options, mode)
    wrong, said = [], ""
    try:
        for client in clients:
            failures, text = run_client(client, elf, where)
            wrong += failures
            said += text
        if status is None:
            server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=PATIENCE)
        if status is not None and server.returncode != status:
            wrong.append(f"the server ended with {server.returncode}")
        if server.returncode < 0 or "Sanitizer" in err or "runtime error" in err:
            wrong.append(f"the server crashed: {server.returncode}")
    finally:
        server.kill()
    for text in wrong:
        print(f"{name}, {mode}: {text}")
    if wrong:
        print(said, out, err, sep="\n--------\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
