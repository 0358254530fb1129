"""The debugger and its streams: every answer comes before the next command is read, Ctrl-C interrupts a move, -x and quit."""
import os
import pty
import re
import select
import signal
import subprocess
import time

from debugger import BIN, FOLDER, check, done, ringside, session, write

BUSY = "echo busy; sieve 100000; sieve 100000"  # for longer than any test


def start(*options):
    return subprocess.Popen([BIN, "debug", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            bufsize=0)


def answer_to(process, line, until, seconds=20):
    """Writes a line and reads until a text comes."""
    got = b""
    process.stdin.write(line.encode() + b"\n")
    end = time.monotonic() + seconds
    while until.encode() not in got and time.monotonic() < end:
        if select.select([process.stdout], [], [], 0.2)[0]:
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                break
            got += piece
    return got.decode()


def person(*options):
    """(process id, terminal) of a debugger that a person sits at."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(BIN, [BIN, "debug", *options])
    return pid, terminal


def screen(terminal, answer, keys=b"", seconds=20):
    """Types keys and reads until an answer (a pattern) is there, and the next prompt behind it: what is typed before that
    is not read by the line editor."""
    os.write(terminal, keys)
    got, end = b"", time.monotonic() + seconds
    wanted = re.compile(answer + rb".*\(ringside\) $", re.DOTALL)
    while not wanted.search(got) and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                got += os.read(terminal, 65536)
            except OSError:
                break
    return got if wanted.search(got) else b""


def until(terminal, text, seconds=20):
    """Reads until a text is there."""
    got, end = b"", time.monotonic() + seconds
    while text not in got and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            got += os.read(terminal, 65536)
    return got


def status_of(pid, seconds=20):
    """How it ended; what does not end is killed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


pid, terminal = person("--mode", "trap", "--run", BUSY)
check(screen(terminal, b"help lists the commands"), "a greeting and a prompt")
check(screen(terminal, b"insn 1,", b"step\n"), "a command at the prompt")
check(screen(terminal, b"insn 2,", b"\n"), "an empty line steps again")
check(screen(terminal, b"insn = 2", b"print insnx\x7f\n"), "a mistake can be mended")
os.write(terminal, b"until cycle 90000000000000\n")
check(b"\nbusy" in until(terminal, b"\nbusy"), "a move that goes on and on")
check(screen(terminal, b"Interrupted", b"\x03"), "Ctrl-C interrupts at the prompt's terminal")
check(screen(terminal, b"insn = \\d+", b"print insn\n"), "and the prompt is back")
os.write(terminal, b"\x04")
check(status_of(pid) == 0, "Ctrl-D ends it")
os.close(terminal)

p = start("--mode", "trap", "--run", "halt")
check("insn = 0" in answer_to(p, "print insn", "insn = 0"), "an answer before the next command")
check("insn 7," in answer_to(p, "step 7", "Position"), "another")
p.stdin.write(b"quit\n")
check(p.wait(20) == 0, "quit has status 0")

p = start("--mode", "native", "--run", BUSY)
check("\nbusy" in answer_to(p, "until insn 90000000000", "\nbusy"), "a move that goes on and on")
p.send_signal(signal.SIGINT)
text = answer_to(p, "print insn", "insn = ")
p.stdin.write(b"quit\n")
check(p.wait(30) == 0 and "Interrupted" in text, "Ctrl-C interrupts a move", text)

script = write("s.cmd", "step 3\nprint insn\n# a comment\n\nexpect insn == 4\nstep\n")
status, out, err = ringside("debug", "--mode", "trap", "-x", script, "-batch")
check(status == 1 and "left side is 3 " in out and "insn 4," not in out, "-x stops at what fails", out)
status, out, err = ringside("debug", "--mode", "trap", "-x", "-", "-batch", stdin=b"step 3\nprint insn\n")
check(status == 0 and out.endswith("insn = 3\n"), "-x - is standard input", out)
status, out, err = ringside("debug", "--mode", "trap", "-x", write("q.cmd", "step 3\nquit\nfly\n"), stdin=b"fly\n")
check(status == 0 and "fly" not in out, "quit in a file ends all", out)
write("inner.cmd", "step 2\nprint insn\n")
status, out, err = ringside("debug", "--mode", "trap", "-batch", stdin=b"source inner.cmd\nprint insn\n")
check(status == 0 and out.count("insn = 2") == 2, "source", out)
status, answers, _ = session(["continue", "print insn"], "--mode", "trap", "--run", "echo hello; halt", "--accessible")
check("console: hello\n" in answers[0], "the console is marked for ears", answers[0][:500])
status, answers, _ = session(["continue"], "--mode", "trap", "--run", "echo hello; halt", "--console", "none")
check("hello" not in answers[0], "--console none", answers[0][:500])
status, answers, _ = session(["continue", 'type "echo seen\\nhalt\\n"', "continue"], "--mode", "trap")
check("has been idle for 10 simulated seconds" in answers[0] and "seen" in answers[2] and "halted with 0" in answers[2], "typing", answers)
status, answers, _ = session(["", "step", "", "print insn"], "--mode", "trap")
check("insn = 1" in answers[3], "an empty line of a pipe does nothing", answers)
done(21)
