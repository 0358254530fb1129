#!/usr/bin/env python3
"""gdb's server as the network sees it: where it listens, who may come when, and what ends it. A client is a socket here."""
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

BIN = os.environ["RINGSIDE_BIN"]
SLOWER = 4 if re.search("dev|coverage", os.environ["RINGSIDE_BUILD_DIR"]) else 1
PATIENCE = 20 * SLOWER
BUSY = "echo busy; sieve 100000; sieve 100000"  # for longer than any test
RESULTS = {"good": 0, "bad": 0}


def check(ok, what, detail=""):
    RESULTS["good" if ok else "bad"] += 1
    if not ok:
        print(f"FAILED: {what} {detail}")


class Server:
    def __init__(self, *options, where="0", stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([BIN, *options, "--gdb", where], stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        line = self.process.stderr.readline().decode()
        found = re.search(r"target remote (.*):(\d+)$", line.strip())
        if not found:
            sys.exit(f"{options}: {line}")
        self.host, self.port = found.group(1), int(found.group(2))

    def ended(self):
        """(status, what it wrote), when it ends by itself."""
        out, err = self.process.communicate(timeout=PATIENCE)
        if "Sanitizer" in err.decode() or self.process.returncode < 0:
            sys.exit(err.decode())
        return self.process.returncode, out.decode()


class Client:
    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self.rest = b""

    def send(self, text):
        self.socket.sendall(b"$%s#%02x" % (text, sum(text) & 255))

    def answer(self):
        """The next packet that is not console text."""
        while True:
            found = re.search(rb"\$([^#]*)#..", self.rest)
            if not found:
                more = self.socket.recv(65536)
                if not more:
                    return None
                self.rest += more
                continue
            self.rest = self.rest[found.end():]
            if not re.match(rb"O[0-9a-f]", found.group(1)):
                return found.group(1).decode()

    def ask(self, text):
        self.send(text)
        return self.answer()

    def monitor(self, line):
        return self.ask(b"qRcmd," + line.encode().hex().encode())

    def insn(self):
        return int.from_bytes(bytes.fromhex(self.ask(b"p31")), "little")

    def close(self):
        self.socket.close()


def listening():
    server = Server("debug", "--mode", "native")
    check(server.host == "127.0.0.1", "binds loopback unless told otherwise", server.host)
    taken = subprocess.run([BIN, "debug", "--gdb", str(server.port)], stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=PATIENCE, check=False)
    check(taken.returncode == 2 and b"in use" in taken.stderr and not taken.stdout, "a port that is taken is refused",
          taken.stderr)
    unknown = subprocess.run([BIN, "debug", "--gdb", "no.such.host.invalid:1"], stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=PATIENCE, check=False)
    check(unknown.returncode == 2 and b"no.such.host.invalid" in unknown.stderr, "so is a host that is not", unknown.stderr)
    client = Client(server)
    check(client.ask(b"?") == "T05thread:1;", "and a client is served")
    client.ask(b"vKill;1")
    check(server.ended()[0] == 0, "until it kills the server")


def coming_and_going():
    server = Server("debug", "--mode", "trap")
    first = Client(server)
    check(first.ask(b"Z0,c0100000,1") == "OK" and first.ask(b"s") is not None, "a client steps")
    second = Client(server)
    second.socket.settimeout(0.5)
    second.send(b"?")
    try:
        second.answer()
        check(False, "a second client is served beside the first")
    except TimeoutError:
        check(True, "a second client waits")
    at = first.insn()
    first.close()
    second.socket.settimeout(PATIENCE)
    check(second.answer() == "T05thread:1;", "until the first has gone")
    check(second.insn() == at, "and finds the guest where it stood")
    second.send(b"c")
    time.sleep(0.3)
    second.close()  # while the guest runs
    third = Client(server)
    check(third.ask(b"?")[:3] in ("T02", "T05") and third.insn() > at, "a connection lost on the way is no harm")
    third.send(b"k")
    check(server.ended()[0] == 0, "k ends it")


def running():
    server = Server("run", "--mode", "trap", stdin=subprocess.PIPE)
    time.sleep(0.3)
    client = Client(server)
    client.ask(b"?")
    before = client.insn()
    check(before > 0, "a run runs until somebody comes", before)
    client.send(b"c")
    time.sleep(0.2)
    client.socket.sendall(b"\x03")
    check(client.answer() == "T02thread:1;", "an interrupt stops it")
    check(client.insn() > before, "later")
    check(client.ask(b"D") == "OK", "detached")
    server.process.stdin.write(b"echo alone; halt\n")
    server.process.stdin.flush()
    status, out = server.ended()
    check(status == 0 and "\nalone" in out, "it goes on to the guest's own end", (status, out))
    failing = Server("run", "--mode", "native", "--run", "halt 3")
    check(failing.ended()[0] == 1, "the guest's failure is the status")
    stopped = Server("run", "-S", "--mode", "trap", "--run", "echo never")
    time.sleep(0.3)
    stopped.process.send_signal(signal.SIGTERM)
    check("never" not in stopped.ended()[1], "with -S nothing runs without a client")


def interrupted(client, go):
    """How long the server needs to stop what that packet started, in milliseconds: (median of three, the answers)."""
    times, answers = [], set()
    for wait in (0.04, 0.08, 0.12):
        client.send(go)
        time.sleep(wait)
        before = time.monotonic()
        client.socket.sendall(b"\x03")
        answers.add(client.answer())
        times.append((time.monotonic() - before) * 1000)
    return statistics.median(times), answers


def interrupts():
    """Ctrl-C of a client: 0x03 between packets. It stops whatever runs, at once, and says so."""
    for mode in ("native", "trap", "pv"):
        for what, verb, options in (("a busy guest", "debug", ("--run", BUSY)), ("without history", "run", ("--run", BUSY)),
                                    ("a guest in HLT", "run", ())):
            server = Server(verb, "--mode", mode, *options, stdin=subprocess.PIPE)
            client = Client(server)
            if what == "a busy guest":
                client.monitor("until insn 20000000")
            median, answers = interrupted(client, b"c")
            check(answers == {"T02thread:1;"} and median < 100 * SLOWER, f"{mode}: an interrupt stops {what}",
                  (median, answers))
            if what == "a busy guest":
                # Nothing is ever hit, so it looks through all the past; then it stands where it stood.
                check(client.ask(b"Z2,c0000000,4") == "OK" and client.monitor("until insn 300000000") == "OK", "a past")
                at = client.insn()
                median, answers = interrupted(client, b"bc")
                check(answers == {"T02thread:1;"} and median < 100 * SLOWER and client.insn() == at,
                      f"{mode}: and going back", (median, answers, at, client.insn()))
                # Met a million times, and true never.
                client.monitor("goto insn 8000000")
                eip = int.from_bytes(bytes.fromhex(client.ask(b"p8")), "little")  # in the program's innermost loop
                check(client.monitor(f"break *{eip} if eax == 0x12345678") == "OK", "a condition")
                median, answers = interrupted(client, b"bc")
                check(answers == {"T02thread:1;"} and median < 100 * SLOWER, f"{mode}: and among many that do not count",
                      (median, answers))
            client.send(b"k")
            server.ended()


def clients_that_misbehave():
    server = Server("debug", "--mode", "trap", "--run", BUSY)
    client = Client(server)
    before = time.monotonic()
    for _ in range(100):
        client.ask(b"p8")
    took = (time.monotonic() - before) * 1000
    check(took < 1000 * SLOWER, "answers do not wait for more to be sent with them", took)
    client.send(b"qRcmd," + b"until insn 900000000000".hex().encode())
    time.sleep(0.2)
    client.close()  # while a command of the debugger's moves
    second = Client(server)
    check(second.ask(b"?")[:3] in ("T02", "T05") and second.insn() > 0, "who goes away ends what he asked for")
    sent = 0
    second.socket.settimeout(1)
    try:
        while sent < 100000000:
            sent += second.socket.send(b"$m131000,1f00#%02x" % (sum(b"m131000,1f00") & 255) * 1000)
    except TimeoutError:
        pass
    check(sent < 100000000, "a client that does not read is not kept in memory", sent)
    server.process.send_signal(signal.SIGTERM)
    check(server.ended()[0] in (0, 4), "nor can it keep the server from its end", server.process.returncode)


def questions():
    server = Server("debug", "--mode", "trap", "--predict")
    client = Client(server)
    check(client.ask(b"c") == "T05thread:1;", "with --predict an exit is a question")
    at = client.ask(b"p32")
    for go in (b"c", b"s", b"bs", b"vCont;s:1"):
        check(client.ask(go) == "T05thread:1;" and client.ask(b"p32") == at, f"{go}: nothing moves before it is answered")
    check(client.monitor("info exit") == "E01", "nor is shown")
    check(client.monitor("answer HLT ADVANCE 500") == "OK" and client.ask(b"s") == "T05thread:1;", "then it goes on")
    client.send(b"k")
    server.ended()


def standard_input():
    server = Server("debug", "--mode", "trap", stdin=subprocess.PIPE)
    server.process.stdin.write(b"step 5\nprint insn\n")
    server.process.stdin.close()
    server.process.stdin = None
    time.sleep(0.5)
    client = Client(server)
    check(client.insn() == 5, "lines of standard input are commands, and their end ends nothing")
    client.send(b"k")
    status, out = server.ended()
    check(status == 0 and "insn = 5" in out, "they are answered", out)
    idle = Server("run", "--mode", "trap")  # its console's input is at its end
    time.sleep(0.5)
    client = Client(idle)
    check(client.ask(b"?") == "T05thread:1;" and idle.process.poll() is None, "nor that of a run that waits at its prompt")
    client.send(b"k")
    idle.ended()
    quitting = Server("debug", stdin=subprocess.PIPE)
    quitting.process.stdin.write(b"quit\n")
    quitting.process.stdin.flush()
    check(quitting.ended()[0] == 0, "quit ends it")
    console = Server("run", "--mode", "trap", stdin=subprocess.PIPE)
    console.process.stdin.write(b"echo from the console\nhalt\n")
    console.process.stdin.flush()
    status, out = console.ended()
    check(status == 0 and out.count("from the console") >= 1, "a run's standard input is its console", out)


listening()
coming_and_going()
running()
interrupts()
clients_that_misbehave()
questions()
standard_input()
print(f"checks: {RESULTS['good']} good, {RESULTS['bad']} bad")
sys.exit(1 if RESULTS["bad"] or sum(RESULTS.values()) < 55 else 0)
