#!/usr/bin/env python3
"""The same doings give the same pixels by every front end: a picture (`shot`), a window of SDL's dummy driver, and a real
window under Xvfb with real keys and clicks (xdotool).

Under Xvfb the pixels are those of the X server's own frame buffer, hashed here as the panel hashes its own; F12's file must
be the very bytes of shot's. Clicks name widgets: where they are, a picture of the same moment says.
"""
import mmap
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

RINGSIDE = os.environ["RINGSIDE_BIN"]
SLOW = 4  # of a loaded machine, or with sanitizers
WIDTH, HEIGHT = 1280, 800
RUN = ["--mode", "trap", "--run", "sieve 2; fork 2", "--size", f"{WIDTH}x{HEIGHT}"]
DOINGS = ["key e", "key 08", "key e", "key s", "key s", "key Shift+F11", "click exits.emulate_privop", "key 05", "key e", "key t",
          "key :", "type break kmain", "key Enter", "key c", "click view.memory", "key Tab", "key Ctrl++", "key F8",
          "key 1", "key +", "key Right", "key z", "key Tab", "key z", "key F7", "key F7", "key /", "type HLT", "key Enter",
          "key n", "key N", "click code.title"]
# Predictions, answered by clicks, keys and both.
PREDICTED = ["key p", "key e", "click question.3", "click question.2", "key 2", "click question.3", "key e", "click question.1",
             "key 1", "click question.1", "key 1", "key c", "key 3", "click question.2", "hover question.1"]
# What is only done with a mouse: hovering, wheels, drags with one button and another.
MOUSE = ["key c", "key Home", "key +", "wheel time0 2", "drag time0 10 60", "pan time0 60 30", "hover exits.title",
         "wheel exits.title -2", "wheel code.title -3", "pan exits.title 50 50", "click exits.title"]
X_NAMES = {"+": "plus", "-": "minus", ":": "colon", "/": "slash", "?": "question", "Enter": "Return", "[": "bracketleft",
           "]": "bracketright", "Space": "space"}


def fail(text):
    print(f"FAILED: {text}")
    sys.exit(1)


def script_lines(doings):
    for line in doings:
        word, rest = line.split(" ", 1)
        if word == "key" and rest.isdigit() and len(rest) > 1:
            yield from (f"key {digit}" for digit in rest)
        else:
            yield line


def window_environment(**more):
    """What a window system's libraries never give back (libdbus under SDL) is not ours to mend; `shot` is held to it."""
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0", **more}


def run_script(folder, verb, lines, env=None, more=()):
    path = folder / f"{verb}.txt"
    path.write_text("\n".join(lines) + "\n")
    done = subprocess.run([RINGSIDE, verb, *RUN, "--script", str(path), *more], cwd=folder, env=env, timeout=50 * SLOW,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        fail(f"{verb}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def hash_in(text, who):
    found = re.findall(r"^hash = ([0-9a-f]{16})$", text, re.M)
    if not found:
        fail(f"{who} printed no hash:\n{text}")
    return found[-1]


# ------------------------------------------------------------------------------------------- Xvfb


class Screen:
    """An X server whose frame buffer is a file: an XWD header, then rows of 32-bit pixels."""

    def __init__(self, folder):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-r", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", str(folder), "-nolisten",
             "tcp", "-noreset"], pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            fail("Xvfb did not start")
        self.env = window_environment(DISPLAY=f":{number}")
        self.env.pop("SDL_VIDEODRIVER", None)
        with open(folder / "Xvfb_screen0", "rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        head = struct.unpack(">25I", self.map[:100])
        self.begin, self.stride = head[0] + head[19] * 12, head[12]
        if head[4:6] != (WIDTH, HEIGHT) or head[11] != 32:
            fail(f"the frame buffer is {head}")

    def xdotool(self, *words):
        done = subprocess.run(["xdotool", *map(str, words)], env=self.env, timeout=50 * SLOW, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            fail(f"xdotool {words}: {done.stdout}")
        return done.stdout

    def bytes(self):
        return self.map[self.begin:self.begin + self.stride * HEIGHT]

    def rest(self, looks=5):
        """Waits until nothing has changed for a while; the panel waits for events 0.1 s at most. A busy host may keep it from
        the processor for longer: that only matters where what is seen is compared."""
        before, same = self.bytes(), 0
        for _ in range(400 * SLOW):
            time.sleep(0.06)
            now = self.bytes()
            same = same + 1 if now == before else 0
            before = now
            if same >= looks:
                return
        fail("the window never comes to rest")

    def hash(self):
        """FNV-1a of the size and the pixels without their fourth byte, as the panel's."""
        value, prime, mask = 0xcbf29ce484222325, 0x100000001b3, (1 << 64) - 1
        picture = self.bytes()
        for part in (WIDTH, HEIGHT):
            value = (value ^ part) * prime & mask
        for y in range(HEIGHT):
            for (pixel,) in struct.iter_unpack("<I", picture[y * self.stride:y * self.stride + WIDTH * 4]):
                value = (value ^ (pixel & 0xffffff)) * prime & mask
        return f"{value:016x}"

    def close(self):
        self.server.terminate()
        self.server.wait(20)


def x_key(name):
    parts = []
    for modifier in ("Shift", "Ctrl", "Alt"):
        if name.startswith(modifier + "+") and len(name) > len(modifier) + 1:
            parts.append(modifier.lower())
            name = name[len(modifier) + 1:]
    return "+".join(parts + [X_NAMES.get(name, name)])


def do(screen, line, places):
    word, rest = line.split(" ", 1)
    if word == "key":
        screen.xdotool("key", x_key(rest))
    elif word == "type":
        screen.xdotool("type", "--delay", "20", rest)
    else:
        point = places.pop(0)
        at = rest.split()
        if word == "click":
            screen.xdotool("mousemove", *point, "click", 1)
        elif word == "hover":
            screen.xdotool("mousemove", *point)
        elif word == "wheel":
            screen.xdotool("mousemove", *point, "click", "--repeat", abs(int(at[1])), 4 if int(at[1]) > 0 else 5)
        else:
            button = 1 if word == "drag" else 3
            screen.xdotool("mousemove", *point, "mousedown", button)
            screen.rest()
            screen.xdotool("mousemove", *places.pop(0), "mouseup", button)
    screen.rest()


def in_window(folder, lines, places):
    screen = Screen(folder)
    panel = None
    try:
        panel = subprocess.Popen([RINGSIDE, "panel", *RUN], cwd=folder, env=screen.env, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        window = screen.xdotool("search", "--sync", "--onlyvisible", "--name", "^Ringside$").split()[0]
        screen.xdotool("windowmove", window, 0, 0, "windowfocus", "--sync", window)
        screen.xdotool("mousemove", WIDTH - 1, HEIGHT - 1)  # away from whatever has a tooltip
        screen.rest()
        for line in lines:
            do(screen, line, places)
        screen.rest(25)
        value = screen.hash()
        screen.xdotool("key", "F12")
        screen.rest(25)
        screen.xdotool("key", "q")
        said, _ = panel.communicate(timeout=30 * SLOW)
        if panel.returncode:
            fail(f"panel: status {panel.returncode}\n{said}")
        return value
    finally:
        if panel and panel.poll() is None:
            panel.kill()
        screen.close()


# ------------------------------------------------------------------------------------------- no window


def without_a_display(folder):
    env = {k: v for k, v in window_environment().items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    done = subprocess.run([RINGSIDE, "panel", *RUN], cwd=folder, env=env, timeout=50 * SLOW, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    lines = done.stderr.splitlines()
    if done.returncode != 2 or done.stdout or not lines or "no window can be opened" not in lines[0]:
        fail(f"without a display: status {done.returncode}\n{done.stdout}{done.stderr}")
    if "ringside shot" not in done.stderr:
        fail(f"without a display it does not say what to do:\n{done.stderr}")


def asking(line):
    """A line, and before it where what it is about stands."""
    word, rest = line.split(" ", 1)
    at = rest.split()
    if word in ("drag", "pan"):
        yield f"print widget {at[0]} {at[1]}"
        yield f"print widget {at[0]} {at[2]}"
    elif word in ("click", "hover", "wheel"):
        yield "print widget " + at[0]
    yield line
    if line == "key c":
        yield "run"


def the_same(folder, doings):
    """A picture, the dummy window and the real one after the same doings. Returns the hash."""
    lines = list(script_lines(doings))
    said = run_script(folder, "shot", [l for line in lines for l in asking(line)] + ["print hash"], more=["-o", "shot.png"])
    shot = hash_in(said, "shot")
    places = [(int(x), int(y)) for x, y in re.findall(r"^widget .+ = (\d+),(\d+)$", said, re.M)]
    dummy = hash_in(run_script(folder, "panel", lines + ["print hash"], window_environment(SDL_VIDEODRIVER="dummy")),
                    "the dummy window")
    if dummy != shot:
        fail(f"shot's picture is {shot}, the dummy window's {dummy}: {doings}")
    window = in_window(folder, lines, places)
    if window != shot:
        keep = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", "/tmp")) / "panel"
        for file in ("shot.png", "ringside-1.png"):
            if (folder / file).exists():
                (keep / file).write_bytes((folder / file).read_bytes())
        fail(f"shot's picture is {shot}, the screen shows {window}; both pictures are in {keep}: {doings}")
    if (folder / "ringside-1.png").read_bytes() != (folder / "shot.png").read_bytes():
        fail("F12 in the window and shot write different files")
    (folder / "ringside-1.png").unlink()
    (folder / "ringside" / "panel").unlink(missing_ok=True)  # the next window opens as if it were the first
    print(f"{len(lines)} doings, three front ends, one picture: {shot}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = name  # settings are remembered: nobody's are used
        without_a_display(folder)
        for doings in (DOINGS, PREDICTED, MOUSE):
            the_same(folder, doings)


if __name__ == "__main__":
    main()
