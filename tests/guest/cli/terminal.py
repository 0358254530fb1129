"""The terminal: raw while the guest has it, restored on every way out; Ctrl-A x, Ctrl-A h, Ctrl-C."""
import os
import pty
import select
import signal
import subprocess
import termios
import time

from tool import BIN, check, done

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # should we have been started under nohup


class Session:
    """ringside run on a pseudo-terminal of its own."""

    def __init__(self, *arguments, env=None):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.text = b""
        self.process = subprocess.Popen([BIN, "run", *arguments], stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, env={**os.environ, **(env or {})})

    def read(self, until, seconds=60):
        """Collects output until the bytes come; False if they do not."""
        end = time.monotonic() + seconds
        while until not in self.text and time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], 0.1)
            if ready:
                try:
                    self.text += os.read(self.master, 65536)
                except OSError:
                    break
            elif self.process.poll() is not None:
                break
        return until in self.text

    def type(self, data):
        os.write(self.master, data)

    def is_raw(self):
        flags = termios.tcgetattr(self.slave)[3]
        return not flags & (termios.ECHO | termios.ICANON | termios.ISIG)

    def end(self, seconds=60):
        """Waits for the end; True if the terminal is as it was found."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(b"\0never", 0.1)
        self.read(b"\0never", 0.2)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        same = termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)
        return same


for mode in ("trap", "native", "pv"):
    s = Session("--mode", mode)
    check(s.read(b"$ "), f"{mode}: the shell's prompt comes", s.text[-300:])
    check(s.is_raw(), f"{mode}: the terminal is raw")
    s.type(b"echo one two\r")
    check(s.read(b"one two\r\none two\r\n"), f"{mode}: what is typed is echoed, and carried out", s.text[-300:])
    s.type(b"halt 5\r")
    check(s.end(), f"{mode}: halt restores the terminal")
    check(s.process.returncode == 1, f"{mode}: status of halt 5", s.process.returncode)

s = Session()
check(s.read(b"$ "), "prompt")
s.type(b"\x01h")
check(s.read(b"Ctrl-A x leaves, Ctrl-A h shows"), "Ctrl-A h helps", s.text[-300:])
s.type(b"echo a\x01\x01b\r")
s.type(b"\x01x")
check(s.end() and s.process.returncode == 4, "Ctrl-A x leaves, the terminal restored", s.process.returncode)
check(b"you left it" in s.text, "with the summary", s.text[-300:])

s = Session()
check(s.read(b"$ "), "prompt")
s.type(b"\x03")
check(s.end() and s.process.returncode == 4 and b"clock" in s.text, "Ctrl-C stops with the summary", s.text[-300:])

s = Session()
check(s.read(b"$ "), "prompt")
s.type(b"\x04")
check(s.end() and s.process.returncode == 0, "Ctrl-D ends the shell, and the guest halts with 0", s.process.returncode)

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT):
    s = Session()
    check(s.read(b"$ ") and s.is_raw(), "prompt")
    s.process.send_signal(number)
    check(s.end(), f"{number.name} restores the terminal")

s = Session()
check(s.read(b"$ "), "prompt")
s.process.send_signal(signal.SIGTSTP)
time.sleep(0.5)
check(not s.is_raw(), "a stopped program gives the terminal back")
s.process.send_signal(signal.SIGCONT)
time.sleep(0.5)
check(s.is_raw(), "and takes it again when it goes on")
s.type(b"halt\r")
check(s.end() and s.process.returncode == 0, "and still works", s.process.returncode)

# The screen has the terminal for itself and gives it back; what is typed are keys.
s = Session("--display", "text", "--keyboard", "--color", "always")
check(s.read(b"\033[?1049h") and s.read(b"\033[2J"), "the screen takes the terminal", s.text[-300:])
check(s.read(b"\033[1;1H\033[0;37;40mBantam 1.0"), "what is on it is painted where it is", s.text[-300:])
check(s.read(b"$ ") and s.is_raw(), "the prompt comes on the screen")
s.type(b"echo \"On|Screen\"\x01h\r")
check(s.read(b"On|Screen\"") and s.read(b"Ctrl-A h shows this"), "keys with and without Shift are echoed", s.text[-300:])
s.type(b"halt 3\r")
check(s.end() and s.process.returncode == 1, "the guest saw them, and ended", s.process.returncode)
back = s.text.rfind(b"\033[?1049l")
check(back > 0 and b"\r\nOn|Screen\r\n$ halt 3\r\n" in s.text[back:] and b"\033[4" not in s.text[back:],
      "the terminal is given back, then the screen is told as text", s.text[back:][:300])
# Behind our handler comes whoever had the signal before. A sanitizer would write its report, which is none of ours.
s = Session("--display", "text", env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0"})
check(s.read(b"$ "), "prompt")
s.process.send_signal(signal.SIGSEGV)
check(s.end() and s.text.rstrip().endswith(b"\033[?1049l"), "a crash gives the terminal back", s.text[-100:])

s = Session("--run", "echo scripted; halt")
check(s.read(b"scripted\r\n"), "a script on a terminal")
check(s.end() and s.process.returncode == 0, "leaves the terminal alone")

# An idle guest waits in real time instead of eating the host's.
s = Session()
check(s.read(b"$ "), "prompt")
ticks = os.sysconf("SC_CLK_TCK")


def used():
    with open(f"/proc/{s.process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / ticks


before = used()
time.sleep(2)
check(used() - before < 1.0, "an idle guest leaves the host idle", f"{used() - before:.2f} s of 2")
s.type(b"\x01x")
check(s.end(), "left")
done(50)
